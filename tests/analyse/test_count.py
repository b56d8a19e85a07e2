"""The stage `count`: what it counts, and that its sums add up however documents are cut into shards."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bioweft.analyse.count import count
from bioweft.records import Deletion, Document, Passage
from bioweft.store.documents import to_row, to_table
from bioweft.store.schemas import COUNTS
from tests.small_run import DOCUMENTS, TERMS, count_all, stage_tables


def rows(counts: pa.Table, kind: str) -> list[tuple[object, ...]]:
    columns = {
        "total": ("year", "documents", "sentences"),
        "concept": ("a", "type", "year", "documents", "mentions", "sentences"),
        "pair": ("a", "b", "documents", "sentences"),
    }[kind]
    return [tuple(row[column] for column in columns) for row in counts.to_pylist() if row["kind"] == kind]


def test_counts_have_the_stored_schema():
    assert count_all(DOCUMENTS).schema == COUNTS


def test_totals_are_documents_and_sentences_of_each_year():
    assert rows(count_all(DOCUMENTS), "total") == [(2018, 1, 3), (2019, 1, 2), (2020, 2, 2), (None, 1, 1)]


def test_concepts_are_counted_once_a_document_and_sentence_and_as_often_as_mentioned():
    aspirin = [row for row in rows(count_all(DOCUMENTS), "concept") if row[0] == "mesh:D001241"]
    assert aspirin == [
        ("mesh:D001241", "chemical", 2018, 1, 2, 2),
        ("mesh:D001241", "chemical", 2019, 1, 1, 1),
        ("mesh:D001241", "chemical", None, 1, 2, 1),
    ]


def test_pairs_share_a_document_and_maybe_a_sentence():
    assert rows(count_all(DOCUMENTS[:2]), "pair") == [
        ("mesh:D001241", "mesh:D006261", 1, 1),
        ("mesh:D001241", "mesh:D009203", 1, 1),
        ("mesh:D001241", "ncbigene:5743", 1, 0),
        ("mesh:D001241", "ncbitaxon:9606", 2, 0),
        ("mesh:D006261", "ncbitaxon:9606", 1, 1),
        ("mesh:D009203", "ncbigene:5743", 1, 0),
        ("mesh:D009203", "ncbitaxon:9606", 1, 0),
        ("ncbigene:5743", "ncbitaxon:9606", 1, 1),
    ]


@pytest.mark.parametrize("form", [np.array, pa.array])
def test_documents_that_are_not_live_count_nowhere(form):
    live = form([True, False, True, False, True])
    only_live = [DOCUMENTS[0], DOCUMENTS[2], DOCUMENTS[4]]
    assert count(*stage_tables(DOCUMENTS), live).equals(count_all(only_live))


def test_a_record_superseded_in_its_own_shard_counts_once():
    old = Document("pmid:1", (Passage("title", "Headache."),), year=1999)
    _, sentences, mentions = stage_tables(DOCUMENTS)
    read = to_table([to_row(record, input_number=0) for record in [old, *DOCUMENTS, Deletion("pmid:77")]])
    live = np.array([False, *[True] * len(DOCUMENTS), False])
    assert count(read, sentences, mentions, live).equals(count_all(DOCUMENTS))


def test_mentions_without_a_concept_are_not_counted():
    read, sentences, mentions = stage_tables(DOCUMENTS)
    at = mentions.schema.get_field_index("concept")
    unlinked = mentions.set_column(at, "concept", pa.nulls(len(mentions), pa.string()))
    counts = count(read, sentences, unlinked, np.ones(len(read), dtype=bool))
    assert set(counts.column("kind").to_pylist()) == {"total", "abstract", "linked", "unlinked", "ambiguous"}
    summed = {
        kind: sum(counts.filter(pc.field("kind") == kind)["mentions"].to_pylist()) for kind in ("linked", "unlinked")
    }
    assert summed == {"linked": 0, "unlinked": len(mentions)}


def test_a_concept_of_two_types_is_one_row():
    read, sentences, mentions = stage_tables(DOCUMENTS[2:3])
    types = mentions.set_column(mentions.schema.get_field_index("type"), "type", pa.array(["symptom", "disease"]))
    counts = count(read, sentences, types, np.array([True]))
    assert rows(counts, "concept") == [("mesh:D006261", "disease", 2020, 1, 2, 1)]


def test_an_empty_shard_counts_nothing():
    assert len(count_all([])) == 0


def added_up(parts: list[pa.Table]) -> list[dict[str, object]]:
    key = ["kind", "a", "b", "type", "year"]
    sums = pa.concat_tables(parts).group_by(key).aggregate([(n, "sum") for n in ("documents", "mentions", "sentences")])
    return sorted(sums.to_pylist(), key=lambda row: [str(row[column]) for column in key])


texts = st.lists(st.sampled_from([*TERMS, "and", "of", "nothing."]), min_size=1, max_size=8).map(" ".join)
documents = st.lists(st.tuples(texts, st.sampled_from([None, 2019, 2020])), max_size=8).map(
    lambda drawn: [
        Document(f"pmid:{number}", (Passage("title", text),), year=year) for number, (text, year) in enumerate(drawn)
    ]
)


@settings(max_examples=40)
@given(documents=documents, data=st.data())
def test_counts_of_shards_add_up_to_the_counts_of_all(documents, data):
    shards = data.draw(st.lists(st.integers(0, 2), min_size=len(documents), max_size=len(documents)))
    parts = [count_all([d for d, of in zip(documents, shards, strict=True) if of == shard]) for shard in range(3)]
    assert added_up(parts) == added_up([count_all(documents)])
