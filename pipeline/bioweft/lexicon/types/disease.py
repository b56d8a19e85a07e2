"""Diseases: MeSH headings and supplementary concepts, MONDO, Disease Ontology; HPO's signs and symptoms come last.

Short codes, adjectives and HPO's own phenotypes are only looked up (`bioweft.records.Term.lookup`).
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from bioweft.lexicon import reviewed
from bioweft.lexicon.concepts import Entry, merge, settle, settle_lookups
from bioweft.lexicon.names import folded, is_code, terms
from bioweft.lexicon.rules import ordinary_words
from bioweft.lexicon.terminology import Row, below, rows
from bioweft.lexicon.types import disease_words
from bioweft.records import Concept, Term, TermStatus

NAME = "disease"
SOURCES = ("mesh_descriptor", "mesh_supplementary", "mondo", "doid", "hp", "hgnc", "uberon")
ORDER = ("mesh", "mondo", "doid", "hp")
_RANKS = ("mesh:D", "mesh:C", "mondo", "doid")

XREFS = ("mesh", "mondo", "doid", "hp", "omim", "omim.ps", "orphanet", "ncit", "umls")

_TREES = ("C", "F03", "F01.145.126")
_NOT_DISEASE = ("C23.550.291", "C23.550.288", "C23.550.210", "C23.550.260", "F01.470")
"""Disease attributes (acute, chronic …), `Disease` itself, chromosome aberrations, death, emotions: only looked up."""

_OF_ANIMALS = "C22"
_NO_PHENOTYPE = ("hp:0000005", "hp:0040279", "hp:0012823", "hp:0032443", "hp:0032223")
"""HPO's modes of inheritance, frequencies, modifiers, past medical history and blood groups."""

_NARROWER = re.compile(
    r"x|y|linked|autosomal|dominant|recessive|familial|susceptibility|to|type|with|without|congenital|infantile|adult|"
    r"juvenile|early|late|onset|\d+[a-z]?|[ivx]+|[a-d]"
)
"""Words that make a disease's name that of one of its kinds."""

_LEAST_KINDS = 2
_SUSCEPTIBILITY = re.compile(r"susceptibility|predisposition|resistance|protection", re.IGNORECASE)

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
"""Shorter codes are only looked up, but for those of the reviewed list."""


def build(folder: Path) -> list[Concept]:
    """Return the disease concepts of the terminologies in `folder`."""
    mesh = list(_mesh(folder))
    headings = {entry.id for entry in mesh}
    entries = [*mesh, *_mondo(folder), *_ontology(folder), *_signs(folder, headings)]
    anatomy = _anatomy(folder)
    entries = list(_without_names_of_others(entries, _gene_names(folder) | anatomy))
    concepts = settle(merge(_without_narrower(entries), type=NAME, order=ORDER), order=ORDER, by="heading")
    concepts = settle_lookups(disease_words.with_lookups(concepts, anatomy=anatomy), ranks=_RANKS)
    return reviewed.apply(concepts, type=NAME)


def _gene_names(folder: Path) -> set[str]:
    """Return the folded full names of genes, with which the diseases that they cause are called at times."""
    return {
        folded(synonym.text)
        for row in rows(folder, "hgnc")
        for synonym in row.synonyms
        if "name" in synonym.kind and not _LOOKS_ILL.search(synonym.text)
    }


def _anatomy(folder: Path) -> set[str]:
    """Return the folded names of parts of the body (`seminal vesicle`)."""
    return {
        folded(text)
        for row in rows(folder, "uberon")
        for text in (row.name, *(synonym.text for synonym in row.synonyms))
        if not _LOOKS_ILL.search(text)
    }


def _without_names_of_others(entries: Iterable[Entry], others: set[str]) -> Iterator[Entry]:
    """Leave out synonyms that name the gene behind the disease (`thyroid hormone receptor beta`) or its place.

    A synonym that says nothing of susceptibility is weak for a concept that is no more than susceptibility.
    """
    for entry in entries:
        kept = [term for term in entry.terms if term.status == "name" or folded(term.text) not in others]
        if _SUSCEPTIBILITY.search(entry.name):
            kept = [term if _SUSCEPTIBILITY.search(term.text) else replace(term, status="weak") for term in kept]
        yield replace(entry, terms=tuple(kept))


def _without_narrower(entries: list[Entry]) -> Iterator[Entry]:
    """Leave out cross-references between a disease and MeSH's supplementary concept of one of its kinds.

    MONDO's `acute leukemia`, which has kinds of its own, points to `Leukemia, Acute, X-Linked`.
    """
    kinds = Counter(parent for entry in entries for parent in entry.parents)
    words = {entry.id: frozenset(folded(entry.name).replace(",", " ").split()) for entry in entries}

    def is_narrower(narrow: str, wide: str) -> bool:
        extra = words[narrow] - words[wide]
        return (
            narrow.startswith("mesh:C")
            and kinds[wide] >= _LEAST_KINDS
            and words[wide] < words[narrow]
            and all(map(_NARROWER.fullmatch, extra))
        )

    for entry in entries:
        xrefs = [x for x in entry.xrefs if x not in words or not (is_narrower(x, entry.id) or is_narrower(entry.id, x))]
        yield replace(entry, xrefs=tuple(xrefs))


def _mesh(folder: Path) -> Iterator[Entry]:
    for row in rows(folder, "mesh_descriptor"):
        trees = row.values("tree_numbers")
        if any(tree.startswith(_TREES) and not tree.startswith(_NOT_DISEASE) for tree in trees):
            entry = _entry(row, also=_cancers(row) if any(tree.startswith(_BY_SITE) for tree in trees) else ())
            # Human diseases of other vocabularies are none of animals (`Hepatitis, Viral, Animal`).
            yield replace(entry, xrefs=()) if _is_of_animals(row) else entry
        elif any(tree.startswith((*_TREES, *_NOT_DISEASE)) for tree in trees):
            yield _looked_up(_entry(row))
    for row in rows(folder, "mesh_supplementary"):
        if row.extra.get("scr_class") == "disease":
            yield _entry(row)


def _looked_up(entry: Entry) -> Entry:
    """Return the entry with all of its terms only looked up."""
    return replace(entry, terms=tuple(replace(term, lookup=True) for term in entry.terms))


def _cancers(row: Row) -> Iterator[str]:
    """The everyday names of MeSH's neoplasms by site, which stand under narrower concepts that the copy lacks.

    Those of animals have none: `mammary cancer` is a woman's, too.
    """
    if row.name.endswith("Animal"):
        return
    for name in (row.name, *(synonym.text for synonym in row.synonyms)):
        site, _, neoplasms = name.rpartition(" ")
        if neoplasms == "Neoplasms" and "," not in site:
            yield from (f"{site} {word}" for word in ("cancer", "carcinoma", "tumor"))


def _mondo(folder: Path) -> Iterator[Entry]:
    """MONDO's human diseases, without the gene symbols that it lists as synonyms and its inexact mappings."""
    symbols = {row.name for row in rows(folder, "hgnc")}
    animal = _animal_headings(folder)
    table = list(rows(folder, "mondo"))
    said = below(table, [_CHARACTERISTIC])
    for row in table:
        if row.extra.get("human") == "false" or row.id in said or row.name.endswith(", non-human animal"):
            continue
        predicates = row.values("xref_predicates")
        pairs = zip(row.xrefs, predicates, strict=True)
        xrefs = [xref for xref, predicate in pairs if predicate in _SURE and xref not in animal]
        yield _entry(row, xrefs=xrefs, without=symbols, words=_LOOKS_ILL)


def _animal_headings(folder: Path) -> set[str]:
    return {row.id for row in rows(folder, "mesh_descriptor") if _is_of_animals(row)}


def _is_of_animals(row: Row) -> bool:
    trees = row.values("tree_numbers")
    return row.name.endswith(", Animal") or (bool(trees) and all(tree.startswith(_OF_ANIMALS) for tree in trees))


def _ontology(folder: Path) -> Iterator[Entry]:
    animal = _animal_headings(folder)
    for row in rows(folder, "doid"):
        yield _entry(row, xrefs=[xref for xref in row.xrefs if xref not in animal], words=_LOOKS_ILL)


def _signs(folder: Path, headings: set[str]) -> Iterator[Entry]:
    """HPO's phenotypes: of those that are a MeSH disease heading further names for it, the remaining looked up."""
    table = list(rows(folder, "hp"))
    excluded = below(table, _NO_PHENOTYPE)
    for row in table:
        if headings.intersection(row.xrefs):
            yield _entry(row, words=_LOOKS_ILL)
        elif row.id not in excluded:
            yield _looked_up(_entry(row, words=_LOOKS_ILL))


def _entry(
    row: Row,
    *,
    also: Iterable[str] = (),
    xrefs: list[str] | None = None,
    without: set[str] | None = None,
    words: re.Pattern[str] | None = None,
) -> Entry:
    """Make an entry; `without` and `words` hold for ontologies, whose codes and single words are often other things.

    Those that are no ordinary words are looked up.
    """

    def used(term: Term) -> Iterator[Term]:
        if is_code(term.text):
            in_text = words is None and len(term.text) >= _SHORTEST_CODE
        elif words is None or " " in term.text:
            in_text = without is None or term.text not in without
        else:
            in_text = words.search(term.text) is not None
        if in_text or term.text.casefold() not in ordinary_words():
            yield term if in_text else replace(term, lookup=True)

    pairs: list[tuple[str, TermStatus]] = [(row.name, "name")]
    pairs += [(synonym.text, _SCOPES.get(synonym.scope, "synonym")) for synonym in row.synonyms]
    pairs += [(text, "synonym") for text in also]
    return Entry(
        id=row.id,
        name=row.name,
        terms=tuple(use for term in terms(pairs) for use in used(term)),
        xrefs=tuple(x for x in (row.xrefs if xrefs is None else xrefs) if x.partition(":")[0] in XREFS),
        parents=row.parents,
    )
