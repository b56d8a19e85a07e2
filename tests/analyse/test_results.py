"""The result tables of a small run, number by number, and their files."""

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bioweft import resources
from bioweft.analyse import results
from bioweft.records import Document, Passage
from bioweft.store import schemas, views
from bioweft.workflow.plan import STAGES
from tests.small_run import CONCEPTS, DOCUMENTS, manifest, write_run


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_run(tmp_path_factory.mktemp("run"))


def table(folder, name: str) -> list[dict[str, object]]:
    return pq.read_table(folder / "results" / f"{name}.parquet").to_pylist()


@pytest.mark.parametrize("name", ["documents", "mentions", "concepts", "cooccurrence", "rankings"])
def test_tables_have_their_schema_and_are_counted(folder, name):
    read = pq.read_table(folder / "results" / f"{name}.parquet")
    assert read.schema == getattr(schemas, f"RESULT_{name.upper()}")
    assert manifest(folder)["counts"][name] == len(read)


def test_mentions_lie_by_concept_then_document_then_start(folder):
    keys = [(row["concept"], row["document"], row["start"]) for row in table(folder, "mentions")]
    assert keys == sorted(keys)
    assert len(keys) == 14


def test_mentions_carry_the_year_of_their_document_and_where_its_text_is(folder):
    rows = {(row["document"], row["year"], row["shard"]) for row in table(folder, "mentions")}
    assert ("pmid:3", 2020, "0-file-1") in rows
    assert ("pmid:5", None, "0-file-2") in rows


def test_concepts_are_those_found_with_all_that_the_dictionary_says(folder):
    headache = next(row for row in table(folder, "concepts") if row["name"] == "Headache")
    assert headache == {
        "id": "mesh:D006261",
        "name": "Headache",
        "type": "disease",
        "terms": ["Headache", "cephalalgia"],
        "xrefs": [],
        "documents": 2,
        "mentions": 4,
        "first_year": 2018,
        "last_year": 2020,
    }


def test_rankings_of_a_type(folder):
    rows = [row for row in table(folder, "rankings") if row["type"] == "disease"]
    assert [(row["rank"], row["name"], row["documents"], row["share"]) for row in rows] == [
        (1, "Headache", 2, 0.4),
        (2, "Myocardial Infarction", 1, 0.2),
    ]
    assert rows[0]["years"] == [{"year": 2018, "documents": 1}, {"year": 2020, "documents": 1}]
    # four dated documents, mean year 2019.25, variance 0.6875; headache's mean year is 2019
    assert rows[0]["trend"] == pytest.approx(-0.25 / 0.6875)


@pytest.mark.parametrize(
    ("title", "first"),
    [
        ("Heart attack and headache", "Headache"),
        ("Headache, a heart attack, and another heart attack", "Myocardial Infarction"),
    ],
)
def test_ties_go_by_mentions_then_name(tmp_path, title, first):
    rows = table(write_run(tmp_path, [Document("pmid:1", (Passage("title", title),))]), "rankings")
    assert next(row["name"] for row in rows if row["type"] == "disease") == first


def test_cooccurrence_by_document_and_sentence(folder):
    pair = next(
        row for row in table(folder, "cooccurrence") if (row["a"], row["b"]) == ("mesh:D001241", "ncbigene:5743")
    )
    assert (pair["a_name"], pair["b_name"], pair["documents"], pair["sentences"]) == ("Aspirin", "PTGS2", 2, 1)
    # of 5 documents 3 and 2 hold one, 2 both; of 8 sentences 4 and 2 hold one, 1 both: exactly chance
    assert pair["npmi_documents"] == pytest.approx(0.5574929506502402)
    assert pair["npmi_sentences"] == pytest.approx(0)


def test_specificity_is_left_empty_without_a_background(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(resources, "background", lambda: tmp_path / "none.parquet")
    rows = table(write_run(tmp_path / "run"), "rankings")
    assert {(row["log_odds"], row["z"]) for row in rows} == {(None, None)}
    assert "no background counts" in caplog.text


def test_specificity_against_another_run(tmp_path):
    headaches = [Document(f"pmid:{n}", (Passage("title", "Headache."),)) for n in range(20)]
    background = write_run(tmp_path / "background", [*headaches, *DOCUMENTS[3:]])
    rows = table(write_run(tmp_path / "run", background=background), "rankings")
    by_name = {row["name"]: row for row in rows}
    assert by_name["Headache"]["log_odds"] < 0 < by_name["Myocardial Infarction"]["log_odds"]
    assert by_name["Homo sapiens"]["z"] is None  # the background knows no species at all


def test_a_concept_that_no_dictionary_knows_is_called_by_its_identifier(tmp_path):
    counts = pa.Table.from_pylist(
        [
            {"kind": "total", "year": 2020, "documents": 1, "sentences": 1},
            {
                "kind": "concept",
                "a": "x:1",
                "type": "thing",
                "year": 2020,
                "documents": 1,
                "mentions": 1,
                "sentences": 1,
            },
        ],
        schema=schemas.COUNTS,
    )
    with duckdb.connect() as connection:
        views.register(
            connection, [], stages=STAGES, live=pa.table({"id": pa.array([], pa.string())}), concepts=CONCEPTS
        )
        connection.register("counts", counts)
        results.build(connection, tmp_path)
    assert pq.read_table(tmp_path / "concepts.parquet").to_pylist()[0]["name"] == "x:1"


def test_a_run_of_nothing_has_empty_tables(tmp_path):
    with duckdb.connect() as connection:
        views.register(
            connection, [], stages=STAGES, live=pa.table({"id": pa.array([], pa.string())}), concepts=CONCEPTS
        )
        rows = results.build(connection, tmp_path)
    assert set(rows.values()) == {0}


def test_rankings_are_listed_and_drawn_for_every_type(folder):
    names = sorted(file.name for file in (folder / "results" / "rankings").iterdir())
    types = ("chemical", "disease", "gene", "species")
    assert names == sorted(f"{type_}.{suffix}" for type_ in types for suffix in ("tsv", "png", "svg"))
    header, first, *_ = (folder / "results" / "rankings" / "disease.tsv").read_text(encoding="utf-8").splitlines()
    row = dict(zip(header.split("\t"), first.split("\t"), strict=True))
    assert (row["concept"], row["name"], row["documents"], row["years"]) == (
        "mesh:D006261",
        "Headache",
        "2",
        "2018:1 2020:1",
    )


def test_lists_of_types_that_are_no_more_go_away(tmp_path):
    folder = write_run(tmp_path)
    with duckdb.connect() as connection:
        views.register(
            connection, [], stages=STAGES, live=pa.table({"id": pa.array([], pa.string())}), concepts=CONCEPTS
        )
        results.build(connection, folder / "results")
    assert list((folder / "results" / "rankings").iterdir()) == []


def test_the_same_documents_give_the_same_bytes_in_any_shards_on_any_threads(tmp_path):
    one = write_run(tmp_path / "one", shard_size=5, threads=1)
    many = write_run(tmp_path / "many", shard_size=5, threads=4)
    cut = write_run(tmp_path / "cut", shard_size=1, threads=2)
    with_shards = {"documents.parquet", "mentions.parquet"}  # these say in which shard the text is
    for file in sorted((one / "results").rglob("*.*")):
        name = file.relative_to(one / "results")
        assert file.read_bytes() == (many / "results" / name).read_bytes(), name
        if name.name not in with_shards:
            assert file.read_bytes() == (cut / "results" / name).read_bytes(), name


def test_tables_longer_than_a_row_group_are_whole_and_in_order(tmp_path, monkeypatch):
    monkeypatch.setattr(results, "_ROW_GROUP", 3)
    folder = write_run(tmp_path)
    file = pq.ParquetFile(folder / "results" / "mentions.parquet")
    sizes = [file.metadata.row_group(n).num_rows for n in range(file.num_row_groups)]
    assert sizes == [3, 3, 3, 3, 2]
