"""Species and what is below them, viruses above all: NCBI Taxonomy, MeSH's names of the same, and reviewed names.

Genera and higher ranks are left out: a species is what corpora and users of this type mean.
"""

import re
from collections.abc import Container, Iterator
from pathlib import Path

from bioweft.lexicon import reviewed
from bioweft.lexicon.concepts import Entry, merge, settle
from bioweft.lexicon.names import folded, terms
from bioweft.lexicon.terminology import Row, rows
from bioweft.records import Concept, Term, TermStatus

NAME = "species"
SOURCES = ("ncbitaxon", "mesh_descriptor")
ORDER = ("ncbitaxon", "mesh")

_RANKS = ("species", "subspecies", "no_rank", "serotype", "strain", "biotype", "isolate", "species_group", "varietas")
_STATUS: dict[str, TermStatus] = {
    "synonym": "synonym",
    "common or exact (2026)": "synonym",
    "former scientific name": "previous",
    "common name": "synonym",
    "equivalent name": "synonym",
    "acronym": "symbol",
    "genbank synonym": "synonym",
    "genbank common name": "synonym",
    "genbank acronym": "symbol",
    "anamorph": "synonym",
    "teleomorph": "synonym",
    "genbank anamorph": "synonym",
}
_UNUSED = ("ancestor", "synonym2013", "plant/fungus2013")
"""Reasons for which the source kept taxa that texts hardly name."""
_WELL_KNOWN = ("mesh", "reach")

_VIRUSES = ("VRL", "PHG")
"""Divisions of viruses and phages."""

_AUTHORITY = re.compile(r"\d{4}|\bet al\b|[()\[\]\"]|,|\b(sp|cf|aff|gen|nov|str)\. |\bsp\.$|&")
_NOBODY = re.compile(
    r"\b(unclassified|unidentified|uncultured|environmental|other|sequences?|vector|synthetic|hybrid|metagenome)\b| x |"
    r"\bsp\b|^bacterium|^fungus|^organism",
    re.IGNORECASE,
)
_BINOMIAL = re.compile(r"([A-Z])[a-z]{2,}(?:-[a-z]+)? ([a-z][a-z-]{2,})((?: (?:subsp\. )?[a-z][a-z-]{2,})?)")


def build(folder: Path) -> list[Concept]:
    """Return the species concepts of the terminologies in `folder`."""
    table = [row for row in rows(folder, "ncbitaxon") if not _NOBODY.search(row.name)]
    above = {
        folded(text)
        for row in table
        if row.extra.get("rank") not in _RANKS
        for text in (row.name, *(synonym.text for synonym in row.synonyms))
    }
    taxa = [_taxon(row, above) for row in table if _wanted(row)]
    taxa += _missing({row.id for row in table})
    taxon_by_id = {entry.id: entry for entry in taxa}
    merged = merge([*taxa, *_mesh(folder, taxon_by_id, above)], type=NAME, order=ORDER)
    concepts = settle((c for c in merged if c.id in taxon_by_id), order=ORDER, by="status")
    return reviewed.apply(concepts, type=NAME)


def _missing(known: Container[str]) -> Iterator[Entry]:
    """Yield the taxa that the table lacks and the reviewed terms bring."""
    for id, reviewed_terms in reviewed.added().items():
        if id.startswith("ncbitaxon:") and id not in known:
            yield Entry(id=id, name=reviewed_terms[0].text, terms=reviewed_terms)


def _wanted(row: Row) -> bool:
    rank, division = row.extra.get("rank"), row.extra.get("division")
    if rank not in _RANKS or row.extra.get("kept_because") in _UNUSED:
        return False
    return rank != "no_rank" or division in _VIRUSES or _BINOMIAL.match(row.name) is not None


def _taxon(row: Row, above: Container[str]) -> Entry:
    is_well_known = row.extra.get("kept_because") in _WELL_KNOWN
    virus = row.extra.get("division") in _VIRUSES
    pairs: list[tuple[str, TermStatus]] = [(row.name, "name")]
    pairs += [
        (synonym.text, _STATUS[synonym.kind])
        for synonym in row.synonyms
        if synonym.kind in _STATUS and not _AUTHORITY.search(synonym.text) and not _NOBODY.search(synonym.text)
    ]
    kept = [term for term in terms(pairs) if _distinct(term, row, above)]
    texts = {term.text for term in kept}
    for term in list(kept):
        short = shorten(term.text) if (term.status == "name" or is_well_known) and not virus else None
        if short and short not in texts:
            texts.add(short)
            kept.append(Term(short, "synonym" if is_well_known and term.status == "name" else "weak"))
    return Entry(id=row.id, name=row.name, terms=tuple(kept))


def _distinct(term: Term, row: Row, above: Container[str]) -> bool:
    """Say whether a name is the species' alone: not that of a higher taxon, and no everyday word (flag, permit)."""
    if term.status == "name":
        return True
    if folded(term.text) in above:
        return False
    one_word = " " not in term.text and "-" not in term.text
    return not one_word or term.status == "symbol" or row.extra.get("kept_because") == "mesh"


def shorten(name: str) -> str | None:
    """Return a binomial with its genus cut to a letter: `E. coli` of `Escherichia coli`; None for any other name."""
    binomial = _BINOMIAL.fullmatch(name)
    return f"{binomial[1]}. {binomial[2]}{binomial[3]}" if binomial else None


def _mesh(folder: Path, taxa: dict[str, Entry], above: Container[str]) -> Iterator[Entry]:
    """Yield MeSH's organisms that are one species, by their scientific name."""
    for row in rows(folder, "mesh_descriptor"):
        known = [taxa[xref] for xref in row.xrefs if xref in taxa]
        if len(known) != 1 or not any(tree.startswith("B") for tree in row.values("tree_numbers")):
            continue
        names = (row.name, *(synonym.text for synonym in row.synonyms))
        own = {folded(term.text) for term in known[0].terms}
        if not own.isdisjoint(map(folded, names)):
            mesh_terms = terms((name, "synonym") for name in names)
            yield Entry(
                id=row.id,
                name=row.name,
                terms=tuple(
                    term for term in mesh_terms if folded(term.text) not in above and folded(term.text) != "other"
                ),
                xrefs=(known[0].id,),
            )
