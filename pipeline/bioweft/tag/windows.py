"""A sentence that is longer than the network sees at a time, as windows that lose nothing at their edges."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bioweft.tag.features import Features

LONGEST = 256
"""Word pieces that the network sees at a time."""

OVERLAP = 64
"""Tokens that two windows share; each is tagged by the window that shows more around it."""


@dataclass(frozen=True, slots=True)
class Window:
    """Some tokens of a sentence; it speaks for those from `low` to `high`."""

    features: Features
    first: int
    """Number of its first token."""
    low: int
    high: int

    def spoken(self, emissions: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return those rows of its emissions that count."""
        return emissions[self.low - self.first : self.high - self.first]


def windows(features: Features, *, longest: int = LONGEST, overlap: int = OVERLAP) -> Iterator[Window]:
    """Yield the windows of a sentence, which together speak for each token once."""
    total = len(features.starts)
    if len(features.pieces) <= longest:
        if total:
            yield Window(features, 0, 0, total)
        return
    begin, spoken = 0, 0
    # Where the pieces of each token begin and, last, where all end; a token without any has no place of its own.
    places = np.append(np.where(features.first == 0, len(features.pieces), features.first), len(features.pieces) - 1)
    places = np.minimum.accumulate(places[::-1])[::-1]
    while spoken < total:
        while begin < spoken and places[spoken + 1] - places[begin] + 2 > longest:
            begin += 1
        end = begin + 1
        while end < total and places[end + 1] - places[begin] + 2 <= longest:
            end += 1
        until = total if end == total else max(spoken + 1, end - overlap // 2)
        yield Window(_slice(features, begin, end, places, longest), begin, spoken, until)
        spoken, begin = until, max(begin + 1, end - overlap)


def _slice(features: Features, begin: int, end: int, places: NDArray[np.integer[Any]], longest: int) -> Features:
    inner = features.pieces[places[begin] : places[end]][: longest - 2]
    first = features.first[begin:end]
    return Features(
        features.starts[begin:end],
        features.ends[begin:end],
        np.concatenate((features.pieces[:1], inner, features.pieces[-1:])),
        np.where(first == 0, 0, first - places[begin] + 1).astype(features.first.dtype),
        features.characters[begin:end],
        features.shapes[begin:end],
        features.listed[begin:end],
    )
