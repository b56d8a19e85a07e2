"""Mouse genes: NCBI Gene with MGI's names. Not shipped; `bioweft dictionary build gene_mouse` makes it."""

from collections.abc import Iterator
from pathlib import Path

from bioweft.lexicon.concepts import Entry, merge, settle
from bioweft.lexicon.terminology import rows
from bioweft.lexicon.types.gene import SHORT_ALIAS, gene_terms
from bioweft.records import Concept, TermStatus

NAME = "gene_mouse"
SOURCES = ("ncbigene_mouse", "mgi")
ORDER = ("ncbigene", "mgi")

XREFS = ("ncbigene", "mgi", "ensembl")

_NAMES = ("description", "full_name", "name", "other_designation")
"""Kinds of synonyms that are words; the others are symbols."""


def build(folder: Path) -> list[Concept]:
    """Return the mouse genes of the terminologies in `folder`."""
    concepts = merge(_entries(folder), type="gene", order=ORDER)
    return settle((c for c in concepts if c.id.startswith("ncbigene:")), order=ORDER, by="status")


def _entries(folder: Path) -> Iterator[Entry]:
    for source in SOURCES:
        for row in rows(folder, source):
            pairs: list[tuple[str, TermStatus]] = [(row.name, "name")]
            pairs += [
                (synonym.text, "synonym" if synonym.kind in _NAMES else "symbol")
                for synonym in row.synonyms
                if len(synonym.text) > SHORT_ALIAS
            ]
            yield Entry(
                id=row.id,
                name=row.name,
                terms=gene_terms(pairs),
                xrefs=tuple(xref for xref in row.xrefs if xref.partition(":")[0] in XREFS),
            )
