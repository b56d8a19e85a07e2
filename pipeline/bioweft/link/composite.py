"""Mentions that name several things at once: `BRCA1/2`, `breast and ovarian cancer`, `IL-1 and -6`, `TLR1-9`."""

import re
from collections.abc import Iterator, Sequence

from bioweft.records import Mention

_JOINT = re.compile(r"\s*(?:/|,\s+and\s|,\s+or\s|,\s|\sand/or\s|\sand\s|\sor\s|\s?&\s?)\s*")
_GREEK = r"(?:alpha|beta|gamma|delta|epsilon|zeta|theta|[α-ω])"
_ENDING = re.compile(rf"(?:\d+[A-Za-z]?|[IVX]+|[A-Z]|{_GREEK}-?\d*)$")
_SHORT = re.compile(rf"-?(?:\d{{1,3}}[A-Za-z]?|[IVX]{{1,4}}|[A-Z]|{_GREEK}-?\d*)$")
_LETTER = re.compile(r"-?[A-Z]$")
_BEHIND_HYPHEN = re.compile(r"-[A-Za-zα-ω]{0,7}\d{0,3}[A-Za-z]?$")
"""An ending that is written with its hyphen again, and takes the place of the one before: `GalNAc-T1 and -T2`."""
_RANGE = re.compile(r"(.*[A-Za-zα-ω])(\d{1,2})\s?[-–]\s?(\d{1,2})$")
_LONGEST_RANGE = 12
_MOST = 6
_TAIL = 3
"""Words that several names may have in common at their end."""


def compositions(text: str) -> Iterator[list[str]]:
    """Yield the ways to read a mention as several names, the likeliest first; none where it cannot be."""
    if (ends := _RANGE.match(text)) and int(ends[2]) < int(ends[3]) < int(ends[2]) + _LONGEST_RANGE:
        yield [f"{ends[1]}{number}" for number in range(int(ends[2]), int(ends[3]) + 1)]
    pieces = [piece for piece in _JOINT.split(text) if piece.strip("-")]
    if not 2 <= len(pieces) <= _MOST:
        return
    first, *rest = pieces
    stems = [_stem(first, piece) for piece in rest]
    if all(stem is not None for stem in stems):
        yield [first, *(f"{stem}{piece.lstrip('-')}" for stem, piece in zip(stems, rest, strict=True))]
        return
    pieces = [first, *(piece.lstrip("-") for piece in rest)]
    words = pieces[-1].split()
    for count in range(1, min(_TAIL, len(words) - 1) + 1):
        tail = " ".join(words[-count:])
        yield [*(f"{piece} {tail}" for piece in pieces[:-1]), pieces[-1]]
    head = first.split()
    for count in range(1, min(_TAIL, len(head) - 1) + 1):
        beginning = " ".join(head[:count])
        yield [first, *(f"{beginning} {piece}" for piece in pieces[1:])]
    yield pieces


def whole_names(text: str, mentions: Sequence[Mention]) -> list[str]:
    """Return the name that each mention of a text stands for: its own text, or that of which it is the ending alone.

    Of `CDKN2A/B`, where both genes are mentions, the second one is called CDKN2B.
    """
    names: list[str] = []
    last: dict[str, tuple[int, str]] = {}
    for mention in mentions:
        name = mention.text
        end, before = last.get(mention.type, (-1, ""))
        if 0 <= end <= mention.start and _SHORT.match(name) and _JOINT.fullmatch(text, end, mention.start):
            stem = _stem(before, name)
            name = name if stem is None else stem + name.lstrip("-")
        last[mention.type] = (mention.end, name)
        names.append(name)
    return names


def _stem(first: str, ending: str) -> str | None:
    """Return what a name has before an ending of another one: the `BRCA` of BRCA1 and 2; None where it has none."""
    if ending.startswith("-") and _BEHIND_HYPHEN.match(ending):
        own = first[first.rfind("-") :]
        if "-" in first and _shape(own) == _shape(ending):
            return first[: -len(own)] + "-"
    if not _SHORT.match(ending):
        return None
    if _LETTER.match(ending) and first[-1:].isalpha() and first[-2:-1].isdigit():
        return first[:-1]  # CDKN2A/B, but of a greek name or a numeral all of it
    match = _ENDING.search(first)
    return first[: match.start()] if match and match.start() else None


def _shape(ending: str) -> str:
    """Return the kind of an ending: numbers are alike, and so are single letters."""
    return re.sub(r"\d+", "0", re.sub(r"[A-Za-z]+", lambda word: "a" if len(word[0]) == 1 else "w", ending))
