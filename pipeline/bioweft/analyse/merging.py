"""Putting what is new into a sorted table of an earlier set of results, as a stream.

A night brings a few thousand documents to a run of millions. What they change is small, and sorted quickly; the table
of the night before is sorted already. So both are read once from begin to end.
"""

from collections.abc import Iterable, Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc

_LAST = "\U0010ffff"
"""Sorts after any string; stands for null, which is sorted last."""


def without(tables: Iterable[pa.Table], column: str, values: pa.Array) -> Iterator[pa.Table]:
    """Yield tables without the rows that have one of some values in a column."""
    for table in tables:
        yield table.filter(pc.invert(pc.is_in(table[column], value_set=values))) if len(values) else table


def merge(earlier: Iterable[pa.Table], later: Iterable[pa.Table], keys: Sequence[str]) -> Iterator[pa.Table]:
    """Yield the rows of two streams by `keys`, in tables no larger than one of each.

    Both are sorted by the keys, which are strings, nulls last, and have no key in common. Rows of equal keys stay in
    their order.
    """
    for first, second in _aligned(earlier, later, keys):
        if not (first.num_rows and second.num_rows):
            yield first if first.num_rows else second
            continue
        table = pa.concat_tables([first, second])
        order = pc.sort_indices(_filled(table, keys), sort_keys=[(key, "ascending") for key in keys])
        yield table.take(order)  # the sort is stable


def align(earlier: Iterable[pa.Table], later: Iterable[pa.Table], keys: Sequence[str]) -> Iterator[pa.Table]:
    """Yield the rows of two streams in tables whose keys are all before those of the next one, in no order within.

    Rows of equal keys, of which each stream has one at most, are in the same table.
    """
    for first, second in _aligned(earlier, later, keys):
        yield pa.concat_tables([first, second])


def _aligned(
    earlier: Iterable[pa.Table], later: Iterable[pa.Table], keys: Sequence[str]
) -> Iterator[tuple[pa.Table, pa.Table]]:
    """Yield parts of both streams; no key of a part is above that of the next one."""
    streams = [(table for table in stream if table.num_rows) for stream in (earlier, later)]
    first, second = (next(stream, None) for stream in streams)
    while first is not None and second is not None:
        bound = min(_key(first, len(first) - 1, keys), _key(second, len(second) - 1, keys))
        rows, other_rows = _rows_until(first, bound, keys), _rows_until(second, bound, keys)
        yield first.slice(0, rows), second.slice(0, other_rows)
        first = first.slice(rows) if rows < len(first) else next(streams[0], None)
        second = second.slice(other_rows) if other_rows < len(second) else next(streams[1], None)
    while first is not None:
        yield first, first.slice(0, 0)
        first = next(streams[0], None)
    while second is not None:
        yield second.slice(0, 0), second
        second = next(streams[1], None)


def _key(table: pa.Table, row: int, keys: Sequence[str]) -> tuple[str, ...]:
    values = (table[key][row].as_py() for key in keys)
    # Strings of Python sort by code point, as their bytes in UTF-8 do.
    return tuple(_LAST if value is None else value for value in values)


def _filled(table: pa.Table, keys: Sequence[str]) -> pa.Table:
    return pa.table({key: pc.fill_null(table[key], _LAST) for key in keys})


def _rows_until(table: pa.Table, bound: tuple[str, ...], keys: Sequence[str]) -> int:
    """Return how many rows of a sorted table have no key above the bound."""
    if _key(table, len(table) - 1, keys) <= bound:
        return len(table)
    filled = _filled(table, keys)
    # a < x, or a = x and b < y, or a = x and b = y and c <= z: from the last key back.
    is_within = pc.less_equal(filled[keys[-1]], bound[-1])
    for key, value in reversed(list(zip(keys[:-1], bound[:-1], strict=True))):
        is_equal = pc.equal(filled[key], value)
        is_within = pc.or_(pc.less(filled[key], value), pc.and_(is_equal, is_within))
    return int(pc.sum(is_within).as_py() or 0)
