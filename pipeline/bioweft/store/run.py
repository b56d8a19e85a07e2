"""The run folder: where everything lies, who may write, and how files come to be there whole.

shards/<stage>/<shard>-<digest>.parquet   one table a shard and stage
batches/<stage>/<batch>-<digest>.json     a batch whose shards are all there: their names, rows, seals and rejects
index/                                    which records are live
fetched/<source>/                         what remote sources brought
results-<digest>/                         a set of results: tables, rankings, plots, graph; files.parquet says of what
snapshots/results-<digest>.parquet        counts of this set and of earlier ones, to say what has changed
manifest.json rejects.jsonl               what was done, which set of results is the current one; what could not be read
results                                   a link to the current set, for people
run.json                                  that this is a run folder, and of which workflow
kept.json                                 which copy in an object store it is of, see `bioweft.store.kept`
run.lock writer.json                      the lock, and who holds it
writing-<number>/                         what the writer has not finished

A set of results is there whole before the manifest names it. Who reads takes the set that the manifest names, and keeps
to that. Which names the files have is the business of `bioweft.store.layout`; nothing else is ever removed.
"""

import errno
import json
import os
import shutil
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

from bioweft.atomic import UNFINISHED, make_folder, place, staged, write_json
from bioweft.errors import DamagedError, RunBusyError, RunError
from bioweft.store import layout
from bioweft.store.seals import is_sealed, read_sealed, write_sealed
from bioweft.store.sets import LISTING, STAMP, replace_old, set_name
from bioweft.store.sql import absolute, parquet

FORMAT_VERSION = 3
"""Counts up when the form of a run folder changes."""

_ORPHAN_PATIENCE = 30.0
"""Seconds that a new writer waits for the helpers of a killed one to notice and end."""


class RunFolder:
    """A run folder, to read from; to write, hold `writing()`."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._writing: Path | None = None

    @cached_property
    def results(self) -> Path:
        """The set of results that was the current one when it was first asked for.

        Raises:
            RunError: there is no finished run.
        """
        return self.path / str(self.manifest["results"])

    @property
    def results_link(self) -> Path:
        """Where people find the current results."""
        link = self.path / "results"
        return link if link.exists() else self.results

    def result_set(self, digest: str) -> Path:
        """Return the folder of the set of results made under `digest`."""
        return self.path / set_name(digest)

    @property
    def index(self) -> Path:
        """The folder of the index."""
        return self.path / "index"

    @property
    def scratch(self) -> Path:
        """A folder for what need not outlive this process: of the writer, or a new one beside the folder's files."""
        return (self._writing or self.path) / f"spill{UNFINISHED}"

    @property
    def staging(self) -> Path:
        """The folder in which the writer writes files before they get their place; there while `writing()` is held."""
        if self._writing is None:
            raise RuntimeError(f"{self.path} has no writer in this process")
        return self._writing

    def require_disk(self) -> None:
        """See that files may be written into the folder.

        Raises:
            RunError: it is a copy of what lies elsewhere, see `bioweft.store.kept`.
        """

    def begin(self, name: str) -> Path:
        """Return a new, empty folder in which a writer makes `name` before it gets its place."""
        folder = (self._writing or self.path) / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        return folder

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
            RunError: there is none, it is damaged, or another version of bioweft wrote it.
        """
        self.require_folder()
        if not self.manifest_file.exists():
            if not self._owner_file.exists():
                raise RunError(f"{self.path} is not a run folder: it has no run.json; `bioweft run WORKFLOW` makes one")
            raise RunError(
                f"the run in {self.path} has not finished; start its workflow again; it resumes where it stopped"
            )
        self.require_format()
        return read_sealed(self.manifest_file)

    def require_format(self) -> None:
        """See that the run is of this version, as far as its manifest says so.

        Raises:
            RunError: it is of another one.
        """
        version = _read_object(self.manifest_file).get("format", FORMAT_VERSION)
        if version != FORMAT_VERSION:
            raise RunError(
                f"the run in {self.path} is of format {version}, this bioweft reads {FORMAT_VERSION}; "
                "start its workflow again with this version"
            )

    def require_folder(self) -> None:
        """See that there is a run, finished or not.

        Raises:
            RunError: there is none.
        """
        if not self.path.is_dir():
            raise RunError(f"no run folder {self.path}; `bioweft run WORKFLOW` makes one")

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
            listing = self.results / LISTING
            try:
                rows = connection.execute(
                    f"SELECT stage, shard, file FROM {parquet(listing)} WHERE shard IS NOT NULL"
                ).fetchall()
            except duckdb.Error as error:
                raise DamagedError(listing, str(error)) from error
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

    def publish(self, unfinished: Path, results: Path) -> None:
        """Bring a set of results that `begin` made the folder of to its place.

        One that is there is damaged, or of other versions of libraries: each file takes the place of the one that is
        there, the stamp last.
        """
        if not results.exists():
            place(unfinished, results)
            return
        names = [path.relative_to(unfinished) for path in sorted(unfinished.rglob("*")) if path.is_file()]
        for name in sorted(names, key=lambda name: name.name == STAMP):
            make_folder((results / name).parent)
            place(unfinished / name, results / name)

    def point(self, results: Path) -> None:
        """Have the link `results` lead to a set of results; where the disk has no links there is none."""
        link = self.path / "results"
        if link.is_symlink() and link.readlink() == Path(results.name):
            return
        if link.is_dir() and not link.is_symlink():  # the results of an older version
            replace_old(link, results)
        unfinished = (self._writing or self.path) / f"results{UNFINISHED}"
        unfinished.unlink(missing_ok=True)
        try:
            unfinished.symlink_to(results.name, target_is_directory=True)
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
        else:
            place(unfinished, link)

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
                raise self._busy("wait for it to end, or give this run another folder with --output") from error
        try:
            with disk_errors(self.path):
                self._check_owner(name)  # another process may have made a run here meanwhile
                who = {"pid": os.getpid(), "host": socket.gethostname(), "since": _now()}
                write_json(self.path / "writer.json", who)
                claim = self._claim()
                if "bioweft_run" not in claim or name not in (None, claim.get("workflow")):
                    write_sealed(self._owner_file, {"bioweft_run": FORMAT_VERSION, "workflow": name})
                layout.clear_leftovers(self.path)  # from here on no earlier writer brings a file to its place
                self._writing = layout.new_writing_folder(self.path)
            with staged(self.path, self._writing):
                yield
        finally:
            if self._writing is not None:
                layout.remove_writing_folder(self._writing)
            self._writing = None
            with suppress(OSError):
                (self.path / "writer.json").unlink(missing_ok=True)
            lock.release()

    @contextmanager
    def without_writer(self) -> Iterator[None]:
        """Keep writers away from the folder.

        Raises:
            RunBusyError: there is one.
        """
        lock = FileLock(self.path / "run.lock")
        try:
            lock.acquire(timeout=0)
        except Timeout as error:
            raise self._busy("wait for it to end") from error
        except OSError:  # where the lock cannot be made, no run can write
            yield
            return
        try:
            yield
        finally:
            lock.release()

    def _busy(self, advice: str) -> RunBusyError:
        return RunBusyError(f"{self.path} is being written by {self._writer() or 'another process'}; {advice}")

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

    def _claim(self) -> dict[str, Any]:
        """Return what `run.json` says; nothing where it is damaged, as then it may name any workflow."""
        claim = _read_object(self._owner_file)
        if is_sealed(claim):  # as an earlier version did not write it
            try:
                return read_sealed(self._owner_file)
            except DamagedError:
                return {}
        return claim

    def _check_owner(self, name: str | None) -> None:
        """See that the folder is missing, empty, or a run of the workflow `name`.

        Raises:
            RunError: it is something else, which a run must leave as it is.
        """
        entries = {path.name for path in self.path.iterdir()} if self.path.is_dir() else set()
        if not entries:
            return
        manifest, claim = _read_object(self.manifest_file), self._claim()
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
        who = _read_object(self.path / "writer.json")
        if not {"pid", "host", "since"} <= who.keys():
            return None
        return f"process {who['pid']} on {who['host']} since {who['since']}"

    def _patience(self) -> float:
        """Return how many seconds to wait for the lock.

        The worker processes of a writer that was killed hold it a little longer.
        """
        who = _read_object(self.path / "writer.json")
        try:
            if who.get("host") == socket.gethostname():
                os.kill(who["pid"], 0)
        except ProcessLookupError:
            return _ORPHAN_PATIENCE
        except (OSError, OverflowError, KeyError, TypeError):
            pass
        return 0.0


_NO_LINKS = {errno.EPERM, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP}
"""Answers of disks that have no symbolic links."""


def _read_object(file: Path) -> dict[str, Any]:
    """Return the object of a JSON file, or an empty one where there is none."""
    try:
        value = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
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
    errno.EXDEV: "its folders are on several disks; choose another folder with --output",
    errno.EEXIST: "a file is in the way; choose another folder with --output",
    errno.EISDIR: "a folder is in its place; move it elsewhere",
    errno.ELOOP: "it is a link that leads to itself; remove it",
}


@contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Turn what a disk may answer into a `RunError` that says how to mend it."""
    try:
        yield
    except (OSError, duckdb.IOException) as error:
        advice = disk_fault(error)
        if advice is None:
            raise
        file = error.filename if isinstance(error, OSError) else None
        raise RunError(f"cannot write {file or path}: {advice}") from error


def disk_fault(error: Exception) -> str | None:
    """Return what to do about a fault of a disk, None where an error is no such fault; DuckDB tells it in words."""
    if isinstance(error, OSError):
        return _DISK_ADVICE.get(error.errno or 0)
    return next((advice for number, advice in _DISK_ADVICE.items() if os.strerror(number) in str(error)), None)


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
