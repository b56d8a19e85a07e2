"""A name means the same throughout a document: what is tagged most times is tagged every time, and the reverse.

The network sees one sentence at a time; this pass over its mentions is where it sees the document.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from statistics import fmean

from bioweft.records import Mention, Span
from bioweft.tag.apart import Apart, apart, by_type, in_order
from bioweft.text.words import occurrences

_LEAST = 2
"""Characters of a name that may be filled in where the network did not see it."""


def consistent(
    text: str,
    mentions: Iterable[Mention],
    *,
    fill: Mapping[str, float],
    drop: Mapping[str, float],
    widen: Mapping[str, float] | None = None,
) -> list[Mention]:
    """Return the mentions of a document by start, made consistent name by name within each type.

    Of two of a type that overlap, the longer stays. A name that is tagged whole in at least the share `widen` of the
    places where it or a part of it is tagged (`hereditary breast cancer`, and elsewhere but `breast cancer`) is tagged
    whole in all of them. A name of which at least the share `fill` of the occurrences is tagged is tagged wherever
    nothing of its type is; one of which less than `drop` is tagged is nowhere. All are by type; occurrences inside
    longer mentions of the type do not count.
    """
    kept = by_type(mentions)
    dropped: set[tuple[str, str]] = set()
    added: list[Mention] = []
    for type_, mentions_of_type in kept.items():
        if widen and widen.get(type_, 2.0) <= 1:
            _widen(text, mentions_of_type, widen[type_])
        for name, tagged in _by_name(mentions_of_type).items():
            places = [(start, start + len(name)) for start in occurrences(text, name)]
            free = [place for place in places if not mentions_of_type.over(*place)]
            share = len(tagged) / (len(tagged) + len(free))
            if share < drop.get(type_, 0.0):
                dropped.add((type_, name))
            elif share >= fill.get(type_, 1.0) and len(name) >= _LEAST:
                score = fmean(mention.score for mention in tagged)
                added += [replace(tagged[0], start=start, end=end, score=score) for start, end in free]
    mentions = (mention for mentions_of_type in kept.values() for mention in mentions_of_type)
    remaining = [mention for mention in mentions if (mention.type, mention.text) not in dropped]
    return in_order([*remaining, *apart(added)])


def _widen(text: str, mentions: Apart, least: float) -> None:
    """Put a name in the place of its parts where it is tagged whole in at least the share `least` of the places."""
    longest_first = sorted(_by_name(mentions).items(), key=lambda item: -len(item[0]))
    for name, tagged in longest_first:
        only_parts: list[Span] = []
        for start in occurrences(text, name):
            end = start + len(name)
            overlapping = mentions.over(start, end)
            within = [m for m in overlapping if start <= m.start and m.end <= end and m.end - m.start < len(name)]
            if overlapping and len(within) == len(overlapping):
                only_parts.append((start, end))
        if len(tagged) >= least * (len(tagged) + len(only_parts)):
            score = fmean(mention.score for mention in tagged)
            for start, end in only_parts:
                mentions.put(replace(tagged[0], start=start, end=end, score=score))


def _by_name(mentions: Iterable[Mention]) -> Mapping[str, list[Mention]]:
    by_name: defaultdict[str, list[Mention]] = defaultdict(list)
    for mention in mentions:
        by_name[mention.text].append(mention)
    return by_name
