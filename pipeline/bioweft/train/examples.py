"""Sentences to learn from as flat arrays: small to keep, quick to draw batches from.

The corpora need parsers, dictionaries and a tokenizer; what comes of them here needs NumPy alone, so that a machine
with PyTorch and nothing else can train.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor

from bioweft.records import ENTITY_TYPES, AnnotatedDocument
from bioweft.tag.decode import BEGIN, INSIDE, OUTSIDE
from bioweft.tag.features import CHARACTERS, LISTED, SHAPES, Features, Words, features

FAMILY = "family"
"""A family of genes, where a corpus tells it apart from a gene; a label beside the six types."""

LABELS = (*ENTITY_TYPES, FAMILY)

LONGEST = 256
"""Word pieces of an example; tokens beyond are not learnt from."""

UNKNOWN = -1
"""The tag of a token of whose label a corpus says nothing."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of an example's text and its label, one of `LABELS`."""

    start: int
    end: int
    label: str


@dataclass(frozen=True, slots=True)
class Example:
    """A sentence to learn from.

    `labels` are those that its corpus annotates throughout; of any other it says nothing. `unsure` are stretches that
    are neither right nor wrong.
    """

    corpus: str
    text: str
    spans: tuple[Span, ...]
    labels: frozenset[str]
    unsure: tuple[Span, ...] = ()
    listed: tuple[Span, ...] = ()
    """Terms that dictionaries find in it."""


@dataclass(frozen=True, slots=True)
class Examples:
    """Sentences of T tokens in all and W different words; arrays have a row a token unless they say otherwise."""

    word: NDArray[np.int32]
    """The number of each token's word."""
    spaced: NDArray[np.bool_]
    """True where white space stands before the token."""
    terms: NDArray[np.uint8]
    """Flags of the terms that dictionaries find, shape (T, LISTED)."""
    tags: NDArray[np.int8]
    """Shape (T, labels)."""
    ends: NDArray[np.int64]
    """Where the tokens of each example end, shape (n,)."""
    corpus: NDArray[np.int16]
    """The number of each example's corpus in `corpora`, shape (n,)."""
    development: NDArray[np.bool_]
    """True for an example of a development part, shape (n,)."""
    word_pieces: NDArray[np.int32]
    """The word pieces of all words."""
    word_ends: NDArray[np.int64]
    """Where the pieces of each word end, shape (W,)."""
    characters: NDArray[np.uint8]
    """Shape (W, CHARACTERS)."""
    shapes: NDArray[np.uint8]
    """Shape (W, SHAPES - 1): all but the last flag, which is `spaced`."""
    marks: NDArray[np.int32]
    """The word pieces that stand before and after each example, shape (2,)."""
    corpora: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.ends)

    @property
    def starts(self) -> NDArray[np.int64]:
        """Where the tokens of each example start, shape (n,)."""
        return np.concatenate(([0], self.ends[:-1])).astype(np.int64)

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Word pieces of each example, the two marks included, shape (n,)."""
        counts = np.diff(self.word_ends, prepend=0)[self.word]
        until = np.concatenate(([0], counts.cumsum()))
        lengths: NDArray[np.int64] = until[self.ends] - until[self.starts] + 2
        return lengths

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """Return the arrays by name; `corpora` is not among them."""
        return {field.name: getattr(self, field.name) for field in fields(self) if field.name != "corpora"}

    def batch(self, chosen: NDArray[np.integer], guideline: NDArray[np.integer]) -> "Batch":
        """Return some examples, padded; `guideline` numbers what each is asked for, shape (len(chosen),)."""
        starts, ends = self.starts[chosen], self.ends[chosen]
        b, t = len(chosen), max(1, int((ends - starts).max()))
        place = starts[:, None] + np.arange(t)
        tokens = place < ends[:, None]
        place = np.where(tokens, place, 0)
        word = np.where(tokens, self.word[place], -1)
        count = np.where(tokens, np.diff(self.word_ends, prepend=0)[word], 0)
        first = 1 + count.cumsum(1) - count
        lengths = 2 + count.sum(1)
        p = int(lengths.max())
        owner = np.full((b, p), -1)  # the token of each word piece
        row, token = np.nonzero(count)
        times = count[row, token]
        within = np.arange(times.sum()) - np.repeat(times.cumsum() - times, times)
        rows, columns = np.repeat(row, times), np.repeat(first[row, token], times) + within
        owner[rows, columns] = np.repeat(token, times)
        pieces = np.zeros((b, p), np.int64)
        pieces[rows, columns] = self.word_pieces[np.repeat(self.word_ends[word[row, token]] - times, times) + within]
        pieces[:, 0], pieces[np.arange(b), lengths - 1] = self.marks
        first[count == 0] = 0  # a token that gives no piece looks at the mark of begin
        shapes = np.concatenate((self.shapes[word], self.spaced[place][..., None]), -1)
        return Batch(
            pieces=pieces,
            there=(np.arange(p) < lengths[:, None]).astype(np.int64),
            owner=owner,
            first=first,
            tokens=tokens,
            word=word,
            shapes=np.where(tokens[..., None], shapes, 0),
            terms=np.where(tokens[..., None], self.terms[place], 0),
            guideline=guideline.astype(np.int64),
            tags=np.where(tokens[..., None], self.tags[place], UNKNOWN),
            characters=self.characters,
        )


@dataclass(frozen=True, slots=True)
class Batch:
    """Examples padded to p word pieces and t tokens: the arrays that `bioweft.train.network.Network` takes."""

    pieces: NDArray[np.int64]
    there: NDArray[np.int64]
    owner: NDArray[np.int64]
    """The token of each word piece, -1 for marks and padding, shape (b, p)."""
    first: NDArray[np.int64]
    tokens: NDArray[np.bool_]
    word: NDArray[np.int32]
    """The word of each token, -1 for none that is shown, shape (b, t)."""
    shapes: NDArray[np.uint8]
    terms: NDArray[np.uint8]
    guideline: NDArray[np.int64]
    tags: NDArray[np.int8]
    characters: NDArray[np.uint8]
    """Characters of all words of the examples, shape (W, CHARACTERS)."""

    def inputs(self) -> tuple[Tensor, ...]:
        """Return the arguments of `Network.forward`, named by `bioweft.tag.features.INPUTS`."""
        words, spelling = np.unique(self.word, return_inverse=True)
        spellings = np.where(words[:, None] < 0, 0, self.characters[words]).astype(np.int64)
        arrays = (
            self.pieces, self.there, self.first, self.tokens.astype(np.int64), spellings,
            spelling.reshape(self.word.shape), self.shapes.astype(np.float32), self.terms.astype(np.float32),
            self.guideline,
        )  # fmt: skip
        return tuple(map(torch.from_numpy, arrays))

    def forget(self, share: float, generator: np.random.Generator) -> "Batch":
        """Leave out a share of the terms that dictionaries find, and all of them in a share of the examples."""
        begins, goes_on = self.terms[..., ::2] > 0, self.terms[..., 1::2] > 0
        number = begins.cumsum(1)  # of the term that a token is in, for each type
        forgotten = generator.random((len(begins), number.max() + 1, begins.shape[-1])) < share
        forgotten |= generator.random((len(begins), 1, 1)) < share
        gone = np.take_along_axis(forgotten, number, 1)
        terms = np.stack((begins & ~gone, goes_on & ~gone), -1).reshape(self.terms.shape)
        return replace(self, terms=terms.astype(np.uint8))

    def hide(self, share: float, mask: int, generator: np.random.Generator) -> "Batch":
        """Hide a share of the tokens: their pieces are `mask`, and nothing is seen of their spelling."""
        hidden = (generator.random(self.tokens.shape) < share) & (self.first > 0)
        pieces_hidden = np.take_along_axis(hidden, np.maximum(self.owner, 0), 1) & (self.owner >= 0)
        shapes = self.shapes.copy()
        shapes[hidden, :-1] = 0
        return replace(
            self,
            pieces=np.where(pieces_hidden, mask, self.pieces),
            word=np.where(hidden, -1, self.word),
            shapes=shapes,
        )


def encode(
    sentences: Sequence[Example],
    tokenizer: Tokenizer,
    labels: Sequence[str],
    *,
    development: Iterable[bool] | None = None,
) -> Examples:
    """Turn sentences into arrays; a span whose ends are within tokens covers these tokens whole."""
    corpora = tuple(sorted({sentence.corpus for sentence in sentences}))
    words = Words(tokenizer)
    terms = [[(span.start, span.end, span.label) for span in sentence.listed] for sentence in sentences]
    table = _WordTable()
    rows: list[tuple[NDArray[np.generic], ...]] = []
    for sentence, seen in zip(sentences, features([s.text for s in sentences], words, terms), strict=True):
        kept = _kept(seen)
        numbers = table.numbers(sentence.text, seen)[:kept]
        tags = _tags(sentence, seen, labels)[:kept]
        rows.append((numbers, seen.shapes[:kept, -1].astype(bool), seen.listed[:kept], tags))
    empty = (np.zeros(0, np.int32), np.zeros(0, bool), np.zeros((0, LISTED), np.uint8), _no_tags(0, labels))
    word, spaced, listed, tags = map(np.concatenate, zip(empty, *rows, strict=True))
    return Examples(
        word=word,
        spaced=spaced,
        terms=listed,
        tags=tags,
        ends=np.array([len(numbers) for numbers, *_ in rows], np.int64).cumsum(),
        corpus=np.array([corpora.index(sentence.corpus) for sentence in sentences], np.int16),
        development=np.fromiter(development or [False] * len(sentences), bool, len(sentences)),
        marks=np.concatenate((words.begin, words.end)).astype(np.int32),
        corpora=corpora,
        **table.arrays(),
    )


class _WordTable:
    """The different words, numbered as they come."""

    def __init__(self) -> None:
        self._number: dict[str, int] = {}
        self._pieces: list[NDArray[np.int32]] = []
        self._characters: list[NDArray[np.uint8]] = []
        self._shapes: list[NDArray[np.uint8]] = []

    def numbers(self, text: str, seen: Features) -> NDArray[np.int32]:
        """Return the number of each token's word."""
        piece_ends = _piece_ends(seen)
        numbers = []
        for token, (start, end) in enumerate(zip(seen.starts.tolist(), seen.ends.tolist(), strict=True)):
            word = text[start:end]
            if word not in self._number:
                self._number[word] = len(self._number)
                first = seen.first[token]
                self._pieces.append(seen.pieces[first : piece_ends[token]] if first else seen.pieces[:0])
                self._characters.append(seen.characters[token])
                self._shapes.append(seen.shapes[token, :-1])
            numbers.append(self._number[word])
        return np.array(numbers, np.int32)

    def arrays(self) -> Mapping[str, NDArray[Any]]:
        return {
            "word_pieces": np.concatenate([np.zeros(0, np.int32), *self._pieces]).astype(np.int32),
            "word_ends": np.array([len(pieces) for pieces in self._pieces], np.int64).cumsum(),
            "characters": np.array(self._characters, np.uint8).reshape(-1, CHARACTERS),
            "shapes": np.array(self._shapes, np.uint8).reshape(-1, SHAPES - 1),
        }


def _kept(seen: Features) -> int:
    """Return how many tokens fit into `LONGEST` pieces."""
    beyond = np.flatnonzero(_piece_ends(seen) > LONGEST - 1)
    return int(beyond[0]) if len(beyond) else len(seen.starts)


def _piece_ends(seen: Features) -> NDArray[np.integer]:
    """Return where the pieces of each token end: where those of the next token that has any begin."""
    last = len(seen.pieces) - 1
    begins = np.append(np.where(seen.first == 0, last, seen.first), last)
    return np.minimum.accumulate(begins[::-1])[::-1][1:]


def _no_tags(tokens: int, labels: Sequence[str]) -> NDArray[np.int8]:
    return np.full((tokens, len(labels)), UNKNOWN, np.int8)


def _tags(sentence: Example, seen: Features, labels: Sequence[str]) -> NDArray[np.int8]:
    tags = _no_tags(len(seen.starts), labels)
    tags[:, [label in sentence.labels for label in labels]] = OUTSIDE
    for span in sentence.unsure:
        low, high = seen.covered(span.start, span.end)
        tags[low:high, labels.index(span.label)] = UNKNOWN
    for span in sorted(sentence.spans, key=lambda s: s.start - s.end):
        low, high = seen.covered(span.start, span.end)
        column = tags[:, labels.index(span.label)]
        if (column[low:high] == OUTSIDE).all():  # of two that overlap, the longer
            column[low:high] = INSIDE
            column[low : low + 1] = BEGIN
    return tags


def as_genes(annotated: AnnotatedDocument) -> AnnotatedDocument:
    """Return a document whose families of genes are genes."""
    mentions = tuple(replace(m, type="gene") if m.type == FAMILY else m for m in annotated.mentions)
    return replace(annotated, mentions=mentions)
