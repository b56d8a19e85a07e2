from pathlib import Path

import pytest

from bioweft.errors import SettingsError
from bioweft.evaluate.relations.baseline import anywhere, co_occurring, commonest, sharing_sentence, subject_in_title
from bioweft.evaluate.relations.examples import read_relations
from bioweft.evaluate.relations.protocols import (
    Fact,
    Standard,
    ade,
    biored,
    chemprot,
    cid,
    facts,
    interaction,
    standard,
)
from bioweft.evaluate.scoring import Score

from .small import write
from .test_chemical_gene import CHEMPROT
from .test_documents import BC5CDR


def counts(score: Score) -> tuple[int, int, int]:
    return score.right, score.surplus, score.missed


def gold(corpus: str, *relations: Fact, types: dict[str, str] | None = None) -> Standard:
    typed = {(document, name): type_ for document in ("a", "b") for name, type_ in (types or {}).items()}
    return Standard(corpus, ("a", "b"), frozenset(relations), typed)


def test_chemprot_counts_each_group_of_a_pair() -> None:
    standard = gold("ChemProt", ("a", "T1", "T2", "CPR:3"), ("a", "T1", "T2", "CPR:9"), ("b", "T1", "T2", "CPR:4"))
    scores = chemprot(standard, {("a", "T1", "T2", "CPR:3"), ("b", "T1", "T2", "CPR:3"), ("b", "T1", "T2", "CPR:2")})
    assert counts(scores["all"]) == (1, 1, 2)
    assert counts(scores["CPR:3"]) == (1, 1, 0)
    assert "CPR:2" not in scores
    assert scores["all"].low <= scores["all"].f1 <= scores["all"].high


def test_cid_is_directed() -> None:
    standard = gold("BC5CDR", ("a", "mesh:D1", "mesh:D2", "CID"))
    assert counts(cid(standard, {("a", "mesh:D2", "mesh:D1", "CID")})["all"]) == (0, 1, 1)
    assert counts(ade(gold("ADE", ("a", "x", "y", "ADE")), {("a", "x", "y", "ADE")})["all"]) == (1, 0, 0)


def test_biored_is_without_order_and_then_with_the_label() -> None:
    types = {"g": "gene", "h": "gene", "d": "disease", "v": "SequenceVariant"}
    standard = gold("BioRED", ("a", "g", "d", "Association"), ("a", "h", "g", "Bind"), ("a", "d", "v", "Association"),
                    types=types)  # fmt: skip
    predicted = {("a", "d", "g", "Positive_Correlation"), ("a", "g", "h", "Bind"), ("b", "nobody", "g", "Bind")}
    scores = biored(standard, predicted)
    assert counts(scores["all"]) == (2, 1, 0)
    assert counts(scores["label"]) == (1, 2, 1)
    assert counts(scores["gene-disease"]) == (1, 0, 0)
    assert counts(scores["label gene-disease"]) == (0, 1, 1)
    assert counts(scores["label gene-gene"]) == (1, 0, 0)


def test_interaction_is_without_order_or_label() -> None:
    assert counts(interaction(gold("LLL", ("a", "x", "y", "ppi")), {("a", "y", "x", "interaction")})["all"]) == (
        1,
        0,
        0,
    )


def test_no_predictions_and_no_documents() -> None:
    assert counts(cid(gold("BC5CDR", ("a", "x", "y", "CID")), set())["all"]) == (0, 0, 1)
    assert cid(Standard("BC5CDR", (), frozenset()), set())["all"].f1 == 0


def test_fact_of_a_strange_document_is_an_error() -> None:
    with pytest.raises(SettingsError, match="not a document of the gold standard: c"):
        cid(gold("BC5CDR"), {("c", "x", "y", "CID")})


def test_thresholds_make_facts(tmp_path: Path) -> None:
    examples = read_relations("ChemProt", "dev", write(tmp_path, CHEMPROT))
    probabilities = [[{"CPR:3": 0.6, "CPR:4": 0.4}], []]
    said = facts(zip(examples, probabilities, strict=True), {"CPR:3": 0.7, "CPR:4": 0.4})
    assert said == {("pmid:11", "T2", "T3", "CPR:4")}
    assert facts(zip(examples, probabilities, strict=True)) == {("pmid:11", "T2", "T3", "CPR:3")}


def test_co_occurrence(tmp_path: Path) -> None:
    data = write(tmp_path, BC5CDR)
    examples = read_relations("BC5CDR", "train", data)
    label = commonest(examples, ("CID",))
    assert label == {("chemical", "disease"): "CID"}
    measured = standard("BC5CDR", "train", data)
    assert counts(cid(measured, co_occurring(examples, anywhere, label))["all"]) == (2, 4, 0)
    assert counts(cid(measured, co_occurring(examples, sharing_sentence, label))["all"]) == (0, 1, 2)
    assert counts(cid(measured, co_occurring(examples, subject_in_title, label))["all"]) == (2, 1, 0)


@pytest.mark.corpus
def test_co_occurrence_of_bc5cdr(corpus_data: Path) -> None:
    examples = read_relations("BC5CDR", "dev", corpus_data)
    measured = standard("BC5CDR", "dev", corpus_data)
    for rule, f1 in ((sharing_sentence, 0.441), (subject_in_title, 0.443)):
        score = cid(measured, co_occurring(examples, rule, {("chemical", "disease"): "CID"}))["all"]
        assert score.f1 == pytest.approx(f1, abs=0.001)
