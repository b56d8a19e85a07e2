"""The tasks of Luigi that carry out a job, whatever the engine; Luigi owns their order.

    Fetch(source)
    Read(batch) <- <Stage>(batch, group) <- ... <- Staged(batch)
    Index <- every Read(batch);  <StageAfterIndex>(batch) <- Index, Staged(batch);  Results <- all of these

How many groups a batch has is known when it has been read, so `Staged` asks for their tasks as dynamic dependencies.
Every task works shard by shard and skips those whose file is there. A stage has a task class of its name, `Tag`. What
is done on shards goes through an `Executor`; fetching, the index and the results are made where the task is.
"""

import os
import time
from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any, ClassVar, NamedTuple, Protocol

import luigi

from bioweft.errors import BioweftError, DamagedError
from bioweft.shown import without_secrets
from bioweft.store.run import disk_errors
from bioweft.workflow.batches import Batch
from bioweft.workflow.channel import Channel
from bioweft.workflow.job import ALL, Job
from bioweft.workflow.lifeline import end_with
from bioweft.workflow.plan import FIRST, Stage


class Done(NamedTuple):
    """A shard that is there: its rows, and the seconds that it took."""

    rows: int
    seconds: float


class Executor(Protocol):
    """Where batches are read and groups brought through stages: in this process, or on another machine.

    Both yield what is there, shard by shard or all at the end.
    """

    def read(self, batch: Batch) -> Iterator[Done]:
        """Read a batch."""
        ...

    def work(self, stage: Stage, batch: Batch, group: int) -> Iterator[Done]:
        """Bring a group through a stage."""
        ...


class InProcess:
    """The executor that works in the process of the task."""

    def __init__(self, job: Job) -> None:
        self._job = job

    def read(self, batch: Batch) -> Iterator[Done]:
        """Read a batch."""
        return timed(self._job.read(batch))

    def work(self, stage: Stage, batch: Batch, group: int) -> Iterator[Done]:
        """Bring a group through a stage."""
        return timed(self._job.work(stage, batch, group))


def timed(shards: Iterator[int]) -> Iterator[Done]:
    """Yield the rows of each shard with the seconds that it took."""
    began = time.monotonic()
    for rows in shards:
        yield Done(rows, time.monotonic() - began)
        began = time.monotonic()


@dataclass
class Context:
    """Values that the tasks of one run share; worker processes inherit them when they are forked."""

    job: Job
    channel: Channel
    executor: Executor
    process: int = field(default_factory=os.getpid)

    def end_with_owner(self) -> None:
        """Have this process, if it is a worker's, end with the one that runs the job."""
        if os.getpid() != self.process:
            end_with(self.process)
            self.process = os.getpid()


contexts: dict[str, Context] = {}


def use(context: Context) -> str:
    """Make a context known to the tasks, which name it by the string returned.

    It is another string for each run, since Luigi gives the same task object for the same parameters.
    """
    key = f"{context.job.folder.path.absolute()}@{context.job.token}"
    contexts[key] = context
    return key


class _Task(luigi.Task):  # type: ignore[misc]
    """A task of one run."""

    run_key: str = luigi.Parameter()

    @property
    def context(self) -> Context:
        return contexts[self.run_key]

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

    def report(self, stage: str, work: Iterator[Done]) -> None:
        """Do the work of a stage, and tell of every shard that is there."""
        for rows, seconds in work:
            self.context.channel.send(event="shard", stage=stage, seconds=seconds, rows=rows)

    def done(self, stage: str, began: float) -> None:
        """Tell of what is there."""
        self.context.channel.send(event="shard", stage=stage, seconds=time.monotonic() - began)


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
        self.report(FIRST, self.context.executor.read(self.batch))


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
        self.report(self.stage_name, self.context.executor.work(self.stage, self.batch, self.group))


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
