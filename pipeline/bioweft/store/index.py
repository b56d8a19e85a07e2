"""Finding the live records: of every document id the newest record, unless that is a deletion.

Newest is the record of the later batch, in it of the later input, there of the higher version, there of the later row;
a deletion comes after all records of its input (PubMed lists them last).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from bioweft.store.sql import absolute, parquet

LIVE = pa.schema([("id", pa.string()), ("shard", pa.string()), ("row", pa.int64())])
"""The index `live`: by shard and row."""


@dataclass(frozen=True, slots=True)
class Shard:
    """A shard and the files of its stages, in the order in which shards apply."""

    name: str
    files: dict[str, Path]


def shards_view(connection: duckdb.DuckDBPyConnection, shards: Sequence[Shard], stage: str) -> str:
    """Return SQL for the rows of a stage of all shards, with columns `shard`, `shard_order` and `row` added."""
    table = pa.table(
        {
            "filename": [absolute(shard.files[stage]) for shard in shards],
            "shard": [shard.name for shard in shards],
            "shard_order": list(range(len(shards))),
        }
    )
    connection.register(f"files_{stage}", table)
    rows = parquet(*(shard.files[stage] for shard in shards), columns="filename = true, file_row_number = true")
    return (
        f"(SELECT s.* EXCLUDE (filename, file_row_number), f.shard, f.shard_order, s.file_row_number AS row "
        f"FROM {rows} s "
        f"JOIN files_{stage} f USING (filename))"
    )


def find_live(connection: duckdb.DuckDBPyConnection, shards: Sequence[Shard]) -> pa.Table:
    """Return the live records of all shards as a table of `LIVE`."""
    if not shards:
        return LIVE.empty_table()
    query = f"""
        SELECT id, shard, row FROM (
            SELECT id, shard, shard_order, row, deleted, row_number() OVER (
                PARTITION BY id ORDER BY batch DESC, input DESC, deleted DESC, version DESC NULLS LAST,
                shard_order DESC, row DESC) AS newness
            FROM (SELECT *, regexp_extract(shard, '^(.*)-[0-9]+$', 1) AS batch_name
                  FROM {shards_view(connection, shards, "read")})
            JOIN batches USING (batch_name)
        ) WHERE newness = 1 AND NOT deleted ORDER BY shard_order, row
    """
    batches: dict[str, int] = {}
    for shard in shards:
        batches.setdefault(shard.name.rpartition("-")[0], len(batches))
    connection.register("batches", pa.table({"batch_name": list(batches), "batch": list(batches.values())}))
    live: pa.Table = connection.sql(query).to_arrow_table()
    return live.cast(LIVE)
