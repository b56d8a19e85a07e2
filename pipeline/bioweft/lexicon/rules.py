"""How a text may deviate from a term, decided for each term from its look, status and type when dictionaries are compiled.

A name (`breast cancer`) is found in any case, number and spelling. A code (`CAT`, `IL-6`, `HeLa`) is found as it is
written, and in other case only where that cannot be an ordinary word.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

ANY_CASE = 1
FORMS = 2
"""Other number or spelling of the words; of a code, a plural `s`."""
TITLE = 4
UPPER = 8
LOWER = 16
CODE = 32
NEEDS_CUE = 64
"""A word such as `cells` must stand nearby."""
ABBREVIATED = 128
"""`E. coli`: a genus cut to its letter."""

_Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Looks:
    """What the terms look like, as arrays over terms."""

    tokens: NDArray[np.int64]
    letters: NDArray[np.int64]
    digits: NDArray[np.int64]
    upper: NDArray[np.int64]
    spaces: NDArray[np.int64]
    abbreviated: _Flags
    """Begins with a single capital and a full stop."""
    common: _Flags
    """Is an ordinary English word."""
    symbol: _Flags
    """Has the status `symbol`."""


def assign(looks: Looks, *, type_: NDArray[np.str_]) -> tuple[NDArray[np.uint8], _Flags]:
    """Return the rule of each term, and which terms are to be kept at all."""
    size = looks.letters + looks.digits
    code = looks.symbol | ((size <= 5) & (looks.upper >= 2) & (looks.spaces == 0))
    word = looks.digits == 0
    rule = np.zeros(len(size), np.uint8)
    rule[code] |= CODE
    rule[~code & ((size > 3) | (type_ == "species"))] |= ANY_CASE
    rule[~code & (size <= 3)] |= TITLE | LOWER
    rule[~code | word] |= FORMS
    free = code & ~looks.common
    rule[free & ((size >= 4) | ((type_ == "gene") & (size >= 3)))] |= UPPER | TITLE
    rule[free & (((size >= 4) & ~word & (looks.letters >= 2)) | (size >= 5))] |= LOWER
    rule[(type_ == "cell_line") & (size <= 4)] |= NEEDS_CUE
    rule[looks.abbreviated] |= ABBREVIATED
    return rule, (looks.letters > 0) & (size >= 2)


def allowed(
    rule: NDArray[np.uint8],
    *,
    same_case: _Flags,
    same_form: _Flags,
    lower: _Flags,
    upper: _Flags,
    title: _Flags,
    wider: _Flags,
) -> _Flags:
    """Say which matches the rules of their terms allow.

    `lower`, `upper`, `title`: how the text is written; `wider`: it has a space where the term has none.
    """
    case = (
        same_case
        | (rule & ANY_CASE > 0)
        | (lower & (rule & LOWER > 0))
        | (upper & (rule & UPPER > 0))
        | (title & (rule & TITLE > 0))
    )
    code = rule & CODE > 0
    form = same_form | ((rule & FORMS > 0) & (~code | same_case))
    return case & form & ~(wider & code & ~same_case)
