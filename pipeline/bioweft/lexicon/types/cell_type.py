"""Cell types: the Cell Ontology, and MeSH's cells without its cultured lines."""

from collections.abc import Iterator
from pathlib import Path

from bioweft.lexicon.concepts import Entry, merge, settle
from bioweft.lexicon.names import terms
from bioweft.lexicon.terminology import Row, rows
from bioweft.records import Concept, TermStatus

NAME = "cell_type"
SOURCES = ("cl", "mesh_descriptor")
ORDER = ("cl", "mesh")

_SCOPES: dict[str, TermStatus] = {"broad": "weak", "narrow": "weak", "related": "synonym"}


def build(folder: Path) -> list[Concept]:
    """Return the cell types of the terminologies in `folder`."""
    return settle(merge(_entries(folder), type=NAME, order=ORDER), order=ORDER)


def _entries(folder: Path) -> Iterator[Entry]:
    for row in rows(folder, "cl"):
        if row.id.startswith("cl:"):
            yield _entry(row)
    for row in rows(folder, "mesh_descriptor"):
        trees = [tree for tree in row.listed("tree_numbers") if tree.startswith("A11")]
        if any(not tree.startswith(("A11.251", "A11.284")) for tree in trees):
            yield _entry(row)


def _entry(row: Row) -> Entry:
    pairs: list[tuple[str, TermStatus]] = [(row.name, "name")]
    pairs += [(s.text, _SCOPES.get(s.scope, "synonym")) for s in row.synonyms]
    xrefs = tuple(xref for xref in row.xrefs if xref.startswith(("mesh:", "bto:", "fma:")))
    return Entry(id=row.id, name=row.name, terms=terms(pairs), xrefs=xrefs, parents=row.parents)
