"""Where a mention begins and ends: never inside a word, a name of the dictionaries or a bracket.

A network decides token by token, so it may cut `COVID-19` behind its hyphen or `Se(IV)` before its bracket. Every rule
takes one mention and returns what becomes of it: itself, another stretch, two, or none.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from bioweft.records import ENTITY_TYPES, DictionaryHit, Mention, Span
from bioweft.tag.resolve import MAY_LIE_IN
from bioweft.text import abbreviations

_EDGE_LEFT = re.compile(r"(?:(?<!\s)[-‐‑–]|[\s/,;)\]])+")
"""A hyphen behind a space stays: `TNF-alpha and -beta`."""
_FUNCTION_LEFT = re.compile(r"(?:(?:of|and|or|with|in|by|to|the|due to)\s+)+")
_FUNCTION_RIGHT = re.compile(r"(?:\s+(?:of|the|and|or|with|in|by|for|from|to|due))+$")
"""Small words that no name begins or ends with: `stenosis of the`."""
_EDGE_RIGHT = re.compile(r"(?:[\s\-‐‑–/,;]|\s[(\[])+$")
_CHARGE = re.compile(r"[-‐‑–](?![\w(])")
"""A hyphen that ends a word: `F-` is an ion."""
_TAIL = re.compile(r"(?:\d+[A-Za-z]{0,2}|[IVX]{1,4}|[A-Z]\d*)(?![\w(-])")
"""What belongs to the name before its hyphen: `HTLV-1`, `HTLV-I`, `miR-486-5p`, `BTX-A`, but not `HBV-related`."""
_CLOSES_SOON = 8
"""Characters between the end of a mention and the bracket that closes it."""
_PAIRS = {")": "(", "]": "["}
_HYPHENS = "-‐‑–"
_STAYS_IN = MAY_LIE_IN | {"chemical": ENTITY_TYPES, "gene": ("disease",)}
"""What may lie in a name of another type behind or before a hyphen: `CFTR-related disease` tells of CFTR."""
_NEGATION = re.compile(r"(?<!\w)non[-‐‑–]?$", re.IGNORECASE)


def repaired(text: str, mention: Mention, hits: Sequence[DictionaryHit]) -> Iterator[Mention]:
    """Yield the mention with its boundaries mended, as two where it holds the definition of an abbreviation, or none.

    `hits` are what dictionaries find over or next to the mention.
    """
    words = _in_words(text, (mention.start, mention.end))
    whole = _balanced(text, _without_edges(text, words, mention.type))
    for span in _without_definition(text, whole) if whole is not None else ():
        start, end, type_ = _in_term(text, span, mention.type, hits)
        if type_ is not None and not (type_ == "disease" and _NEGATION.search(text, max(0, start - 5), start)):
            yield mention if (start, end) == (mention.start, mention.end) else _moved(text, mention, start, end)


def _moved(text: str, mention: Mention, start: int, end: int) -> Mention:
    return replace(mention, start=start, end=end, text=text[start:end])


def _in_words(text: str, span: Span) -> Span:
    """Widen a stretch that begins or ends inside a run of letters and digits."""
    start, end = span
    while 0 < start < end and text[start].isalnum() and text[start - 1].isalnum():
        start -= 1
    while start < end < len(text) and text[end - 1].isalnum() and text[end].isalnum():
        end += 1
    return start, end


def _without_edges(text: str, span: Span, type_: str) -> Span:
    """Take off hyphens, commas and half brackets at the edges; a name that goes on behind its hyphen is widened."""
    start, end = span
    for pattern in (_EDGE_LEFT, _FUNCTION_LEFT):
        if (edge := pattern.match(text, start, end)) is not None:
            start = edge.end()
    if (edge := _FUNCTION_RIGHT.search(text, start, end)) is not None:
        end = edge.start()
    edge = _EDGE_RIGHT.search(text, start, end)
    if edge is None:
        return start, end
    mark = edge.group().strip()
    if len(mark) == 1 and mark in _HYPHENS + "/":
        if (tail := _TAIL.match(text, end)) and (mark != "/" or tail.group()[0].isdigit()):
            return start, tail.end()
        if type_ == "chemical" and _CHARGE.match(text, end - 1):
            return start, end
    return start, edge.start()


def _balanced(text: str, span: Span) -> Span | None:
    """Return a stretch in which each bracket has its other half: widened by what closes soon, or else cut."""
    start, end = span
    if start >= end:
        return None
    opened: list[int] = []
    for place in range(start, end):
        if text[place] in "([":
            opened.append(place)
        elif text[place] in _PAIRS and not (opened and text[opened.pop()] == _PAIRS[text[place]]):
            return _longer_side(text, start, place, end)
    if not opened:
        return span
    closed = _closed(text, end, opened)
    return (start, closed) if closed is not None else _balanced(text, _without_edges(text, (start, opened[0]), ""))


def _closed(text: str, end: int, opened: Sequence[int]) -> int | None:
    """Return where a name ends whose brackets close within the same word, or None."""
    still_open = list(opened)
    for place in range(end, min(len(text), end + _CLOSES_SOON)):
        if text[place].isspace():
            return None
        if text[place] in "([":
            still_open.append(place)
        elif text[place] in _PAIRS:
            if text[still_open.pop()] != _PAIRS[text[place]]:
                return None
            if not still_open:
                return _in_words(text, (place, place + 1))[1]
    return None


def _longer_side(text: str, start: int, bracket: int, end: int) -> Span | None:
    """Return what stands before a bracket that only closes, or behind it where that is longer."""
    sides = (start, bracket), (bracket + 1, end)
    whole = [side for side in (_balanced(text, _without_edges(text, side, "")) for side in sides) if side is not None]
    return max(whole, key=lambda side: side[1] - side[0], default=None)


def _without_definition(text: str, span: Span) -> Iterator[Span]:
    """Yield long and short form apart where a stretch is the definition of an abbreviation, and else the stretch."""
    start, end = span
    if text[end - 1] == ")" and " (" in text[start:end]:
        for definition in abbreviations.find(text[start:end]):
            short = start + definition.short_start
            if definition.long_end < definition.short_start and short + len(definition.short) + 1 == end:
                yield start, start + definition.long_end
                yield short, end - 1
                return
    yield span


def _in_term(text: str, span: Span, type_: str, hits: Sequence[DictionaryHit]) -> tuple[int, int, str | None]:
    """Widen a stretch to the term of its type that goes on behind a hyphen; in one of another type it is no mention.

    `SARS` of `SARS-CoV-2` is no disease. What may lie in names of a type (`_STAYS_IN`) stays, and `thallium` of
    `thallium-201` is a name by itself.
    """
    start, end = span
    joined_left = start > 0 and text[start - 1] in _HYPHENS
    joined_right = end < len(text) and text[end] in _HYPHENS
    for hit in hits if joined_left or joined_right else ():
        cut_left, cut_right = joined_left and hit.start < start, joined_right and hit.end > end
        if hit.start <= start and end <= hit.end and (cut_left or cut_right):
            if hit.type == type_:
                isotope = type_ == "chemical" and text[end + 1 : hit.end].isdigit()
                return (start, end, type_) if isotope else (hit.start, hit.end, type_)
            if hit.type not in _STAYS_IN.get(type_, ()):
                return start, end, None
    return start, end, type_
