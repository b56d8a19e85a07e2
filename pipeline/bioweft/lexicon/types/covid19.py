"""SARS-CoV-2 with its variants (a species) and COVID-19 with its consequences (diseases), as the literature names them.

The Aitslab lists multiply names by machine; what cannot be a name is left out here.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from bioweft.lexicon import reviewed
from bioweft.lexicon.concepts import Entry, merge, settle
from bioweft.lexicon.names import terms
from bioweft.lexicon.terminology import rows
from bioweft.records import Concept, TermStatus

NAME = "covid19"
SOURCES = ("aitslab_sarscov2", "mesh_descriptor", "mesh_supplementary")

_VIRUS = "ncbitaxon:2697049"
_VIRUS_HEADING = "mesh:D000086402"
_ILLNESS = re.compile(r"\b(COVID|SARS-CoV-2)\b", re.IGNORECASE)
_OUTDATED = "sars-cov-2_synonyms_v2"
"""Superseded by the third version of the same list."""

_SUSPECT = frozenset({"starts_with_19", "short", "generic", "geographic", "ambiguous_code"})
_JUNK = re.compile(r"diseases?|infections?|infectious|pneumonias?|coronaes|covs\b|[()β]| cov .* cov\b|\bcorona\b", re.I)
_OF_THE_VIRUS = re.compile(r"2|19|novel|new", re.IGNORECASE)
_OF_A_VARIANT = re.compile(r"\b[A-Z]{1,2}\.\d|\b(variants?|lineages?|strains?|VOC|VOI|VUI|20[A-K]/)")


def build(folder: Path) -> list[Concept]:
    """Return the virus and the diseases."""
    virus = merge(_virus(folder), type="species", order=("ncbitaxon",))
    illness = merge(_illness(folder), type="disease", order=("mesh",))
    return [
        *reviewed.apply(settle(virus, order=("ncbitaxon",), by="status"), type="species"),
        *reviewed.apply(settle(illness, order=("mesh",), by="status"), type="disease"),
    ]


def _virus(folder: Path) -> Iterator[Entry]:
    names_by_id: dict[str, list[tuple[str, TermStatus]]] = defaultdict(list)
    names_by_id[_VIRUS].append(("SARS-CoV-2", "name"))
    for row in rows(folder, "mesh_descriptor"):
        if row.id == _VIRUS_HEADING:
            names_by_id[_VIRUS] += [(synonym.text, "synonym") for synonym in row.synonyms]
    for row in rows(folder, "aitslab_sarscov2"):
        right = _OF_A_VARIANT if row.extra["list"].startswith("variants") else _OF_THE_VIRUS
        suspect = _SUSPECT.intersection(row.values("flags")) or row.extra["list"] == _OUTDATED
        if not suspect and right.search(row.name) and not _JUNK.search(row.name):
            names_by_id[row.id].append((row.name, "synonym"))
    for id, pairs in names_by_id.items():
        yield Entry(id=id, name="SARS-CoV-2", terms=terms(pairs), xrefs=(_VIRUS_HEADING,))


def _illness(folder: Path) -> Iterator[Entry]:
    for row in rows(folder, "mesh_descriptor"):
        trees = row.values("tree_numbers")
        if _ILLNESS.search(row.name) and any(tree.startswith("C") for tree in trees):
            yield _entry(row.id, row.name, [synonym.text for synonym in row.synonyms])
    for row in rows(folder, "mesh_supplementary"):
        if row.extra.get("scr_class") == "disease" and _ILLNESS.search(row.name):
            yield _entry(row.id, row.name, [synonym.text for synonym in row.synonyms])


def _entry(id: str, name: str, synonyms: list[str]) -> Entry:
    return Entry(id=id, name=name, terms=terms([(name, "name"), *((text, "synonym") for text in synonyms)]))
