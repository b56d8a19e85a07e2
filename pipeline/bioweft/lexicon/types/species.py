"""Species and what is below them, viruses above all: NCBI Taxonomy with common names, MeSH's and reviewed names.

Genera and higher ranks are left out, as corpora of species count them as wrong.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from bioweft.lexicon.concepts import Entry, merge, settle
from bioweft.lexicon.names import terms
from bioweft.lexicon.terminology import rows
from bioweft.records import Concept, Term, TermStatus

NAME = "species"
SOURCES = ("ncbitaxon", "mesh_descriptor")
ORDER = ("ncbitaxon", "mesh")

_RANKS = {
    "species",
    "subspecies",
    "no_rank",
    "serotype",
    "strain",
    "biotype",
    "isolate",
    "species_group",
    "varietas",
    "forma",
}
_STATUS: dict[str, TermStatus] = {
    "synonym": "synonym", "common or exact (2026)": "synonym", "former scientific name": "previous",
    "common name": "synonym", "equivalent name": "synonym", "acronym": "symbol", "genbank synonym": "synonym",
    "genbank common name": "synonym", "genbank acronym": "symbol", "anamorph": "synonym", "teleomorph": "synonym",
    "genbank anamorph": "synonym",
}  # fmt: skip
_AUTHORITY = re.compile(r"\d{4}|\bet al\b|[()\[\]\"]| sp\. | cf\. | aff\. |,")
_BINOMIAL = re.compile(r"([A-Z])[a-z-]{2,} ([a-z][a-z-]{2,})( [a-z][a-z-]{2,})?")


def build(folder: Path) -> list[Concept]:
    """Return the species concepts of the terminologies in `folder`."""
    taxa = list(_taxa(folder))
    known = {entry.id for entry in taxa}
    concepts = merge([*taxa, *_mesh(folder, known)], type=NAME, order=ORDER)
    return settle([c for c in concepts if not c.id.startswith("mesh:")], order=ORDER)


def _taxa(folder: Path) -> Iterator[Entry]:
    for row in rows(folder, "ncbitaxon"):
        if row.other.get("rank") not in _RANKS or row.other.get("kept_because") in (
            "ancestor",
            "plant/fungus2013",
            "synonym2013",
        ):
            continue
        if " sp. " in row.name or row.name in ("root",):
            continue
        pairs: list[tuple[str, TermStatus]] = [(row.name, "name")]
        pairs += [
            (s.text, _STATUS[s.kind]) for s in row.synonyms if s.kind in _STATUS and not _AUTHORITY.search(s.text)
        ]
        found = list(terms(pairs))
        short = {_shorten(text) for text, _ in pairs[:1]}
        found += [Term(text, "weak") for text in sorted(filter(None, short)) if text not in {t.text for t in found}]
        yield Entry(id=row.id, name=row.name, terms=tuple(found), parents=row.parents)


def _shorten(text: str) -> str | None:
    found = _BINOMIAL.fullmatch(text)
    return f"{found[1]}. {found[2]}{found[3] or ''}" if found else None


def _mesh(folder: Path, known: set[str]) -> Iterator[Entry]:
    for row in rows(folder, "mesh_descriptor"):
        taxa = known.intersection(row.xrefs)
        if len(taxa) == 1 and any(tree.startswith("B") for tree in row.listed("tree_numbers")):
            pairs: list[tuple[str, TermStatus]] = [(row.name, "synonym"), *((s.text, "synonym") for s in row.synonyms)]
            yield Entry(id=row.id, name=row.name, terms=terms(pairs), xrefs=tuple(taxa))
