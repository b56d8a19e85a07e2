"""Cell types: the Cell Ontology, and MeSH's cells without its cultured lines and parts of cells."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from bioweft.lexicon import reviewed
from bioweft.lexicon.concepts import Entry, merge, settle
from bioweft.lexicon.names import is_code, terms
from bioweft.lexicon.terminology import Row, rows
from bioweft.records import Concept, Term, TermStatus

NAME = "cell_type"
SOURCES = ("cl", "mesh_descriptor")
ORDER = ("cl", "mesh")

XREFS = ("mesh", "bto", "fma")

_LINES = ("A11.251.210", "A11.251.860.180")
"""Cell lines (HeLa Cells), which are the business of another dictionary wherever else they stand."""

_NO_TYPES = ("A11.251", "A11.284")
"""Cultured cells and parts of cells; of the former, some stand with the types, too."""
_SCOPES: dict[str, TermStatus] = {"broad": "weak", "narrow": "weak"}
_ABBREVIATION = re.compile(r"[A-Za-z]{1,5}|[A-Za-z]\d?")
"""A code that means other things in most texts (`ABC`, `MMP`, `VIP`); documents say what theirs mean."""
_MARKER = re.compile(r"(?<=[A-Za-z0-9])-(positive|negative)\b,?")
_LINEAGE = re.compile(r",? ?\balpha-beta (?=T\b)")
"""The lineage, which texts leave out: a `CD4-positive, alpha-beta T cell` is a `CD4+ T cell`."""


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
        terms=tuple(_with_markers(_looked_up(term) for term in terms(pairs))),
        xrefs=tuple(xref for xref in row.xrefs if xref.partition(":")[0] in XREFS),
        parents=row.parents,
    )


def _looked_up(term: Term) -> Term:
    """Return the term, only looked up where it is an abbreviation: `DC` is a direct current, too."""
    return replace(term, lookup=is_code(term.text) and _ABBREVIATION.fullmatch(term.text) is not None)


def _with_markers(terms_: Iterable[Term]) -> Iterator[Term]:
    """Yield the terms, and those that name surface markers once more as texts write them: `CD34+ cell`."""
    for term in terms_:
        yield term
        short = _MARKER.sub(lambda sign: "+" if sign[1] == "positive" else "-", term.text)
        if short != term.text:
            for text in dict.fromkeys((" ".join(short.split()), " ".join(_LINEAGE.sub(" ", short).split()))):
                yield Term(text, "weak" if term.status == "weak" else "synonym", lookup=True)
