"""The engine `local`: Luigi's workers, processes on this machine, carry out a job.

    Fetch(source)
    Read(batch) <- <Stage>(batch, group) <- ... <- Staged(batch)
    Index <- every Read(batch);  <StageAfterIndex>(batch) <- Index, Staged(batch);  Results <- all of these

How many groups a batch has is known when it has been read, so `Staged` asks for their tasks as dynamic dependencies.
Every task works shard by shard and skips those whose file is there. A stage has a task class of its name, `Tag`.
Workers are forked, so that they share what has been loaded; they tell the parent through a pipe what they have done.
"""

import gc
import logging
import multiprocessing
import os
import sys
import time
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any, ClassVar

import luigi
from luigi.rpc import RemoteScheduler
from luigi.scheduler import Scheduler
from luigi.worker import Worker

from bioweft.errors import BioweftError, DamagedError, RunError
from bioweft.shown import without_secrets
from bioweft.store.run import disk_errors
from bioweft.workflow.batches import Batch
from bioweft.workflow.channel import Channel
from bioweft.workflow.job import ALL, Job
from bioweft.workflow.lifeline import end_with
from bioweft.workflow.plan import FIRST, Stage
from bioweft.workflow.progress import ProgressReport


class LocalEngine:
    """Carries out a job, within a `with` block."""

    def __init__(self, job: Job, report: ProgressReport) -> None:
        self._job = job
        self._report = report
        self._channel = Channel(report.take)
        self._key = _use(_Context(job, self._channel))
        for stage in job.plan.stages[1:]:  # Luigi finds dynamic dependencies by the names of classes in this process
            task_class(stage.name)

    def __enter__(self) -> "LocalEngine":
        self._channel.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._channel.__exit__()
        del _contexts[self._key]

    def fetch(self) -> None:
        """Bring in what is new of the remote sources.

        Raises:
            RunError: something failed.
        """
        self._run([Fetch(self._key, source) for source in self._job.fetching()])

    def execute(self) -> None:
        """Bring all batches through all stages, and make the results.

        Raises:
            RunError: something failed.
        """
        on_gpu = False
        for name, tool in self._job.tools.items():
            if not all(self._job.is_batch_done([self._job.plan[name]], batch) for batch in self._job.batches):
                tool.load()
                on_gpu = on_gpu or tool.on_gpu
        with _collecting_seldom():
            # Workers are forked, and what is on a GPU does not live through that: one worker is no fork.
            workers = 1 if on_gpu else None
            try:
                self._run([Results(self._key)], workers=workers)
            except RunError:
                if not self._report.is_damage:
                    raise
                self._report.forget_failures()  # what was damaged is gone, and is made again
                self._run([Results(self._key)], workers=workers)

    def _run(self, roots: Sequence[luigi.Task], *, workers: int | None = None) -> None:
        """Have Luigi bring about the roots and all that they need, with as many workers as the settings say."""
        settings = self._job.workflow.engine
        if sys.platform != "win32":
            # Workers must share what is loaded, so they are forked, whatever this Python's default is.
            multiprocessing.set_start_method("fork", force=True)
        scheduler = (
            RemoteScheduler(settings.scheduler)
            if settings.scheduler
            else Scheduler(prune_on_get_work=True, record_task_history=False, retry_delay=1.0)
        )
        worker = Worker(
            scheduler=scheduler,
            worker_processes=workers or settings.workers,
            wait_interval=0.05,
            ping_interval=5.0,
            keep_alive=settings.retries > 0,
            no_install_shutdown_handler=True,
        )
        with _quiet_luigi(), worker:
            for root in roots:
                worker.add(root)
            worker.run()
        if not all(root.complete() for root in roots):
            raise RunError(self._why())

    def _why(self) -> str:
        # A task that fails says why; one whose process is killed cannot.
        killed = ["a worker process was killed (out of memory? try --workers 1)"]
        reasons = list(dict.fromkeys(self._report.failures)) or killed
        return (
            "the run did not finish: " + "; ".join(reasons) + f"\n{self._job.workflow.output} keeps what is done; "
            "the same command goes on from there"
        )


@contextmanager
def _collecting_seldom() -> Iterator[None]:
    """Keep the garbage collector from what lives long: what tools have loaded, and the rows of a shard.

    It would go through them after every few hundred new objects, find nothing, and take a tenth of the time.
    """
    thresholds = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()


@contextmanager
def _quiet_luigi() -> Iterator[None]:
    """Keep Luigi's own log to what goes wrong beneath us; our report says the rest."""
    loggers = [logging.getLogger(name) for name in ("luigi", "luigi-interface", "luigi.scheduler")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


@dataclass
class _Context:
    """Values that the tasks of one run share; worker processes inherit them when they are forked."""

    job: Job
    channel: Channel
    process: int = field(default_factory=os.getpid)

    def end_with_owner(self) -> None:
        """Have this process, if it is a worker's, end with the one that runs the job."""
        if os.getpid() != self.process:
            end_with(self.process)
            self.process = os.getpid()


_contexts: dict[str, _Context] = {}


def _use(context: _Context) -> str:
    """Make a context known to the tasks, which name it by the string returned.

    It is another string for each run, since Luigi gives the same task object for the same parameters.
    """
    key = f"{context.job.folder.path.absolute()}@{context.job.token}"
    _contexts[key] = context
    return key


class _Task(luigi.Task):  # type: ignore[misc]
    """A task of one run."""

    run_key: str = luigi.Parameter()

    @property
    def context(self) -> _Context:
        return _contexts[self.run_key]

    @property
    def job(self) -> Job:
        return self.context.job

    @property
    def retry_count(self) -> int:
        return self.job.workflow.engine.retries + 1

    def run(self) -> Iterator[Any] | None:
        self.context.end_with_owner()
        try:
            with disk_errors(self.job.folder.path):
                return self.work()
        except BioweftError as error:
            is_damage = isinstance(error, DamagedError)
            self.context.channel.send(event="failure", task=str(self), message=str(error), is_damage=is_damage)
            raise

    @abstractmethod
    def work(self) -> Iterator[Any] | None:
        """Do what the task is for; yield tasks that turn out to be needed."""

    def on_failure(self, exception: BaseException) -> str:
        if not isinstance(exception, BioweftError):
            message = without_secrets(f"{type(exception).__name__}: {exception}")
            self.context.channel.send(event="failure", task=str(self), message=message)
        return str(super().on_failure(exception))

    def report(self, stage: str, work: Iterator[int]) -> None:
        """Do the work of a stage, and tell of every shard that is there."""
        began = time.monotonic()
        for rows in work:
            self.done(stage, began, rows=rows)
            began = time.monotonic()

    def done(self, stage: str, began: float, **counts: int) -> None:
        """Tell of what is there."""
        self.context.channel.send(event="shard", stage=stage, seconds=time.monotonic() - began, **counts)


class Fetch(_Task):
    """Bringing what is new of a remote source into the run folder."""

    source: int = luigi.IntParameter()

    def complete(self) -> bool:
        return self.job.fetch_marker(self.source).exists()

    def work(self) -> None:
        began = time.monotonic()
        self.job.fetch(self.source)
        self.done("fetch", began)


class _BatchTask(_Task):
    number: int = luigi.IntParameter()

    @property
    def batch(self) -> Batch:
        return self.job.batches[self.number]


class Read(_BatchTask):
    """The records of a batch, cut into shards."""

    def complete(self) -> bool:
        return self.job.is_read(self.batch)

    def work(self) -> None:
        self.report(FIRST, self.job.read(self.batch))


class _StageTask(_BatchTask):
    """A group of shards through one stage."""

    stage_name: ClassVar[str]
    group: int = luigi.IntParameter(default=ALL)

    @property
    def stage(self) -> Stage:
        return self.job.plan[self.stage_name]

    def requires(self) -> list[luigi.Task]:
        """Need the stages before in the same group, or the batch read; after the index that and the whole batch."""
        if self.stage in self.job.plan.after_index:
            first: list[luigi.Task] = [Index(self.run_key), Staged(self.run_key, self.number)]
            before = self.job.plan.after_index
        else:
            first = [Read(self.run_key, self.number)]
            before = self.job.plan.before_index
        needed = [stage for stage in before if stage.name in self.stage.needs]
        return first + [task_class(stage.name)(self.run_key, self.number, self.group) for stage in needed]

    def complete(self) -> bool:
        return self.job.is_done(self.stage, self.batch, self.group)

    def work(self) -> None:
        self.report(self.stage_name, self.job.work(self.stage, self.batch, self.group))


@cache
def task_class(stage: str) -> type[_StageTask]:
    """Return the class of the tasks of a stage: Luigi shows its name."""
    return type(stage.title().replace("_", ""), (_StageTask,), {"stage_name": stage, "__doc__": _StageTask.__doc__})


class Staged(_BatchTask):
    """All groups of a batch through all stages before the index."""

    def requires(self) -> luigi.Task:
        """Need the batch read: only then is it known how many groups it has."""
        return Read(self.run_key, self.number)

    def complete(self) -> bool:
        return self.job.is_batch_done(self.job.plan.before_index, self.batch)

    def work(self) -> Iterator[Any]:
        groups = self.job.groups(self.batch)
        stages = self.job.plan.before_index
        yield [task_class(stage.name)(self.run_key, self.number, group) for group in groups for stage in stages]


class Index(_Task):
    """Finding the live records: the newest of every document id."""

    def requires(self) -> list[luigi.Task]:
        """Need every batch read."""
        return [Read(self.run_key, batch.number) for batch in self.job.batches]

    def complete(self) -> bool:
        return self.job.is_indexed()

    def work(self) -> None:
        began = time.monotonic()
        self.job.index()
        self.done("index", began)


class Results(_Task):
    """Rankings, co-occurrence, graph and plots, and the tables that queries read."""

    def requires(self) -> list[luigi.Task]:
        """Need every batch through every stage."""
        numbers = [batch.number for batch in self.job.batches]
        stages = self.job.plan.after_index
        return [
            Index(self.run_key),
            *(Staged(self.run_key, number) for number in numbers),
            *(task_class(stage.name)(self.run_key, number) for number in numbers for stage in stages),
        ]

    def complete(self) -> bool:
        return self.job.is_complete()

    def work(self) -> None:
        began = time.monotonic()
        if not self.complete():  # only a table of a shard was missing, and is there again
            self.job.make_results()
        self.done("results", began)
