"""The background against which specificity is measured: in how many documents each concept is.

It is a Parquet file of `SCHEMA`, made once from a run and shipped, or any other finished run.
"""

import hashlib
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from bioweft import resources
from bioweft.atomic import atomic
from bioweft.errors import RunError, SettingsError
from bioweft.store.run import RunFolder
from bioweft.store.schemas import write
from bioweft.store.sql import parquet

SCHEMA = pa.schema([("concept", pa.string()), ("documents", pa.int64()), ("total", pa.int64())])
"""`documents` of the `total` ones hold the concept; `total` is the same in every row."""

_WHAT_IT_IS = "give the folder of a finished run, or a Parquet file with the columns concept, documents and total"

ELSEWHERE = """
SELECT id, coalesce(documents, 0) AS elsewhere,
    CASE WHEN count(documents) OVER (PARTITION BY type) > 0 THEN max(total) OVER () END AS total_elsewhere
FROM (
    SELECT c.id, c.type, coalesce(b.documents, x.documents) AS documents, coalesce(b.total, x.total) AS total
    FROM {concepts} c LEFT JOIN background b ON b.concept = c.id LEFT JOIN (
        SELECT id, max(documents) AS documents, max(total) AS total
        FROM (SELECT id, unnest(xrefs) AS xref FROM {concepts}) JOIN background ON concept = xref GROUP BY id
    ) x ON x.id = c.id
)
"""
"""SQL for the number of the background's documents that hold each concept.

A concept that the background does not hold may be there under one of its cross-references: one of the two runs
preferred another vocabulary. A type of which the background knows no concept at all (of a user's own dictionary) cannot
be compared with it: the total is null.
"""


def register(connection: duckdb.DuckDBPyConnection, source: Path | None) -> bool:
    """Make the table `background` of `SCHEMA` in a connection; return whether there is one.

    `source` is a run folder or a background file; without one the shipped file serves, if there is any. Where there is
    none the table is empty.

    Raises:
        RunError: `source` is neither a finished run nor a background file.
    """
    shipped = resources.background()
    if source is None and not shipped.exists():
        connection.register("background", SCHEMA.empty_table())
        return False
    source = source or shipped
    if not source.exists():
        raise RunError(f"no background {source}; name the folder of a finished run, or a file of counts")
    query = _of_run(source) if source.is_dir() else f"SELECT concept, documents, total FROM {parquet(source)}"
    try:
        table = connection.sql(query).to_arrow_table().cast(SCHEMA)
    except (duckdb.Error, pa.ArrowInvalid) as error:
        raise RunError(f"{source} is not a background: {_WHAT_IT_IS} ({error})") from error
    connection.register("background", table)
    return True


def digest(source: Path | None) -> str | None:
    """Return what changes when a background, as `register` takes it, holds other counts; None where there is none.

    Raises:
        RunError: `source` is the folder of an unfinished run.
        SettingsError: `source` is neither a folder nor a file of counts.
    """
    source = source or resources.background()
    if source.is_dir():
        return RunFolder(source).results.name
    if source.exists():
        _check(source)
        return hashlib.sha256(source.read_bytes()).hexdigest()
    if source == resources.background():
        return None
    raise SettingsError(f"no background {source}; name the folder of a finished run, or a file of counts")


def _check(file: Path) -> None:
    """See that a file has the columns of a background.

    Raises:
        SettingsError: it has not.
    """
    try:
        names = pq.read_schema(file).names
    except (pa.ArrowInvalid, OSError) as error:
        raise SettingsError(f"{file} is not a background: it is not a Parquet file; {_WHAT_IT_IS}") from error
    if missing := [name for name in SCHEMA.names if name not in names]:
        raise SettingsError(f"{file} is not a background: it lacks {', '.join(missing)}; {_WHAT_IT_IS}")


def save(run: Path, file: Path) -> int:
    """Write the background file of a finished run; return the number of concepts.

    Raises:
        RunError: the run is missing or unfinished.
    """
    with duckdb.connect() as connection:
        table: pa.Table = connection.sql(_of_run(run)).to_arrow_table().cast(SCHEMA)
    with atomic(file) as unfinished:
        write(table, unfinished)
    return len(table)


def _of_run(folder: Path) -> str:
    run = RunFolder(folder)
    return f"""
        SELECT id AS concept, documents, (SELECT count(*) FROM {parquet(run.results / "documents.parquet")}) AS total
        FROM {parquet(run.results / "concepts.parquet")} ORDER BY concept
    """
