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


def windows(of: Features, *, longest: int = LONGEST, overlap: int = OVERLAP) -> Iterator[Window]:
    """Yield the windows of a sentence, which together speak for each token once."""
    total = len(of.starts)
    if len(of.pieces) <= longest:
        if total:
            yield Window(of, 0, 0, total)
        return
    begin, spoken = 0, 0
    ends = np.append(of.first[1:], len(of.pieces) - 1)
    while spoken < total:
        end = begin + 1
        while end < total and ends[end] - of.first[begin] + 2 <= longest:
            end += 1
        until = total if end == total else max(spoken + 1, end - overlap // 2)
        yield Window(_slice(of, begin, end, ends, longest), begin, spoken, until)
        spoken, begin = until, max(begin + 1, end - overlap)


def _slice(of: Features, begin: int, end: int, ends: NDArray[np.integer[Any]], longest: int) -> Features:
    inner = of.pieces[of.first[begin] : ends[end - 1]][: longest - 2]
    return Features(
        of.starts[begin:end],
        of.ends[begin:end],
        np.concatenate((of.pieces[:1], inner, of.pieces[-1:])),
        np.minimum(of.first[begin:end] - of.first[begin] + 1, longest - 1),
        of.characters[begin:end],
        of.shapes[begin:end],
        of.listed[begin:end],
    )
