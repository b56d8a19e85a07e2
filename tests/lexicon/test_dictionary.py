from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bioweft.errors import DictionaryError
from bioweft.lexicon import dictionary
from bioweft.records import Concept, Term

POX = Concept(
    id="x:1",
    name="pox",
    type="ailment",
    terms=(Term("pox", "name"), Term("PX1", "symbol")),
    xrefs=("mesh:D1",),
    parents=("x:2",),
)
FEVER = Concept(id="x:2", name="fever", type="ailment", terms=(Term("fever", "name"),))


def test_what_is_written_is_read(tmp_path: Path) -> None:
    dictionary.write(tmp_path / "d.parquet", [POX, FEVER])
    assert list(dictionary.read(tmp_path / "d.parquet")) == [POX, FEVER]
    assert dictionary.read_table(tmp_path / "d.parquet").column_names == dictionary.SCHEMA.names
    assert [path.name for path in tmp_path.iterdir()] == ["d.parquet"]


TEXT = st.text(max_size=8)
CONCEPTS = st.lists(
    st.builds(
        Concept,
        id=TEXT,
        name=TEXT,
        type=TEXT,
        terms=st.lists(st.builds(Term, TEXT, st.sampled_from(["name", "weak"])), max_size=4).map(tuple),
        xrefs=st.lists(TEXT, max_size=2).map(tuple),
    ),
    max_size=5,
)


@given(CONCEPTS)
def test_any_concepts_survive_the_table(concepts: list[Concept]) -> None:
    table = dictionary.table(concepts)
    assert table.schema == dictionary.SCHEMA
    assert [row["id"] for row in table.to_pylist()] == [concept.id for concept in concepts]
    assert [[Term(**term) for term in row["terms"]] for row in table.to_pylist()] == [list(c.terms) for c in concepts]


def test_the_same_concepts_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        dictionary.write(tmp_path / name, [POX, FEVER], metadata={"version": "1"})
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_summary_counts_and_names_the_version(tmp_path: Path) -> None:
    path = tmp_path / "pox.parquet"
    dictionary.write(path, [POX, FEVER], metadata={"version": "abc", "sources": "mesh"})
    assert dictionary.summary(path) == dictionary.Summary("pox", "abc", 2, 3, path.stat().st_size, "mesh")


@pytest.mark.parametrize(("name", "ids"), [("PoX", ["x:1"]), ("x:2", ["x:2"]), ("px1", ["x:1"]), ("gout", [])])
def test_a_concept_is_found_by_curie_or_by_term_in_any_case(tmp_path: Path, name: str, ids: list[str]) -> None:
    dictionary.write(tmp_path / "d.parquet", [POX, FEVER])
    assert [concept.id for concept in dictionary.find(tmp_path / "d.parquet", name)] == ids


def test_no_file_no_parquet_and_another_format_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DictionaryError, match="no dictionary file"):
        dictionary.read_table(tmp_path / "none.parquet")
    (tmp_path / "text.parquet").write_text("pox")
    with pytest.raises(DictionaryError, match="is not a dictionary file"):
        dictionary.read_table(tmp_path / "text.parquet")
    pq.write_table(pa.table({"a": [1]}), tmp_path / "other.parquet")
    with pytest.raises(DictionaryError, match="bioweft dictionary build"):
        dictionary.read_table(tmp_path / "other.parquet")
