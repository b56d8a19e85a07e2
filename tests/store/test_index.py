"""Which records are live, in one shard and over all: both rules must agree."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bioweft.records import Deletion, Document, Passage
from bioweft.store.documents import current, from_row, to_row, to_table
from bioweft.store.index import LIVE, Shard, find_live
from bioweft.store.schemas import write
from bioweft.store.views import connect

Made = tuple[int, str, int | None]
"""Input number, id and version, or None for a deletion."""


def record(identifier: str, version: int | None) -> Document | Deletion:
    if version is None:
        return Deletion(identifier)
    return Document(id=identifier, passages=(Passage("title", identifier),), version=version)


def live(folder: Path, shards: dict[str, list[Made]]) -> list[tuple[str, str, int]]:
    made = []
    for name, records in shards.items():
        write(to_table([to_row(record(i, v), input_number=n) for n, i, v in records]), folder / f"{name}.parquet")
        made.append(Shard(name, {"read": folder / f"{name}.parquet"}))
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
