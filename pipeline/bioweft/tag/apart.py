"""Mentions of a type never overlap."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from operator import attrgetter

from bioweft.records import Mention

_START, _END = attrgetter("start"), attrgetter("end")


class Apart:
    """Mentions of which no two overlap, by start."""

    def __init__(self) -> None:
        self._mentions: list[Mention] = []

    def __iter__(self) -> Iterator[Mention]:
        return iter(self._mentions)

    def over(self, start: int, end: int) -> list[Mention]:
        """Return those that overlap a stretch of text."""
        return self._mentions[self._within(start, end)]

    def put(self, mention: Mention) -> None:
        """Take a mention in the place of all that it overlaps."""
        self._mentions[self._within(mention.start, mention.end)] = [mention]

    def _within(self, start: int, end: int) -> slice:
        return slice(bisect_right(self._mentions, start, key=_END), bisect_left(self._mentions, end, key=_START))


def by_type(mentions: Iterable[Mention]) -> defaultdict[str, Apart]:
    """Return the mentions of each type; of two of a type that overlap, the longer stays."""
    kept: defaultdict[str, Apart] = defaultdict(Apart)
    for mention in sorted(mentions, key=lambda m: (m.start - m.end, m.start)):
        if not kept[mention.type].over(mention.start, mention.end):
            kept[mention.type].put(mention)
    return kept


def apart(mentions: Iterable[Mention]) -> list[Mention]:
    """Return mentions by start; of two of a type that overlap, the longer stays."""
    return in_order(mention for of_type in by_type(mentions).values() for mention in of_type)


def in_order(mentions: Iterable[Mention]) -> list[Mention]:
    """Return mentions by where they begin, end, and by type."""
    return sorted(mentions, key=lambda m: (m.start, m.end, m.type))
