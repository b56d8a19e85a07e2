"""Snapshots: what a run keeps of a set of results, to say later what has changed since (`bioweft.analyse.changes`).

A snapshot is one table, `snapshots/<set>.parquet`, made of the result tables alone, so that the same results give the
same bytes. When it was taken stands in the manifest, as documents have years and no days, and a night brings old
records too.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from bioweft.analyse.reading import ResultTable, parquet
from bioweft.atomic import atomic, make_folder
from bioweft.errors import DamagedError
from bioweft.store.run import RunFolder
from bioweft.store.schemas import SNAPSHOT, write
from bioweft.store.seals import Seal, fault_of, seal_of
from bioweft.store.views import connect

FOLDER = "snapshots"
KEPT = 31
"""The most snapshots of a run, the newest: those of a month of nights that each brought something."""

RETRACTED = "coalesce(list_has_any(flags, ['retracted', 'retraction-notice']), false)"
"""SQL: whether a document is retracted, or the notice of that."""

_TABLE = f"""
SELECT {", ".join(SNAPSHOT.names)} FROM (
    SELECT 'total' AS kind, '' AS id, count(*) AS documents FROM {{documents}}
    UNION ALL BY NAME SELECT 'concept' AS kind, id, type, name, documents FROM {{concepts}}
    UNION ALL BY NAME
    SELECT 'triple' AS kind, edge AS id, subject, predicate, qualifiers, object, documents, probability, negated
    FROM {{relations}}
    UNION ALL BY NAME SELECT 'retracted' AS kind, id FROM {{documents}} WHERE {RETRACTED}
)
"""


def table_of(results: Path) -> str:
    """Return the SQL of the snapshot, a table of `SNAPSHOT` in any order, of a set of results."""
    return _TABLE.format_map({name.value: parquet(results / f"{name}.parquet") for name in ResultTable})


def file_of(folder: RunFolder, results: str) -> Path:
    """Return where the snapshot of a set of results lies."""
    return folder.path / FOLDER / f"{results}.parquet"


def keep(folder: RunFolder, results: Path, before: Mapping[str, Any] | None) -> dict[str, str]:
    """Write the snapshot of the current set where it is missing; return by set when each that is kept was taken.

    `before` is the manifest of the run before. A snapshot of which no manifest tells is as old as its file.
    """
    before = before or {}
    file = file_of(folder, results.name)
    if str(file.relative_to(folder.path)) not in before.get("files", {}) or not file.exists():
        make_folder(file.parent)
        with connect(temporary=folder.scratch) as connection:
            table = connection.sql(f"{table_of(results)} ORDER BY kind, id").to_arrow_table()
        with atomic(file) as unfinished:
            write(table.cast(SNAPSHOT), unfinished)
    times: dict[str, str] = before.get("snapshots", {})
    taken = {path.stem: times.get(path.stem) or _changed(path) for path in file.parent.glob("results-*.parquet")}
    if before.get("results") != results.name or results.name not in times:  # an earlier state may be the newest again
        taken[results.name] = datetime.now(UTC).isoformat(timespec="seconds")
    newest = sorted(taken, key=lambda name: (name == results.name, taken[name], name))[-KEPT:]
    return {name: taken[name] for name in sorted(newest)}


def seals(folder: RunFolder, kept: Mapping[str, str]) -> dict[str, Seal]:
    """Return the seals of snapshots that are kept, by their files."""
    files = [file_of(folder, name) for name in kept]
    return {file.relative_to(folder.path).as_posix(): seal_of(file) for file in files}


def remove_others(folder: RunFolder, kept: Mapping[str, str]) -> None:
    """Remove the snapshots that are not kept."""
    for path in (folder.path / FOLDER).glob("results-*.parquet"):
        if path.stem not in kept:
            path.unlink(missing_ok=True)


def choose(run: RunFolder, since: date | None) -> tuple[Path, str] | None:
    """Return a snapshot of a run and when it was taken, None where the run has had only one set of results.

    It is the last one before the current set. With `since` it is the last before that day (UTC), which is that of the
    current set where nothing has come since; where none is so old, it is the oldest that is kept.

    Raises:
        DamagedError: it is not as it was written.
    """
    current, times = run.manifest["results"], run.manifest.get("snapshots", {})
    earlier = sorted((taken, name) for name, taken in times.items() if name != current)
    if not earlier:
        return None
    before = earlier
    if since is not None:
        before = sorted((taken, name) for name, taken in times.items() if taken < since.isoformat())
    taken, name = before[-1] if before else earlier[0]
    file = file_of(run, name)
    if reason := fault_of(file, run.manifest["files"][file.relative_to(run.path).as_posix()], deep=True):
        raise DamagedError(file, reason)
    return file, taken


def _changed(path: Path) -> str:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC).isoformat(timespec="seconds")
