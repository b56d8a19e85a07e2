"""Terms tried out: each is put into a sentence, and the matcher says what it finds there.

What a person wants to know before a run: which terms of a dictionary no text will ever show, and which of its concepts
a text cannot tell apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bioweft.lexicon import rules
from bioweft.lexicon.matcher import STATUS_STEP, STATUSES, Matcher
from bioweft.lexicon.normalise import SEPARATOR, same_word, scan

_BEFORE, _AFTER = "we saw ", " there"
_TERMS_AT_ONCE = 1 << 12
_WEAK = STATUSES.index("weak") * STATUS_STEP


@dataclass(frozen=True, slots=True)
class Trial:
    """The outcome of matching where a term stands in a text.

    `rivals` are further concepts that match as well as its own. `is_plain` says that the term vouches for codes of its
    concept, `needs_plain` that it is found only in a document that has such a term.
    """

    is_found: bool
    needs_plain: bool = False
    is_plain: bool = False
    rivals: tuple[str, ...] = ()


def trials(matcher: Matcher, terms: Sequence[tuple[str, str]]) -> list[Trial]:
    """Return the trial of each term, given as the CURIE of its concept and its text."""
    outcomes: list[Trial] = []
    for low in range(0, len(terms), _TERMS_AT_ONCE):
        outcomes += _trials(matcher, terms[low : low + _TERMS_AT_ONCE])
    return outcomes


def _trials(matcher: Matcher, terms: Sequence[tuple[str, str]]) -> list[Trial]:
    texts = [f"{_BEFORE}{text.replace(SEPARATOR, ' ')}{_AFTER}" for _, text in terms]
    hits = matcher.find(SEPARATOR.join(texts))
    begins = np.cumsum([0, *(len(text) + 1 for text in texts)])
    bounds = np.searchsorted(hits.start, begins)
    outcomes = []
    for number, (concept, text) in enumerate(terms):
        tokens = scan(text)
        if not len(tokens):
            outcomes.append(Trial(is_found=False))
            continue
        begin = begins[number] + len(_BEFORE)
        here = slice(bounds[number], bounds[number + 1])
        whole = (hits.start[here] == begin + tokens.start[0]) & (hits.end[here] == begin + tokens.end[-1])
        rows = np.flatnonzero(whole) + bounds[number]
        ranks = {str(matcher.concepts[hits.concept[row]]): (int(hits.rank[row]), int(hits.rule[row])) for row in rows}
        if concept not in ranks:
            outcomes.append(Trial(is_found=False))
            continue
        rank, rule = ranks[concept]
        needs_plain = bool(rule & rules.NEEDS_SUPPORT) and matcher.types[hits.type[rows[0]]] != "cell_line"
        is_plain = rank < _WEAK and not rule & (rules.CODE | rules.ABBREVIATED | rules.NEEDS_SUPPORT)
        rivals = tuple(
            other for other, (rank_of_other, _) in ranks.items() if other != concept and rank_of_other == rank
        )
        outcomes.append(Trial(True, needs_plain, is_plain, rivals))
    return outcomes


def folded(term: str) -> tuple[str, ...]:
    """Return a term as the matcher compares it: `Th-1` and `Th1` are one."""
    tokens = scan(term)
    return tuple(same_word(tokens.text(number)) for number in range(len(tokens)))
