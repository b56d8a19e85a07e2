"""A short form is what the document defines it to be: `PSA` behind `polysialic acid (PSA)` is no gene.

The network sees one sentence at a time, and `consistent` takes a name for the same throughout; only where a document
defines a short form does it say which type it has, and with two definitions, where.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from bioweft.records import DICTIONARY, ENTITY_TYPES, Mention
from bioweft.tag.apart import by_type, in_order
from bioweft.text import abbreviations

_LONGEST_SHORT = 8
_IN_BRACKETS = re.compile(rf" ?[(\[]([A-Z][A-Za-z0-9-]{{1,{_LONGEST_SHORT - 1}}})[)\]]")
_STAYS = {"gene": ("disease",), "cell_line": ("cell_type",), "cell_type": ("cell_line",)}
"""Types of a short form that may differ from that of its long form: genes are named after diseases."""


class _Definition(NamedTuple):
    start: int
    """Where the short form stands."""
    long: str
    types: frozenset[str]
    """The types of the mentions that are the long form or two thirds of it and its end: `nuclear factor of activated T
    cells` is no cell."""


def as_defined(text: str, mentions: Sequence[Mention]) -> list[Mention]:
    """Return mentions in order, those of short forms with the type that the document's definitions tell.

    With several definitions a place has that which stands there, or the last before it. Where no mention ends with the
    long form (`mass spectrometry (MS)`), the short form is none only if another definition (`multiple sclerosis (MS)`)
    explains why it was taken for one.
    """
    definitions = _definitions(text, mentions)
    if not definitions:
        return list(mentions)
    kept, moved = [], []
    for mention in mentions:
        of_short = definitions.get(mention.text, ())
        if not of_short or mention.tagger == DICTIONARY or mention.type not in ENTITY_TYPES:
            kept.append(mention)
            continue
        types = next((d.types for d in reversed(of_short) if d.start <= mention.start), of_short[0].types)
        explained = any(mention.type in d.types for d in of_short)
        stays = types.intersection(_STAYS.get(mention.type, ()))
        if mention.type in types or stays or not (types or explained):
            kept.append(mention)
        elif len(types) == 1:
            moved.append(replace(mention, type=next(iter(types))))
    taken = by_type(kept)
    return in_order([*kept, *(m for m in moved if not taken[m.type].over(m.start, m.end))])


def _definitions(text: str, mentions: Sequence[Mention]) -> dict[str, list[_Definition]]:
    """Return the definitions of each short form in order.

    A long form that no mention ends with has the types of another one that shares a word with it (`EGF receptor`). A
    short form that stands in brackets right behind a mention, and could be of the same type, is another name of that:
    `Cisplatin (DDP)` tells of no gene.
    """
    if "(" not in text:
        return {}
    ending_at: defaultdict[int, list[Mention]] = defaultdict(list)
    starting_at: defaultdict[int, list[Mention]] = defaultdict(list)
    for mention in mentions:
        ending_at[mention.end].append(mention)
        starting_at[mention.start].append(mention)
    definitions: defaultdict[str, list[_Definition]] = defaultdict(list)
    for found in abbreviations.find(text):
        latest = found.long_start + (found.long_end - found.long_start) / 3
        types = frozenset(m.type for m in ending_at.get(found.long_end, ()) if m.start <= latest)
        definitions[found.short].append(_Definition(found.short_start, found.long.casefold(), types))
    for mention in mentions:
        bracket = text[mention.end : mention.end + _LONGEST_SHORT + 3]
        if (match := _IN_BRACKETS.match(bracket)) and match[1] not in definitions:
            start = mention.end + match.start(1)
            types = frozenset(m.type for m in starting_at[start] if m.text == match[1])
            if mention.type in types and len(types) > 1:
                definitions[match[1]].append(_Definition(start, mention.text.casefold(), frozenset([mention.type])))
    for of_short in definitions.values():
        of_short.sort()
        for number, definition in enumerate(of_short):
            words = set(definition.long.split())
            if not definition.types:
                types = next((d.types for d in of_short if d.types and words.intersection(d.long.split())), frozenset())
                of_short[number] = definition._replace(types=types)
    return definitions
