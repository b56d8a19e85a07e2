"""A run's live rows as DuckDB views, one for each stage of the plan: `documents`, `mentions`, `relations` …"""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import duckdb
import pyarrow as pa

from bioweft.store.index import Shard, shards_view
from bioweft.store.schemas import RESULT_DOCUMENTS
from bioweft.store.sql import absolute, without_progress
from bioweft.store.sql import text as sql_text

MEMORY = "128MB"
"""Above this DuckDB writes what it sorts and joins to disk."""

MORE_MEMORY = "1GB"
"""For steps that do not go with `MEMORY`, as of a very large run they may not."""


def connect(*, temporary: Path, threads: int = 1, memory: str = MEMORY) -> duckdb.DuckDBPyConnection:
    """Return a connection that works out of core below `temporary`, in so much `memory`."""
    connection = duckdb.connect()
    connection.execute(f"SET memory_limit = {sql_text(memory)}")
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
    live: pa.Table | str,
    concepts: pa.Table,
    later: Sequence[Shard] | None = None,
) -> None:
    """Make a view for each stage, over the live records of all shards.

    That of the first stage has a row a document, without its text. That of a stage with a column `document` has the
    rows of live documents, with `year` and `shard` added; that of any other stage has all its rows. `live` is a table
    of `bioweft.store.index.LIVE`, perhaps with `other_ids`, or the name of such a view. `concepts` is a table of
    `bioweft.store.schemas.CONCEPTS`. `text_files` has the files of texts and sentences of each shard. With `later` the
    views of documents and what is in them are of these shards alone.
    """
    if not isinstance(live, str):
        connection.register("live", live)
        live = "live"
    connection.register("concepts", concepts)
    first, *later_stages = stages
    later = shards if later is None else later
    _register_texts(connection, shards, first=first.name)
    columns = ", ".join("l.other_ids" if name == "other_ids" else f"r.{name}" for name in RESULT_DOCUMENTS.names)
    if "other_ids" not in connection.sql(f"FROM {live} LIMIT 0").columns:
        columns = columns.replace("l.other_ids", "[]::VARCHAR[] AS other_ids")
    if later:
        connection.execute(
            f"CREATE TEMP VIEW {first.view} AS SELECT {columns} "
            f"FROM {shards_view(connection, later, first.name)} r JOIN {live} l ON r.shard = l.shard AND r.row = l.row"
        )
    else:
        connection.register(first.view, RESULT_DOCUMENTS.empty_table())
    for stage in later_stages:
        _register_stage(connection, stage, shards=shards, later=later, documents=first.view)


def _register_stage(
    connection: duckdb.DuckDBPyConnection,
    stage: StageTable,
    *,
    shards: Sequence[Shard],
    later: Sequence[Shard],
    documents: str,
) -> None:
    is_of_documents = "document" in stage.schema.names
    chosen = later if is_of_documents else shards
    if not chosen:
        connection.register(stage.view, _columns(stage).empty_table())
        return
    rows = shards_view(connection, chosen, stage.name)
    columns = ", ".join(f's."{name}"' for name in stage.schema.names)
    query = f"SELECT {columns} FROM {rows} s"
    if is_of_documents:
        query = (
            f"SELECT {columns}, d.year, s.shard FROM {rows} s "
            f"JOIN {documents} d ON s.document = d.id AND s.shard = d.shard"
        )
    connection.execute(f"CREATE TEMP VIEW {stage.view} AS {query}")


def _register_texts(connection: duckdb.DuckDBPyConnection, shards: Sequence[Shard], *, first: str) -> None:
    stages = {"read": first, "sentences": "sentences"}
    files = {
        column: [absolute(shard.files[stage]) if stage in shard.files else None for shard in shards]
        for column, stage in stages.items()
    }
    table = pa.table({"shard": [shard.name for shard in shards], **files})
    connection.register("text_files", table.cast(pa.schema([(name, pa.string()) for name in ("shard", *stages)])))


def _columns(stage: StageTable) -> pa.Schema:
    """Return the columns of the view of a stage after the first."""
    if "document" not in stage.schema.names:
        return stage.schema
    return stage.schema.append(RESULT_DOCUMENTS.field("year")).append(RESULT_DOCUMENTS.field("shard"))
