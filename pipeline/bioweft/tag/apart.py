"""Mentions of a type never overlap."""

from collections.abc import Iterable

from bioweft.records import Mention


def apart(mentions: Iterable[Mention]) -> list[Mention]:
    """Return mentions by start; of two of a type that overlap, the longer stays."""
    kept: list[Mention] = []
    for mention in sorted(mentions, key=lambda m: (m.start - m.end, m.start)):
        if not any(m.type == mention.type and m.start < mention.end and mention.start < m.end for m in kept):
            kept.append(mention)
    return sorted(kept, key=lambda m: (m.start, m.end, m.type))
