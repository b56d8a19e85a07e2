"""Rules for how a text may deviate from a term.

They are decided from the term's look, status and type when dictionaries are compiled.

A name (`breast cancer`) is found in any case, number and spelling. A code (`CAT`, `IL-6`, `HeLa`) is found as it is
written, and in other case only where that cannot be an ordinary word. What looks too much like something else needs
support from its document, which `bioweft.tag.resolve` looks for.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from bioweft.records import TermStatus

ANY_CASE = 1
FORMS = 2
"""Other number or spelling of the words; of a code, a plural `s`."""
TITLE = 4
CAPITALS = 8
"""Two capitals or more, of any letters: `MTOR` may be `mTOR`."""
LOWER = 16
CODE = 32
NEEDS_SUPPORT = 64
"""The document must say it more plainly: by a longer name, or `cells` next to a cell line's."""
ABBREVIATED = 128
"""`E. coli`: a genus cut to its letter."""

EVERY_TYPE = "*"
_WORDS = files("bioweft.lexicon") / "common_words.txt"
_GENERAL = files("bioweft.lexicon") / "general_words.txt"
_STOPS = files("bioweft.lexicon") / "stop_terms.tsv"
_LEAST_CAPITALS = 2
"""Capitals that make a code with a space: `IL 6` may be a code with a space, `p 53`, `Case 1` and `at 10` may not."""

_Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Looks:
    """The looks of the terms, as arrays over terms."""

    types: tuple[str, ...]
    type: NDArray[np.uint8]
    """Index into `types`."""
    status: NDArray[np.uint8]
    """Index into the statuses of `bioweft.records.TermStatus`."""
    letters: NDArray[np.int32]
    digits: NDArray[np.int32]
    upper: NDArray[np.int32]
    spaces: NDArray[np.int32]
    """Number of white spaces inside."""
    number_first: _Flags
    abbreviated: _Flags
    """Whether it begins with a single capital and a full stop."""
    common: _Flags
    """Whether it is an ordinary English word."""
    phrase: _Flags
    """Whether it is several ordinary English words, one of them a function word."""
    coded: _Flags
    """Whether it is written as codes are (`bioweft.lexicon.names.is_code`)."""

    def of_type(self, type_: str) -> _Flags:
        """Say which terms are of a type."""
        number = self.types.index(type_) if type_ in self.types else len(self.types)
        mask: _Flags = self.type == np.uint8(number)
        return mask

    def of_status(self, status: TermStatus) -> _Flags:
        """Say which terms have a status."""
        mask: _Flags = self.status == np.uint8(get_args(TermStatus).index(status))
        return mask


def assign(looks: Looks, *, stopped: _Flags) -> tuple[NDArray[np.uint8], _Flags]:
    """Return the rule of each term, and which terms are to be kept at all.

    `stopped` says which terms are on the list of strings that do not name this.
    """
    size = looks.letters + looks.digits
    capitals = (looks.upper == looks.letters) & (looks.letters > 0)
    short = (size <= 5) & (looks.spaces == 0)
    gene, species, cell_line = (looks.of_type(name) for name in ("gene", "species", "cell_line"))
    # A code is a symbol, or is written like one (`AKT1`), or is short with two capitals or a digit (`p53`).
    code = looks.of_status("symbol") | looks.coded | short & ((looks.upper >= 2) | (looks.digits > 0))
    # A cell line that is called by an ordinary word (`Bear`) is found only as it is written.
    code |= cell_line & looks.common
    # A free code is no ordinary word: `BRCA1`, not `CAT`. Only a free one may differ in case.
    free = code & ~looks.common & ~stopped
    rule = np.zeros(len(size), np.uint8)
    rule[code] |= CODE
    # Case says nothing about a name (`ASPIRIN`), nor about a short name of a species (`COW`).
    rule[~code & ((size > 3) | species)] |= ANY_CASE
    # In capitals, another short name may be an abbreviation: `Pus` and `pus` are found, `PUS` is not.
    rule[~code & (size <= 3)] |= TITLE | LOWER
    # The words of a name are inflected (`breast cancers`), but not those of a phrase of ordinary words (`Protect-It`).
    # A code without digits has a plural: `TCRs` of `TCR`, nothing of `p53`.
    rule[(~code & ~looks.phrase) | code & ((looks.digits == 0) & ~stopped & (size >= 3))] |= FORMS
    # Other capitals are allowed from four characters on (`MTOR` of `mTOR`), for genes from three (`Tnf` of `TNF`).
    rule[free & ((size >= 4) | (gene & (size >= 3)))] |= CAPITALS | TITLE
    # Small letters are allowed in a code with a digit (`brca1`) or of five characters (`mapkk`), not in `mTOR`.
    rule[free & (((size >= 4) & (looks.digits > 0) & (looks.letters >= 2)) | (size >= 5))] |= LOWER
    # Two capitals mean too many things: `AD`.
    ambiguous = code & capitals & (looks.digits == 0) & (size <= 2)
    # So does any code of two characters (`C3`), but for a chemical (`O2`).
    ambiguous |= code & (size <= 2) & ~looks.of_type("chemical")
    # A number with a letter behind it may be a quantity or a figure: `14C`.
    ambiguous |= code & (size <= 3) & (looks.letters == 1) & looks.number_first
    # The code of a cell line stands for itself if it mixes letters with digits or with small letters: `U2OS`, `HeLa`.
    mixed = (looks.digits > 0) & ~looks.number_first | ((looks.upper >= 2) & ~capitals)
    # Any other line needs the word `cells` next to it: `JAR` is short, `Raji` is a plain word, `A549` has one letter.
    plain_line = cell_line & ((size <= 3) | looks.common | ~mixed | (looks.letters < 2))
    rule[ambiguous | plain_line] |= NEEDS_SUPPORT
    # `E. coli` may be another genus in another document.
    rule[looks.abbreviated] |= ABBREVIATED
    # A stopped term is left out (`it`), unless it is a code in capitals, which is found as written (`IT`).
    kept = (looks.letters > 0) & (size >= 2) & ~(stopped & ~(code & capitals))
    return rule, kept


def allowed(
    rule: NDArray[np.uint8],
    *,
    same_case: _Flags,
    same_form: _Flags,
    capitals: NDArray[np.int64],
    title: _Flags,
    spaced: _Flags,
    cut: _Flags,
    shouted: _Flags,
) -> _Flags:
    """Say which matches the rules of their terms allow.

    `capitals` counts those in the text; `title` says that it has one, at its beginning; `spaced` that it has a space;
    `cut` that it is joined by a hyphen to the rest of a longer code; `shouted` that all words around it are in
    capitals.
    """

    def may(flag: int) -> _Flags:
        flagged: _Flags = (rule & flag) > 0
        return flagged

    code = may(CODE)
    # The case is the term's, or any (`ASPIRIN`), or none (`brca1`), or other capitals (`MTOR`), or a title's (`Flu`).
    case = (
        same_case
        | may(ANY_CASE)
        | (capitals == 0) & may(LOWER)
        | (capitals >= _LEAST_CAPITALS) & may(CAPITALS)
        | title & may(TITLE)
    )
    # A plural or other spelling of a code counts only in the code's own case: `TCRs`, not `tcrs`.
    form = same_form | may(FORMS) & (~code | same_case)
    # A code with a space in it is one only in its own case and with two capitals: `IL 6`, not `p 53`.
    apart = ~spaced | same_case & (capitals >= _LEAST_CAPITALS)
    # In a heading in capitals a code may be a word (`CAT`), unless its case may vary anyway (`BRCA1`).
    sure = ~shouted | may(CAPITALS | LOWER)
    is_allowed: _Flags = case & form & (~code | apart & sure & ~cut)
    return is_allowed


@cache
def common_words() -> frozenset[str]:
    """Return the words of up to six letters that PubMed writes in lower case, in at least 15 of 33,278 abstracts."""
    return frozenset(_WORDS.read_text(encoding="utf-8").split())


@cache
def general_words() -> frozenset[str]:
    """Return the words of four to ten letters of a general English word list (`general_words.LICENSE.txt`)."""
    return frozenset(_GENERAL.read_text(encoding="utf-8").split())


@cache
def ordinary_words() -> frozenset[str]:
    """Return the common and the general words."""
    return common_words() | general_words()


@cache
def function_words() -> frozenset[str]:
    """Return the words of the stop list that hold sentences together (`it`, `on`, `the`)."""
    return frozenset(term for term, _, reason in _stop_rows() if reason == "function word")


@cache
def stop_terms() -> tuple[tuple[str, str], ...]:
    """Return the reviewed strings that do not name what a terminology says, each with its type."""
    return tuple((term, type_) for term, type_, _ in _stop_rows())


@cache
def stopped_writings() -> frozenset[tuple[str, str]]:
    """Return the stop terms that mix capitals and small letters, with their types: what is written so is not named."""
    return frozenset((term, type_) for term, type_ in stop_terms() if not term.isupper() and term != term.casefold())


def _stop_rows() -> list[list[str]]:
    lines = _STOPS.read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if line and not line.startswith(("#", "term\t"))]


def contents() -> bytes:
    """Return the contents of the lists; compiled dictionaries depend on them."""
    return _WORDS.read_bytes() + _GENERAL.read_bytes() + _STOPS.read_bytes()
