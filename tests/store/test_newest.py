"""The newest records of a run of several sources: what is put among them is what comes of all anew."""

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bioweft.store.newest import NEWEST, add_among, find_newest, live_of
from bioweft.store.schemas import write
from bioweft.store.views import connect
from tests.store.test_index import Made, make

RECORDS = st.lists(
    st.tuples(st.integers(0, 1), st.sampled_from("abcdef"), st.sampled_from([1, 2, None])), min_size=1, max_size=4
)


@settings(deadline=None, max_examples=25)
@given(files=st.lists(st.tuples(st.lists(RECORDS, min_size=1, max_size=2), st.booleans()), min_size=1, max_size=5))
def test_batches_are_put_among_earlier_ones(
    tmp_path_factory: pytest.TempPathFactory, files: list[tuple[list[list[Made]], bool]]
) -> None:
    folder = tmp_path_factory.mktemp("newest")
    names = {f"0-{n}-{m:04}": is_new for n, (file, is_new) in enumerate(files) for m, _ in enumerate(file)}
    records = [sorted(made, key=lambda record: record[0]) for file, _ in files for made in file]
    shards = make(folder, dict(zip(names, records, strict=True)))
    with connect(temporary=folder / "spill") as connection:
        earlier = [shard for shard in shards if not names[shard.name]]
        write(pa.concat_tables([NEWEST.empty_table(), *find_newest(connection, earlier)]), folder / "earlier.parquet")
        later = [shard for shard in shards if names[shard.name]]
        order = {name: number for number, name in enumerate(names)}
        added = pa.concat_tables(
            [NEWEST.empty_table(), *add_among(connection, folder / "earlier.parquet", later, order)]
        )
        anew = pa.concat_tables([NEWEST.empty_table(), *find_newest(connection, shards)])
    assert added.to_pylist() == anew.to_pylist()


def test_deletions_and_twins_are_not_live() -> None:
    rows = [{"id": name, "shard": "0-a-0000", "row": n, "deleted": name == "b"} for n, name in enumerate("abc")]
    table = pa.Table.from_pylist(rows, schema=NEWEST)
    assert [row["id"] for live in live_of([table], pa.array(["c"])) for row in live.to_pylist()] == ["a"]
