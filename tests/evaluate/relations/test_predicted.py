"""What a model says, as facts that the protocols score."""

import pytest

from bioweft.errors import SettingsError
from bioweft.evaluate.relations.predicted import renamed, text_facts
from bioweft.evaluate.relations.protocols import Standard, cid
from bioweft.records import AnnotatedDocument, Document, Mention, Passage, Relation

DOCUMENT = Document("pmid:1", (Passage("title", "Rue and gout."),))
MENTIONS = (Mention(0, 3, "Rue", "chemical"), Mention(8, 12, "gout", "disease"))


def said(*relations: Relation) -> AnnotatedDocument:
    return AnnotatedDocument(DOCUMENT, ((0, 13),), MENTIONS, ((), ()), relations)


def relation(
    subject: int, object_: int, *, predicate: str = "biolink:contributes_to", negated: bool = False
) -> Relation:
    concepts = ("old:1", "mesh:D2")
    return Relation(concepts[subject], predicate, concepts[object_], subject, object_, 0, 0.9, negated)


def canonical(curie: str) -> str:
    return {"old:1": "mesh:D1", "older:1": "mesh:D1"}.get(curie, curie)


def test_relations_of_a_text_are_facts_in_the_identifiers_of_today() -> None:
    facts = text_facts("BC5CDR", [said(relation(0, 1))], canonical)
    assert facts == {("pmid:1", "mesh:D1", "mesh:D2", "CID")}
    gold = renamed(Standard("BC5CDR", ("pmid:1",), frozenset({("pmid:1", "older:1", "mesh:D2", "CID")})), canonical)
    assert cid(gold, facts)["all"].f1 == 1.0


@pytest.mark.parametrize(
    "other",
    [relation(1, 0), relation(0, 1, predicate="biolink:associated_with"), relation(0, 1, negated=True)],
)
def test_what_is_denied_or_is_another_relation_is_no_fact(other: Relation) -> None:
    assert text_facts("BC5CDR", [said(other)], canonical) == frozenset()


def test_relations_between_mentions_cannot_be_scored_from_text() -> None:
    with pytest.raises(SettingsError, match=r"ChemProt cannot be scored from text, .*; that is for BC5CDR"):
        text_facts("ChemProt", [], canonical)
