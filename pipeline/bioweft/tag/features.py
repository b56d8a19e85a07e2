"""The input of the network for a text: tokens, word pieces, characters, shapes, and dictionary hits.

A token is a run of letters and digits, or one other character that is no white space. The encoder's vocabulary is
uncased, so case and spelling reach the network by characters and shapes. Training and running share this module.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bioweft.records import ENTITY_TYPES

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Listed = tuple[int, int, str]
"""Where dictionaries find a term: begin and end in the text, and the type."""

CHARACTERS = 16
"""Characters of a token that the network sees; of a longer token, its first ten and its last six."""

_LAST = 6
_ALPHABET = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,;:-_/+()[]{}<>=*%&'\"#@!?|~^$αβγδεκλμπστωΔ"
_CODE = {character: code for code, character in enumerate(_ALPHABET, start=2)}
ALPHABET = len(_ALPHABET) + 2
"""Codes of characters: 0 is none, 1 any that is not in the alphabet."""

_TOKEN = re.compile(r"[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{9,}|\w+|[^\w\s]")

_SHAPES: tuple[Callable[[str], bool], ...] = (
    lambda text: text[0].isupper(),
    lambda text: len(text) > 1 and text.isupper(),
    lambda text: any(c.isupper() for c in text[1:]) and any(c.islower() for c in text),
    lambda text: any(c.isdigit() for c in text),
    lambda text: text.isdigit(),
    lambda text: not text[0].isalnum(),
    lambda text: not text.isascii(),
    lambda text: len(text) == 1,
)
SHAPES = len(_SHAPES) + 1
"""Flags of a token; the last one says that white space stands before it."""

LISTED = 2 * len(ENTITY_TYPES)
"""Flags of a token, two a type: a term that dictionaries list begins here, or goes on here."""


_LONGEST = 256
"""Characters of a token that are cut into pieces; a longer one is damage, and each character may be a piece or more."""


@dataclass(frozen=True, slots=True)
class Features:
    """One text of t tokens and p word pieces."""

    starts: NDArray[np.int32]
    """Offsets of the tokens, shape (t,)."""
    ends: NDArray[np.int32]
    """Shape (t,)."""
    pieces: NDArray[np.int32]
    """Ids of the word pieces, the marks of begin and end included, shape (p,)."""
    first: NDArray[np.int32]
    """The first piece of each token, shape (t,)."""
    characters: NDArray[np.uint8]
    """Shape (t, CHARACTERS)."""
    shapes: NDArray[np.uint8]
    """Shape (t, SHAPES)."""
    listed: NDArray[np.uint8]
    """Shape (t, LISTED)."""

    def covered(self, start: int, end: int) -> tuple[int, int]:
        """Return the tokens that a stretch of the text touches: first, and after the last."""
        return int(np.searchsorted(self.ends, start, "right")), int(np.searchsorted(self.starts, end, "left"))


@dataclass(frozen=True, slots=True)
class _Word:
    """The features of a token that do not depend on where it stands."""

    pieces: NDArray[np.int32]
    characters: bytes
    """`CHARACTERS` codes."""
    shapes: bytes
    """The flags of the shape but for the last."""


class Words:
    """The features of each word, computed once: few words make up most of all text."""

    def __init__(self, tokenizer: "Tokenizer", most: int = 1 << 16) -> None:
        self._tokenizer = tokenizer
        self._most = most
        self._known: dict[str, _Word] = {}
        around = tokenizer.encode("", add_special_tokens=True).ids
        self.begin, self.end = (np.array(mark, np.int32) for mark in (around[:1], around[1:]))
        """The marks that stand before and after the pieces of a text."""

    def of(self, texts: Sequence[Sequence[str]]) -> list[list[_Word]]:
        """Return the features of the words of each text."""
        new = list({word: None for text in texts for word in text if word not in self._known})
        if len(self._known) + len(new) > self._most:
            self._known.clear()
            new = list({word: None for text in texts for word in text})
        encodings = self._tokenizer.encode_batch_fast([[word[:_LONGEST]] for word in new], True, False)
        for word, encoding in zip(new, encodings, strict=True):
            visible = word if len(word) <= CHARACTERS else word[: CHARACTERS - _LAST] + word[-_LAST:]
            self._known[word] = _Word(
                np.array(encoding.ids, np.int32),
                bytes(_CODE.get(character, 1) for character in visible).ljust(CHARACTERS, b"\0"),
                bytes(shape(word) for shape in _SHAPES),
            )
        return [[self._known[word] for word in text] for text in texts]


def features(texts: Sequence[str], words: Words, listed: Sequence[Iterable[Listed]] | None = None) -> list[Features]:
    """Return the features of each text; `listed` says what dictionaries find in each."""
    spans = [[match.span() for match in _TOKEN.finditer(text)] for text in texts]
    words_of_texts = words.of(
        [[text[a:b] for a, b in token_spans] for text, token_spans in zip(texts, spans, strict=True)]
    )
    features_of_texts = []
    hits_of_texts = listed if listed is not None else [()] * len(texts)
    for text, token_spans, text_words, hits in zip(texts, spans, words_of_texts, hits_of_texts, strict=True):
        offsets = np.array(token_spans, np.int32).reshape(-1, 2)
        lengths = np.array([len(word.pieces) for word in text_words], np.int32)
        first = (len(words.begin) + lengths.cumsum() - lengths).astype(np.int32)
        first[lengths == 0] = 0  # a token that gives no piece looks at the mark of begin
        shapes = np.empty((len(text_words), SHAPES), np.uint8)
        shapes[:, :-1] = _rows([word.shapes for word in text_words], SHAPES - 1)
        shapes[:, -1] = [a == 0 or text[a - 1].isspace() for a, _ in token_spans]
        text_features = Features(
            starts=offsets[:, 0],
            ends=offsets[:, 1],
            pieces=np.concatenate((words.begin, *(word.pieces for word in text_words), words.end)),
            first=first,
            characters=_rows([word.characters for word in text_words], CHARACTERS),
            shapes=shapes,
            listed=np.zeros((len(text_words), LISTED), np.uint8),
        )
        for start, end, type_ in hits:
            if type_ in ENTITY_TYPES:
                begin, goes_on = 2 * ENTITY_TYPES.index(type_), 2 * ENTITY_TYPES.index(type_) + 1
                first_token, after = text_features.covered(start, end)
                text_features.listed[first_token : first_token + 1, begin] = 1
                text_features.listed[first_token + 1 : after, goes_on] = 1
        features_of_texts.append(text_features)
    return features_of_texts


def _rows(rows: Iterable[bytes], width: int) -> NDArray[np.uint8]:
    return np.frombuffer(b"".join(rows), np.uint8).reshape(-1, width)


INPUTS = ("pieces", "there", "first", "tokens", "spellings", "spelling", "shapes", "listed", "guideline")
"""Names of what the network takes, in its order."""


def padded(batch: Sequence[Features], guideline: Sequence[int]) -> tuple[NDArray[np.generic], ...]:
    """Return `INPUTS` for b texts of at most p pieces and t tokens; `guideline` numbers what each text is asked for.

    Words recur, so the characters of the s different tokens come once, and for each token the number of its spelling.

    Shapes: (b, p), (b, p), (b, t), (b, t), (s, CHARACTERS), (b, t), (b, t, SHAPES), (b, t, LISTED), (b,).
    """
    b, p = len(batch), max(len(sentence.pieces) for sentence in batch)
    t = max(1, *(len(sentence.starts) for sentence in batch))
    pieces, there = np.zeros((b, p), np.int64), np.zeros((b, p), np.int64)
    first, tokens, spelling = np.zeros((b, t), np.int64), np.zeros((b, t), np.int64), np.zeros((b, t), np.int64)
    shapes, hit_flags = np.zeros((b, t, SHAPES), np.float32), np.zeros((b, t, LISTED), np.float32)
    rows = np.concatenate((np.zeros((1, CHARACTERS), np.uint8), *(sentence.characters for sentence in batch)))
    _, kept, numbers = np.unique(rows.view(f"S{CHARACTERS}"), return_index=True, return_inverse=True)
    numbers = numbers.reshape(-1)
    begin = 1
    for i, sentence in enumerate(batch):
        n, m = len(sentence.pieces), len(sentence.starts)
        pieces[i, :n], there[i, :n] = sentence.pieces, 1
        first[i, :m], tokens[i, :m] = sentence.first, 1
        spelling[i, :m] = numbers[begin : begin + m]
        shapes[i, :m], hit_flags[i, :m] = sentence.shapes, sentence.listed
        begin += m
    spellings = rows[kept].astype(np.int64)
    return pieces, there, first, tokens, spellings, spelling, shapes, hit_flags, np.array(guideline, np.int64)
