"""Which terms somebody may have meant who typed a name that nothing has."""

import heapq
import math
from collections.abc import Iterable, Sequence
from itertools import islice

LEAST = 70
"""The least per cent of characters that a suggestion shares, in order, with what was typed."""
_A_TENFOLD = 4.0
"""Per cent of likeness that ten times as many documents outweigh."""
_SUGGESTIONS = 3
_MOST_COMPARED = 200
_TERMS_AT_ONCE = 10_000


def is_near(length: int, other: int) -> bool:
    """Say whether two terms of these lengths can be alike: likeness is 200 * shared characters / both lengths."""
    return 200 * min(length, other) >= LEAST * (length + other)


Term = tuple[str, str, int, bool]
"""A term, its concept, the documents that the concept is in, and whether it is the concept's name."""


def suggestions(name: str, terms: Iterable[Term]) -> list[str]:
    """Return the terms that `name` may have meant, the likeliest first, one a concept.

    A term is the likelier the more it is like `name`, and the more often its concept is written of: `chloroquin` is
    chloroquine before any rare compound. The terms are never in memory all at once.
    """
    near: list[tuple[float, Term]] = []
    stream = iter(terms)
    while chunk := list(islice(stream, _TERMS_AT_ONCE)):
        near = heapq.nlargest(_MOST_COMPARED, [*near, *_near(name, chunk)], key=lambda pair: pair[0])
    ranked = sorted(
        (-(likeness + _A_TENFOLD * math.log10(1 + documents)), not is_name, concept, term)
        for likeness, (term, concept, documents, is_name) in near
    )
    best: dict[str, str] = {}
    for _, _, concept, term in ranked:
        best.setdefault(concept, term)
    return list(dict.fromkeys(best.values()))[:_SUGGESTIONS]


def _near(name: str, terms: Sequence[Term]) -> list[tuple[float, Term]]:
    """Return the likeness of the terms that are like `name`, each with its term, the likest first."""
    from rapidfuzz import fuzz, process

    lowered = [term.lower() for term, *_ in terms]
    near = process.extract(name.lower(), lowered, scorer=fuzz.ratio, score_cutoff=LEAST, limit=_MOST_COMPARED)
    return [(likeness, terms[place]) for _, likeness, place in near]
