"""Which records are live, in one shard and over all: both rules must agree."""

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bioweft.records import Deletion, Document, Passage
from bioweft.store import index
from bioweft.store.documents import current, from_row, to_row, to_table
from bioweft.store.index import LIVE, LiveRows, Shard, add_later, find_live, read_live, write_live
from bioweft.store.schemas import write
from bioweft.store.views import connect

Made = tuple[int, str, int | None]
"""Input number, id and version, or None for a deletion."""


def record(identifier: str, version: int | None) -> Document | Deletion:
    if version is None:
        return Deletion(identifier)
    return Document(id=identifier, passages=(Passage("title", identifier),), version=version)


def make(folder: Path, shards: dict[str, list[Made]]) -> list[Shard]:
    made = []
    for name, records in shards.items():
        write(to_table([to_row(record(i, v), input_number=n) for n, i, v in records]), folder / f"{name}.parquet")
        made.append(Shard(name, {"read": folder / f"{name}.parquet"}))
    return made


def live(folder: Path, shards: dict[str, list[Made]]) -> list[tuple[str, str, int]]:
    made = make(folder, shards)
    table = pa.concat_tables([LIVE.empty_table(), *find_live(connect(temporary=folder / "spill"), made)])
    return [(row["id"], row["shard"], row["row"]) for row in table.to_pylist()]


def test_rows_survive_the_round_trip() -> None:
    document = Document(
        id="pmid:1",
        passages=(Passage("title", "T"), Passage("abstract", "A", "METHODS")),
        year=2020,
        journal="J",
        flags=("erratum",),
        version=2,
        pmid="1",
        authors=("Doe J",),
    )
    table = to_table([to_row(document, input_number=0)])
    assert [from_row(row) for row in table.to_pylist()] == [document]


@pytest.mark.parametrize(
    ("shards", "expected"),
    [
        ({"0-a-0000": [(0, "x", 1), (0, "y", 1)]}, [("x", "0-a-0000", 0), ("y", "0-a-0000", 1)]),
        ({"0-a-0000": [(0, "x", 1)], "0-b-0000": [(0, "x", 1)]}, [("x", "0-b-0000", 0)]),
        ({"0-a-0000": [(0, "x", 1)], "0-b-0000": [(0, "x", None)]}, []),
        ({"0-a-0000": [(0, "x", None)], "0-b-0000": [(0, "x", 1)]}, [("x", "0-b-0000", 0)]),
        # The versions of one file: the highest, wherever it stands and whichever shard of the batch holds it.
        ({"0-a-0000": [(0, "x", 3)], "0-a-0001": [(0, "x", 2)]}, [("x", "0-a-0000", 0)]),
        # In a batch of several inputs a later input is newer even with a lower version.
        ({"0-a-0000": [(0, "x", 3), (1, "x", 1)]}, [("x", "0-a-0000", 1)]),
        # PubMed lists deletions last, but they count for their whole input.
        ({"0-a-0000": [(0, "x", None), (0, "x", 1)]}, []),
        ({"0-a-0000": [(0, "x", None), (1, "x", 1)]}, [("x", "0-a-0000", 1)]),
        ({"0-a-10-0000": [(0, "x", 1)], "0-a-9-0000": [(0, "x", 1)]}, [("x", "0-a-9-0000", 0)]),
    ],
)
def test_newest_wins(tmp_path: Path, shards: dict[str, list[Made]], expected: list[tuple[str, str, int]]) -> None:
    assert live(tmp_path, shards) == expected


def test_no_shards(tmp_path: Path) -> None:
    assert list(find_live(connect(temporary=tmp_path), [])) == []


@given(
    st.lists(
        st.tuples(st.integers(0, 2), st.sampled_from("abc"), st.one_of(st.none(), st.integers(1, 3))), max_size=12
    ).map(lambda records: sorted(records, key=lambda made: made[0]))
)
def test_one_shard_agrees_with_the_index(tmp_path_factory: pytest.TempPathFactory, records: list[Made]) -> None:
    folder = tmp_path_factory.mktemp("index")
    rows = live(folder, {"0-a-0000": records}) if records else []
    table = to_table([to_row(record(i, v), input_number=n) for n, i, v in records])
    assert [identifier for identifier, _, _ in rows] == [document.id for document in current(table)]
    if records:
        versions = pq.read_table(folder / "0-a-0000.parquet")["version"].to_pylist()
        assert [versions[row] for _, _, row in rows] == [document.version for document in current(table)]


RECORDS = st.lists(
    st.tuples(st.integers(0, 2), st.sampled_from("abcdef"), st.one_of(st.none(), st.integers(1, 3))),
    min_size=1,
    max_size=8,
).map(lambda records: sorted(records, key=lambda made: made[0]))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(files=st.lists(st.lists(RECORDS, min_size=1, max_size=2), min_size=1, max_size=5), data=st.data())
def test_an_index_that_is_added_to_is_the_one_made_anew(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, files: list[list[list[Made]]], data
) -> None:
    monkeypatch.setattr(index, "_ROW_GROUP", 2)
    monkeypatch.setattr(index, "_ROWS_AT_ONCE", 4)
    folder = tmp_path_factory.mktemp("index")
    shards = make(folder, {f"0-{n}-{m:04}": made for n, file in enumerate(files) for m, made in enumerate(file)})
    first = sum(map(len, files[: data.draw(st.integers(0, len(files) - 1))]))
    connection = connect(temporary=folder / "spill")
    places = write_live(folder / "anew", find_live(connection, shards), str)
    write_live(folder / "first", find_live(connection, shards[:first]), str)
    added = write_live(folder / "added", add_later(connection, folder / "first", shards[first:]), str)
    assert added == places
    assert (folder / "added").read_bytes() == (folder / "anew").read_bytes()
    whole = pq.read_table(folder / "anew")
    for shard in shards:
        rows = read_live(folder / "anew", places.get(shard.name, LiveRows(0, 0, "")))
        assert rows.equals(whole.filter(pc.equal(whole["shard"], shard.name)))
        if shard.name in places:
            assert places[shard.name].digest == str(rows["row"].to_pylist())
