"""Text as tokens that compare equal where a reader would say it is the same word, with exact offsets into the text.

`scan` cuts a text into tokens and hashes each, whole arrays at a time. `word_forms` gives the plural and British or
American forms that count as the same word. `bioweft.lexicon.matcher` ranks the matches.

The rules of `scan`:

- Characters are compared after NFKD and case folding, without combining marks and characters that take no room (soft
  hyphen, zero-width space): `é`, `e` + accent and `E` are equal, so are `ß` and `ss`, `ﬁ` and `fi`, `İ` and `i`.
- A Greek letter is a token of its own and equals its name: `α` is `alpha`.
- A run of letters is a token, a run of digits is one, and any other character is one by itself.
- White space and hyphens of any kind only separate tokens: `IL-6`, `IL6` and `IL 6` are the same two tokens.
- A possessive `'s` or `'` separates tokens too: `Parkinson's disease` is the same two tokens as `Parkinson disease`.
- U+001E (which no text has) separates texts: no term holds it, so no match spans it.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

SEPARATOR = "\x1e"
"""The character between two texts (or two passages) that are scanned as one."""

_SPACE, _HYPHEN, _OTHER, _LETTER, _DIGIT, _GREEK = range(6)

_Number = TypeVar("_Number", np.int64, np.uint64)

_HYPHENS = frozenset("-\u058a\u2010\u2011\u2012\u2013\u2212\ufe63\uff0d")
_APOSTROPHES = frozenset("'`´\u2018\u2019\u02bc\u2032")
_SPACES = frozenset("®™©")
_KNOWN = 0x20000
"""Characters from here on (rare ideographs, private use) are tokens of their own and all alike."""

_BASE = 0x9E3779B97F4A7C15
_BASE_INVERSE = pow(_BASE, -1, 1 << 64)

_Flags = NDArray[np.bool_]
_U8 = NDArray[np.uint8]
_I32 = NDArray[np.int32]
_U32 = NDArray[np.uint32]
_I64 = NDArray[np.int64]
_U64 = NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Tokens:
    """The n tokens of a text, as arrays of length n; offsets are those of the text, end exclusive."""

    start: _I64
    end: _I64
    hash: _U64
    """Equal for equal tokens, whatever their case."""
    case: _U64
    """Says which letters are upper case: tokens of equal `hash` and `case` are written the same."""
    upper: _I64
    """Number of upper-case letters."""
    size: _I64
    """Number of characters of the folded token."""
    kind: _U8
    first_upper: _Flags
    glued: _Flags
    """Whether the token follows a letter or digit with nothing between: no word begins here."""
    spaced: _Flags
    """Whether white space stands between the token and the one before it."""
    hyphened: _Flags
    """Whether a hyphen stands right before the token."""
    folded: _U32
    """The folded characters of the whole text, of which token i is `folded[first[i] : first[i] + size[i]]`."""
    first: _I64

    def __len__(self) -> int:
        return len(self.start)

    @property
    def is_word(self) -> _Flags:
        """Mask of the tokens that are letters (Greek ones included)."""
        words: _Flags = (self.kind == _LETTER) | (self.kind == _GREEK)
        return words

    @property
    def is_number(self) -> _Flags:
        """Mask of the tokens that are digits."""
        numbers: _Flags = self.kind == _DIGIT
        return numbers

    def text(self, number: int) -> str:
        """Return the folded token."""
        begin = self.first[number]
        return self.folded[begin : begin + self.size[number]].tobytes().decode("utf-32-le", "surrogatepass")


@dataclass(frozen=True, slots=True)
class _Folding:
    """The folding of each character below `_KNOWN`: `count` characters of `packed`, from `offset` on."""

    offset: _I32
    count: _I32
    packed: _U32
    """Code, kind and case of folded characters: bits 0-20, 21-23 and 24."""
    mark: _Flags
    """Whether the character is a combining mark, which belongs to the one before it."""


_KIND_SHIFT = np.uint32(21)
_CODE, _KIND, _UPPER = np.uint32(0x1FFFFF), np.uint32(0xE00000), np.uint32(0x1000000)


def _fold_character(character: str) -> list[tuple[str, int, bool]]:
    """Return the folded characters of one character, with their kind and whether they are upper case."""
    if character in _HYPHENS:
        return [("-", _HYPHEN, False)]
    if character in _APOSTROPHES:
        return [("'", _OTHER, False)]
    if character == SEPARATOR:
        return [(SEPARATOR, _OTHER, False)]
    if character.isspace() or character in _SPACES:
        return [(" ", _SPACE, False)]
    folded: list[tuple[str, int, bool]] = []
    for component in unicodedata.normalize("NFKD", character):
        if unicodedata.category(component) in ("Mn", "Me", "Cf"):
            continue
        upper = component.isupper()
        for low in unicodedata.normalize("NFKD", component.casefold()):
            if unicodedata.combining(low):
                continue
            if "α" <= low <= "ω":
                # "GREEK SMALL LETTER FINAL SIGMA" casefolds to the plain one, so the last word is the letter's name.
                name = unicodedata.name(low).rsplit(" ", 1)[1].lower().replace("lamda", "lambda")
                folded += [(letter, _GREEK, upper and not number) for number, letter in enumerate(name)]
            elif low.isspace():
                folded.append((" ", _SPACE, False))
            elif low.isdecimal() or low.isdigit():
                folded.append((str(unicodedata.digit(low)), _DIGIT, False))
            else:
                folded.append((low, _LETTER if low.isalpha() else _OTHER, upper))
    return folded


@cache
def _folding() -> _Folding:
    offset, count = np.zeros(_KNOWN + 1, np.int32), np.ones(_KNOWN + 1, np.int32)
    flat: list[tuple[str, int, bool]] = []
    for number in range(_KNOWN):
        characters = _fold_character(chr(number))
        offset[number], count[number] = len(flat), len(characters)
        flat += characters
    offset[_KNOWN] = len(flat)
    flat.append(("\ufffd", _OTHER, False))
    packed = [ord(code) | kind << int(_KIND_SHIFT) | upper * int(_UPPER) for code, kind, upper in flat]
    mark = [unicodedata.category(chr(number))[0] == "M" for number in range(_KNOWN)]
    return _Folding(offset, count, np.array(packed, np.uint32), np.array([*mark, False]))


_powers: dict[str, _U64] = {"up": np.ones(1, np.uint64), "down": np.ones(1, np.uint64)}


def _power(which: str, size: int) -> _U64:
    """Return the powers 0 to size - 1 of the hash's base ("up") or its inverse modulo 2^64 ("down")."""
    if len(_powers[which]) < size:
        factors = np.full(1 << size.bit_length(), _BASE if which == "up" else _BASE_INVERSE, np.uint64)
        factors[0] = 1
        _powers[which] = np.cumprod(factors)
    return _powers[which][:size]


def mix(values: _U64) -> _U64:
    """Spread 64-bit values evenly over the 64-bit range (the finaliser of splitmix64, Steele et al. 2014)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def scan(text: str) -> Tokens:
    """Cut a text into tokens."""
    table = _folding()
    # The mark at the end, taken off again below, saves a special case for texts without any token.
    codes = np.frombuffer((text + SEPARATOR).encode("utf-32-le", "surrogatepass"), np.uint32)
    known = np.minimum(codes, _KNOWN).astype(np.int32)
    index = table.offset.take(known)
    source: _I32 | None = None
    if not text.isascii():
        count = table.count.take(known)
        if (count != 1).any():
            source = np.repeat(np.arange(len(codes), dtype=np.int32), count)
            shift = index - (np.cumsum(count, dtype=np.int32) - count)
            index = np.repeat(shift, count) + np.arange(len(source), dtype=np.int32)
    packed = table.packed.take(index)
    folded, upper = packed & _CODE, packed >= _UPPER
    kind = _without_possessives(folded, ((packed & _KIND) >> _KIND_SHIFT).astype(np.uint8))
    inside = kind >= _OTHER
    begins = inside.copy()
    begins[1:] &= (kind[1:] != kind[:-1]) | (kind[1:] == _OTHER)
    if source is not None:
        # Two Greek letters in a row are two tokens.
        begins[1:] |= (kind[1:] == _GREEK) & (source[1:] != source[:-1])
    ends = inside.copy()
    ends[:-1] &= ~inside[1:] | begins[1:]
    # The last token is the mark.
    first, last = np.flatnonzero(begins)[:-1], np.flatnonzero(ends)[:-1]
    power, down = _power("up", len(kind)), _power("down", len(kind))[first]
    before = np.where(first > 0, kind[first - 1], _OTHER)
    kinds = kind[first]
    start, end = first, last + 1
    if source is not None:
        start, end = source[first].astype(np.int64), _after_marks(table.mark.take(known))[source[last] + 1]
    return Tokens(
        start=start,
        end=end,
        hash=mix(_sums(folded * np.where(inside, power, np.uint64(0)), first, last) * down),
        case=_sums(upper * power, first, last) * down,
        upper=_sums(upper.astype(np.int64), first, last),
        size=last - first + 1,
        kind=kinds,
        first_upper=upper[first],
        glued=(kinds >= _LETTER) & (before >= _LETTER),
        spaced=np.diff(np.cumsum(kind == _SPACE)[first], prepend=0) > 0,
        hyphened=before == _HYPHEN,
        folded=folded,
        first=first,
    )


def _sums(values: NDArray[_Number], first: _I64, last: _I64) -> NDArray[_Number]:
    """Return the sum of the values from each first to its last place, modulo the size of their type."""
    sums: NDArray[_Number] = np.cumsum(values, dtype=values.dtype)
    return np.add(np.subtract(sums[last], sums[first]), values[first])


def _after_marks(mark: _Flags) -> _I64:
    """Return for each position the first one from there on that holds no combining mark."""
    stops = np.arange(len(mark))
    if mark.any():
        stops[mark] = len(mark)
        stops = np.minimum.accumulate(stops[::-1])[::-1]
    return stops


def _without_possessives(folded: _U32, kind: _U8) -> _U8:
    """Make hyphens of a possessive `'s` and of the apostrophe after a plural."""
    here = np.flatnonzero(folded == ord("'"))
    here = here[here > 0]
    here = here[kind[here - 1] == _LETTER]
    after = kind[np.minimum(here + 2, len(kind) - 1)]
    ending = (folded[here + 1] == ord("s")) & (after < _LETTER)
    plural = (folded[here - 1] == ord("s")) & (kind[here + 1] == _SPACE)
    kind[here[ending | plural]] = _HYPHEN
    kind[here[ending] + 1] = _HYPHEN
    return kind


_SHARP_S = re.compile(r"(?<![a-zß])ß|ß(?![a-zß])")


def with_beta(text: str) -> str:
    """Return text with β for a sharp s that is typed in its place (`IL-1ß`), as long as it was."""
    return _SHARP_S.sub("β", text) if "ß" in text else text


_GREEK_ENDS = {"α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "κ": "kappa", "ζ": "zeta"}
_GREEK_END = re.compile(rf"([A-Za-z0-9]*[A-Z]{{2,}})[- ]?({'|'.join([*_GREEK_ENDS, *_GREEK_ENDS.values()])})")


def joined_greek(term: str) -> str | None:
    """Return a code that ends in a Greek letter as one word (`TNFalpha` of `TNF-α`), or None if the term is none."""
    if not term.endswith((*_GREEK_ENDS, *_GREEK_ENDS.values())):
        return None
    code = _GREEK_END.fullmatch(term)
    return code[1] + _GREEK_ENDS.get(code[2], code[2]) if code else None


_BRITISH = {
    "aemi": "emi", "aetiol": "etiol", "ageing": "aging", "aluminium": "aluminum", "anaem": "anem", "anaes": "anes",
    "behaviour": "behavior", "caec": "cec", "caesarean": "cesarean", "caesium": "cesium", "centre": "center",
    "coeliac": "celiac", "colour": "color", "faec": "fec", "fibre": "fiber", "foet": "fet", "glycaem": "glycem",
    "goitre": "goiter", "grey": "gray", "gynaec": "gynec", "haem": "hem", "homoeo": "homeo", "isation": "ization",
    "ischaem": "ischem", "leucocyt": "leukocyt", "leucopen": "leukopen", "lipaem": "lipem", "mould": "mold",
    "naev": "nev", "odour": "odor", "oedema": "edema", "oesoph": "esoph", "oestr": "estr", "paed": "ped",
    "palaeo": "paleo", "pnoe": "pne", "rrhoe": "rrhe", "sulph": "sulf", "toxaem": "toxem", "tumour": "tumor",
    "uraem": "urem",
}  # fmt: skip
"""British spellings of parts of words, and the American ones."""

_NOT_PLURAL = frozenset("caries rabies scabies series species herpes diabetes ".split())
_SINGULARS = (
    (re.compile(r"(.{2,}[^aeiou])ies$"), r"\1y"),
    (re.compile(r"(.*(?:ss|x|ch|sh|zz|[a-z]{3}us))es$"), r"\1"),
    (re.compile(r"(.*(?:st[ae]|cri|...[oye]))ses$"), r"\1sis"),
    (re.compile(r"(.{2,}m)ata$"), r"\1a"),
    (re.compile(r"(.{2,}[^siu])s$"), r"\1"),
)
_PLURALS = (
    (re.compile(r"(.*[^aeiou])y$"), (r"\1ies",)),
    (re.compile(r"(.*s)is$"), (r"\1es",)),
    (re.compile(r"(.*(?:s|x|ch|sh|zz))$"), (r"\1es",)),
    (re.compile(r"(.*m)a$"), (r"\1as", r"\1ata")),
    (re.compile(r"(.*[a-z])$"), (r"\1s",)),
)


_AMERICAN: dict[str, list[str]] = {}
for _british, _american in _BRITISH.items():
    _AMERICAN.setdefault(_american, []).append(_british)
_ANY_BRITISH = re.compile("|".join(_BRITISH))
_ANY_AMERICAN = re.compile("|".join(_AMERICAN))
_LEAST_PLURAL = 4


@lru_cache(maxsize=1 << 16)
def same_word(word: str) -> str:
    """Return what all forms of a folded word have in common: its American singular, roughly.

    It need not be a word, as it is only compared.
    """
    if len(word) < _LEAST_PLURAL or not (word.isascii() and word.isalpha()):
        return word
    if word[-1] in "as" and word not in _NOT_PLURAL:
        for pattern, singular in _SINGULARS:
            if pattern.match(word):
                word = pattern.sub(singular, word)
                break
    return _ANY_BRITISH.sub(lambda spelling: _BRITISH[spelling[0]], word)


def word_forms(word: str) -> set[str]:
    """Return the forms of a folded word that `same_word` takes for the same, the word itself among them."""
    common = same_word(word)
    if len(word) < _LEAST_PLURAL - 1 or not (word.isascii() and word.isalpha()):
        return {word}
    singulars = {word, common}
    for american in set(_ANY_AMERICAN.findall(common)):
        singulars |= {
            form.replace(american, british) for form in (common, *singulars) for british in _AMERICAN[american]
        }
    forms = set(singulars)
    for singular in singulars:
        for pattern, plurals in _PLURALS:
            if pattern.match(singular):
                forms |= {pattern.sub(plural, singular) for plural in plurals}
                break
    return {form for form in forms if same_word(form) == common}
