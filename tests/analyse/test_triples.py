"""Triples: how statements are added up, in which order they are listed, and what hostile names do."""

import duckdb
import pyarrow.parquet as pq
import pytest

from bioweft.analyse.reading import parquet
from bioweft.analyse.triples import COLUMNS as _COLUMNS
from bioweft.analyse.triples import _bar
from bioweft.records import Document, Passage
from bioweft.store import schemas
from tests import small_run
from tests.small_run import DOCUMENTS, HINDERS, STATEMENTS, Statement, manifest, write_run

TREATS = "biolink:treats"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_run(tmp_path_factory.mktemp("run"), statements=STATEMENTS)


def table(folder, name: str) -> list[dict[str, object]]:
    return pq.read_table(folder / "results" / f"{name}.parquet").to_pylist()


def papers(*texts: str, **fields) -> list[Document]:
    return [Document(f"pmid:{n}", (Passage("title", text),), year=2000 + n, **fields) for n, text in enumerate(texts)]


def triples(tmp_path, documents, *statements: Statement) -> list[dict[str, object]]:
    return table(write_run(tmp_path / "run", documents, statements=statements), "relations")


@pytest.mark.parametrize("name", ["relations", "evidence"])
def test_tables_have_their_schema_and_are_counted(folder, name):
    read = pq.read_table(folder / "results" / f"{name}.parquet")
    assert read.schema == getattr(schemas, f"RESULT_{name.upper()}")
    assert manifest(folder)["counts"][name] == len(read) > 0


def test_a_run_without_relations_has_empty_tables_and_no_lists(tmp_path):
    folder = write_run(tmp_path / "run")
    assert table(folder, "relations") == table(folder, "evidence") == []
    assert not (folder / "results" / "relations").exists()


def test_a_triple_has_names_and_counts(folder):
    (row,) = (row for row in table(folder, "relations") if row["object"] == "ncbigene:5743")
    assert row.pop("edge") == "d470c35a364fd2ef"
    assert row == {
        "subject": "mesh:D001241", "subject_name": "Aspirin", "subject_type": "chemical",
        "predicate": "biolink:affects", "qualifiers": HINDERS, "object": "ncbigene:5743", "object_name": "PTGS2",
        "object_type": "gene", "documents": 1, "sentences": 1, "probability": 0.75, "negated": 0, "speculative": 0,
        "retracted": 1, "first_year": 2019, "last_year": 2019,
    }  # fmt: skip


def test_probability_counts_papers_and_not_sentences(tmp_path):
    documents = papers("Aspirin for headache. Aspirin and cephalalgia.", "Aspirin for headache.")
    statements = [
        Statement("pmid:0", "Aspirin", TREATS, "headache", 0.25),
        Statement("pmid:0", "Aspirin", TREATS, "cephalalgia", 0.5),
        Statement("pmid:1", "Aspirin", TREATS, "headache", 0.75),
    ]
    (row,) = triples(tmp_path, documents, *statements)
    assert (row["documents"], row["probability"]) == (2, 1 - (1 - 0.5) * (1 - 0.75))
    assert (row["first_year"], row["last_year"]) == (2000, 2001)


def test_what_denies_a_triple_is_apart_and_a_paper_may_do_both(tmp_path):
    documents = papers("Aspirin for headache.", "Aspirin for headache.")
    statements = [
        Statement("pmid:0", "Aspirin", TREATS, "headache", 0.5),
        Statement("pmid:0", "Aspirin", TREATS, "headache", 0.75, negated=True),
        Statement("pmid:1", "Aspirin", TREATS, "headache", 0.75, negated=True),
    ]
    (row,) = triples(tmp_path, documents, *statements)
    assert (row["documents"], row["negated"], row["probability"], row["last_year"]) == (1, 2, 0.5, 2000)


def test_what_is_only_denied_has_no_probability(folder):
    (row,) = (row for row in table(folder, "relations") if row["object"] == "mesh:D009203")
    assert (row["documents"], row["negated"], row["probability"], row["first_year"]) == (0, 1, None, None)


def test_a_paper_is_speculative_where_it_says_it_as_a_guess_and_no_more(tmp_path):
    documents = papers("Aspirin for headache.", "Aspirin for headache.")
    statements = [
        Statement("pmid:0", "Aspirin", TREATS, "headache", 0.5),
        Statement("pmid:0", "Aspirin", TREATS, "headache", 0.5, speculative=True),
        Statement("pmid:1", "Aspirin", TREATS, "headache", 0.5, speculative=True),
    ]
    (row,) = triples(tmp_path, documents, *statements)
    assert (row["documents"], row["speculative"]) == (2, 1)


@pytest.mark.parametrize("flag", ["retracted", "retraction-notice"])
def test_retracted_papers_are_in_no_other_number(tmp_path, flag):
    documents = papers("Aspirin for headache.", flags=(flag,))
    (row,) = triples(tmp_path, documents, Statement("pmid:0", "Aspirin", TREATS, "headache"))
    assert (row["documents"], row["sentences"], row["probability"], row["retracted"]) == (0, 0, None, 1)


def test_of_a_predicate_without_direction_there_is_one_triple(tmp_path):
    documents = papers("Headache after heart attack.", "Heart attack after headache.")
    statements = [
        Statement("pmid:0", "Headache", "biolink:associated_with", "heart attack"),
        Statement("pmid:1", "Heart attack", "biolink:associated_with", "headache"),
        Statement("pmid:0", "Headache", "biolink:causes", "heart attack"),
        Statement("pmid:1", "Heart attack", "biolink:causes", "headache"),
    ]
    folder = write_run(tmp_path / "run", documents, statements=statements)
    rows = [(row["subject_name"], row["predicate"], row["documents"]) for row in table(folder, "relations")]
    assert rows == [
        ("Headache", "biolink:associated_with", 2),
        ("Headache", "biolink:causes", 1),
        ("Myocardial Infarction", "biolink:causes", 1),
    ]
    spans = {
        (row["document"], row["subject_start"], row["object_start"])
        for row in table(folder, "evidence")
        if row["edge"] == table(folder, "relations")[0]["edge"]
    }
    assert spans == {("pmid:0", 0, 15), ("pmid:1", 19, 0)}


def test_evidence_is_by_edge_and_says_where(folder):
    rows = table(folder, "evidence")
    assert [row["edge"] for row in rows] == sorted(row["edge"] for row in rows)
    (denial,) = (row for row in rows if row["negated"])
    text = DOCUMENTS[1].text
    spans = [text[denial[f"{part}_start"] : denial[f"{part}_end"]] for part in ("subject", "object", "cue")]
    assert (spans, denial["shard"], denial["model"]) == (["Aspirin", "heart attack", "after"], "0-file-0", "made")


def test_lists_are_by_types_those_of_most_papers_first(folder):
    lists = folder / "results" / "relations"
    types = ("chemical-disease", "chemical-gene", "chemical-species")
    assert sorted(path.name for path in lists.iterdir()) == [
        f"{pair}.{ending}" for pair in types for ending in ("png", "svg", "tsv")
    ]
    header, *lines = (line.split("\t") for line in (lists / "chemical-disease.tsv").read_text().splitlines())
    rows = [dict(zip(header, line, strict=True)) for line in lines]
    assert [(row["rank"], row["object_name"], row["documents"], row["negated"]) for row in rows] == [
        ("1", "Headache", "1", "0"),
        ("2", "Myocardial Infarction", "0", "1"),
    ]


def test_a_bar_says_in_which_direction(folder):
    lists = parquet(folder / "results" / "relations.parquet")
    with duckdb.connect() as connection:
        (row,) = connection.sql(
            f"SELECT {', '.join(_COLUMNS)} FROM (SELECT 1 AS rank, * FROM {lists}) WHERE qualifiers <> ''"
        ).fetchall()
    assert _bar(row).name == "Aspirin · affects decreased · PTGS2"


def test_any_number_of_threads_gives_the_same_bytes(tmp_path):
    documents = papers(*["Aspirin for headache, COX-2 and heart attack."] * 40)
    statements = [
        Statement(f"pmid:{n}", "Aspirin", TREATS, object_, 0.1 + n / 60)
        for n in range(40)
        for object_ in ("headache", "heart attack", "COX-2")
    ]
    contents = [
        {
            path.name: path.read_bytes()
            for path in (write_run(tmp_path / str(t), documents, threads=t, statements=statements) / "results").rglob(
                "*"
            )
            if path.is_file()
        }
        for t in (1, 4)
    ]
    assert contents[0] == contents[1]


def test_hostile_names_break_no_file(tmp_path, monkeypatch):
    hostile = {"evil": ("x:'; DROP TABLE", "a/../b\tc"), "worse": ("x:\n<b>$\\frac", "é |")}
    monkeypatch.setattr(small_run, "TERMS", small_run.TERMS | hostile)
    documents = papers("Evil and worse.")
    folder = write_run(tmp_path / "run", documents, statements=[Statement("pmid:0", "Evil", "x:y\tz'", "worse")])
    (row,) = table(folder, "relations")
    assert (row["subject"], row["predicate"], row["object"]) == ("x:'; DROP TABLE", "x:y\tz'", "x:\n<b>$\\frac")
    names = {path.name for path in (folder / "results" / "relations").iterdir()}
    assert names == {f"a_b_c-é_.{ending}" for ending in ("tsv", "png", "svg")}
    assert len((folder / "results" / "relations" / "a_b_c-é_.tsv").read_text().splitlines()) == 2
