"""The result tables of a small run, number by number, and their files."""

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bioweft import resources
from bioweft.analyse import linking, results, tables
from bioweft.analyse.count import count
from bioweft.link.keys import keys_of
from bioweft.records import Document, Passage
from bioweft.store import schemas, views
from bioweft.store.documents import to_row, to_table
from bioweft.workflow.plan import STAGES
from tests import small_run
from tests.small_run import CONCEPTS, DOCUMENTS, TERMS, manifest, write_run


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
    assert headache.pop("keys") == sorted(keys_of(["Headache", "cephalalgia"]).key.tolist())
    assert headache == {
        "id": "mesh:D006261",
        "name": "Headache",
        "type": "disease",
        "terms": ["Headache", "cephalalgia"],
        "xrefs": [],
        "taxon": None,
        "homologs": None,
        "forms": [{"text": "headache", "mentions": 3}, {"text": "cephalalgia", "mentions": 1}],
        "documents": 2,
        "mentions": 4,
        "first_year": 2018,
        "last_year": 2020,
    }


def test_forms_are_the_writings_of_a_concept_the_most_frequent_first(tmp_path):
    texts = ["COX-2 and cox-2.", "PTGS2, Cox-2 and COX-2."]
    folder = write_run(tmp_path, [Document(f"pmid:{n}", (Passage("title", t),)) for n, t in enumerate(texts)])
    (row,) = table(folder, "concepts")
    assert row["forms"] == [{"text": "COX-2", "mentions": 4}, {"text": "PTGS2", "mentions": 1}]
    (row,) = table(folder, "rankings")
    assert row["forms"] == ["COX-2", "PTGS2"]


def test_what_is_unlinked_is_listed_with_an_example_and_counted(tmp_path, monkeypatch):
    unlinked = {"green fever": (None, "disease"), "blue fever": (None, "disease"), "zymase": (None, "gene")}
    monkeypatch.setattr(small_run, "TERMS", small_run.TERMS | unlinked)
    texts = ["Headache, green fever.", "β-α first. A Green fever and a blue fever. Green fever.", "Zymase; blue fever."]
    documents = [Document(f"pmid:{n}", (Passage("title", "𝛼"), Passage("abstract", t))) for n, t in enumerate(texts)]
    folder = write_run(tmp_path, documents, shard_size=1)
    assert [line.split("\t") for line in (folder / "results" / "unlinked.tsv").read_text().splitlines()] == [
        list(linking.UNLINKED),
        ["disease", "Green fever", "2", "3", "pmid:0", "Headache, green fever."],
        ["disease", "blue fever", "2", "2", "pmid:1", "A Green fever and a blue fever."],
        ["gene", "Zymase", "1", "1", "pmid:2", "Zymase; blue fever."],
    ]
    assert [(row["type"], row["linked"], row["unlinked"]) for row in linking.read(folder / "results")] == [
        ("disease", "1", "5"),
        ("gene", "0", "1"),
    ]
    assert [manifest(folder)["counts"][name] for name in ("linked", "unlinked", "ambiguous")] == [1, 6, 0]


def test_a_mention_of_several_concepts_is_counted_once_and_one_of_several_candidates_is_ambiguous(tmp_path):
    place = {"document": "x:1", "type": "gene", "end": 9, "tagger": "net", "text": "BRCA1/2", "sentence": 0}
    rows = [
        {**place, "start": 2, "concept": "g:1", "candidates": ["g:1"]},
        {**place, "start": 2, "concept": "g:2", "candidates": ["g:2", "g:3"]},
        {**place, "start": 4, "concept": "g:1", "candidates": ["g:1"]},
        {**place, "start": 5, "concept": None},
    ]
    mentions = pa.Table.from_pylist(rows, schema=schemas.MENTIONS)
    read = to_table([to_row(Document("x:1", (Passage("title", "BRCA1/2"),)), input_number=0)])
    pq.write_table(pa.Table.from_pylist(rows, schema=schemas.RESULT_MENTIONS), tmp_path / "mentions.parquet")
    with duckdb.connect() as connection:
        views.register(
            connection, [], stages=STAGES, live=pa.table({"id": pa.array([], pa.string())}), concepts=CONCEPTS
        )
        connection.register("counts", count(read, schemas.SENTENCES.empty_table(), mentions, np.array([True])))
        assert linking.save(connection, tmp_path, most=10) == {"linked": 2, "unlinked": 1, "ambiguous": 1}
    (row,) = linking.read(tmp_path)
    assert (row["mentions"], row["linked_share"], row["ambiguous_share"]) == ("3", "0.666667", "0.5")


def test_people_can_be_left_out_of_rankings(tmp_path):
    with duckdb.connect() as connection:
        views.register(
            connection, [], stages=STAGES, live=pa.table({"id": pa.array([], pa.string())}), concepts=CONCEPTS
        )
        connection.register("counts", small_run.count_all(DOCUMENTS))
        results.build(connection, tmp_path, people=False)
    assert {row["type"] for row in pq.read_table(tmp_path / "rankings.parquet").to_pylist()} == {
        "chemical", "disease", "gene",
    }  # fmt: skip
    assert "ncbitaxon:9606" in pq.read_table(tmp_path / "concepts.parquet")["id"].to_pylist()


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


def test_a_background_that_names_concepts_by_another_vocabulary_is_compared_by_cross_reference(tmp_path, monkeypatch):
    background = write_run(tmp_path / "background")
    same = table(write_run(tmp_path / "same", background=background), "rankings")
    rows = CONCEPTS.to_pylist()
    rows[0] |= {"id": "chebi:15365", "xrefs": ["mesh:D001241"]}
    monkeypatch.setattr(small_run, "CONCEPTS", pa.Table.from_pylist(rows, schema=CONCEPTS.schema))
    named = {term: ("chebi:15365" if id_ == "mesh:D001241" else id_, type_) for term, (id_, type_) in TERMS.items()}
    monkeypatch.setattr(small_run, "TERMS", named)
    other = table(write_run(tmp_path / "other", background=background), "rankings")
    assert next(row["concept"] for row in other) == "chebi:15365"
    assert [row["z"] for row in other] == [row["z"] for row in same] == [pytest.approx(0)] * 5


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


def test_the_same_documents_give_the_same_bytes_in_any_shards_on_any_threads(tmp_path):
    one = write_run(tmp_path / "one", shard_size=5, threads=1)
    many = write_run(tmp_path / "many", shard_size=5, threads=4)
    cut = write_run(tmp_path / "cut", shard_size=1, threads=2)
    with_shards = {
        "documents.parquet",
        "mentions.parquet",
        "files.parquet",
        "complete.json",
    }  # these say in which shard the text is
    for file in sorted((one / "results").rglob("*.*")):
        name = file.relative_to(one / "results")
        assert file.read_bytes() == (many / "results" / name).read_bytes(), name
        if name.name not in with_shards:
            assert file.read_bytes() == (cut / "results" / name).read_bytes(), name


def test_no_table_depends_on_the_order_in_which_rows_come(tmp_path):
    """A sort in memory, one on the disk and one on several threads put rows without an order in another one each."""
    place = {"document": "pmid:1", "start": 2, "end": 9, "type": "gene", "tagger": "net", "sentence": 0, "shard": "s"}
    changes = {
        "text": "BRCA-1", "sentence": 1, "score": 0.5, "concept": "g:1", "link_score": 0.5, "reason": "name",
        "candidates": ["g:1", "g:2"],
    }  # fmt: skip
    mentions = [place, *({**place, name: value} for name, value in changes.items())]
    said = {
        "document": "pmid:1", "sentence": 0, "subject": "mesh:D001241", "predicate": "biolink:treats",
        "object": "mesh:D006261", "qualifiers": "", "subject_type": "chemical", "object_type": "disease",
        "object_sentence": 0, "negated": False, "speculative": False, "shard": "s",
    }  # fmt: skip
    changes = {
        "speculative": True, "negated": True, "object_sentence": 1, "probability": 0.5, "cue_start": 1, "cue_end": 2,
        "model": "m", "subject_start": 1, "subject_end": 2, "object_start": 3, "object_end": 4, "sentence": 1,
    }  # fmt: skip
    statements = [said, *({**said, name: value} for name, value in changes.items())]
    later = [pa.field("year", pa.int16()), pa.field("shard", pa.string())]
    described = CONCEPTS.to_pylist()
    for row in CONCEPTS.to_pylist():
        described += [{**row, "terms": ["z"]}, {**row, "xrefs": ["z:1"]}, {**row, "taxon": "z", "homologs": "y"}]
    folders = []
    for turned in (1, -1):
        folder = tmp_path / str(turned)
        folder.mkdir()
        with duckdb.connect() as connection:
            concepts = pa.Table.from_pylist(described[::turned], schema=schemas.CONCEPTS)
            live = pa.table({"id": pa.array([], pa.string())})
            views.register(connection, [], stages=STAGES, live=live, concepts=concepts)
            document = {"id": "pmid:1", "other_ids": [], "shard": "s"}
            views_of = {
                "documents": ([document], schemas.RESULT_DOCUMENTS),
                "mentions": (mentions[::turned], schemas.RESULT_MENTIONS),
                "relations": (statements[::turned], pa.schema([*schemas.RELATIONS, *later])),
            }
            for name, (rows, schema) in views_of.items():
                connection.register(name, pa.Table.from_pylist(rows, schema=schema))
            connection.register("counts", small_run.count_all(DOCUMENTS[::turned]))
            results.build(connection, folder)
        folders.append({path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()})
    assert folders[0] == folders[1]
    assert pq.read_table(folder / "evidence.parquet").num_rows == len(statements)


def test_tables_longer_than_a_row_group_are_whole_and_in_order(tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "ROW_GROUP", 3)
    folder = write_run(tmp_path)
    file = pq.ParquetFile(folder / "results" / "mentions.parquet")
    sizes = [file.metadata.row_group(n).num_rows for n in range(file.num_row_groups)]
    assert sizes == [3, 3, 3, 3, 2]
