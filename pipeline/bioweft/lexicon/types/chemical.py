"""Chemicals and drugs: MeSH headings and supplementary concepts, ChEBI without its roles, DrugBank's vocabulary.

Proteins, nucleic acids, groups and mixtures are left out, and so are the short codes that mean too many things.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from bioweft.lexicon import reviewed
from bioweft.lexicon.concepts import Entry, merge, settle
from bioweft.lexicon.names import is_code, terms
from bioweft.lexicon.terminology import Row, below, rows
from bioweft.records import Concept, Term, TermStatus

NAME = "chemical"
SOURCES = ("mesh_descriptor", "mesh_supplementary", "chebi", "drugbank")
ORDER = ("mesh", "chebi", "drugbank")

XREFS = ("mesh", "chebi", "drugbank", "cas", "pubchem.compound")

_TREES = ("D01", "D02", "D03", "D04", "D05", "D06", "D09", "D10", "D12", "D13", "D20")
_PROTEIN = (
    "D08.811", "D08.622", "D12.776", "D12.644.276", "D12.644.360", "D12.644.861", "D12.644.541", "D13.444", "D23.050",
    "D05.500", "D05.875", "D20.215",
    *(_HORMONE := ("D06.472.699.587", "D06.472.699.322", "D06.472.699.631.525", "D06.472.317")),
)  # fmt: skip
"""Enzymes, proteins, peptide hormones that are a gene's product, nucleic acids, antigens, complexes, mixtures."""

_SMALL_PEPTIDE = ("D12.644.400", "D12.644.456")
"""Neuropeptides and oligopeptides (angiotensin, bradykinin), which texts treat as chemicals."""

_NOT_CHEMICAL = (
    "chebi:36342", "chebi:59999", "chebi:24433", "chebi:33695", "chebi:15986", "chebi:26519", "chebi:50795",
    "chebi:36080",
)  # fmt: skip
"""ChEBI's subatomic particles, mixtures, groups, proteins and nucleic acids, radicals, nanostructures."""

_OF_AN_ORGANISM = re.compile(
    r"\b(protein|receptor|antigen|enzyme|peptide|polypeptide|gene|RNA|microRNA|factor)s?\b.*,|"
    r", (human|mouse|rat|bovine|porcine|chicken|zebrafish|Drosophila|Arabidopsis|[A-Z]\.? [a-z]+|[A-Z][a-z]+ [a-z]+)$"
)
_PRODUCT = re.compile(
    r"(mab|cept|grastim|poetin|kinra|leukin|insulin|tide|relin|toxin|ermin|parin|globulin|vaccine)\b", re.I
)
"""Names of medicines of DrugBank that have no structure and are no extract of a plant, food or animal."""

_QUALIFIER = re.compile(r" (cpd|compound)$|^an? (?=[a-z])")
_FOREIGN = re.compile(r"[À-ÖØ-öø-ÿ]|^(acide|acido|acidum) ", re.IGNORECASE)
_COMPANY_CODE = re.compile(r"[A-Z]{2,4}[- ]?\d{3,6}")
_LONGEST = 60
_SHORTEST_CODE = 4
"""Shorter codes are left to the abbreviations that a document defines, and to the reviewed list."""


def build(folder: Path) -> list[Concept]:
    """Return the chemical concepts of the terminologies in `folder`."""
    entries = [*_mesh(folder), *_chebi(folder), *_drugbank(folder)]
    concepts = settle(merge(_bridge(entries, folder), type=NAME, order=ORDER), order=ORDER, by="vocabulary")
    return reviewed.apply(concepts, type=NAME)


def _mesh(folder: Path) -> Iterator[Entry]:
    chemical: set[str] = set()
    for row in rows(folder, "mesh_descriptor"):
        trees = row.values("tree_numbers")
        if _is_chemical(trees) or (row.id in reviewed.added() and any(tree.startswith("D") for tree in trees)):
            chemical.add(row.id)
            yield _entry(row, lambda term: not is_code(term.text) or len(term.text) >= _SHORTEST_CODE)
    for row in rows(folder, "mesh_supplementary"):
        if row.extra.get("scr_class") == "chemical" and chemical.intersection(row.parents):
            names = (row.name, *(synonym.text for synonym in row.synonyms))
            if not any(_OF_AN_ORGANISM.search(name) for name in names):
                yield _entry(row, _of_supplement)


def _is_chemical(trees: Iterable[str]) -> bool:
    if any(tree.startswith(_SMALL_PEPTIDE) for tree in trees) and not any(tree.startswith(_HORMONE) for tree in trees):
        return True
    return any(tree.startswith(_TREES) for tree in trees) and not any(tree.startswith(_PROTEIN) for tree in trees)


def _of_supplement(term: Term) -> bool:
    """Say whether a name of a supplementary concept is wanted: trade names are ordinary words (Balance, Monitor)."""
    if term.status == "name":
        return len(term.text) > _SHORTEST_CODE
    return len(term.text) > 8 or not term.text.isalpha()


def _chebi(folder: Path) -> Iterator[Entry]:
    table = list(rows(folder, "chebi"))
    excluded = below(table, _NOT_CHEMICAL)
    for row in table:
        if row.extra.get("branch") == "role" or row.extra.get("group") or row.id in excluded:
            continue
        if row.synonyms or "definition" in row.extra:
            yield _entry(row, _of_chebi)


def _of_chebi(term: Term) -> bool:
    """Say whether a name of ChEBI's is wanted.

    No codes but companies' (`FK506`), no short synonyms, no foreign words.
    """
    if is_code(term.text):
        return _COMPANY_CODE.fullmatch(term.text) is not None
    if _FOREIGN.search(term.text):
        return False
    return term.status == "name" or " " in term.text or len(term.text) > 5


def _drugbank(folder: Path) -> Iterator[Entry]:
    """Yield DrugBank's drugs with a structure, and biological ones by name; the rest are extracts and foods."""
    for row in rows(folder, "drugbank"):
        if any(xref.startswith(("inchikey:", "chebi:")) for xref in row.xrefs) or _PRODUCT.search(row.name):
            yield _entry(row, lambda term: not is_code(term.text) and len(term.text) > 5)


def _bridge(entries: Iterable[Entry], folder: Path) -> list[Entry]:
    """Add cross-references between entries that name one structure, by InChIKey and PubChem compound."""
    known = {entry.id: entry for entry in entries}
    keys: dict[str, list[str]] = {}
    shared: dict[str, list[str]] = defaultdict(list)
    for name in SOURCES:
        for row in rows(folder, name):
            if row.id in known:
                keys[row.id] = [xref for xref in row.xrefs if xref.startswith(("inchikey:", "pubchem.compound:"))]
                for key in keys[row.id]:
                    shared[key].append(row.id)
    return [
        replace(entry, xrefs=tuple(dict.fromkeys((*entry.xrefs, *(twin for key in keys[id] for twin in shared[key])))))
        for id, entry in known.items()
    ]


def _entry(row: Row, wanted: Callable[[Term], bool]) -> Entry:
    pairs: list[tuple[str, TermStatus]] = [(_QUALIFIER.sub("", row.name), "name")]
    pairs += [
        (_QUALIFIER.sub("", synonym.text), "previous" if synonym.kind == "old_name" else "synonym")
        for synonym in row.synonyms
    ]
    return Entry(
        id=row.id,
        name=row.name,
        terms=tuple(filter(wanted, terms(pairs, longest=_LONGEST))),
        xrefs=tuple(xref for xref in row.xrefs if xref.partition(":")[0] in XREFS),
        parents=row.parents,
    )
