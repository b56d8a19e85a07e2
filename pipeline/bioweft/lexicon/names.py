"""Names as terminologies write them, made into names as texts write them.

It turns inverted headings, drops qualifiers and tells codes. The matcher handles the spelling variants of a text.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache

from bioweft.lexicon.normalise import same_word
from bioweft.records import Term, TermStatus

LONGEST = 80
"""Most characters of a name; longer ones hardly occur in text."""

_LEAST_CAPITALS = 2
"""Capitals of an abbreviation that stands beside its long form."""

_CODE = re.compile(r"[^\s,;]{1,14}")
_APART = re.compile(r"[A-Z]{1,5} \d{1,6}[A-Z]?")
_LOWER_RUN = re.compile(r"[a-zà-ÿα-ω]{4}")
_TOKEN = re.compile(r"[^\W\d_]+|\d+|[^\w\s\-\u2010-\u2013\u2212]|_")
_POSSESSIVE = re.compile(r"(?<=[^\W\d_])['\u2019](s\b|(?<=s['\u2019])(?= ))")
_GREEK = re.compile(r"[\u03b1-\u03c9]")
_TYPED = re.compile(r"([^,]+), (type [^,]+)", re.IGNORECASE)
_SHORT = r"(?P<short>[^\s(),]{2,10})"
_WITH_ABBREVIATION = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?P<first>\S.*?) \({_SHORT}\)(?: (?P<rest>[^()]+))?(?P<last>)",
        rf"(?P<last>[^(),]+) \({_SHORT}\), (?P<first>[^(),]+)(?P<rest>)",
        rf"{_SHORT} \((?P<first>[^()]+ [^()]+)\)(?P<rest>)(?P<last>)",
        rf"{_SHORT}(?: - |, )(?P<first>\S+ .+)(?P<rest>)(?P<last>)",
        rf"(?P<first>\S+ .+)(?: - |, ){_SHORT}(?P<rest>)(?P<last>)",
    )
)
_QUALIFIER = re.compile(r" \((disease|disorder|finding|formerly|subtype|disease or disorder)\)$")
_NOT_A_NAME = re.compile(
    r"\b(NOS|not otherwise specified|unspecified|not elsewhere classified|obsolete)\b",
    re.IGNORECASE,
)


def is_code(text: str) -> bool:
    """Say whether the name is a short code whose case means something: `AKT1`, `HeLa`, `MCF-7`, `TNF-α`, not `Aspirin`.

    One token of at most 14 characters, with two capitals, or a capital and a digit, and no four lower-case letters
    in a row; in capitals alone it is a code up to six letters (`ASPIRIN` is a name that someone shouted). A letter or
    more and a number apart (`HOE 140`) are a code, too.
    """
    if _APART.fullmatch(text):
        return True
    if not _CODE.fullmatch(text) or _LOWER_RUN.search(text):
        return False
    capitals = sum(character.isupper() for character in text)
    digits = any(character.isdigit() for character in text)
    if text.isalpha() and text.isupper() and len(text) > 6:
        return False
    return capitals >= 2 or (capitals == 1 and digits) or (capitals == 1 and len(text) <= 2)


@lru_cache(maxsize=1 << 18)
def folded(name: str) -> str:
    """Return a name as names are compared, which is much as texts are matched (`bioweft.lexicon.normalise`).

    Its tokens, without case, accents, hyphens and possessives, Greek letters spelt out, and but for codes in American
    spelling and singular: `NF-κB` and `nf kappa B` are the same, so are `Crohn's diseases` and `Crohn disease`.
    """
    text = name.casefold()
    if not text.isascii():
        text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
        text = _GREEK.sub(_spelt_out, text)
    tokens = _TOKEN.findall(_POSSESSIVE.sub(" ", text))
    return " ".join(tokens if is_code(name) else map(same_word, tokens))


def _spelt_out(letter: re.Match[str]) -> str:
    return f" {unicodedata.name(letter[0]).rsplit(' ', 1)[1].lower().replace('lamda', 'lambda')} "


def coded(term: Term) -> Term:
    """Return the term with status `symbol` where it is a code; what was right once or is weak stays so."""
    return replace(term, status="symbol") if term.status in ("name", "synonym") and is_code(term.text) else term


def tidy(text: str) -> str:
    """Return the text in composed form, each run of white space one space, outer quotation marks and spaces gone."""
    text = " ".join(unicodedata.normalize("NFC", text).replace("¦", "|").split())
    if len(text) > 1 and text[0] == text[-1] == '"':
        text = text[1:-1].strip()
    return text


def parted(text: str) -> tuple[str, ...]:
    """Return the names that stand in one: a name without its qualifier, a name and behind it its own abbreviation.

    `colitis (disease)` gives `colitis`; `end stage renal disease (ESRD)`, `ESRD (end stage renal disease)`,
    `ESRD - end stage renal disease`, `ESRD, end stage renal disease` and `disease (ESRD), end stage renal` give both
    names. An abbreviation inside a name (`acute leukemia (AL) of childhood`) is left out. What brackets hold otherwise
    (`iron (III)`, `poly(ADP-ribose)`) stays.
    """
    text = _QUALIFIER.sub("", text)
    for pattern in _WITH_ABBREVIATION:
        if match := pattern.fullmatch(text):
            short, long = match["short"], " ".join(filter(None, (match["first"], match["last"])))
            rest = match["rest"]
            if is_abbreviation(short, long):
                return (f"{long} {rest}",) if rest else (long, short)
    return (text,)


def is_abbreviation(short: str, long: str) -> bool:
    """Say whether a code is made of letters of a name, in their order and beginning with its first: `ESRD`."""
    if not is_code(short) or sum(map(str.isupper, short)) < _LEAST_CAPITALS:
        return False
    letters = [letter for letter in short.casefold() if letter.isalnum()]
    if not letters or letters[0] != long[:1].casefold():
        return False
    rest = iter(long.casefold())
    return all(letter in rest for letter in letters) and len(long) > len(short) + 2


def usable(text: str, *, longest: int = LONGEST) -> bool:
    """Say whether the text may name something: two characters or more, a letter, not too long, no catalogue phrase."""
    return 2 <= len(text) <= longest and any(map(str.isalpha, text)) and not _NOT_A_NAME.search(text)


def straighten(texts: Iterable[str]) -> Iterator[str]:
    """Yield the names of one entry with inverted ones put straight: `Neoplasm, Breast` is `Breast Neoplasm`.

    An inverted name of which the entry holds another order of the same words is left out; where there is none, it is
    turned round (`Leukemia, Myeloid, Acute` to `Acute Myeloid Leukemia`). A comma inside a chemical name or a list
    (`Head, Neck, and Spine`) inverts nothing. A type stands on either side (`Diabetes Mellitus, Type 2`).
    """
    texts = list(dict.fromkeys(texts))
    texts = list(dict.fromkeys(form for text in texts for form in _either_side(text)))
    straight = {_words(text) for text in texts if ", " not in text}
    for text in texts:
        if ", " not in text:
            yield text
            continue
        if _words(text) in straight:
            continue
        phrases = text.split(", ")
        if len(phrases) > 4 or re.search(r"\b(and|or|of|with|in|due|type)\b|[()\[\]]", text, re.IGNORECASE):
            yield text
            continue
        turned = " ".join(reversed(phrases))
        if _words(turned) not in straight:
            straight.add(_words(turned))
            yield turned


def _either_side(text: str) -> tuple[str, ...]:
    typed = _TYPED.fullmatch(text)
    return (f"{typed[2]} {typed[1]}", f"{typed[1]} {typed[2]}") if typed else (text,)


def _words(text: str) -> tuple[str, ...]:
    return tuple(sorted(text.casefold().replace(",", " ").split()))


def terms(pairs: Iterable[tuple[str, TermStatus]], *, longest: int = LONGEST) -> tuple[Term, ...]:
    """Return usable terms of (text, status) pairs, tidied and straightened, in their order."""
    by_text: dict[str, TermStatus] = {}
    by_words: dict[tuple[str, ...], TermStatus] = {}
    for raw, status in pairs:
        text, *abbreviation = parted(tidy(raw))
        by_text.setdefault(text, status)
        by_words.setdefault(_words(text), status)
        for short in abbreviation:
            by_text.setdefault(short, "synonym" if status == "name" else status)
    return tuple(
        Term(text, by_text.get(text) or by_words[_words(text)])
        for text in straighten(by_text)
        if usable(text, longest=longest)
    )
