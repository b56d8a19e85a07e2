"""Cell types: the Cell Ontology, and MeSH's cells without its cultured lines and parts of cells."""

from collections.abc import Iterator
from pathlib import Path

from bioweft.lexicon import reviewed
from bioweft.lexicon.concepts import Entry, merge, settle
from bioweft.lexicon.names import is_code, terms
from bioweft.lexicon.terminology import Row, rows
from bioweft.records import Concept, TermStatus

NAME = "cell_type"
SOURCES = ("cl", "mesh_descriptor")
ORDER = ("cl", "mesh")

XREFS = ("mesh", "bto", "fma")

_LINES = ("A11.251.210", "A11.251.860.180")
"""Cell lines (HeLa Cells), which are the business of another dictionary wherever else they stand."""

_NO_TYPES = ("A11.251", "A11.284")
"""Cultured cells and parts of cells; of the former, some stand with the types, too."""
_SCOPES: dict[str, TermStatus] = {"broad": "weak", "narrow": "weak"}
_SHORTEST_CODE = 3


def build(folder: Path) -> list[Concept]:
    """Return the cell types of the terminologies in `folder`."""
    concepts = settle(merge(_entries(folder), type=NAME, order=ORDER), order=ORDER, by="heading")
    return reviewed.apply(concepts, type=NAME)


def _entries(folder: Path) -> Iterator[Entry]:
    for row in rows(folder, "cl"):
        if row.id.startswith("cl:"):
            yield _entry(row)
    for row in rows(folder, "mesh_descriptor"):
        trees = [tree for tree in row.values("tree_numbers") if tree.startswith("A11")]
        if any(not tree.startswith(_NO_TYPES) for tree in trees) and not any(tree.startswith(_LINES) for tree in trees):
            yield _entry(row)


def _entry(row: Row) -> Entry:
    pairs: list[tuple[str, TermStatus]] = [(row.name, "name")]
    pairs += [(synonym.text, _SCOPES.get(synonym.scope, "synonym")) for synonym in row.synonyms]
    return Entry(
        id=row.id,
        name=row.name,
        terms=tuple(term for term in terms(pairs) if not is_code(term.text) or len(term.text) >= _SHORTEST_CODE),
        xrefs=tuple(xref for xref in row.xrefs if xref.partition(":")[0] in XREFS),
        parents=row.parents,
    )
