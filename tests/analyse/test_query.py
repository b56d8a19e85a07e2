"""Asking a run about a name."""

import pyarrow as pa
import pytest

from bioweft.analyse.query import Evidence, _apart, ask
from bioweft.errors import NotFoundError, RunError, SettingsError
from bioweft.records import Document, Passage
from bioweft.store.run import RunFolder
from bioweft.store.schemas import write
from tests import small_run
from tests.small_run import DOCUMENTS, stage_tables, write_run


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return RunFolder(write_run(tmp_path_factory.mktemp("run")))


@pytest.mark.parametrize(
    ("name", "concept"),
    [
        ("Aspirin", "mesh:D001241"),
        ("aspirin", "mesh:D001241"),
        ("acetylsalicylic acid", "mesh:D001241"),
        ("ACETYLSALICYLIC ACID", "mesh:D001241"),
        ("mesh:D001241", "mesh:D001241"),
        ("MESH:d001241", "mesh:D001241"),
        ("chebi:15365", "mesh:D001241"),
        ("CHEBI:15365", "mesh:D001241"),
        (" cox-2 ", "ncbigene:5743"),
    ],
)
def test_a_concept_is_found_by_name_synonym_and_curie_in_any_case(run, name, concept):
    assert ask(run, name).concept.id == concept


def test_an_answer_says_who_it_is_about_and_how_often(run):
    answer = ask(run, "aspirin")
    assert (answer.concept.name, answer.concept.type, answer.concept.xrefs) == ("Aspirin", "chemical", ["chebi:15365"])
    assert (answer.concept.documents, answer.concept.mentions) == (3, 5)
    assert answer.years == [(2018, 1), (2019, 1)]
    assert answer.same_name == []


def test_comentions_are_by_type_strongest_first(run):
    comentions = ask(run, "aspirin").comentions
    assert {type_: [c.name for c in found] for type_, found in comentions.items()} == {
        "disease": ["Myocardial Infarction", "Headache"],
        "gene": ["PTGS2"],
        "species": ["Homo sapiens"],
    }
    assert (comentions["gene"][0].documents, comentions["gene"][0].sentences) == (2, 1)


def test_comentions_are_found_from_either_side(run):
    assert ask(run, "COX-2").comentions["chemical"][0].id == "mesh:D001241"


def test_comentions_of_one_type_and_as_many_as_wanted(run):
    answer = ask(run, "aspirin", type="disease", limit=1)
    assert {type_: [c.name for c in found] for type_, found in answer.comentions.items()} == {
        "disease": ["Myocardial Infarction"]
    }
    assert len(answer.sentences) == 1


def test_sentences_are_one_a_document_newest_first_with_the_mentions_marked(run):
    sentences = ask(run, "aspirin").sentences
    assert [(s.document, s.year, s.journal) for s in sentences] == [
        ("pmid:2", 2019, "Heart Notes"),
        ("pmid:1", 2018, "Pain Notes"),
        ("pmid:5", None, None),
    ]
    assert sentences[2].highlighted() == "COX-2 β-sheets and **aspirin**, with **aspirin** again."
    assert sentences[2].flags == ["retracted"]


def test_sentences_with_both(run):
    answer = ask(run, "COX-2", other="human")
    assert [s.highlighted("<", ">") for s in answer.sentences] == ["It blocks <COX-2> in <patients>."]
    assert answer.other is not None
    assert answer.other.id == "ncbitaxon:9606"
    assert [c.id for found in answer.comentions.values() for c in found] == ["ncbitaxon:9606"]


def test_no_sentence_with_both(run):
    assert ask(run, "aspirin", other="human").sentences == []


def test_a_misspelt_name_gets_suggestions(run):
    with pytest.raises(NotFoundError, match=r"'asprin' was found in .*/run\d* \(did you mean 'Aspirin'") as caught:
        ask(run, "asprin")
    assert caught.value.suggestions == ["Aspirin"]


def test_a_name_like_no_other_gets_advice(run):
    with pytest.raises(NotFoundError, match="bioweft rank") as caught:
        ask(run, "zzzzzzzzzz")
    assert caught.value.suggestions == []


def test_an_empty_name_is_no_question(run):
    with pytest.raises(SettingsError, match="the name is empty"):
        ask(run, " ")


def test_an_unknown_type_names_those_there_are(run):
    with pytest.raises(NotFoundError, match=r"it has: chemical, disease, gene, species \(did you mean 'gene'"):
        ask(run, "aspirin", type="genes")


def test_others_of_the_same_name_are_named(tmp_path, monkeypatch):
    cat = [("ncbigene:847", "CAT", "gene"), ("ncbitaxon:9685", "Felis catus", "species")]
    concepts = pa.table(
        {
            "id": [c[0] for c in cat],
            "name": [c[1] for c in cat],
            "type": [c[2] for c in cat],
            "terms": [["CAT"], ["cat"]],
            "xrefs": pa.array([[], []], pa.list_(pa.string())),
            "taxon": pa.nulls(2, pa.string()),
            "homologs": pa.nulls(2, pa.string()),
        }
    )
    monkeypatch.setattr(small_run, "CONCEPTS", concepts)
    monkeypatch.setattr(
        small_run, "TERMS", {"catalase": ("ncbigene:847", "gene"), "cat": ("ncbitaxon:9685", "species")}
    )
    run = RunFolder(write_run(tmp_path, [Document("pmid:1", (Passage("title", "Catalase in the cat."),))]))
    for name, first, others in (
        ("CAT", "ncbigene:847", ["ncbitaxon:9685"]),
        ("cat", "ncbitaxon:9685", ["ncbigene:847"]),
    ):
        answer = ask(run, name)
        assert (answer.concept.id, [concept.id for concept in answer.same_name]) == (first, others)


def test_the_text_is_of_the_record_that_counts(tmp_path):
    """Two versions of a record in one shard: the later is live, and its text is shown."""
    folder = write_run(tmp_path, DOCUMENTS[:1])
    old = Document("pmid:1", (Passage("title", "Old text of no use at all, long and long."),), year=2000)
    run = RunFolder(folder)
    file = run.stage_file("read", "0-file-0")
    read, _, _ = stage_tables([old, DOCUMENTS[0]])
    write(read, file)
    assert ask(run, "headache").sentences[0].text == "Aspirin for headache."


def test_spans_that_overlap_are_marked_once():
    assert _apart([(0, 5), (0, 9), (2, 4), (9, 12)]) == [(0, 9), (9, 12)]
    evidence = Evidence("pmid:1", None, None, [], "breast cancer cells", [(0, 13), (14, 19)])
    assert evidence.highlighted("[", "]") == "[breast cancer] [cells]"


def test_missing_unfinished_and_damaged_runs_say_how_to_mend_them(tmp_path):
    with pytest.raises(RunError, match="bioweft run"):
        ask(RunFolder(tmp_path / "none"), "aspirin")
    (tmp_path / "half").mkdir()
    with pytest.raises(RunError, match="has not finished; start its workflow again"):
        ask(RunFolder(tmp_path / "half"), "aspirin")
    harms = {"gone": lambda file: file.unlink(), "spoilt": lambda file: file.write_bytes(b"no Parquet")}
    for name, harm in harms.items():
        folder = write_run(tmp_path / name)
        harm(folder / "results" / "concepts.parquet")
        with pytest.raises(RunError, match="cannot be read"):
            ask(RunFolder(folder), "aspirin")
