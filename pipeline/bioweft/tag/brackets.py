"""Names that brackets or the end of a line break up, written once more without: `H(2)O(2)` as `H2O2`,
`interleukin (IL)-6` as `interleukin-6`, `hyper-` with `tension` on the next line as `hypertension`.

Medline writes what stands lower or higher in brackets, authors put a short form into the middle of a name, and text
taken from pages has hyphens at the ends of lines. Dictionaries have none of these. So both writings are searched, and
what spans a bracket or a break in the second has its place in the first.
"""

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bioweft.lexicon.matcher import Hits
from bioweft.lexicon.normalise import SEPARATOR

_BROKEN = re.compile(
    r"""(?<=[A-Za-z)])\((?P<kept>\d{1,3}[+-]?|[+-])\)  # H(2)O(2), K(+), Ca(2+)
    |\ \([A-Za-z][\w/.]{0,9}\)(?=[-‐‑–]\w)  # interleukin (IL)-6""",
    re.VERBOSE,
)
_BROKEN_LINES = re.compile(
    rf"""{_BROKEN.pattern}
    |(?<=[a-z][a-z])[-‐\u00ad]\r?\n[ \t]*(?=[a-z][a-z])  # a word, not a code: TNF- and alpha stay two""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Rewritten:
    """Passages of a text once more, without brackets and breaks."""

    text: str
    """Each passage between two separators."""
    offset: NDArray[np.int64]
    """Where each character stands in the text, shape (length,)."""
    after: NDArray[np.int64]
    """Where a name ends that ends with this character: behind its bracket, as in `K(+)`; shape (length,)."""

    def in_place(self, hits: Hits, begin: int) -> Hits:
        """Return `hits` in order, those from `begin` on at their places in the text if they span a bracket there."""
        late = np.flatnonzero(hits.start >= begin)
        start, last = hits.start[late] - begin, hits.end[late] - begin - 1
        first, end = self.offset[start], self.after[last]
        spans = end - first > last + 1 - start
        rows = np.concatenate((np.flatnonzero(hits.start < begin), late[spans]))
        starts = np.concatenate((hits.start[hits.start < begin], first[spans]))
        ends = np.concatenate((hits.end[hits.start < begin], end[spans]))
        order = np.lexsort((np.arange(len(rows)), ends, starts))
        rows = rows[order]
        return Hits(
            starts[order],
            ends[order],
            hits.concept[rows],
            hits.type[rows],
            hits.status[rows],
            hits.rule[rows],
            hits.rank[rows],
        )


def rewritten(passages: str) -> Rewritten | None:
    """Return those of some passages, joined by separators, that have names broken up; None where none has."""
    broken_up = _BROKEN_LINES if "\n" in passages else _BROKEN
    pieces: list[str] = []
    offsets: list[int] = []
    ends: list[int] = []

    def add(start: int, end: int, behind: int) -> None:
        pieces.append(passages[start:end])
        offsets.extend(range(start, end))
        ends.extend(range(start + 1, end))
        if end > start:
            ends.append(behind)

    done = 0
    for match in broken_up.finditer(passages):
        if match.start() >= done:
            opened = passages.rfind(SEPARATOR, 0, match.start()) + 1
            closed = passages.find(SEPARATOR, match.end())
            done = len(passages) if closed < 0 else closed
            place = opened
            for broken in broken_up.finditer(passages, opened, done):
                add(place, broken.start(), broken.start())
                if broken["kept"] is not None:
                    add(broken.start("kept"), broken.end("kept"), broken.end())
                place = broken.end()
            add(place, done, done)
            pieces.append(SEPARATOR)
            offsets.append(done)
            ends.append(done)
    return Rewritten("".join(pieces), np.array(offsets), np.array(ends)) if pieces else None
