"""Diseases: MeSH headings and supplementary concepts, MONDO, Disease Ontology; HPO's names where they are MeSH's."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from bioweft.lexicon import reviewed
from bioweft.lexicon.concepts import Entry, merge, settle
from bioweft.lexicon.names import folded, is_code, terms
from bioweft.lexicon.terminology import Row, below, rows
from bioweft.records import Concept, Term, TermStatus

NAME = "disease"
SOURCES = ("mesh_descriptor", "mesh_supplementary", "mondo", "doid", "hp", "hgnc")
ORDER = ("mesh", "mondo", "doid", "hp")

XREFS = ("mesh", "mondo", "doid", "hp", "omim", "omim.ps", "orphanet", "ncit", "umls")

_TREES = ("C", "F03", "F01.145.126")
_NOT_DISEASE = ("C23.550.291", "C23.550.288", "C23.550.210", "C23.550.260", "C23.888.119")
"""Disease attributes (acute, chronic …), `Disease` itself, chromosome aberrations, death, temperature."""

_CHARACTERISTIC = "mondo:0021125"
"""MONDO's root of what is said of diseases (rare, inherited, refractory), which is none itself."""

_BY_SITE = "C04.588"
_SCOPES: dict[str, TermStatus] = {"broad": "weak", "narrow": "weak"}
_SURE = ("exact", "xref")

_LOOKS_ILL = re.compile(
    r"(itis|itides|oma|omata|osis|oses|a?emia|path(y|ies)|ia|iasis|ism|algia|plegia|rh?ea|rrhage|edema|malacia|"
    r"cele|lysis|megaly|penia|phobia|plasia|sclerosis|stenosis|syndrome|trophy|uria|cancer|tumou?r|deficiency|"
    r"disease|disorder|infection|fever|pox|palsy|stroke|gout|lupus|rabies|tetanus|cholera|plague|measles|mumps|"
    r"influenza|diabetes|obesity|epilepsy|seizure|migraine|ulcer|abscess|cyst|hernia|fibroid|polyp|eczema|acne|wart)s?$",
    re.IGNORECASE,
)
_SHORTEST_CODE = 4
"""Shorter codes are left to the abbreviations that a document defines, and to the reviewed list."""


def build(folder: Path) -> list[Concept]:
    """Return the disease concepts of the terminologies in `folder`."""
    mesh = list(_mesh(folder))
    headings = {entry.id for entry in mesh}
    entries = [*mesh, *_mondo(folder), *_ontology(folder), *_signs(folder, headings)]
    entries = list(_without_gene_names(entries, folder))
    concepts = settle(merge(entries, type=NAME, order=ORDER), order=ORDER, by="heading")
    return reviewed.apply(concepts, type=NAME)


def _without_gene_names(entries: Iterable[Entry], folder: Path) -> Iterator[Entry]:
    """Leave out synonyms that are the full name of the gene behind the disease (`thyroid hormone receptor beta`)."""
    genes = {
        folded(synonym.text)
        for row in rows(folder, "hgnc")
        for synonym in row.synonyms
        if "name" in synonym.kind and not _LOOKS_ILL.search(synonym.text)
    }
    for entry in entries:
        kept = tuple(term for term in entry.terms if term.status == "name" or folded(term.text) not in genes)
        yield replace(entry, terms=kept)


def _mesh(folder: Path) -> Iterator[Entry]:
    for row in rows(folder, "mesh_descriptor"):
        trees = row.values("tree_numbers")
        if any(tree.startswith(_TREES) and not tree.startswith(_NOT_DISEASE) for tree in trees):
            yield _entry(row, also=_cancers(row) if any(tree.startswith(_BY_SITE) for tree in trees) else ())
    for row in rows(folder, "mesh_supplementary"):
        if row.extra.get("scr_class") == "disease":
            yield _entry(row)


def _cancers(row: Row) -> Iterator[str]:
    """The everyday names of MeSH's neoplasms by site, which stand under narrower concepts that the copy lacks."""
    for name in (row.name, *(synonym.text for synonym in row.synonyms)):
        site, _, neoplasms = name.rpartition(" ")
        if neoplasms == "Neoplasms" and "," not in site:
            yield from (f"{site} {word}" for word in ("cancer", "carcinoma", "tumor"))


def _mondo(folder: Path) -> Iterator[Entry]:
    """MONDO's human diseases, without the gene symbols that it lists as synonyms and its inexact mappings."""
    symbols = {row.name for row in rows(folder, "hgnc")}
    table = list(rows(folder, "mondo"))
    said = below(table, [_CHARACTERISTIC])
    for row in table:
        if row.extra.get("human") == "false" or row.id in said:
            continue
        predicates = row.values("xref_predicates")
        xrefs = [xref for xref, predicate in zip(row.xrefs, predicates, strict=True) if predicate in _SURE]
        yield _entry(row, xrefs=xrefs, without=symbols, words=_LOOKS_ILL)


def _ontology(folder: Path) -> Iterator[Entry]:
    for row in rows(folder, "doid"):
        yield _entry(row, words=_LOOKS_ILL)


def _signs(folder: Path, headings: set[str]) -> Iterator[Entry]:
    """HPO entries that are a MeSH disease heading: further names for it, no concepts of their own."""
    for row in rows(folder, "hp"):
        if headings.intersection(row.xrefs):
            yield _entry(row, words=_LOOKS_ILL)


def _entry(
    row: Row,
    *,
    also: Iterable[str] = (),
    xrefs: list[str] | None = None,
    without: set[str] | None = None,
    words: re.Pattern[str] | None = None,
) -> Entry:
    """Make an entry; `without` and `words` hold for ontologies, whose codes and single words are often other things."""

    def wanted(term: Term) -> bool:
        if is_code(term.text):
            return words is None and len(term.text) >= _SHORTEST_CODE
        if words is None or " " in term.text:
            return without is None or term.text not in without
        return words.search(term.text) is not None

    pairs: list[tuple[str, TermStatus]] = [(row.name, "name")]
    pairs += [(synonym.text, _SCOPES.get(synonym.scope, "synonym")) for synonym in row.synonyms]
    pairs += [(text, "synonym") for text in also]
    return Entry(
        id=row.id,
        name=row.name,
        terms=tuple(filter(wanted, terms(pairs))),
        xrefs=tuple(x for x in (row.xrefs if xrefs is None else xrefs) if x.partition(":")[0] in XREFS),
        parents=row.parents,
    )
