"""Human genes and their proteins, NCBI Gene with HGNC's names; FamPlex's families and complexes.

A string that names both is the gene's where it is the approved symbol (TNF), else the family's (AKT, ERK).
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from bioweft.lexicon import reviewed
from bioweft.lexicon.concepts import Entry, merge, settle
from bioweft.lexicon.names import folded, is_code, terms, tidy
from bioweft.lexicon.terminology import Row, rows
from bioweft.records import Concept, Term, TermStatus

NAME = "gene"
SOURCES = ("ncbigene_human", "hgnc", "famplex", "mesh_descriptor", "mesh_supplementary")
ORDER = ("ncbigene", "hgnc", "fplx", "mesh")

XREFS = ("ncbigene", "hgnc", "ensembl", "uniprot", "mesh")

_STATUS: dict[str, TermStatus] = {"alias_symbol": "symbol", "prev_symbol": "previous", "prev_name": "previous"}
_VAGUE = re.compile(
    r"hypothetical|uncharacterized|putative|similar to|predicted|pseudogene|isoform|^probable |^novel |"
    r"open reading frame|\b(LOC|KIAA|FLJ|MGC|DKFZ)\w*|^(protein|epididymis)\b|sperm binding protein|"
    r"tissue protein|clone|cDNA",
    re.IGNORECASE,
)
SHORT_ALIAS = 2
"""Aliases so short are left out: they mean something else nearly always."""

_MINOR = ("pseudo", "unknown", "biological-region", "other")
_HUMAN = re.compile(r",? (protein|antigen|receptor), human$|, human$")


def build(folder: Path) -> list[Concept]:
    """Return the gene concepts of the terminologies in `folder`."""
    entries = [*_ncbi(folder), *_hgnc(folder), *_proteins(folder)]
    genes = [concept for concept in merge(entries, type=NAME, order=ORDER) if not concept.id.startswith("mesh:")]
    # A family is none of its members, even where it goes by the same name (TNF).
    concepts = [*genes, *merge(_families(folder), type=NAME, order=ORDER)]
    return reviewed.apply(settle(concepts, order=ORDER, by="status"), type=NAME)


def _ncbi(folder: Path) -> Iterator[Entry]:
    for row in rows(folder, "ncbigene_human"):
        minor = row.extra.get("gene_type") in _MINOR
        if row.name.startswith("LOC") or (minor and not any(x.startswith("hgnc:") for x in row.xrefs)):
            continue
        pairs: list[tuple[str, TermStatus]] = [(row.name, "name")]
        for synonym in row.synonyms:
            if synonym.kind == "synonym":
                if len(synonym.text) > SHORT_ALIAS:
                    pairs.append((synonym.text, "symbol"))
            elif not minor and (synonym.kind != "other_designation" or " " in synonym.text or "-" in synonym.text):
                pairs.append((synonym.text, "synonym"))
        yield _entry(row, pairs)


def _hgnc(folder: Path) -> Iterator[Entry]:
    for row in rows(folder, "hgnc"):
        pairs: list[tuple[str, TermStatus]] = [(row.name, "name")]
        pairs += [
            (synonym.text, _STATUS.get(synonym.kind, "synonym"))
            for synonym in row.synonyms
            if "name" in synonym.kind or len(synonym.text) > SHORT_ALIAS
        ]
        yield _entry(row, pairs)


def _families(folder: Path) -> Iterator[Entry]:
    for row in rows(folder, "famplex"):
        pairs: list[tuple[str, TermStatus]] = [(row.name.replace("_", " "), "name")]
        pairs += [(s.text, "synonym") for s in row.synonyms if "_" not in s.text]
        yield _entry(row, pairs)


def _proteins(folder: Path) -> Iterator[Entry]:
    """Yield MeSH's names of proteins that are one human gene's, each pointing to it.

    Of the headings, whose cross-references also lead from a tissue to a gene or from a ligand to its receptor, only
    those of substances in whose names stands a name of the gene.
    """
    called: dict[str, set[str]] = defaultdict(set)
    by_protein: dict[str, list[str]] = defaultdict(list)
    for row in rows(folder, "hgnc"):
        for xref in row.xrefs:
            if xref.startswith("uniprot:"):
                by_protein[xref].append(row.id)
        called[row.id] |= _names(row)
    for row in rows(folder, "ncbigene_human"):
        for xref in row.xrefs:
            if xref.startswith("hgnc:"):
                called[xref] |= _names(row)
    for name in ("mesh_descriptor", "mesh_supplementary"):
        for row in rows(folder, name):
            genes = {gene for xref in row.xrefs for gene in by_protein.get(xref, [])}
            genes |= {xref for xref in row.xrefs if xref.startswith("hgnc:")}
            if len(genes) != 1:
                continue
            if name == "mesh_descriptor" and not _is_called(row, called[min(genes)]):
                continue
            pairs: list[tuple[str, TermStatus]] = [(_HUMAN.sub("", row.name), "synonym")]
            pairs += [(_HUMAN.sub("", s.text), "synonym") for s in row.synonyms]
            yield Entry(id=row.id, name=row.name, terms=gene_terms(pairs), xrefs=tuple(genes))


def _is_called(row: Row, names: Iterable[str]) -> bool:
    text = "|".join(f" {name} " for name in _names(row))
    substance = any(tree.startswith("D") for tree in row.values("tree_numbers"))
    return substance and any(f" {name} " in text for name in names)


def _names(row: Row) -> set[str]:
    return {folded(text) for text in (row.name, *(synonym.text for synonym in row.synonyms))}


def _entry(row: Row, pairs: list[tuple[str, TermStatus]]) -> Entry:
    return Entry(
        id=row.id,
        name=row.name,
        terms=gene_terms(pairs),
        xrefs=tuple(xref for xref in row.xrefs if xref.partition(":")[0] in XREFS),
        parents=row.parents if row.id.startswith("fplx:") else (),
    )


def gene_terms(pairs: Iterable[tuple[str, TermStatus]]) -> tuple[Term, ...]:
    """Return the terms of a gene but for the vague ones (`uncharacterized protein`, `isoform 2`)."""
    kept = [
        (tidy(text), status) for text, status in pairs if status == "name" or is_code(text) or not _VAGUE.search(text)
    ]
    return terms(kept)
