"""The run folder: where everything lies, who may write, and how files come to be there whole.

shards/<stage>/<shard>-<digest>.parquet   one table a shard and stage
batches/<stage>/<batch>-<digest>.json     a batch whose shards are all there: their names, rows and rejects
index/                                    which records are live, which file holds a shard
fetched/<source>/                         what remote sources brought
results/                                  the result tables, rankings, plots and graph
manifest.json rejects.jsonl               what was done, and what could not be read
run.json                                  that this is a run folder, and of which workflow
run.lock writer.json                      the lock, and who holds it

Which names the files have is the business of `bioweft.store.layout`; nothing else is ever removed.
"""

import errno
import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
from filelock import FileLock, Timeout

from bioweft.atomic import write_json
from bioweft.errors import RunBusyError, RunError
from bioweft.store import layout
from bioweft.store.sql import absolute, parquet

FORMAT_VERSION = 2
"""Counts up when the form of a run folder changes."""

_ORPHAN_PATIENCE = 30.0
"""Seconds that a new writer waits for the helpers of a killed one to notice and end."""


class RunFolder:
    """A run folder, to read from; to write, hold `writing()`."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)

    @property
    def results(self) -> Path:
        """The folder of result tables."""
        return self.path / "results"

    @property
    def index(self) -> Path:
        """The folder of the index."""
        return self.path / "index"

    @property
    def manifest_file(self) -> Path:
        """The manifest."""
        return self.path / "manifest.json"

    @property
    def rejects_file(self) -> Path:
        """One JSON object a line: source, position, reason."""
        return self.path / "rejects.jsonl"

    def shard_file(self, stage: str, shard: str, digest: str) -> Path:
        """Return where the table of a shard lies that a stage made under `digest`."""
        return self.path / "shards" / stage / f"{shard}-{digest}.parquet"

    def batch_file(self, stage: str, batch: str, digest: str) -> Path:
        """Return the file that says that a stage is through with a batch."""
        return self.path / "batches" / stage / f"{batch}-{digest}.json"

    def fetched(self, source: int) -> Path:
        """Return the folder of what the workflow's source number `source` fetched."""
        return self.path / "fetched" / str(source)

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """The manifest that the last finished run wrote.

        Raises:
            RunError: there is none, or another version of bioweft wrote it.
        """
        if not self.path.is_dir():
            raise RunError(f"no run folder {self.path}; `bioweft run WORKFLOW` makes one")
        if not self.manifest_file.exists():
            raise RunError(
                f"the run in {self.path} has not finished; start its workflow again, it goes on where it was"
            )
        manifest: dict[str, Any] = json.loads(self.manifest_file.read_text(encoding="utf-8"))
        if manifest.get("format") != FORMAT_VERSION:
            raise RunError(
                f"the run in {self.path} is of format {manifest.get('format')}, this bioweft reads {FORMAT_VERSION}; "
                "start its workflow again with this version"
            )
        return manifest

    def require_finished(self) -> None:
        """See that there is a finished run that this version of bioweft reads.

        Raises:
            RunError: there is none.
        """
        _ = self.manifest

    @cached_property
    def _stage_files(self) -> dict[tuple[str, str], str]:
        self.require_finished()
        with duckdb.connect() as connection:  # pyarrow would load pandas, which takes longer than a query may
            query = f"SELECT stage, shard, file FROM {parquet(self.index / 'shards.parquet')}"
            rows = connection.execute(query).fetchall()
        return {(stage, shard): file for stage, shard, file in rows}

    def stage_file(self, stage: str, shard: str) -> Path:
        """Return the table of a shard that the finished run uses.

        Raises:
            RunError: there is no finished run, or it has no such shard.
        """
        try:
            return Path(absolute(self.path / self._stage_files[stage, shard]))  # as DuckDB names it in `filename`
        except KeyError as error:
            raise RunError(f"the run in {self.path} has no shard {shard!r} of stage {stage!r}") from error

    @contextmanager
    def writing(self, name: str | None = None) -> Iterator[None]:
        """Hold the run folder as its one writer; make it where it is missing, clear what a killed writer left half.

        `name` is that of the workflow.

        Raises:
            RunBusyError: another process holds it.
            RunError: the folder cannot be made or written, or holds something else than a run of this workflow.
        """
        with disk_errors(self.path):
            self._check_owner(name)
            self._make()
            lock = FileLock(self.path / "run.lock")
            try:
                lock.acquire(timeout=self._patience())
            except Timeout as error:
                raise RunBusyError(
                    f"{self.path} is being written by {self._writer() or 'another process'}; "
                    "wait for it to end, or give this run another folder with --output"
                ) from error
        try:
            with disk_errors(self.path):
                self._check_owner(name)  # another process may have made a run here meanwhile
                who = {"pid": os.getpid(), "host": socket.gethostname(), "since": _now()}
                write_json(self.path / "writer.json", who)
                claim = _read_object(self._owner_file)
                if "bioweft_run" not in claim or name not in (None, claim.get("workflow")):
                    write_json(self._owner_file, {"bioweft_run": FORMAT_VERSION, "workflow": name})
                layout.clear_leftovers(self.path)
            yield
        finally:
            with suppress(OSError):
                (self.path / "writer.json").unlink(missing_ok=True)
            lock.release()

    def _make(self) -> None:
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            if error.errno in _DISK_ADVICE:
                raise
            reason = error.strerror or type(error).__name__  # no folder can be made there: /proc/x, a name too long
            raise RunError(f"cannot make {self.path}: {reason}; choose another folder with --output") from error

    @property
    def _owner_file(self) -> Path:
        return self.path / "run.json"

    def _check_owner(self, name: str | None) -> None:
        """See that the folder is missing, empty, or a run of the workflow `name`.

        Raises:
            RunError: it is something else, which a run must leave as it is.
        """
        entries = {path.name for path in self.path.iterdir()} if self.path.is_dir() else set()
        if not entries:
            return
        manifest, claim = _read_object(self.manifest_file), _read_object(self._owner_file)
        if "bioweft_run" in claim:
            owner = claim.get("workflow")
        elif {"format", "counts"} <= manifest.keys():  # a finished run of an older version
            owner = manifest.get("name")
        elif (self.path / "run.lock").is_file() and all(map(layout.is_top_level, entries)):
            return  # an unfinished run of an older version, or one that has just begun
        else:
            raise RunError(
                f"{self.path} is not empty and no run of bioweft (it holds {min(entries)}); nothing was changed: "
                "give the run a new or empty folder with --output"
            )
        is_bare = entries <= {"run.json", "run.lock"}  # a run that failed before it made anything
        if None not in (owner, name) and owner != name and not is_bare:
            raise RunError(
                f"{self.path} is the run of another workflow, {owner!r}, and this one is {name!r}; "
                "give it another folder with --output, or remove that run"
            )

    def _writer(self) -> str | None:
        try:
            who = json.loads((self.path / "writer.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return f"process {who['pid']} on {who['host']} since {who['since']}"

    def _patience(self) -> float:
        """Return how many seconds to wait for the lock.

        The worker processes of a writer that was killed hold it a little longer.
        """
        try:
            who = json.loads((self.path / "writer.json").read_text(encoding="utf-8"))
            if who["host"] == socket.gethostname():
                os.kill(who["pid"], 0)
        except ProcessLookupError:
            return _ORPHAN_PATIENCE
        except (OSError, ValueError, KeyError):
            pass
        return 0.0


def _read_object(file: Path) -> dict[str, Any]:
    """Return the object of a JSON file, or an empty one where there is none."""
    try:
        value = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


_DISK_ADVICE = {
    errno.ENOSPC: "no space left on the disk; free some and start the run again, finished shards are kept",
    errno.EDQUOT: "the disk quota is used up; free some and start the run again, finished shards are kept",
    errno.EFBIG: "the file would be larger than is allowed here (see `ulimit -f`); finished shards are kept",
    errno.EROFS: "the folder is on a read-only file system; choose another with --output",
    errno.EACCES: "no permission to write there; choose another folder with --output",
    errno.EPERM: "no permission to write there; choose another folder with --output",
    errno.ENAMETOOLONG: "its name is too long; choose another folder with --output",
    errno.ENOTDIR: "a part of the path is a file; choose another folder with --output",
    errno.EEXIST: "a file is in the way; choose another folder with --output",
}


@contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Turn what a disk may answer into a `RunError` that says how to mend it."""
    try:
        yield
    except (OSError, duckdb.IOException) as error:
        number, file = (error.errno, error.filename) if isinstance(error, OSError) else (_number_in(str(error)), None)
        advice = _DISK_ADVICE.get(number or 0)
        if advice is None:
            raise
        raise RunError(f"cannot write {file or path}: {advice}") from error


def _number_in(message: str) -> int | None:
    """Return the number of the fault of a disk that a message of DuckDB tells in words."""
    return next((number for number in _DISK_ADVICE if os.strerror(number) in message), None)


def newest(root: str | Path = "outputs") -> Path:
    """Return the run folder below `root` that finished last.

    Raises:
        RunError: there is none.
    """
    finished = sorted(Path(root).glob("*/manifest.json"), key=lambda path: (path.stat().st_mtime, path))
    if not finished:
        raise RunError(f"no finished run in {Path(root).absolute()}; name one with --in, or `bioweft run` one")
    return finished[-1].parent


def _now() -> str:
    return datetime.fromtimestamp(time.time(), UTC).isoformat(timespec="seconds")
