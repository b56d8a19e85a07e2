"""A run's live rows as DuckDB views: `documents`, `mentions`, `counts`, `concepts`."""

from collections.abc import Sequence
from pathlib import Path

import duckdb
import pyarrow as pa

from bioweft.store.index import Shard, shards_view
from bioweft.store.schemas import COUNTS, RESULT_DOCUMENTS, RESULT_MENTIONS

MEMORY_LIMIT = "1GB"
"""Above this DuckDB writes what it sorts and joins to disk."""


def connect(*, temporary: Path, threads: int = 1) -> duckdb.DuckDBPyConnection:
    """Return a connection that works out of core below `temporary`."""
    connection = duckdb.connect()
    connection.execute(f"SET memory_limit = '{MEMORY_LIMIT}'")
    connection.execute(f"SET threads = {threads}")
    connection.execute("SET enable_progress_bar = false")
    connection.execute("SET temp_directory = '" + str(temporary).replace("'", "''") + "'")
    return connection


def register(
    connection: duckdb.DuckDBPyConnection, shards: Sequence[Shard], *, live: pa.Table, concepts: pa.Table
) -> None:
    """Make the views over the shards' live records; `concepts` is a table of id, name, type, terms, xrefs."""
    connection.register("live", live)
    connection.register("concepts", concepts)
    if not shards:
        connection.register("documents", RESULT_DOCUMENTS.empty_table())
        connection.register("mentions", RESULT_MENTIONS.empty_table())
        connection.register("counts", COUNTS.empty_table())
        return
    documents = ", ".join(f"r.{name}" for name in RESULT_DOCUMENTS.names)
    connection.execute(
        f"CREATE TEMP VIEW documents AS SELECT {documents} "
        f"FROM {shards_view(connection, shards, 'read')} r JOIN live l ON r.shard = l.shard AND r.row = l.row"
    )
    mentions = ", ".join("d.year" if name == "year" else f"m.{name}" for name in RESULT_MENTIONS.names)
    connection.execute(
        f"CREATE TEMP VIEW mentions AS SELECT {mentions} "
        f"FROM {shards_view(connection, shards, 'tag')} m "
        "JOIN documents d ON m.document = d.id AND m.shard = d.shard"
    )
    counts = ", ".join(COUNTS.names)
    connection.execute(f"CREATE TEMP VIEW counts AS SELECT {counts} FROM {shards_view(connection, shards, 'count')}")
