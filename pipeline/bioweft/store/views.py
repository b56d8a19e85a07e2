"""A run's live rows as DuckDB views, one for each stage of the plan: `documents`, `mentions`, `relations` …"""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import duckdb
import pyarrow as pa

from bioweft.store.index import Shard, shards_view
from bioweft.store.schemas import READ, RESULT_DOCUMENTS
from bioweft.store.sql import text as sql_text
from bioweft.store.sql import without_progress

MEMORY_LIMIT = "1GB"
"""Above this DuckDB writes what it sorts and joins to disk."""


def connect(*, temporary: Path, threads: int = 1) -> duckdb.DuckDBPyConnection:
    """Return a connection that works out of core below `temporary`."""
    connection = duckdb.connect()
    connection.execute(f"SET memory_limit = '{MEMORY_LIMIT}'")
    connection.execute(f"SET threads = {threads}")
    without_progress(connection)
    connection.execute(f"SET temp_directory = {sql_text(temporary)}")
    return connection


class StageTable(Protocol):
    """The part of a stage that views need; `bioweft.workflow.plan.Stage` has it."""

    @property
    def name(self) -> str:
        """The stage."""
        ...

    @property
    def view(self) -> str:
        """The name of its view."""
        ...

    @property
    def schema(self) -> pa.Schema:
        """The columns of its table."""
        ...


def register(
    connection: duckdb.DuckDBPyConnection,
    shards: Sequence[Shard],
    *,
    stages: Sequence[StageTable],
    live: pa.Table,
    concepts: pa.Table,
) -> None:
    """Make a view for each stage, over the live records of all shards.

    That of the first stage has a row a document, without its text. That of a stage with a column `document` has the
    rows of live documents, with `year` and `shard` added; that of any other stage has all its rows. `concepts` is a
    table of `bioweft.store.schemas.CONCEPTS`. `passages` has the texts: `id` and `passages` of each live document.
    """
    connection.register("live", live)
    connection.register("concepts", concepts)
    first, *later_stages = stages
    if not shards:
        for stage in stages:
            connection.register(stage.view, _columns(stage, is_first=stage is first).empty_table())
        connection.register("passages", READ.empty_table().select(["id", "passages"]))
        return
    other_ids = "l.other_ids" if "other_ids" in live.schema.names else "[]::VARCHAR[] AS other_ids"
    columns = ", ".join(other_ids if name == "other_ids" else f"r.{name}" for name in RESULT_DOCUMENTS.names)
    connection.execute(
        f"CREATE TEMP VIEW {first.view} AS SELECT {columns} "
        f"FROM {shards_view(connection, shards, first.name)} r JOIN live l ON r.shard = l.shard AND r.row = l.row"
    )
    connection.execute(
        f"CREATE TEMP VIEW passages AS SELECT r.id, r.passages "
        f"FROM {shards_view(connection, shards, first.name)} r JOIN live l ON r.shard = l.shard AND r.row = l.row"
    )
    for stage in later_stages:
        rows = shards_view(connection, shards, stage.name)
        columns = ", ".join(f's."{name}"' for name in stage.schema.names)
        query = f"SELECT {columns} FROM {rows} s"
        if "document" in stage.schema.names:
            query = (
                f"SELECT {columns}, d.year, s.shard FROM {rows} s "
                f"JOIN {first.view} d ON s.document = d.id AND s.shard = d.shard"
            )
        connection.execute(f"CREATE TEMP VIEW {stage.view} AS {query}")


def _columns(stage: StageTable, *, is_first: bool) -> pa.Schema:
    """Return the columns of a stage's view."""
    if is_first:
        return RESULT_DOCUMENTS
    if "document" not in stage.schema.names:
        return stage.schema
    return stage.schema.append(RESULT_DOCUMENTS.field("year")).append(RESULT_DOCUMENTS.field("shard"))
