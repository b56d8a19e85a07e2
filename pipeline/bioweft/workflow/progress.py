"""The progress of a run as a person sees it: a bar for each stage on a terminal, a line now and then elsewhere."""

import threading
import time
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from bioweft.workflow.channel import Event
from bioweft.workflow.plan import FIRST, Plan

_EVERY = 10.0
"""Seconds between plain lines."""


class ProgressReport:
    """Takes the events of workers and shows how far the run is; also adds up what they report."""

    def __init__(self, console: Console, *, quiet: bool, plan: Plan | None = None) -> None:
        self._console = console
        self._plan = plan or Plan()
        self._labels = self._plan.labels()
        self._bars = Progress(
            SpinnerColumn(),
            TextColumn("{task.description:<20}"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TextColumn("shards"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            # A worker that is forked while a bar is drawn would wait for ever for the lock around a redirected stream.
            redirect_stdout=False,
            redirect_stderr=False,
            disable=quiet or not console.is_terminal,
        )
        self._plain = not quiet and not console.is_terminal
        self._tasks: dict[str, TaskID] = {}
        self._last = time.monotonic()
        self._lock = threading.Lock()
        self.seconds: dict[str, float] = dict.fromkeys(self._labels, 0.0)
        self.shards: dict[str, int] = dict.fromkeys(self._labels, 0)
        self.failures: list[str] = []
        self.is_damage = False
        """Whether a failure was one of the run folder's own files."""

    def __enter__(self) -> "ProgressReport":
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()

    def forget_failures(self) -> None:
        """Begin anew."""
        with self._lock:
            self.failures.clear()
            self.is_damage = False

    def take(self, event: Event) -> None:
        """Take one event from a worker."""
        with self._lock:
            if event["event"] == "failure":
                self.failures.append(event["message"])
                self.is_damage = self.is_damage or event.get("is_damage", False)
                return
            stage = event["stage"]
            self.seconds[stage] += event["seconds"]
            self.shards[stage] += 1
            if self._bars.disable:
                self._line()
                return
            # A stage has as many shards as were read; while reading goes on, that is how many there are so far.
            total = self.shards[FIRST] if self._plan.is_per_shard(stage) else self.shards[stage]
            if stage not in self._tasks:
                self._tasks[stage] = self._bars.add_task(self._labels[stage], total=None)
            total = max(total, self.shards[stage])
            self._bars.update(self._tasks[stage], completed=self.shards[stage], total=total)

    def _line(self) -> None:
        if self._plain and time.monotonic() - self._last >= _EVERY:
            self._last = time.monotonic()
            done = ", ".join(f"{self._labels[stage]} {n}" for stage, n in self.shards.items() if n)
            self._console.print(f"shards done: {done}", highlight=False)
