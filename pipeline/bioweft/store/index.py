"""Finding the live records: of every document id the newest record, unless that is a deletion.

Newest is the record of the later batch, in it of the later input, there of the higher version, there of the later row;
a deletion comes after all records of its input (PubMed lists them last). So a later batch replaces what came before it,
whatever that was: with batches that come after all others the index is not made anew, but theirs is put behind it.

Everything here works on streams of rows: no table of all records is ever in memory.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from bioweft.store.schemas import PARQUET
from bioweft.store.sql import absolute, parquet

LIVE = pa.schema([("id", pa.string()), ("shard", pa.string()), ("row", pa.int64())])
"""The index `live`: by shard and row."""

_ROW_GROUP = 16 * 1024
"""So few that the rows of a shard are a small part of the file."""
_ROWS_AT_ONCE = 512 * 1024
MOST_LATER = 1_000
"""With more later shards than that, whose ids must fit into memory, the index is made anew."""


@dataclass(frozen=True, slots=True)
class Shard:
    """A shard and the files of its stages, in the order in which shards apply."""

    name: str
    files: dict[str, Path]


@dataclass(frozen=True, slots=True)
class LiveRows:
    """The live rows of a shard: where they begin in the index, how many they are, and a digest of their numbers."""

    first: int
    documents: int
    digest: str


def shards_view(connection: duckdb.DuckDBPyConnection, shards: Sequence[Shard], stage: str, *, name: str = "") -> str:
    """Return SQL for the rows of a stage of all shards, with columns `shard`, `shard_order` and `row` added.

    The connection has a table of the files, which another `name` keeps apart from that of other shards.
    """
    files = f"files_{name or stage}"
    table = pa.table(
        {
            "filename": [absolute(shard.files[stage]) for shard in shards],
            "shard": [shard.name for shard in shards],
            "shard_order": list(range(len(shards))),
        }
    )
    connection.register(files, table)
    rows = parquet(*(shard.files[stage] for shard in shards), columns="filename = true, file_row_number = true")
    return (
        f"(SELECT s.* EXCLUDE (filename, file_row_number), f.shard, f.shard_order, s.file_row_number AS row "
        f"FROM {rows} s "
        f"JOIN {files} f USING (filename))"
    )


def find_live(connection: duckdb.DuckDBPyConnection, shards: Sequence[Shard]) -> Iterator[pa.Table]:
    """Yield the live records of all shards as tables of `LIVE`."""
    for table in newest_records(connection, shards, where="NOT deleted"):
        yield table.select(LIVE.names).cast(LIVE)


def newest_records(
    connection: duckdb.DuckDBPyConnection, shards: Sequence[Shard], *, where: str = "true", columns: Sequence[str] = ()
) -> Iterator[pa.Table]:
    """Yield the newest records of all shards, with `id`, `shard`, `row` and `deleted`, by shard and row.

    `columns` are SQL of more, from those of the stage `read`; `where` chooses among the newest records.
    """
    if not shards:
        return
    more = "".join(f", {column}" for column in columns)
    query = f"""
        SELECT * EXCLUDE (shard_order, newness) FROM (
            SELECT id, shard, shard_order, row, deleted{more}, row_number() OVER (
                PARTITION BY id ORDER BY batch DESC, input DESC, deleted DESC, version DESC NULLS LAST,
                shard_order DESC, row DESC) AS newness
            FROM (SELECT *, regexp_extract(shard, '^(.*)-[0-9]+$', 1) AS batch_name
                  FROM {shards_view(connection, shards, "read")})
            JOIN batches USING (batch_name)
        ) WHERE newness = 1 AND {where} ORDER BY shard_order, row
    """
    batches: dict[str, int] = {}
    for shard in shards:
        batches.setdefault(shard.name.rpartition("-")[0], len(batches))
    connection.register("batches", pa.table({"batch_name": list(batches), "batch": list(batches.values())}))
    for batch in connection.sql(query).to_arrow_reader(_ROWS_AT_ONCE):
        yield pa.Table.from_batches([batch])


def add_later(connection: duckdb.DuckDBPyConnection, earlier: Path, later: Sequence[Shard]) -> Iterator[pa.Table]:
    """Yield the live records of all shards: those of the index `earlier`, and `later` ones, of batches after all these.

    They are the same rows in the same order as those of `find_live`.
    """
    ids = (
        connection.sql(f"SELECT DISTINCT id FROM {parquet(*(shard.files['read'] for shard in later))}")
        .to_arrow_table()["id"]
        .combine_chunks()
    )
    with pq.ParquetFile(earlier, page_checksum_verification=True) as file:
        for batch in file.iter_batches(_ROWS_AT_ONCE):
            is_replaced = pc.is_in(batch.column("id"), value_set=ids)
            yield pa.Table.from_batches([batch.filter(pc.invert(is_replaced))])
    yield from find_live(connection, later)


def write_live(file: Path, tables: Iterable[pa.Table], digest: Callable[[list[int]], str]) -> dict[str, LiveRows]:
    """Write the index; return where the rows of each shard are that has any, with the digest of their numbers.

    The same rows give the same bytes, however they are cut into tables.
    """
    places: dict[str, LiveRows] = {}
    first = 0
    for shard, rows in _by_shard(written(file, tables, LIVE)):
        places[shard] = LiveRows(first, len(rows), digest(rows))
        first += len(rows)
    return places


def written(file: Path, tables: Iterable[pa.Table], schema: pa.Schema) -> Iterator[pa.Table]:
    """Write tables in parts of `_ROWS_AT_ONCE` rows, the last of what is left; yield each when it is written."""
    with pq.ParquetWriter(file, schema, **PARQUET) as writer:
        waiting, rows = [schema.empty_table()], 0
        for table in tables:
            waiting.append(table)
            rows += table.num_rows
            while rows >= _ROWS_AT_ONCE:
                ready = pa.concat_tables(waiting)
                waiting, rows = [ready.slice(_ROWS_AT_ONCE)], rows - _ROWS_AT_ONCE
                yield _write(writer, ready.slice(0, _ROWS_AT_ONCE))
        if rows:
            yield _write(writer, pa.concat_tables(waiting))


def _write(writer: pq.ParquetWriter, table: pa.Table) -> pa.Table:
    writer.write_table(table.combine_chunks(), row_group_size=_ROW_GROUP)
    return table


def _by_shard(tables: Iterable[pa.Table]) -> Iterator[tuple[str, list[int]]]:
    """Yield each shard of tables that are sorted by shard, with the numbers of its rows."""
    shard, rows = "", list[int]()
    for table in tables:
        runs = pc.run_end_encode(table["shard"].combine_chunks())
        ends = runs.run_ends.to_pylist()
        numbers = table["row"].to_numpy()
        for name, begin, end in zip(runs.values.to_pylist(), [0, *ends], ends, strict=False):
            if name != shard:
                if rows:
                    yield shard, rows
                shard, rows = name, []
            rows += numbers[begin:end].tolist()
    if rows:
        yield shard, rows


def read_live(file: Path, place: LiveRows) -> pa.Table:
    """Return the live rows of one shard, as a table of `LIVE`; no more than a few thousand others are read."""
    if not place.documents:
        return LIVE.empty_table()
    first, last = place.first // _ROW_GROUP, (place.first + place.documents - 1) // _ROW_GROUP
    with pq.ParquetFile(file, memory_map=True, page_checksum_verification=True) as index:
        rows = index.read_row_groups(range(first, last + 1))
    return rows.slice(place.first - first * _ROW_GROUP, place.documents)
