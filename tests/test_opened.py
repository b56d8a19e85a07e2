"""A run as pandas DataFrames."""

from pathlib import Path

import pandas as pd
import pytest

from bioweft import NotFoundError, RunError, SettingsError, open_run
from bioweft.analyse.reading import ResultTable
from bioweft.records import Document, Passage
from bioweft.store.run import RunFolder
from tests.small_run import DOCUMENTS, STATEMENTS, write_run


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return open_run(write_run(tmp_path_factory.mktemp("run"), statements=STATEMENTS))


@pytest.mark.parametrize(
    ("table", "rows"), [("documents", 5), ("mentions", 14), ("concepts", 5), ("cooccurrence", 8), ("rankings", 5)]
)
def test_tables_are_frames(run, table, rows):
    frame = getattr(run, table)()
    assert isinstance(frame, pd.DataFrame)
    assert len(frame) == rows


def test_mentions_of_a_concept_by_any_of_its_names(run):
    assert set(run.mentions("heart attack")["text"]) == {"heart attack"}
    assert len(run.mentions("mesh:D001241")) == 5
    with pytest.raises(NotFoundError, match="Aspirin"):
        run.mentions("asprin")


def test_rankings_of_a_type(run):
    assert list(run.rankings("disease")["name"]) == ["Headache", "Myocardial Infarction"]
    with pytest.raises(NotFoundError, match="did you mean 'disease'"):
        run.rankings("diseese")


@pytest.mark.parametrize("table", [table.value for table in ResultTable])
def test_no_column_hides_behind_an_attribute_of_pandas(run, table):
    assert not set(getattr(run, table)().columns) & set(dir(pd.DataFrame()))


def test_the_sentences_of_many_pairs_come_in_one_table(run):
    evidence = run.evidence(run.cooccurrence())
    assert evidence.groupby(["a", "b"], sort=False).text.first().to_dict() == {
        ("mesh:D001241", "mesh:D006261"): "Aspirin for headache.",
        ("mesh:D001241", "mesh:D009203"): "Aspirin after heart attack.",
        ("mesh:D001241", "ncbigene:5743"): "COX-2 β-sheets and aspirin, with aspirin again.",
        ("mesh:D006261", "ncbitaxon:9606"): "Patients had headache.",
        ("ncbigene:5743", "ncbitaxon:9606"): "It blocks COX-2 in patients.",
    }
    for row in evidence.itertuples():
        mentions = run.mentions(row.a)
        text = row.text[row.a_start - row.sentence_start : row.a_end - row.sentence_start]
        assert text in set(mentions.text)
    assert list(evidence[evidence.retracted].document) == ["pmid:5"]


def test_sentences_of_a_pair_are_of_unlike_documents_first_and_retracted_ones_last(tmp_path):
    texts = {
        "x:1": ("Aspirin for headache. Aspirin against headache.", 2001, ()),
        "x:2": ("Headache after aspirin.", 2000, ()),
        "x:3": ("Headache without aspirin.", 2020, ("retracted",)),
    }
    documents = [
        Document(id_, (Passage("title", text),), year=year, flags=flags) for id_, (text, year, flags) in texts.items()
    ]
    run = open_run(write_run(tmp_path, documents))
    evidence = run.evidence(run.cooccurrence("disease", "chemical"))
    assert list(zip(evidence.document, evidence.sentence, strict=True)) == [
        ("x:1", 0),
        ("x:2", 0),
        ("x:1", 1),
        ("x:3", 0),
    ]
    assert list(run.evidence(run.cooccurrence(), limit=2).document) == ["x:1", "x:2"]


def test_pairs_of_two_types_begin_with_the_first(run):
    pairs = run.cooccurrence("gene", "chemicals")
    assert pairs[["a", "a_name", "b", "b_type"]].values.tolist() == [
        ["ncbigene:5743", "PTGS2", "mesh:D001241", "chemical"]
    ]
    assert list(run.evidence(pairs).a) == ["ncbigene:5743"]
    assert len(run.cooccurrence("disease", "disease")) == 0
    with pytest.raises(SettingsError, match="both types or neither"):
        run.cooccurrence("gene")
    with pytest.raises(NotFoundError, match="did you mean 'disease'"):
        run.cooccurrence("diseese", "gene")


def test_statements_of_relations_have_their_sentences(run):
    relations = run.relations().nlargest(2, "documents")
    evidence = run.evidence(relations, limit=1)
    assert list(evidence.edge) == list(relations.edge)
    assert evidence.text[0] == "Aspirin after heart attack. … It blocks COX-2 in patients."
    assert len(run.evidence()) == len(STATEMENTS)


def test_an_edge_is_a_relation_or_a_pair(run):
    relation = run.relations().edge[0]
    assert set(run.evidence(relation).edge) == {relation}
    pair = next(edge for *_, edge, data in run.graph().edges(keys=True, data=True) if data["kind"] == "cooccurrence")
    assert {"a", "b", "text"} <= set(run.evidence(pair).columns)
    with pytest.raises(NotFoundError, match="no edge 'nothing'"):
        run.evidence("nothing")


def test_evidence_of_no_rows_and_of_other_tables(run):
    assert len(run.evidence(run.cooccurrence()[:0])) == 0
    assert len(run.evidence(run.relations()[:0])) == 0
    with pytest.raises(SettingsError, match="got columns id, other_ids"):
        run.evidence(run.documents())


def test_sentences_of_documents(run):
    assert list(run.sentences(["pmid:2"]).text) == ["Aspirin after heart attack.", "It blocks COX-2 in patients."]
    assert list(run.sentences([]).columns) == ["document", "sentence", "start", "end", "text"]
    assert set(run.sentences().document) == set(run.documents().id)


def test_documents_have_identifiers_and_authors(run):
    documents = run.documents().set_index("id")
    assert documents.pmid["pmid:1"] == "1"
    assert {"pmcid", "doi", "authors", "other_ids", "document_flags"} <= set(documents.columns)


def test_a_run_may_be_opened_by_its_name(tmp_path, monkeypatch):
    write_run(tmp_path / "outputs" / "mine")
    monkeypatch.chdir(tmp_path)
    assert open_run("mine").folder == Path("outputs/mine")


def test_missing_years_are_missing_whole_numbers(run):
    years = run.documents().set_index("id")["year"]
    assert years["pmid:1"] == 2018
    assert years["pmid:5"] is pd.NA


def test_query_and_manifest(run):
    assert run.query("human", limit=1).sentences[0].document == "pmid:2"
    assert run.manifest["counts"]["documents"] == 5
    assert repr(run) == f"open_run({str(run.folder)!r})"


def test_a_run_being_written_can_be_read(run):
    with RunFolder(run.folder).writing():
        assert len(run.documents()) == 5


def test_missing_and_unfinished_runs(tmp_path):
    with pytest.raises(RunError, match="no run folder"):
        open_run(tmp_path / "none")
    with pytest.raises(RunError, match="is not a run folder"):
        open_run(tmp_path)


def test_a_notebook_shows_counts_and_the_first_of_each_type(run):
    text = run._repr_html_()
    assert '<td>documents</td><td style="text-align: right">5</td>' in text
    assert "Headache 2, Myocardial Infarction 1" in text


def test_changes(run, tmp_path):
    assert run.changes(against=run).is_empty
    other = open_run(write_run(tmp_path / "run", DOCUMENTS[3:4]))
    assert run.changes(against=other.folder, limit=1).new_concepts.count == 5
    assert run.changes().before is None
