"""Mentions that name several things at once: `BRCA1/2`, `breast and ovarian cancer`, `IL-1 and -6`."""

import re
from collections.abc import Iterator

_JOINT = re.compile(r"\s*(?:/|,\s+and\s|,\s+or\s|,\s|\sand/or\s|\sand\s|\sor\s|\s?&\s?)\s*-?")
_ENDING = re.compile(r"(?:\d+[A-Za-z]?|[IVX]+|[A-Zα-ω]|alpha|beta|gamma|delta)$")
_SHORT = re.compile(r"-?(?:\d{1,3}[A-Za-z]?|[IVX]{1,4}|[A-Zα-ω]|alpha|beta|gamma|delta)$")
_MOST = 6
_TAIL = 3
"""Words that several names may have in common at their end."""


def compositions(text: str) -> Iterator[list[str]]:
    """Yield the ways to read a mention as several names, the likeliest first; none where it cannot be."""
    pieces = [piece for piece in _JOINT.split(text) if piece]
    if not 2 <= len(pieces) <= _MOST:
        return
    first, *rest = pieces
    ending = _ENDING.search(first)
    if ending and ending.start() and all(map(_SHORT.match, rest)):
        stem = first[: ending.start()]
        yield [first, *(stem + piece.lstrip("-") for piece in rest)]
        return
    words = pieces[-1].split()
    for count in range(1, min(_TAIL, len(words) - 1) + 1):
        tail = " ".join(words[-count:])
        yield [*(f"{piece} {tail}" for piece in pieces[:-1]), pieces[-1]]
    head = first.split()
    for count in range(1, min(_TAIL, len(head) - 1) + 1):
        beginning = " ".join(head[:count])
        yield [first, *(f"{beginning} {piece}" for piece in rest)]
    yield pieces
