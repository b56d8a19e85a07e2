"""Diseases: MeSH headings and supplementary concepts, MONDO, Disease Ontology; HPO's names where they are MeSH's."""

from collections.abc import Iterator
from pathlib import Path

from bioweft.lexicon.concepts import Entry, merge, settle
from bioweft.lexicon.names import terms
from bioweft.lexicon.terminology import Row, rows
from bioweft.records import Concept, TermStatus

NAME = "disease"
SOURCES = ("mesh_descriptor", "mesh_supplementary", "mondo", "doid", "hp", "hgnc")
ORDER = ("mesh", "mondo", "doid", "hp")

XREFS = ("mesh", "mondo", "doid", "hp", "omim", "omim.ps", "orphanet", "ncit", "umls", "efo")

_TREES = ("C", "F03")
_NOT_DISEASE = ("C23.550.291", "C23.550.288", "C23.888.144")
"""Disease attributes (acute, chronic …), `Disease` itself, body temperature changes as a heading."""

_SCOPES: dict[str, TermStatus] = {"broad": "weak", "narrow": "weak", "related": "synonym"}
_SURE = ("exact", "xref")


def build(folder: Path) -> list[Concept]:
    """Return the disease concepts of the terminologies in `folder`."""
    symbols = {row.name for row in rows(folder, "hgnc")}
    mesh = list(_mesh(folder))
    headings = {entry.id for entry in mesh}
    entries = [*mesh, *_mondo(folder, symbols), *_plain(folder, "doid"), *_signs(folder, headings)]
    return settle(merge(entries, type=NAME, order=ORDER), order=ORDER)


def _mesh(folder: Path) -> Iterator[Entry]:
    for row in rows(folder, "mesh_descriptor"):
        trees = row.listed("tree_numbers")
        if any(tree.startswith(_TREES) and not tree.startswith(_NOT_DISEASE) for tree in trees):
            yield _entry(row)
    for row in rows(folder, "mesh_supplementary"):
        if row.other.get("scr_class") == "disease":
            yield _entry(row)


def _mondo(folder: Path, symbols: set[str]) -> Iterator[Entry]:
    """MONDO's human diseases, without the gene symbols that it lists as synonyms and its inexact mappings."""
    for row in rows(folder, "mondo"):
        if row.other.get("human") == "false":
            continue
        predicates = row.listed("xref_predicates")
        xrefs = [xref for xref, predicate in zip(row.xrefs, predicates, strict=True) if predicate in _SURE]
        yield _entry(row, xrefs=xrefs, without=symbols)


def _plain(folder: Path, name: str) -> Iterator[Entry]:
    for row in rows(folder, name):
        yield _entry(row)


def _signs(folder: Path, headings: set[str]) -> Iterator[Entry]:
    """HPO entries that are a MeSH disease heading: further names for it, no concepts of their own."""
    for row in rows(folder, "hp"):
        if headings.intersection(row.xrefs):
            yield _entry(row)


def _entry(row: Row, *, xrefs: list[str] | None = None, without: set[str] | None = None) -> Entry:
    pairs: list[tuple[str, TermStatus]] = [(row.name, "name")]
    pairs += [(synonym.text, _SCOPES.get(synonym.scope, "synonym")) for synonym in row.synonyms]
    found = [term for term in terms(pairs) if without is None or term.text not in without]
    return Entry(
        id=row.id,
        name=row.name,
        terms=tuple(found),
        xrefs=tuple(x for x in (row.xrefs if xrefs is None else xrefs) if x.partition(":")[0] in XREFS),
        parents=row.parents,
    )
