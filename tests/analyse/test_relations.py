"""Asking a run what its texts say of two concepts."""

import pytest

from bioweft.analyse.query import ask, ask_relations
from bioweft.errors import NotFoundError
from bioweft.opened import Run
from bioweft.records import Document, Passage
from bioweft.store.run import RunFolder
from tests.small_run import STATEMENTS, Statement, write_run


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return RunFolder(write_run(tmp_path_factory.mktemp("run"), statements=STATEMENTS))


def objects(triples) -> list[str]:
    return [triple.object_name for triple in triples]


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ({}, ["PTGS2", "Headache", "Homo sapiens", "Myocardial Infarction"]),
        ({"limit": 1}, ["PTGS2"]),
        ({"subject": "acetylsalicylic acid", "object": "HEART-ATTACK"}, ["Myocardial Infarction"]),
        ({"subject": "headache"}, []),
        ({"predicate": "treats", "object_type": "disease"}, ["Headache", "Myocardial Infarction"]),
        ({"predicate": "biolink:affects"}, ["PTGS2"]),
        ({"least_probability": 0.5}, ["PTGS2", "Headache"]),
        ({"negated": True}, ["Myocardial Infarction"]),
        ({"negated": False}, ["PTGS2", "Headache", "Homo sapiens"]),
    ],
)
def test_triples_that_are_asked_for(run, question, answer):
    assert objects(ask_relations(run, **question)) == answer


def test_a_triple_comes_with_the_best_sentence_that_is_not_of_a_retracted_paper(run):
    (triple,) = ask_relations(run, object="COX-2")
    (statement,) = triple.evidence
    assert (statement.document, statement.probability, statement.negated) == ("pmid:2", 0.75, False)
    # Subject and object are in two sentences.
    assert statement.highlighted() == "**Aspirin** after heart attack. … It blocks **COX-2** in patients."
    assert triple.phrase == "decreases the activity of"


def test_what_denies_a_triple_is_shown_with_its_cue(run):
    (triple,) = ask_relations(run, negated=True)
    (statement,) = triple.evidence
    assert (statement.negated, statement.cue, statement.text[8:13]) == (True, (8, 13), "after")


def test_for_and_against(tmp_path):
    document = Document("pmid:1", (Passage("title", "Aspirin for headache."),), year=2001)
    statements = [
        Statement("pmid:1", "Aspirin", "biolink:treats", "headache", 0.5, negated=flag) for flag in (True, False)
    ]
    run = RunFolder(write_run(tmp_path / "run", [document], statements=statements))
    (triple,) = ask_relations(run)
    assert [statement.negated for statement in triple.evidence] == [False, True]


def test_a_predicate_without_direction_holds_of_either(tmp_path):
    document = Document("pmid:1", (Passage("title", "Headache and heart attack."),))
    statements = [Statement("pmid:1", "Headache", "biolink:associated_with", "heart attack")]
    run = RunFolder(write_run(tmp_path / "run", [document], statements=statements))
    assert len(ask_relations(run, subject="heart attack", object_type="disease")) == 1
    assert ask_relations(run, subject="heart attack", object="heart attack") == []


def test_what_the_run_does_not_have(run):
    with pytest.raises(NotFoundError, match=r"no predicate 'treat' .*biolink:treats.*did you mean 'treats'"):
        ask_relations(run, predicate="treat")
    with pytest.raises(NotFoundError, match="no entity type 'sickness'"):
        ask_relations(run, object_type="sickness")
    with pytest.raises(NotFoundError, match="did you mean 'Aspirin'"):
        ask_relations(run, subject="aspirine")


@pytest.mark.parametrize(("name", "other"), [("aspirin", "headache"), ("headache", "aspirin")])
def test_a_query_with_another_name_says_what_is_said_of_both(run, name, other):
    (triple,) = ask(run, name, other=other).relations
    assert (triple.subject_name, triple.predicate, triple.object_name) == ("Aspirin", "biolink:treats", "Headache")
    assert triple.evidence[0].highlighted() == "**Aspirin** for **headache**."
    assert ask(run, name).relations == []


def test_data_frames(run):
    opened = Run(run.path)
    frame = opened.relations()
    assert len(frame) == 4
    assert frame["negated"].sum() == 1
    edge = frame.set_index("object_name")["edge"]["PTGS2"]
    assert opened.evidence(edge)["document"].tolist() == ["pmid:2", "pmid:5"]
    assert len(opened.evidence()) == 5
