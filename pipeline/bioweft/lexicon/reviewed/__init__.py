"""Terms that people added or took away by hand, each list a TSV beside this module.

`add.tsv` holds CURIE, term, status and, for a term that is only looked up, the word `lookup`; `drop.tsv` type and term,
compared without case and plural (a code goes only as it is written). Lines that start with `#` are comments.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import get_args

from bioweft.lexicon.concepts import gather
from bioweft.lexicon.names import folded, is_code
from bioweft.records import Concept, Term, TermStatus

_STATUSES: dict[str, TermStatus] = {status: status for status in get_args(TermStatus)}


def apply(concepts: Iterable[Concept], *, type: str) -> list[Concept]:
    """Return the concepts of a type with the reviewed terms added and those taken away left out.

    A term that is added to one concept is weak in all others; one that is added only to be looked up, in those where
    it is only looked up.
    """
    gone = dropped(type)
    additions = added()
    owner = {folded(term.text): id for id, terms in additions.items() for term in terms if not term.lookup}
    concepts = list(concepts)
    known = {concept.id for concept in concepts}
    owner = {text: id for text, id in owner.items() if id in known}
    lookup_owners: dict[str, set[str]] = defaultdict(set)
    for id, terms in additions.items():
        if id in known:
            for term in terms:
                lookup_owners[folded(term.text)].add(id)

    def is_kept(concept: Concept, term: Term) -> bool:
        name = folded(term.text)
        is_own = not term.lookup or name not in lookup_owners or concept.id in lookup_owners[name]
        return is_own and owner.get(name) in (None, concept.id)

    result = []
    for concept in concepts:
        kept = [
            term if is_kept(concept, term) else replace(term, status="weak")
            for term in concept.terms
            if term.text not in gone and (is_code(term.text) or folded(term.text) not in gone)
        ]
        result.append(replace(concept, terms=gather((*kept, *additions.get(concept.id, ())))))
    return result


@cache
def added() -> dict[str, tuple[Term, ...]]:
    """Return the terms to add, by CURIE."""
    terms_by_id: dict[str, list[Term]] = defaultdict(list)
    for id, text, status, *lookup in _rows("add"):
        terms_by_id[id].append(Term(text, _STATUSES[status], lookup=lookup == ["lookup"]))
    return {id: tuple(terms) for id, terms in terms_by_id.items()}


@cache
def dropped(type: str) -> frozenset[str]:
    """Return the terms to leave out of a type's dictionary."""
    return frozenset(text if is_code(text) else folded(text) for type_, text in _rows("drop") if type_ == type)


def _rows(name: str) -> Iterator[list[str]]:
    lines = files(__name__).joinpath(f"{name}.tsv").read_text(encoding="utf-8").splitlines()
    yield from (line.split("\t") for line in lines if line and not line.startswith("#"))
