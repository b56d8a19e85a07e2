"""Asking DuckDB about the result tables of a finished run: what `query`, `rank` and `open_run` share.

It takes no lock and imports little, so that a question at the terminal is answered at once.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path

import duckdb

from bioweft.errors import DamagedError, NotFoundError, RunError, nearest
from bioweft.store.run import RunFolder, newest
from bioweft.store.seals import fault_of, read_sealed
from bioweft.store.sets import STAMP
from bioweft.store.sql import parquet as parquet  # noqa: PLC0414 - others read tables through this module
from bioweft.store.sql import without_progress

_VERIFIED = 64 * 1024 * 1024
"""Bytes of tables whose checksum is looked at whenever they are opened; DuckDB looks at none itself. It takes 50 ms."""


class ResultTable(StrEnum):
    """The tables that a run ends in, in the order in which they are made; each is `<name>.parquet` in a set."""

    DOCUMENTS = "documents"
    MENTIONS = "mentions"
    CONCEPTS = "concepts"
    COOCCURRENCE = "cooccurrence"
    RANKINGS = "rankings"
    RELATIONS = "relations"
    EVIDENCE = "evidence"


def find(name: str | None) -> RunFolder:
    """Return the run of a folder, or of that name in outputs/, or the newest in outputs/ where no name is given.

    An address in an object store (`s3://bucket/runs/mine`) is that of a copy that a run is kept in.

    Raises:
        RunError: there is none.
        FetchError: the object store gave no answer, or its copy is damaged.
    """
    if name is None:
        return RunFolder(newest())
    if "://" in name and not name.startswith("file://"):
        from bioweft.store.kept import KeptRun  # asking a folder needs nothing of it

        return KeptRun(name)
    name = name.removeprefix("file://")
    inside = Path("outputs") / name
    return RunFolder(inside if inside.is_dir() and not Path(name).is_dir() else name)


@contextmanager
def tables(run: RunFolder) -> Iterator[duckdb.DuckDBPyConnection]:
    """Give a connection with a view on each `ResultTable`; its cursors have these too.

    Raises:
        RunError: the run is missing, unfinished, of another version, or its tables are damaged.
    """
    results = run.results
    _verify(results)
    with duckdb.connect() as connection:
        without_progress(connection)
        try:
            for name in ResultTable:
                connection.execute(f"CREATE VIEW {name} AS FROM {parquet(results / f'{name}.parquet')}")
            yield connection
        except (duckdb.IOException, duckdb.InvalidInputException) as error:
            raise RunError(
                f"the results in {results} cannot be read ({error}); `bioweft check {run.path} --mend` makes them again"
            ) from error


def _verify(results: Path) -> None:
    """See that the tables of a set are as they were written: the smallest first, as many as can be read at once.

    Raises:
        DamagedError: one is not.
    """
    seals = read_sealed(results / STAMP)["files"]
    names = [f"{name}.parquet" for name in ResultTable if f"{name}.parquet" in seals]
    left = _VERIFIED
    for name in sorted(names, key=lambda name: seals[name]["size"]):
        left -= seals[name]["size"]
        if reason := fault_of(results / name, seals[name], deep=left >= 0):
            raise DamagedError(results / name, reason)


def check_type(connection: duckdb.DuckDBPyConnection, type_: str, *, run: RunFolder) -> str:
    """Return the type of concepts of `run` that `type_` names, in any case, as `cell line` or in the plural.

    Raises:
        NotFoundError: it has none.
    """
    types = [row[0] for row in connection.execute("SELECT DISTINCT type FROM concepts ORDER BY type").fetchall()]
    folded = _folded(type_)
    named = [name for name in types if name == type_ or _folded(name) in (folded, folded.removesuffix("s"))]
    if not named:
        raise NotFoundError(
            f"no entity type {type_!r} in {run.path}; it has: {', '.join(types) or 'none'}",
            suggestions=nearest(folded, types),
        )
    return type_ if type_ in named else named[0]


def _folded(type_: str) -> str:
    return "_".join(type_.lower().replace("-", " ").replace("_", " ").split())
