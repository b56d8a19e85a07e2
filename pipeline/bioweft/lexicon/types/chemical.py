"""Chemicals and drugs: MeSH headings and supplementary concepts, ChEBI without its roles, DrugBank's vocabulary."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from bioweft.lexicon.concepts import Entry, merge, settle
from bioweft.lexicon.names import terms
from bioweft.lexicon.terminology import Row, rows
from bioweft.records import Concept, TermStatus

NAME = "chemical"
SOURCES = ("mesh_descriptor", "mesh_supplementary", "chebi", "drugbank")
ORDER = ("mesh", "chebi", "drugbank")

XREFS = ("mesh", "chebi", "drugbank", "cas", "pubchem.compound")

_PROTEIN = ("D08.811", "D12.776", "D13.444", "D23.050", "D23.529", "D12.644.276", "D27", "D26", "D05.500", "D20.215")
"""Trees that are no chemicals here: enzymes, proteins, nucleic acids, antigens, cytokines, actions and uses."""

_OF_AN_ORGANISM = re.compile(
    r"\b(protein|receptor|antigen|enzyme|peptide|polypeptide|gene|RNA|microRNA|factor)s?\b.*,|"
    r", (human|mouse|rat|bovine|porcine|chicken|zebrafish|Drosophila|Arabidopsis|[A-Z]\.? [a-z]+|[A-Z][a-z]+ [a-z]+)$"
)
_QUALIFIER = re.compile(r" (cpd|compound)$")
_LONGEST = 60


def build(folder: Path) -> list[Concept]:
    """Return the chemical concepts of the terminologies in `folder`."""
    entries = [*_mesh(folder), *_chebi(folder), *_drugbank(folder)]
    return settle(merge(_bridge(entries, folder), type=NAME, order=ORDER), order=ORDER)


def _mesh(folder: Path) -> Iterator[Entry]:
    chemical: set[str] = set()
    for row in rows(folder, "mesh_descriptor"):
        trees = row.listed("tree_numbers")
        if any(tree.startswith("D") and not tree.startswith(_PROTEIN) for tree in trees) and not any(
            tree.startswith(("D08.811", "D12.776")) for tree in trees
        ):
            chemical.add(row.id)
            yield _entry(row)
    for row in rows(folder, "mesh_supplementary"):
        if row.other.get("scr_class") == "chemical" and chemical.intersection(row.parents):
            names = (row.name, *(synonym.text for synonym in row.synonyms))
            if not any(_OF_AN_ORGANISM.search(name) for name in names):
                yield _entry(row)


def _chebi(folder: Path) -> Iterator[Entry]:
    for row in rows(folder, "chebi"):
        if (
            row.other.get("branch") == "role"
            or row.other.get("group")
            or not (row.synonyms or "definition" in row.other)
        ):
            continue
        yield _entry(row)


def _drugbank(folder: Path) -> Iterator[Entry]:
    for row in rows(folder, "drugbank"):
        yield _entry(row)


def _bridge(entries: list[Entry], folder: Path) -> list[Entry]:
    """Add cross-references between entries that name one structure, by InChIKey and PubChem compound."""
    structures: dict[str, list[str]] = defaultdict(list)
    shared: dict[str, list[str]] = defaultdict(list)
    known = {entry.id for entry in entries}
    for name in ("mesh_supplementary", "mesh_descriptor", "chebi", "drugbank"):
        for row in rows(folder, name):
            if row.id in known:
                keys = [xref for xref in row.xrefs if xref.startswith(("inchikey:", "pubchem.compound:"))]
                structures[row.id] = keys
                for key in keys:
                    shared[key].append(row.id)
    return [
        replace(
            entry, xrefs=tuple(dict.fromkeys((*entry.xrefs, *(o for k in structures[entry.id] for o in shared[k]))))
        )
        for entry in entries
    ]


def _entry(row: Row) -> Entry:
    pairs: list[tuple[str, TermStatus]] = [(_QUALIFIER.sub("", row.name), "name")]
    pairs += [(_QUALIFIER.sub("", synonym.text), _status(synonym.kind)) for synonym in row.synonyms]
    return Entry(
        id=row.id,
        name=row.name,
        terms=terms(pairs, longest=_LONGEST),
        xrefs=tuple(xref for xref in row.xrefs if xref.partition(":")[0] in XREFS),
        parents=row.parents,
    )


def _status(kind: str) -> TermStatus:
    return "previous" if kind == "old_name" else "synonym"
