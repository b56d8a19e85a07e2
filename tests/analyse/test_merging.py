"""Two sorted streams as one: the rows of both, in order, however the streams are cut."""

from collections.abc import Iterator

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from bioweft.analyse.merging import align, merge, without

KEYS = ("a", "b")
KEY = st.tuples(st.sampled_from(["x", "y", "é", "𝛼", None]), st.sampled_from(["1", "10", "2", "\uffff"]))


def in_order(rows: list[tuple[str | None, str]]) -> list[tuple[str | None, str]]:
    return sorted(rows, key=lambda row: (row[0] is None, row[0] or "", row[1]))


def stream(rows: list[tuple[str | None, str]], size: int) -> Iterator[pa.Table]:
    schema = pa.schema([("a", pa.string()), ("b", pa.string()), ("n", pa.int64())])
    for start in range(0, len(rows), size):
        yield pa.Table.from_pylist([{"a": a, "b": b, "n": 0} for a, b in rows[start : start + size]], schema=schema)
        yield schema.empty_table()


@settings(deadline=None, max_examples=50)
@given(st.sets(KEY), st.sets(KEY), st.integers(1, 4), st.integers(1, 4))
def test_streams_are_merged_in_order(
    first: set[tuple[str | None, str]], second: set[tuple[str | None, str]], cut: int, other_cut: int
) -> None:
    second -= first
    streams = stream(in_order(list(first)), cut), stream(in_order(list(second)), other_cut)
    rows = [(row["a"], row["b"]) for table in merge(*streams, KEYS) for row in table.to_pylist()]
    assert rows == in_order(list(first | second))


@settings(deadline=None, max_examples=50)
@given(st.sets(KEY), st.sets(KEY), st.integers(1, 4), st.integers(1, 4))
def test_rows_of_one_key_are_in_one_piece_and_pieces_are_in_order(
    first: set[tuple[str | None, str]], second: set[tuple[str | None, str]], cut: int, other_cut: int
) -> None:
    streams = stream(in_order(list(first)), cut), stream(in_order(list(second)), other_cut)
    pieces = [[(row["a"], row["b"]) for row in table.to_pylist()] for table in align(*streams, KEYS)]
    assert in_order([key for piece in pieces for key in piece]) == in_order([*first, *second])
    seen = [key for piece in pieces for key in dict.fromkeys(in_order(piece))]
    assert seen == in_order(list(first | second))


def test_rows_of_a_value_are_left_out() -> None:
    tables = list(without(stream([("x", "1"), ("x", "2"), ("y", "1")], 2), "b", pa.array(["1"])))
    assert [row["b"] for table in tables for row in table.to_pylist()] == ["2"]
