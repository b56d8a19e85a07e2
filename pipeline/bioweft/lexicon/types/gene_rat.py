"""Rat genes: RGD's symbols, which is all there is. Not shipped; `bioweft dictionary build gene_rat` makes it."""

from collections.abc import Iterator
from pathlib import Path

from bioweft.lexicon.concepts import Entry, merge, settle
from bioweft.lexicon.terminology import rows
from bioweft.lexicon.types.gene import SHORT_ALIAS, gene_terms
from bioweft.records import Concept, TermStatus

NAME = "gene_rat"
SOURCES = ("rgd",)
ORDER = ("rgd",)

XREFS = ("ensembl",)


def build(folder: Path) -> list[Concept]:
    """Return the rat genes of the terminologies in `folder`."""
    return settle(merge(_entries(folder), type="gene", order=ORDER), order=ORDER, by="status")


def _entries(folder: Path) -> Iterator[Entry]:
    for row in rows(folder, "rgd"):
        pairs: list[tuple[str, TermStatus]] = [(row.name, "name")]
        pairs += [(synonym.text, "symbol") for synonym in row.synonyms if len(synonym.text) > SHORT_ALIAS]
        yield Entry(
            id=row.id,
            name=row.name,
            terms=gene_terms(pairs),
            xrefs=tuple(xref for xref in row.xrefs if xref.partition(":")[0] in XREFS),
        )
