"""A run as pandas DataFrames."""

from pathlib import Path

import pandas as pd
import pytest

from bioweft import NotFoundError, RunError, open_run
from bioweft.analyse.reading import ResultTable
from bioweft.store.run import RunFolder
from tests.small_run import DOCUMENTS, STATEMENTS, write_run


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return open_run(write_run(tmp_path_factory.mktemp("run")))


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
    with pytest.raises(RunError, match="has not finished"):
        open_run(tmp_path)


def test_a_notebook_shows_counts_and_the_first_of_each_type(run):
    text = run._repr_html_()
    assert '<td>documents</td><td style="text-align: right">5</td>' in text
    assert "Headache 2, Myocardial Infarction 1" in text


def test_sentences_of_triples(tmp_path):
    said = open_run(write_run(tmp_path / "run", statements=STATEMENTS))
    relations = said.relations()
    frame = relations.merge(said.sentences(relations.edge), on="edge")
    row = frame[frame.predicate == "biolink:affects"].iloc[0]
    assert row.text == "**Aspirin** after heart attack. … It blocks **COX-2** in patients."
    assert len(said.sentences([])) == 0


def test_changes(run, tmp_path):
    assert run.changes(against=run).is_empty
    other = open_run(write_run(tmp_path / "run", DOCUMENTS[3:4]))
    assert run.changes(against=other.folder, limit=1).new_entities.count == 5
    assert run.changes().before is None
