"""Cell lines: Cellosaurus, without lines whose only names are codes of genes or of a letter and a digit."""

import re
from collections.abc import Container, Iterator
from pathlib import Path

from bioweft.lexicon import reviewed
from bioweft.lexicon.concepts import Entry, merge, settle
from bioweft.lexicon.names import terms
from bioweft.lexicon.terminology import rows
from bioweft.records import Concept, Term, TermStatus

NAME = "cell_line"
SOURCES = ("cellosaurus", "hgnc")
ORDER = ("cellosaurus",)

_SHORTEST = 3
_LONGEST = 30
_MAIN_NAME_KEPT = re.compile(r"[^\W\d_]{2}|\d{3}")
"""A run of two letters or three digits: `U2OS`, `A549`; without, a name is `8a` or `1-2`."""


def build(folder: Path) -> list[Concept]:
    """Return the cell lines of the terminologies in `folder`."""
    symbols = {
        _plainly(text)
        for row in rows(folder, "hgnc")
        for text in (row.name, *(s.text for s in row.synonyms if s.kind == "alias_symbol"))
    }
    concepts = settle(merge(_entries(folder, symbols), type=NAME, order=ORDER), order=ORDER, by="status")
    return reviewed.apply(concepts, type=NAME)


def _entries(folder: Path, symbols: Container[str]) -> Iterator[Entry]:
    for row in rows(folder, "cellosaurus"):
        pairs: list[tuple[str, TermStatus]] = [(row.name, "name"), *((s.text, "symbol") for s in row.synonyms)]
        yield Entry(
            id=row.id,
            name=row.name,
            terms=tuple(term for term in terms(pairs, longest=_LONGEST) if _wanted(term, symbols)),
            xrefs=tuple(xref for xref in row.xrefs if xref.startswith("depmap:")),
            parents=row.parents,
        )


def _wanted(term: Term, symbols: Container[str]) -> bool:
    return (
        len(term.text) >= _SHORTEST
        and _MAIN_NAME_KEPT.search(term.text) is not None
        and _plainly(term.text) not in symbols
    )


def _plainly(name: str) -> str:
    """Return a name without case: `THP-1` and the gene `THP1` are told apart, as each is mostly written so."""
    return name.casefold().replace("-", " ")
