"""The newest record of every document id, deletions too, with what tells which documents are of one paper.

It is the index of a run of several sources before papers are told apart. A night whose files lie between those of
earlier nights, as those of a first source do, is put among them: of an id that the new files have, the record of the
later batch stays. All are streams of rows.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bioweft.store.index import LIVE, Shard, newest_records
from bioweft.store.schemas import read_in_pieces

NEWEST = pa.schema([*LIVE, ("deleted", pa.bool_()), ("pmid", pa.string()), ("doi", pa.string()), ("size", pa.int64())])
"""By shard and row. `pmid` and `doi` are brought to one form; `size` is the number of characters of the text."""

_PAPER_KEYS = (
    "coalesce(pmid, CASE WHEN starts_with(id, 'pmid:') THEN substr(id, 6) END) AS pmid",
    "nullif(lower(trim(doi)), '') AS doi",
    "coalesce(list_sum(list_transform(passages, lambda passage: length(passage.text))), 0)::BIGINT AS size",
)


def find_newest(connection: duckdb.DuckDBPyConnection, shards: Sequence[Shard]) -> Iterator[pa.Table]:
    """Yield the newest records of all shards as tables of `NEWEST`."""
    for table in newest_records(connection, shards, columns=_PAPER_KEYS):
        yield table.select(NEWEST.names).cast(NEWEST)


def add_among(
    connection: duckdb.DuckDBPyConnection, earlier: Path, later: Sequence[Shard], order: Mapping[str, int]
) -> Iterator[pa.Table]:
    """Yield the newest records of the shards of `earlier`, a file of `NEWEST`, and of `later` ones.

    The records of the later shards must fit into memory. `order` numbers all shards; those of one batch
    are all in `earlier` or all in `later`.
    """
    new = pa.concat_tables([NEWEST.empty_table(), *find_newest(connection, later)]).combine_chunks()
    new_orders = _orders(new, order)
    new_ids = new["id"].combine_chunks()
    loses = np.zeros(len(new), dtype=bool)
    for table in read_in_pieces(earlier, ["id", "shard"]):
        places = pc.index_in(table["id"], value_set=new_ids)
        twice = table.append_column("place", places).filter(pc.is_valid(places))
        rows = twice["place"].to_numpy()
        loses[rows] |= _orders(twice, order) > new_orders[rows]
    new, new_orders = new.filter(pa.array(~loses)), new_orders[~loses]
    replaced = new["id"].combine_chunks()
    written = 0
    for table in read_in_pieces(earlier):
        kept = table.filter(pc.invert(pc.is_in(table["id"], value_set=replaced)))
        orders = _orders(kept, order)
        before = int(np.searchsorted(new_orders, orders[-1])) if len(kept) else written
        both = pa.concat_tables([new.slice(written, before - written), kept])
        both_orders = np.concatenate([new_orders[written:before], orders])
        written = before
        yield both.take(pa.array(np.argsort(both_orders, kind="stable")))
    yield new.slice(written)


def _orders(table: pa.Table, order: Mapping[str, int]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return the numbers of the shards of rows."""
    coded = table["shard"].combine_chunks().dictionary_encode()
    numbers = np.array([order[shard] for shard in coded.dictionary.to_pylist()], dtype=np.int64)
    return numbers[coded.indices.to_numpy(zero_copy_only=False)] if len(table) else np.zeros(0, dtype=np.int64)


def live_of(tables: Iterable[pa.Table], twins: pa.Array) -> Iterator[pa.Table]:
    """Yield the records of tables of `NEWEST` that are neither deleted nor of the ids `twins`, as tables of `LIVE`."""
    for table in tables:
        is_twin = pc.is_in(table["id"], value_set=twins)
        yield table.filter(pc.invert(pc.or_(table["deleted"], is_twin))).select(LIVE.names)
