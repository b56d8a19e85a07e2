"""What the network sees of a text: tokens, word pieces, characters, shapes, and what dictionaries list.

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
"""Of a token are seen: its first characters, and of a longer one its last six."""

_LAST = 6
_ALPHABET = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,;:-_/+()[]{}<>=*%&'\"#@!?|~^$αβγδεκλμπστωΔ"
_CODE = {character: code for code, character in enumerate(_ALPHABET, start=2)}
ALPHABET = len(_ALPHABET) + 2
"""Codes of characters: 0 is none, 1 any that is not in the alphabet."""

_TOKEN = re.compile(r"\w+|[^\w\s]")

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
    """What there is to see of a token wherever it stands."""

    pieces: NDArray[np.int32]
    characters: bytes
    """`CHARACTERS` codes."""
    shapes: bytes
    """The flags of the shape but for the last."""


class Words:
    """What there is to see of each word: few words are most of all text, so each is looked at once."""

    def __init__(self, tokenizer: "Tokenizer", most: int = 1 << 16) -> None:
        self._tokenizer = tokenizer
        self._most = most
        self._known: dict[str, _Word] = {}
        around = tokenizer.encode("", add_special_tokens=True).ids
        self.begin, self.end = (np.array(some, np.int32) for some in (around[:1], around[1:]))
        """The marks that stand before and after the pieces of a text."""

    def of(self, texts: Sequence[Sequence[str]]) -> list[list[_Word]]:
        """Return them for the words of each text."""
        new = list({word: None for text in texts for word in text if word not in self._known})
        if len(self._known) + len(new) > self._most:
            self._known.clear()
            new = list({word: None for text in texts for word in text})
        encodings = self._tokenizer.encode_batch_fast([[word] for word in new], True, False)
        for word, encoding in zip(new, encodings, strict=True):
            seen = word if len(word) <= CHARACTERS else word[: CHARACTERS - _LAST] + word[-_LAST:]
            self._known[word] = _Word(
                np.array(encoding.ids, np.int32),
                bytes(_CODE.get(character, 1) for character in seen).ljust(CHARACTERS, b"\0"),
                bytes(shape(word) for shape in _SHAPES),
            )
        return [[self._known[word] for word in text] for text in texts]


def features(texts: Sequence[str], words: Words, listed: Sequence[Iterable[Listed]] | None = None) -> list[Features]:
    """Return the features of each text; `listed` says what dictionaries find in each."""
    spans = [[match.span() for match in _TOKEN.finditer(text)] for text in texts]
    seen = words.of([[text[a:b] for a, b in of] for text, of in zip(texts, spans, strict=True)])
    found = []
    terms = listed if listed is not None else [()] * len(texts)
    for text, of, some, named in zip(texts, spans, seen, terms, strict=True):
        offsets = np.array(of, np.int32).reshape(-1, 2)
        lengths = np.array([len(word.pieces) for word in some], np.int32)
        first = (len(words.begin) + lengths.cumsum() - lengths).astype(np.int32)
        first[lengths == 0] = 0  # a token that gives no piece looks at the mark of begin
        shapes = np.empty((len(some), SHAPES), np.uint8)
        shapes[:, :-1] = _rows([word.shapes for word in some], SHAPES - 1)
        shapes[:, -1] = [a == 0 or text[a - 1].isspace() for a, _ in of]
        one = Features(
            starts=offsets[:, 0],
            ends=offsets[:, 1],
            pieces=np.concatenate((words.begin, *(word.pieces for word in some), words.end)),
            first=first,
            characters=_rows([word.characters for word in some], CHARACTERS),
            shapes=shapes,
            listed=np.zeros((len(some), LISTED), np.uint8),
        )
        for start, end, type_ in named:
            if type_ in ENTITY_TYPES:
                begin, goes_on = 2 * ENTITY_TYPES.index(type_), 2 * ENTITY_TYPES.index(type_) + 1
                first_token, after = one.covered(start, end)
                one.listed[first_token : first_token + 1, begin] = 1
                one.listed[first_token + 1 : after, goes_on] = 1
        found.append(one)
    return found


def _rows(some: Iterable[bytes], width: int) -> NDArray[np.uint8]:
    return np.frombuffer(b"".join(some), np.uint8).reshape(-1, width)


INPUTS = ("pieces", "there", "first", "tokens", "spellings", "spelling", "shapes", "listed", "guideline")
"""Names of what the network takes, in its order."""


def padded(found: Sequence[Features], guideline: Sequence[int]) -> tuple[NDArray[np.generic], ...]:
    """Return `INPUTS` for b texts of at most p pieces and t tokens; `guideline` numbers what each text is asked for.

    Words recur, so the characters of the s different tokens come once, and for each token the number of its spelling.

    Shapes: (b, p), (b, p), (b, t), (b, t), (s, CHARACTERS), (b, t), (b, t, SHAPES), (b, t, LISTED), (b,).
    """
    b, p = len(found), max(len(of.pieces) for of in found)
    t = max(1, *(len(of.starts) for of in found))
    pieces, there = np.zeros((b, p), np.int64), np.zeros((b, p), np.int64)
    first, tokens, spelling = np.zeros((b, t), np.int64), np.zeros((b, t), np.int64), np.zeros((b, t), np.int64)
    shapes, listed = np.zeros((b, t, SHAPES), np.float32), np.zeros((b, t, LISTED), np.float32)
    rows = np.concatenate((np.zeros((1, CHARACTERS), np.uint8), *(of.characters for of in found)))
    _, kept, numbers = np.unique(rows.view(f"S{CHARACTERS}"), return_index=True, return_inverse=True)
    numbers = numbers.reshape(-1)
    begin = 1
    for i, of in enumerate(found):
        n, m = len(of.pieces), len(of.starts)
        pieces[i, :n], there[i, :n] = of.pieces, 1
        first[i, :m], tokens[i, :m] = of.first, 1
        spelling[i, :m] = numbers[begin : begin + m]
        shapes[i, :m], listed[i, :m] = of.shapes, of.listed
        begin += m
    spellings = rows[kept].astype(np.int64)
    return pieces, there, first, tokens, spellings, spelling, shapes, listed, np.array(guideline, np.int64)
