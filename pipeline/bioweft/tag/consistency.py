"""A name means the same throughout a document: what is tagged most times is tagged every time, and the reverse.

The network sees one sentence at a time; this pass over its mentions is where it sees the document.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from statistics import fmean

from bioweft.records import Mention
from bioweft.text.words import occurrences

_LEAST = 2
"""Characters of a name that may be filled in where the network did not see it."""


def consistent(
    text: str,
    mentions: Sequence[Mention],
    *,
    fill: Mapping[str, float],
    drop: Mapping[str, float],
    widen: Mapping[str, float] | None = None,
) -> list[Mention]:
    """Return the mentions of a document, made consistent name by name within each type.

    A name that is tagged whole in at least the share `widen` of the places where it or a part of it is tagged
    (`hereditary breast cancer`, and elsewhere but `breast cancer`) is tagged whole in all of them. A name of which at
    least the share `fill` of the occurrences is tagged is tagged wherever nothing of its type is; one of which less
    than `drop` is tagged is nowhere. All are by type; occurrences inside longer mentions of the type do not count.
    """
    mentions = _widened(text, mentions, widen or {})
    named = _by_name(mentions)
    kept = list(mentions)
    added: list[Mention] = []
    for (type_, name), tagged in named.items():
        places = [(start, start + len(name)) for start in occurrences(text, name)]
        free = [place for place in places if not _taken(place, type_, mentions)]
        share = len(tagged) / (len(tagged) + len(free))
        if share < drop.get(type_, 0.0):
            kept = [mention for mention in kept if (mention.type, mention.text) != (type_, name)]
        elif share >= fill.get(type_, 1.0) and len(name) >= _LEAST:
            score = fmean(mention.score for mention in tagged)
            added += [replace(tagged[0], start=start, end=end, score=score) for start, end in free]
    added = [one for one in added if not any(_longer_overlaps(one, other) for other in added)]
    return sorted([*kept, *added], key=lambda m: (m.start, m.end, m.type))


def _widened(text: str, mentions: Sequence[Mention], widen: Mapping[str, float]) -> list[Mention]:
    found = list(mentions)
    longest_first = sorted(_by_name(mentions).items(), key=lambda item: -len(item[0][1]))
    for (type_, name), tagged in longest_first:
        if widen.get(type_, 2.0) > 1:
            continue
        in_part: list[tuple[int, int, list[Mention]]] = []
        for start in occurrences(text, name):
            end = start + len(name)
            there = [m for m in found if m.type == type_ and m.start < end and start < m.end]
            within = [m for m in there if start <= m.start and m.end <= end and m.end - m.start < len(name)]
            if there and len(within) == len(there):
                in_part.append((start, end, there))
        if len(tagged) >= widen[type_] * (len(tagged) + len(in_part)):
            score = fmean(mention.score for mention in tagged)
            for start, end, there in in_part:
                found = [m for m in found if m not in there]
                found.append(replace(tagged[0], start=start, end=end, score=score))
    return sorted(found, key=lambda m: (m.start, m.end, m.type))


def _by_name(mentions: Sequence[Mention]) -> Mapping[tuple[str, str], list[Mention]]:
    named: defaultdict[tuple[str, str], list[Mention]] = defaultdict(list)
    for mention in mentions:
        named[mention.type, mention.text].append(mention)
    return named


def _taken(place: tuple[int, int], type_: str, mentions: Sequence[Mention]) -> bool:
    start, end = place
    return any(m.type == type_ and m.start < end and start < m.end for m in mentions)


def _longer_overlaps(one: Mention, other: Mention) -> bool:
    overlap = one.type == other.type and one.start < other.end and other.start < one.end
    return overlap and (other.end - other.start, -other.start) > (one.end - one.start, -one.start)
