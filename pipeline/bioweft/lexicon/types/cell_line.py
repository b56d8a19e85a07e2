"""Cell lines: Cellosaurus. Names that texts use for much else (codes of genes, numbers) are only looked up."""

import re
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from bioweft.lexicon import reviewed
from bioweft.lexicon.concepts import STATUS_RANK, Entry, gather, merge, settle
from bioweft.lexicon.names import folded, is_code, terms
from bioweft.lexicon.terminology import Row, rows
from bioweft.records import Concept, Term, TermStatus

NAME = "cell_line"
SOURCES = ("cellosaurus", "hgnc")
ORDER = ("cellosaurus",)

_SHORTEST = 3
_LONGEST = 30
_MAIN_NAME_KEPT = re.compile(r"[^\W\d_]{2}|\d{3}")
"""A run of two letters or three digits: `U2OS`, `A549`; without, a name is `8a` or `1-2`."""
_QUALIFIED = re.compile(r"(.{2,}?) ?[\[(][^\[\]()]*[\])]")
"""A name with a remark in brackets: `MT-1 [Human contaminated breast cancer]`, `THP-1(ATCC)`."""

_FAMOUS = 5
"""A line from which so many were derived is found by its name even where a gene is called so: `THP-1`, `PC-3`."""
_OLD = re.compile(r"cellosaurus:CVCL_0[0-6]\d\d")
"""The accessions that were given first, to the lines that every laboratory has."""
_SEASONED = re.compile(r"cellosaurus:CVCL_[0-2]\d\d\d")
"""Accessions of lines that had been described before Cellosaurus grew by whole collections."""
_LIKE_A_GENE = re.compile(r"[A-Za-z]{2,4}|[A-Za-z]{2,5}[- ]?\d{1,2}")
"""A name that a gene or an abbreviation may have (`RGS-9`, `MCT`); only lines of some standing are found by it."""
_MUCH_MORE = 5
"""A line that has so many times the lines derived from it takes a name that both have."""


def build(folder: Path) -> list[Concept]:
    """Return the cell lines of the terminologies in `folder`."""
    symbols = {
        _plainly(text)
        for row in rows(folder, "hgnc")
        for text in (row.name, *(s.text for s in row.synonyms if s.kind == "alias_symbol"))
    }
    table = {row.id: row for row in rows(folder, "cellosaurus")}
    derived = _derived(table)
    concepts = settle(merge(_entries(table, symbols, derived), type=NAME, order=ORDER), order=ORDER, by="status")
    ranked = [
        replace(concept, taxon=_taxon(table.get(concept.id)), publications=derived.get(concept.id, 0))
        for concept in concepts
    ]
    return reviewed.apply(_to_the_famous(ranked), type=NAME)


def _derived(table: Mapping[str, Row]) -> Counter[str]:
    """Return the number of lines that were derived, over any number of steps, from each line."""
    derived: Counter[str] = Counter()
    for row in table.values():
        ancestors = {row.id}
        ahead = list(row.parents)
        while ahead:
            ancestor = ahead.pop()
            if ancestor not in ancestors:
                ancestors.add(ancestor)
                derived[ancestor] += 1
                ahead += table[ancestor].parents if ancestor in table else ()
    return derived


def _taxon(row: Row | None) -> str | None:
    """Return the species of a line; None where it is unknown or a hybrid of two."""
    taxa = row.values("taxon") if row is not None else ()
    return taxa[0] if len(taxa) == 1 else None


def _entries(table: Mapping[str, Row], symbols: Container[str], derived: Mapping[str, int]) -> Iterator[Entry]:
    for row in table.values():
        pairs: list[tuple[str, TermStatus]] = [(row.name, "name"), *((s.text, "symbol") for s in row.synonyms)]
        is_famous = derived.get(row.id, 0) >= _FAMOUS or _OLD.fullmatch(row.id) is not None
        is_obscure = not is_famous and not derived.get(row.id) and _SEASONED.fullmatch(row.id) is None
        kept = []
        for term in terms(pairs, longest=_LONGEST):
            is_found = _wanted(term, symbols, is_famous=is_famous)
            is_found &= not (is_obscure and _LIKE_A_GENE.fullmatch(term.text))
            kept.append(term if is_found else replace(term, lookup=True))
        # Texts leave the remark out; which of several lines is meant, the linker decides.
        texts = {term.text for term in kept}
        plain = dict.fromkeys(match[1] for text, _ in pairs if (match := _QUALIFIED.fullmatch(text)))
        kept += [Term(text, "weak", lookup=True) for text in plain if text not in texts and len(text) <= _LONGEST]
        # A number is a name among cells (`293`), and nowhere else.
        kept += [Term(text, status, lookup=True) for text, status in pairs if text.isdecimal() and text not in texts]
        yield Entry(
            id=row.id,
            name=row.name,
            terms=tuple(kept),
            xrefs=tuple(xref for xref in row.xrefs if xref.startswith("depmap:")),
            parents=row.parents,
        )


def _wanted(term: Term, symbols: Container[str], *, is_famous: bool) -> bool:
    """Say whether a name is to be found in texts: no short one, no number, and no gene's unless the line is famous."""
    if len(term.text) < _SHORTEST or (_MAIN_NAME_KEPT.search(term.text) is None and not _is_mixed(term, is_famous)):
        return False
    return _plainly(term.text) not in symbols or (is_famous and "-" in term.text and is_code(term.text))


def _is_mixed(term: Term, is_famous: bool) -> bool:
    """Say whether a name is that of a famous line and mixes letters with digits: `C2C12`, `T47D`, `H9c2`."""
    return is_famous and len(term.text) > _SHORTEST and is_code(term.text)


def _plainly(name: str) -> str:
    """Return a name without case: `THP-1` and the gene `THP1` are told apart, as each is mostly written so."""
    return name.casefold().replace("-", " ")


def _to_the_famous(concepts: Iterable[Concept]) -> list[Concept]:
    """Return the lines with each name that several have left to a line that is far better known, where there is one.

    `HAP1` is the line from which thousands were made, though a mouse line is called HAP-1.
    """
    concepts = list(concepts)
    claims: dict[str, dict[str, int]] = {}
    for concept in concepts:
        for term in concept.terms:
            if term.status != "weak":
                claims.setdefault(folded(term.text), {})[concept.id] = _fame(concept)
    owner = {}
    for name, fame_by_id in claims.items():
        first, *rest = sorted(fame_by_id.items(), key=lambda item: -item[1])
        if rest and first[1] >= _FAMOUS and first[1] >= _MUCH_MORE * rest[0][1]:
            owner[name] = first[0]
    return [
        replace(
            concept,
            terms=gather(
                term if owner.get(folded(term.text), concept.id) == concept.id else replace(term, status="weak")
                for term in sorted(concept.terms, key=lambda term: STATUS_RANK[term.status])
            ),
        )
        for concept in concepts
    ]


def _fame(concept: Concept) -> int:
    """Return how well known a line is: by the lines derived from it, or by being one of the first in Cellosaurus."""
    return max(concept.publications, _FAMOUS if _OLD.fullmatch(concept.id) else 1)
