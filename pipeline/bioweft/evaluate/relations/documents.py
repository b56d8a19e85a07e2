"""BC5CDR and BioRED: relations between concepts, said of a whole abstract."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from itertools import combinations
from pathlib import Path

from bioweft.errors import InputError
from bioweft.evaluate.relations.pairs import (
    Entity,
    Pair,
    Part,
    RelationExample,
    bucket,
    concept_entities,
    existing,
    ordered,
)
from bioweft.lexicon import terminology
from bioweft.records import AnnotatedDocument, Reject
from bioweft.sources import pubtator
from bioweft.sources.annotations import concepts
from bioweft.text import sentences

BIORED_LABELS = (
    "Association",
    "Positive_Correlation",
    "Negative_Correlation",
    "Bind",
    "Cotreatment",
    "Comparison",
    "Drug_Interaction",
    "Conversion",
)
BIORED_TYPES = frozenset(
    {
        ("chemical", "chemical"),
        ("chemical", "disease"),
        ("chemical", "gene"),
        ("gene", "disease"),
        ("gene", "gene"),
    }
)
"""The types of a subject and an object that are candidates: all but variants, and disease with disease."""

BIORED_EXCLUDED = "ner/exclude_biored.txt"
_CHOICES = 4
"""So many of ten buckets of the documents that may be in BioRED's `dev` are in it."""

_BC5CDR_FILES: Mapping[Part, str] = {"train": "Training", "dev": "Development", "test": "Test"}

Gold = Mapping[str, list[tuple[str, str, str]]]
"""By PMID: label and the two identifiers, as the file has them."""


def read_bc5cdr(part: Part, data: Path) -> Iterator[RelationExample]:
    """Yield the abstracts of a part of BC5CDR; a pair is a chemical and a disease that the abstract names anywhere."""
    path = _bc5cdr(part, data)
    gold = _relations(path, columns=4)
    wider = _wider(data / "terminologies")
    for annotated in _documents(path):
        pmid = annotated.document.id.partition(":")[2]
        entities = concept_entities(annotated, ("chemical", "disease"))
        causes = set(_cid(gold[pmid]))
        pairs = [
            Pair(c, d, frozenset({"CID"}) if (chemical.id, disease.id) in causes else frozenset())
            for c, chemical in enumerate(entities)
            if chemical.type == "chemical"
            for d, disease in enumerate(entities)
            if disease.type == "disease"
        ]
        yield RelationExample("BC5CDR", annotated, entities, mark_hypernyms(entities, pairs, wider), pmid)


def bc5cdr_standard(part: Part, data: Path) -> Iterator[tuple[str, str, str, str]]:
    """Yield the gold relations of a part of BC5CDR: PMID, chemical, disease, label; composite identifiers are split."""
    for pmid, relations in _relations(_bc5cdr(part, data), columns=4).items():
        for chemical, disease in dict.fromkeys(_cid(relations)):
            yield pmid, chemical, disease, "CID"


def read_biored(part: Part, data: Path) -> Iterator[RelationExample]:
    """Yield the abstracts of a part of BioRED; a pair is any two concepts of types that its task has, in one order.

    Its own test part is not public. Here `test` is its development part, to be read once at the end; `dev`, for
    choices, is a fixed part of the documents of its training part that may be trained on, without those of BC5CDR's
    training part, which are needed there; `train` is the others.
    """
    gold = _relations(_biored(part, data), columns=5)
    for annotated in _biored_documents(part, data):
        pmid = annotated.document.id.partition(":")[2]
        entities = concept_entities(annotated, ("chemical", "disease", "gene"))
        labels: defaultdict[tuple[int, int], set[str]] = defaultdict(set)
        for label, one, two in gold[pmid]:
            for a in _named(entities, one):
                for b in _named(entities, two):
                    labels[ordered(entities, a, b)].add(label)
        pairs = [
            Pair(subject, object_, frozenset(labels.get((subject, object_), ())))
            for subject, object_ in (ordered(entities, a, b) for a, b in combinations(range(len(entities)), 2))
            if (entities[subject].type, entities[object_].type) in BIORED_TYPES
            and entities[subject].id != entities[object_].id
        ]
        yield RelationExample("BioRED", annotated, entities, tuple(pairs), pmid)


def mark_hypernyms(
    entities: tuple[Entity, ...], pairs: Iterable[Pair], wider: Mapping[str, frozenset[str]]
) -> tuple[Pair, ...]:
    """Return the pairs, with those marked whose arguments are those of a pair with a label, or wider terms of them.

    `wider` has all ancestors of a concept.
    """
    pairs = tuple(pairs)
    related = [pair for pair in pairs if pair.labels]

    def covers(wide: int, narrow: int) -> bool:
        return wide == narrow or entities[wide].id in wider.get(entities[narrow].id, frozenset())

    def is_hypernym(pair: Pair) -> bool:
        return not pair.labels and any(
            covers(pair.subject, positive.subject) and covers(pair.object, positive.object) for positive in related
        )

    return tuple(replace(pair, hypernym=is_hypernym(pair)) for pair in pairs)


@cache
def _wider(terminologies: Path) -> Mapping[str, frozenset[str]]:
    """Return all wider descriptors of each MeSH descriptor."""
    parents = {row.id: row.parents for row in terminology.rows(terminologies, "mesh_descriptor")}
    wider: dict[str, frozenset[str]] = {}
    for descriptor, direct in parents.items():
        above: set[str] = set()
        ahead = list(direct)
        while ahead:
            parent = ahead.pop()
            if parent not in above:
                above.add(parent)
                ahead += parents.get(parent, ())
        wider[descriptor] = frozenset(above)
    return wider


def _bc5cdr(part: Part, data: Path) -> Path:
    return data / f"relations/BC5CDR/BC5CDR/CDR_{_BC5CDR_FILES[part]}Set.PubTator.txt"


def _biored(part: Part, data: Path) -> Path:
    return data / "relations/BioRED/BioRED" / ("Dev.PubTator" if part == "test" else "Train.PubTator")


def _biored_documents(part: Part, data: Path) -> Iterator[AnnotatedDocument]:
    if part == "test":
        yield from _documents(_biored(part, data))
        return
    excluded = {*existing(data / BIORED_EXCLUDED).read_text(encoding="utf-8").split()}
    excluded |= _pmids(_bc5cdr("train", data))
    for annotated in _documents(_biored(part, data)):
        pmid = annotated.document.id.partition(":")[2]
        is_choice = pmid not in excluded and bucket(pmid) < _CHOICES
        if is_choice == (part == "dev"):
            yield annotated


def _documents(path: Path) -> Iterator[AnnotatedDocument]:
    for record in pubtator.read_annotated(existing(path)):
        if isinstance(record, Reject):
            raise InputError(f"{path}: {record.position}: {record.reason}")
        yield replace(record, sentences=sentences.of_document(record.document))


def _relations(path: Path, *, columns: int) -> defaultdict[str, list[tuple[str, str, str]]]:
    """Return the relations of a PubTator file; they have fewer columns than annotations, and no offsets."""
    gold: defaultdict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for line in existing(path).read_text(encoding="utf-8").splitlines():
        fields = line.split("\t")
        if len(fields) == columns and not fields[1].isdecimal():
            gold[fields[0]].append((fields[1], fields[2], fields[3]))
    return gold


def _pmids(path: Path) -> set[str]:
    lines = existing(path).read_text(encoding="utf-8").splitlines()
    return {line.partition("|")[0] for line in lines if "|t|" in line}


def _cid(relations: Iterable[tuple[str, str, str]]) -> Iterator[tuple[str, str]]:
    for _, chemicals, diseases in relations:
        for chemical in concepts(chemicals, "chemical"):
            for disease in concepts(diseases, "disease"):
                yield chemical, disease


def _named(entities: tuple[Entity, ...], identifiers: str) -> list[int]:
    """Return the places of the entities that a relation names: the type says how a bare number is to be read."""
    return [place for place, entity in enumerate(entities) if entity.id in concepts(identifiers, entity.type)]
