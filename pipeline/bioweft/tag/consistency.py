"""A name means the same throughout a document: what is tagged most times is tagged every time, and the reverse.

The network sees one sentence at a time; this pass over its mentions is where it sees the document.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from statistics import fmean

from bioweft.records import Mention
from bioweft.tag.apart import apart, by_type, in_order
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
    taken = by_type(mentions)
    dropped: set[tuple[str, str]] = set()
    added: list[Mention] = []
    for (type_, name), tagged in _by_name(mentions).items():
        places = [(start, start + len(name)) for start in occurrences(text, name)]
        free = [place for place in places if not taken[type_].over(*place)]
        share = len(tagged) / (len(tagged) + len(free))
        if share < drop.get(type_, 0.0):
            dropped.add((type_, name))
        elif share >= fill.get(type_, 1.0) and len(name) >= _LEAST:
            score = fmean(mention.score for mention in tagged)
            added += [replace(tagged[0], start=start, end=end, score=score) for start, end in free]
    kept = [mention for mention in mentions if (mention.type, mention.text) not in dropped]
    return in_order([*kept, *apart(added)])


def _widened(text: str, mentions: Sequence[Mention], widen: Mapping[str, float]) -> list[Mention]:
    found = by_type(mentions)
    longest_first = sorted(_by_name(mentions).items(), key=lambda item: -len(item[0][1]))
    for (type_, name), tagged in longest_first:
        if widen.get(type_, 2.0) > 1:
            continue
        in_part: list[tuple[int, int]] = []
        for start in occurrences(text, name):
            end = start + len(name)
            there = found[type_].over(start, end)
            within = [m for m in there if start <= m.start and m.end <= end and m.end - m.start < len(name)]
            if there and len(within) == len(there):
                in_part.append((start, end))
        if len(tagged) >= widen[type_] * (len(tagged) + len(in_part)):
            score = fmean(mention.score for mention in tagged)
            for start, end in in_part:
                found[type_].put(replace(tagged[0], start=start, end=end, score=score))
    return in_order(mention for of_type in found.values() for mention in of_type)


def _by_name(mentions: Sequence[Mention]) -> Mapping[tuple[str, str], list[Mention]]:
    named: defaultdict[tuple[str, str], list[Mention]] = defaultdict(list)
    for mention in mentions:
        named[mention.type, mention.text].append(mention)
    return named
