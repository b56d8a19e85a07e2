"""Names as terminologies write them, made into names as texts write them.

Inverted headings, qualifiers in brackets, codes. What a text's spelling variants are is the matcher's business.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator

from bioweft.records import Term, TermStatus

LONGEST = 80
"""Longer names than this, in characters, do not occur in text often enough to be carried."""

_CODE = re.compile(r"[^\s,;]{1,14}")
_LOWER_RUN = re.compile(r"[a-zà-ÿα-ω]{4}")
_NOT_A_NAME = re.compile(
    r"\b(NOS|not otherwise specified|unspecified|not elsewhere classified|\(disorder\)|\(finding\)|obsolete)\b",
    re.IGNORECASE,
)


def is_code(text: str) -> bool:
    """Whether the name is a short code whose case means something: `AKT1`, `HeLa`, `MCF-7`, `TNF-α`, not `Aspirin`.

    One token of at most 14 characters, with two capitals, or a capital and a digit, and no four lower-case letters
    in a row; in capitals alone it is a code up to six letters (`ASPIRIN` is a name that someone shouted).
    """
    if not _CODE.fullmatch(text) or _LOWER_RUN.search(text):
        return False
    capitals = sum(character.isupper() for character in text)
    digits = any(character.isdigit() for character in text)
    if text.isalpha() and text.isupper() and len(text) > 6:
        return False
    return capitals >= 2 or (capitals == 1 and digits) or (capitals == 1 and len(text) <= 2)


def status(text: str, otherwise: TermStatus = "synonym") -> TermStatus:
    """Return `symbol` for a code and `otherwise` for all else; what is weak stays weak."""
    return "symbol" if otherwise in ("name", "synonym") and is_code(text) else otherwise


def tidy(text: str) -> str:
    """Return the text in composed form, each run of white space one space, outer quotation marks and spaces gone."""
    text = " ".join(unicodedata.normalize("NFC", text).replace("¦", "|").split())
    if len(text) > 1 and text[0] == text[-1] == '"':
        text = text[1:-1].strip()
    return text


def usable(text: str, *, longest: int = LONGEST) -> bool:
    """Whether the text may name something: two characters or more, a letter, not too long, no catalogue phrase."""
    return 2 <= len(text) <= longest and any(map(str.isalpha, text)) and not _NOT_A_NAME.search(text)


def straighten(texts: Iterable[str]) -> Iterator[str]:
    """Yield the names of one entry with inverted ones put straight: `Neoplasm, Breast` is `Breast Neoplasm`.

    An inverted name of which the entry holds another order of the same words is left out; where there is none, it is
    turned round (`Leukemia, Myeloid, Acute` to `Acute Myeloid Leukemia`). A comma inside a chemical name or a list
    (`Head, Neck, and Spine`) inverts nothing.
    """
    texts = list(dict.fromkeys(texts))
    straight = {_words(text) for text in texts if ", " not in text}
    for text in texts:
        if ", " not in text:
            yield text
            continue
        if _words(text) in straight:
            continue
        parts = text.split(", ")
        if len(parts) > 4 or re.search(r"\b(and|or|of|with|in|due|type)\b|[()\[\]]", text, re.IGNORECASE):
            yield text
            continue
        turned = " ".join(reversed(parts))
        if _words(turned) not in straight:
            straight.add(_words(turned))
            yield turned


def _words(text: str) -> tuple[str, ...]:
    return tuple(sorted(text.casefold().replace(",", " ").split()))


def terms(pairs: Iterable[tuple[str, TermStatus]], *, longest: int = LONGEST) -> tuple[Term, ...]:
    """Return usable terms of (text, status) pairs: tidied, straightened, codes marked as symbols."""
    first: dict[str, TermStatus] = {}
    for text, given in pairs:
        first.setdefault(tidy(text), given)
    kept = []
    order = {_words(text): given for text, given in reversed(first.items())}
    for text in straighten(first):
        if usable(text, longest=longest):
            kept.append(Term(text, status(text, first.get(text) or order[_words(text)])))
    return tuple(kept)
