"""SQL for values of ours that DuckDB would read something into (the paths of files), and its answers as streams."""

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import duckdb

from bioweft.errors import RunError

_WILDCARDS = re.compile(r"[*?\[]")
_CHUNK = 1000


def without_progress(connection: duckdb.DuckDBPyConnection) -> None:
    """Show no progress bar, as commands show their own; a notebook without ipywidgets has none to turn off."""
    with suppress(duckdb.InvalidInputException):
        connection.execute("SET enable_progress_bar = false")


def text(value: object) -> str:
    """Return the SQL of a string."""
    return "'" + str(value).replace("'", "''") + "'"


def absolute(file: Path) -> str:
    """Return the path of a file as DuckDB's column `filename` has it; a relative `~/x` would be of the home folder."""
    return os.path.abspath(file)  # noqa: PTH100 - Path.absolute keeps `..`


def parquet(*files: Path, columns: str = "") -> str:
    """Return the SQL that reads Parquet files as one table; `columns` asks for more (`filename = true`).

    The names of folders mean nothing: `year=2020` is no column, and `o[12]` is not `o1` and `o2`.

    Raises:
        RunError: DuckDB has no way to write the path of a file.
    """
    names = ", ".join(text(_literal(absolute(file))) for file in files)
    return f"read_parquet([{names}], hive_partitioning = false{columns and ', ' + columns})"


def rows(connection: duckdb.DuckDBPyConnection, query: str) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of a query; they are never all in memory. Till the last one, the connection is for them alone."""
    result = connection.execute(query)
    while chunk := result.fetchmany(_CHUNK):
        yield from chunk


def _literal(path: str) -> str:
    """Return the pattern that matches a path alone: `o[[]12]` for `o[12]`."""
    if not _WILDCARDS.search(path):
        return path
    if "\\" in path:  # in a pattern it parts folders, also within brackets
        raise RunError(f"cannot read {path}: a path with a backslash must have none of * ? [; rename the folder")
    return _WILDCARDS.sub(lambda match: f"[{match[0]}]", path)
