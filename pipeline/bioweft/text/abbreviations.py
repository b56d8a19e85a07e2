"""Abbreviations that a text defines: "long form (SF)" and, where the short one comes first, "SF (long form)".

The algorithm is that of A. S. Schwartz and M. A. Hearst, "A simple algorithm for identifying abbreviation definitions
in biomedical text", Pacific Symposium on Biocomputing 2003: read the short form from its end and find each of its
letters in the words before the bracket, the first one at the beginning of a word.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Abbreviation:
    """A definition: where the short and the long form are introduced, and what they are."""

    short_start: int
    long_start: int
    long_end: int
    short: str
    long: str


_BRACKET = re.compile(r"[(\[]([^()\[\]\n]{1,200})[)\]]")
_SHORT = re.compile(r"(?=.*[A-Za-z\u0370-\u03ff])[A-Za-z0-9\u0370-\u03ff][\w\-‐‑–/+.'α-ω]{0,9}(?: [\w\-/]{1,6})?")
_LONG_BREAK = re.compile(r"[.!?;:()\[\]]\s")
_WORD = re.compile(r"\S+")
_MOST_WORDS = 2


def find(text: str) -> list[Abbreviation]:
    """Return the abbreviations that `text` defines, in the order of their brackets."""
    definitions = []
    for bracket in _BRACKET.finditer(text):
        inside, inside_start = bracket.group(1), bracket.start(1)
        first = re.split(r"[;,]\s", inside, maxsplit=1)[0].rstrip()
        if is_short_form(first):
            low = _long_form_from(text, bracket.start())
            start = _match(text, low, bracket.start(), first)
            if start is not None:
                end = len(text[: bracket.start()].rstrip())
                definitions.append(Abbreviation(inside_start, start, end, first, text[start:end]))
                continue
        words = _WORD.findall(text[max(0, bracket.start() - 14) : bracket.start()])
        if words and len(inside.split()) > 1 and is_short_form(words[-1]) and text[bracket.start() - 1] == " ":
            short = words[-1].lstrip("(\"'")
            short_start = text.rfind(short, 0, bracket.start())
            long = first
            start = _match(text, inside_start, inside_start + len(long), short)
            if short and start == inside_start:
                definitions.append(Abbreviation(short_start, start, start + len(long), short, long))
    return definitions


def is_short_form(short: str) -> bool:
    """Say whether a string looks like a short form: short, at most two words, and no ordinary lower-case word."""
    if not _SHORT.fullmatch(short) or not 2 <= len(short) <= 12 or len(short.split()) > _MOST_WORDS:
        return False
    return any(c.isupper() or c.isdigit() for c in short) or any("\u0370" <= c <= "\u03ff" for c in short)


def _long_form_from(text: str, end: int) -> int:
    """Return where the part of the sentence before `end` begins in which a long form may stand."""
    low = max(0, end - 250)
    for stop in _LONG_BREAK.finditer(text, low, end):
        low = stop.end()
    return low


def _match(text: str, low: int, high: int, short: str) -> int | None:
    """Return where the long form of `short` begins that ends before `high`, or None."""
    letters = [c.lower() for c in short if c.isalnum()]
    words = min(len(letters) + 5, len(letters) * 2)
    starts = [word.start() for word in _WORD.finditer(text, low, high)]
    low = starts[-words] if len(starts) > words else (starts[0] if starts else low)
    position = high - 1
    for number in range(len(letters) - 1, -1, -1):
        letter = letters[number]
        while position >= low and (
            text[position].lower() != letter or (number == 0 and position > low and text[position - 1].isalnum())
        ):
            position -= 1
        if position < low:
            return None
        position -= 1
    # The first letter may stand behind a hyphen; the long form begins with the whole word.
    start = position + 1
    while start > low and not text[start - 1].isspace() and text[start - 1] not in "(\"'":
        start -= 1
    long = text[start:high].rstrip()
    if len(long) <= len(short) or short in long.split() or len(long.split()) > words:
        return None
    return start
