"""Cell lines: Cellosaurus."""

from collections.abc import Iterator
from pathlib import Path

from bioweft.lexicon.concepts import Entry, merge, settle
from bioweft.lexicon.names import terms
from bioweft.lexicon.terminology import rows
from bioweft.records import Concept, TermStatus

NAME = "cell_line"
SOURCES = ("cellosaurus",)
ORDER = ("cellosaurus",)


def build(folder: Path) -> list[Concept]:
    """Return the cell lines of the terminologies in `folder`."""
    return settle(merge(_entries(folder), type=NAME, order=ORDER), order=ORDER)


def _entries(folder: Path) -> Iterator[Entry]:
    for row in rows(folder, "cellosaurus"):
        pairs: list[tuple[str, TermStatus]] = [(row.name, "symbol"), *((s.text, "symbol") for s in row.synonyms)]
        yield Entry(
            id=row.id,
            name=row.name,
            terms=terms(pairs, longest=30),
            xrefs=tuple(xref for xref in row.xrefs if xref.startswith("depmap:")),
            parents=row.parents,
        )
