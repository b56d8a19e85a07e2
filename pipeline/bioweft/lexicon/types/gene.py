"""Human genes and their proteins, NCBI Gene with HGNC's names; FamPlex's families and complexes; MeSH's classes.

A string that names both gene and family is the gene's where it is the approved symbol (TNF), else the family's (AKT,
ERK). An alias that several genes have is weak in those on which far less is published (`p53` in all but TP53).
"""

import re
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from bioweft.lexicon import reviewed
from bioweft.lexicon.concepts import Claim, Entry, Merged, gather, merge, prefix, settle
from bioweft.lexicon.names import folded, is_code, terms, tidy
from bioweft.lexicon.terminology import Row, rows
from bioweft.lexicon.types import gene_classes, gene_homologs
from bioweft.lexicon.types.gene_homologs import Homologs, homologs
from bioweft.records import Concept, Term, TermStatus

NAME = "gene"
SOURCES = (
    "ncbigene_human", "hgnc", "famplex", "mesh_descriptor", "mesh_supplementary",
    *(source for source in gene_homologs.SOURCES if source not in ("ncbigene_human", "hgnc")),
)  # fmt: skip
ORDER = ("ncbigene", "hgnc", "fplx", "mesh")

XREFS = ("ncbigene", "hgnc", "ensembl", "uniprot", "mesh")

_STATUS: dict[str, TermStatus] = {"alias_symbol": "symbol", "prev_symbol": "previous", "prev_name": "previous"}
_VAGUE = re.compile(
    r"hypothetical|uncharacterized|putative|similar to|predicted|pseudogene|isoform|^probable |^novel |"
    r"open reading frame|\b(LOC|KIAA|FLJ|MGC|DKFZ)\w*|^protein( [ABD-RT-Z]| \d+)?$|^epididymis\b|sperm binding protein|"
    r"tissue protein|clone|cDNA",
    re.IGNORECASE,
)
SHORT_ALIAS = 2
"""Aliases so short are only looked up: in texts they mean something else nearly always."""

FAR_LESS = 20
"""How many times as many papers on another gene make an alias weak.

On ambiguous names in training parts 10 takes the right gene away in 4 of 448 cases, 20 in 2, 50 in 1.
"""

_MINOR = ("pseudo", "unknown", "biological-region", "other")
_HUMAN = re.compile(r",? (protein|antigen), human$|, human$")
_KIND = re.compile(r" (protein|antigen|human|gene|gene product|subunit)$")
"""Words that are added to the name of a gene; names as they are compared are singular."""


def build(folder: Path) -> list[Concept]:
    """Return the gene concepts of the terminologies in `folder`."""
    entries = [*_ncbi(folder, _owners(folder)), *_hgnc(folder), *_proteins(folder)]
    genes = [concept for concept in merge(entries, type=NAME, order=ORDER) if not concept.id.startswith("mesh:")]
    used = {xref for gene in genes for xref in gene.xrefs if xref.startswith("mesh:")}
    # A family is none of its members, even where it goes by the same name (TNF); MeSH's class of a family is that.
    classes = gene_classes.entries(folder, without=frozenset(used))
    wider = merge([*_families(folder, without=used), *classes], type=NAME, order=("fplx", "mesh"))
    concepts = settle(map(_alike, (*genes, *_unnamed(wider, genes))), order=ORDER, by="status")
    groups = homologs(folder)
    described = list(_without_obscure_claims(_of_people(concept, groups) for concept in concepts))
    return [
        after if after.id.startswith("ncbigene:") else _with_dropped(after, before)
        for before, after in zip(described, reviewed.apply(described, type=NAME), strict=True)
    ]


def _with_dropped(after: Concept, before: Concept) -> Concept:
    """Return a family or class that is looked up by the terms that were dropped as too wide for texts (`kinase`)."""
    kept = {term.text for term in after.terms}
    dropped = (replace(term, lookup=True) for term in before.terms if term.text not in kept and term.status != "weak")
    return replace(after, terms=gather((*after.terms, *dropped)))


def _of_people(concept: Concept, groups: Homologs) -> Concept:
    """Return a gene with its species, publications and homologs; families and classes are of no species."""
    if not concept.id.startswith("ncbigene:"):
        return concept
    ids = (concept.id,)
    return replace(concept, taxon=gene_homologs.HUMAN, publications=groups.published(ids), homologs=groups.group(ids))


def _alike(concept: Merged) -> Merged:
    """Return the concept with claims that do not tell which database made them.

    Databases copy each other's aliases: that one has an alias, or two have, says little of what texts mean by it. All
    short codes of a gene count as aliases, whatever the database calls them; a family's names come before them.
    """
    family = not concept.id.startswith("ncbigene:")
    claims = (
        Claim(
            claim.name,
            "symbol" if claim.status == "synonym" and not family and claim.name in codes else claim.status,
            prefix(concept.id),
        )
        for codes in [{folded(term.text) for term in concept.terms if is_code(term.text)}]
        for claim in concept.claims
    )
    return replace(concept, claims=tuple(dict.fromkeys(claims)))


def _unnamed(wider: Iterable[Merged], genes: Iterable[Merged]) -> Iterator[Merged]:
    """Yield families, and those classes whose names no gene or family has, with the names that are left to them."""
    wider = list(wider)
    gone = reviewed.dropped(NAME)
    taken = {
        _joined(term.text)
        for concept in (*genes, *wider)
        if not concept.id.startswith("mesh:")
        for term in concept.terms
        if term.status != "weak" and not term.lookup and term.text not in gone and term.text.upper() not in gone
    }

    def is_taken(text: str) -> bool:
        # `CD4 Antigens` is taken where a gene is called `CD4`.
        return _joined(text) in taken or _joined(_KIND.sub("", folded(text))) in taken

    for concept in wider:
        if not concept.id.startswith("mesh:"):
            yield concept
        elif not is_taken(concept.terms[0].text):
            kept = tuple(term for term in concept.terms if not is_taken(term.text))
            names = {folded(term.text) for term in kept}
            yield replace(concept, terms=kept, claims=tuple(c for c in concept.claims if c.name in names))


def _joined(text: str) -> str:
    """Return a name as names are compared, its words joined."""
    return folded(text).replace(" ", "")


def _without_obscure_claims(concepts: Iterable[Concept]) -> Iterator[Concept]:
    """Yield the concepts with weak claims to the aliases that belong to a gene of far more publications."""
    concepts = list(concepts)
    most: dict[str, int] = defaultdict(int)
    for concept in concepts:
        for term in concept.terms:
            if term.status not in ("weak", "previous"):
                name = folded(term.text)
                most[name] = max(most[name], concept.publications)

    def is_obscure(concept: Concept, term: Term) -> bool:
        if concept.taxon is None or term.text == concept.name or term.status in ("name", "weak"):
            return False
        return (concept.publications + 1) * FAR_LESS < most[folded(term.text)] + 1

    for concept in concepts:
        yield replace(
            concept,
            terms=gather(replace(term, status="weak") if is_obscure(concept, term) else term for term in concept.terms),
        )


def _owners(folder: Path) -> dict[str, set[str]]:
    """Return what has each official name, compared as folded: genes, or families and MeSH's classes."""
    owners: dict[str, set[str]] = defaultdict(set)
    for row in rows(folder, "ncbigene_human"):
        for text in (row.name, *(s.text for s in row.synonyms if s.kind in ("description", "full_name"))):
            owners[folded(text)].add(row.id)
    for row in rows(folder, "hgnc"):
        genes = [xref for xref in row.xrefs if xref.startswith("ncbigene:")]
        for text in (row.name, *(s.text for s in row.synonyms if s.kind == "name")):
            owners[folded(text)].update(genes)
    for row in rows(folder, "famplex"):
        for text in (row.name, *(s.text for s in row.synonyms)):
            owners[folded(text)].add(row.id)
    for id, text in gene_classes.names(folder):
        owners[folded(text)].add(id)
    return owners


def _ncbi(folder: Path, owners: Mapping[str, set[str]]) -> Iterator[Entry]:
    """Yield NCBI Gene's genes; designations that are the official names of something else are weak.

    PHGDH is designated `malate dehydrogenase`, which is a class, and MPL `thrombopoietin`, which is THPO.
    """
    for row in rows(folder, "ncbigene_human"):
        minor = row.extra.get("gene_type") in _MINOR
        if row.name.startswith("LOC") or (minor and not any(x.startswith("hgnc:") for x in row.xrefs)):
            continue
        pairs: list[tuple[str, TermStatus]] = [(row.name, "name")]
        looked_up: list[tuple[str, TermStatus]] = []
        for synonym in row.synonyms:
            if synonym.kind == "synonym":
                (pairs if len(synonym.text) > SHORT_ALIAS else looked_up).append((synonym.text, "symbol"))
            elif not minor:
                designation = synonym.kind == "other_designation"
                word = designation and " " not in synonym.text and "-" not in synonym.text
                owning = owners.get(folded(synonym.text), ()) if designation else ()
                status: TermStatus = "weak" if owning and row.id not in owning else "synonym"
                (looked_up if word else pairs).append((synonym.text, status))
        yield _entry(row, pairs, looked_up)


def _hgnc(folder: Path) -> Iterator[Entry]:
    for row in rows(folder, "hgnc"):
        pairs: list[tuple[str, TermStatus]] = [(row.name, "name")]
        looked_up: list[tuple[str, TermStatus]] = []
        for synonym in row.synonyms:
            short = "name" not in synonym.kind and len(synonym.text) <= SHORT_ALIAS
            (looked_up if short else pairs).append((synonym.text, _STATUS.get(synonym.kind, "synonym")))
        yield _entry(row, pairs, looked_up)


def _families(folder: Path, *, without: Container[str]) -> Iterator[Entry]:
    for row in rows(folder, "famplex"):
        pairs: list[tuple[str, TermStatus]] = [(row.name.replace("_", " "), "name")]
        pairs += [(s.text, "synonym") for s in row.synonyms if "_" not in s.text]
        entry = _entry(row, pairs)
        yield replace(entry, xrefs=tuple(xref for xref in entry.xrefs if xref not in without))


def _proteins(folder: Path) -> Iterator[Entry]:
    """Yield MeSH's names of proteins that are one human gene's, each pointing to it.

    The headings' cross-references also lead from a tissue to a gene or from a ligand to its receptor: texts are
    searched only for names of substances in which stands a name of the gene; those of other proteins that have no
    kinds of their own are looked up.
    """
    single = gene_classes.single(folder)
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
            is_called = name == "mesh_supplementary" or _is_called(row, called[min(genes)])
            if not is_called and row.id not in single:
                continue
            pairs: list[tuple[str, TermStatus]] = [(_HUMAN.sub("", row.name), "synonym")]
            pairs += [(_HUMAN.sub("", s.text), "synonym") for s in row.synonyms]
            names = gene_terms(pairs)
            if not is_called:
                names = tuple(replace(term, lookup=True) for term in names)
            yield Entry(id=row.id, name=row.name, terms=names, xrefs=tuple(genes))


def _is_called(row: Row, names: Iterable[str]) -> bool:
    text = "|".join(f" {name} " for name in _names(row))
    substance = any(tree.startswith("D") for tree in row.values("tree_numbers"))
    return substance and any(f" {name} " in text for name in names)


def _names(row: Row) -> set[str]:
    return {folded(text) for text in (row.name, *(synonym.text for synonym in row.synonyms))}


def _entry(
    row: Row, pairs: Iterable[tuple[str, TermStatus]], looked_up: Iterable[tuple[str, TermStatus]] = ()
) -> Entry:
    return Entry(
        id=row.id,
        name=row.name,
        terms=gene_terms(pairs) + tuple(replace(term, lookup=True) for term in gene_terms(looked_up)),
        xrefs=tuple(xref for xref in row.xrefs if xref.partition(":")[0] in XREFS),
        parents=row.parents if row.id.startswith("fplx:") else (),
    )


def gene_terms(pairs: Iterable[tuple[str, TermStatus]]) -> tuple[Term, ...]:
    """Return the terms of a gene but for the vague ones (`uncharacterized protein`, `isoform 2`)."""
    kept = [
        (tidy(text), status) for text, status in pairs if status == "name" or is_code(text) or not _VAGUE.search(text)
    ]
    return terms(kept)
