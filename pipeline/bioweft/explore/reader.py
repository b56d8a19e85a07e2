"""The long-lived reader of a run: one DuckDB for all requests, with a time limit for each.

It notices at the next request that a run has finished meanwhile (the manifest is another file then) and opens the new
results; requests that are under way keep those that they began with.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from bioweft.analyse.reading import tables
from bioweft.errors import BioweftError, RunError
from bioweft.explore.names import make_names
from bioweft.store.run import RunFolder
from bioweft.store.sql import text

MEMORY_LIMIT = "160MB"
"""What DuckDB may take; above it, it writes to disk what it sorts and joins."""

_THREADS = 2
_AT_ONCE = 2
"""Questions that are worked on at a time; the others wait."""


_PATIENCE = 6
"""How many times the time limit a question may take that has had no processor for half of it."""


class TooSlowError(BioweftError):
    """A question took longer than the explorer allows."""


Signature = tuple[int, int, int] | None
"""A manifest's time of change, inode and size, which tell it from a later one; None where there is none."""


@dataclass(frozen=True, slots=True)
class View:
    """What a page reads: a set of results with a connection of its own."""

    run: RunFolder
    connection: duckdb.DuckDBPyConnection
    signature: Signature

    @property
    def results(self) -> str:
        """The name of the set of results."""
        return self.run.results.name

    @property
    def name(self) -> str:
        """The name of the run."""
        return str(self.run.manifest.get("name") or self.run.path.resolve().name)


class _Opened:
    """A set of results that is open, closed when the last request that reads it has ended."""

    def __init__(self, folder: Path) -> None:
        self.signature = _signature(folder)  # before the manifest is read: a newer one is opened once more
        self.run = RunFolder(folder)
        self.readers = 0
        self.is_current = True
        with ExitStack() as stack:  # what cannot be read whole is closed
            spill = stack.enter_context(TemporaryDirectory(prefix="bioweft-explore-", ignore_cleanup_errors=True))
            self.connection = stack.enter_context(tables(self.run))
            for setting in (
                f"temp_directory = {text(spill)}",
                f"memory_limit = '{MEMORY_LIMIT}'",
                f"threads = {_THREADS}",
                "preserve_insertion_order = false",
                "parquet_metadata_cache = true",
            ):
                self.connection.execute(f"SET {setting}")
            make_names(self.connection)
            self._stack = stack.pop_all()

    def close_if_unused(self) -> None:
        if not self.is_current and not self.readers:
            self._stack.close()


class _Limit:
    """Ends a question that takes longer than `seconds`; one that waits for a busy machine has more time."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, seconds: float) -> None:
        self._connection = connection
        self._seconds = seconds
        self._last = time.monotonic() + _PATIENCE * seconds
        self._worked = time.process_time()
        self._lock = threading.Lock()
        self._is_over = False
        self._timer = self._start()

    def cancel(self) -> None:
        """Let the question be."""
        with self._lock:
            self._is_over = True
            self._timer.cancel()

    def _start(self) -> threading.Timer:
        timer = threading.Timer(self._seconds, self._end)
        timer.daemon = True
        timer.start()
        return timer

    def _end(self) -> None:
        is_waiting = time.process_time() - self._worked < self._seconds / 2
        with self._lock:
            if self._is_over:
                return
            if is_waiting and time.monotonic() < self._last:
                self._timer = self._start()
            else:
                self._connection.interrupt()


class Reader:
    """Reads a run for many requests at a time.

    Raises:
        RunError: the run is missing or unfinished.
    """

    def __init__(self, folder: Path, *, seconds: float = 10.0) -> None:
        self.folder = folder
        self.seconds = seconds
        self._lock = threading.Lock()
        self._turn = threading.BoundedSemaphore(_AT_ONCE)
        self._opened = _Opened(folder)

    def is_outdated(self, signature: Signature) -> bool:
        """Say whether a run has finished since the manifest of that signature."""
        return _signature(self.folder) != signature

    @contextmanager
    def view(self) -> Iterator[View]:
        """Give a view of the current results, for one request.

        Raises:
            TooSlowError: what is asked takes too long.
            RunError: the results cannot be read.
        """
        opened = self._take()
        try:
            with self._turn, opened.connection.cursor() as connection:
                yield from self._limited(View(opened.run, connection, opened.signature))
        finally:
            with self._lock:
                opened.readers -= 1
                opened.close_if_unused()

    def close(self) -> None:
        """Close the results; requests that are under way end first."""
        with self._lock:
            self._opened.is_current = False
            self._opened.close_if_unused()

    def _limited(self, view: View) -> Iterator[View]:
        limit = _Limit(view.connection, self.seconds)
        try:
            yield view
        except duckdb.InterruptException as error:
            raise TooSlowError(
                f"the answer would have taken more than {self.seconds:g} seconds; narrow it down with filters"
            ) from error
        except duckdb.OutOfMemoryException as error:
            raise TooSlowError("the answer would have taken too much memory; narrow it down with filters") from error
        except (duckdb.IOException, duckdb.InvalidInputException) as error:
            raise RunError(f"the results in {view.run.results} cannot be read ({error})") from error
        finally:
            limit.cancel()

    def _take(self) -> _Opened:
        with self._lock:
            if self.is_outdated(self._opened.signature):
                with suppress(RunError):  # it is being replaced, or gone: what is open can be read still
                    newer = _Opened(self.folder)
                    self._opened.is_current = False
                    self._opened.close_if_unused()
                    self._opened = newer
            self._opened.readers += 1
            return self._opened


def _signature(folder: Path) -> Signature:
    try:
        status = RunFolder(folder).manifest_file.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_ino, status.st_size
