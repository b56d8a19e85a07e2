"""The engine `local`: Luigi's workers, processes on this machine, carry out a job.

Workers are forked, so that they share what has been loaded; they tell the parent through a pipe what they have done.
"""

import gc
import logging
import multiprocessing
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import luigi
from luigi.rpc import RemoteScheduler
from luigi.scheduler import Scheduler
from luigi.worker import Worker

from bioweft.errors import RunError
from bioweft.workflow.channel import Channel
from bioweft.workflow.job import Job
from bioweft.workflow.progress import ProgressReport
from bioweft.workflow.tasks import Context, Fetch, InProcess, Results, contexts, task_class, use


class LocalEngine:
    """Carries out a job, within a `with` block."""

    _worker_class: type[Worker] = Worker

    def __init__(self, job: Job, report: ProgressReport) -> None:
        self._job = job
        self._report = report
        self._channel = Channel(report.take)
        self._context = Context(job, self._channel, InProcess(job))
        self._key = use(self._context)
        for stage in job.plan.stages[1:]:  # Luigi finds dynamic dependencies by the names of classes in this process
            task_class(stage.name)

    def __enter__(self) -> "LocalEngine":
        self._channel.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._channel.__exit__()
        del contexts[self._key]

    def fetch(self) -> None:
        """Bring in what is new of the remote sources.

        Raises:
            RunError: something failed.
        """
        sources = self._job.fetching()
        self._run([Fetch(self._key, source) for source in sources], workers=self._job.workflow.engine.workers)

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
        with collecting_seldom():
            # Workers are forked, and what is on a GPU does not live through that: one worker is no fork.
            self._make_results(workers=1 if on_gpu else self._job.workflow.engine.workers)

    def _make_results(self, *, workers: int) -> None:
        """Have Luigi bring about the results, with so many workers; what turns out to be damaged is made again."""
        try:
            self._run([Results(self._key)], workers=workers)
        except RunError:
            if not self._report.is_damage:
                raise
            self._report.forget_failures()  # what was damaged is gone, and is made again
            self._run([Results(self._key)], workers=workers)

    def _run(self, roots: Sequence[luigi.Task], *, workers: int) -> None:
        """Have Luigi bring about the roots and all that they need."""
        settings = self._job.workflow.engine
        if sys.platform != "win32":
            # Workers must share what is loaded, so they are forked, whatever this Python's default is.
            multiprocessing.set_start_method("fork", force=True)
        scheduler = (
            RemoteScheduler(settings.scheduler)
            if settings.scheduler
            else Scheduler(prune_on_get_work=True, record_task_history=False, retry_delay=1.0)
        )
        worker = self._worker_class(
            scheduler=scheduler,
            worker_processes=workers,
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
            "the run did not finish: " + "; ".join(reasons) + f"\nwhat is done is kept in {self._job.workflow.output}; "
            "run the same command again to resume"
        )


@contextmanager
def collecting_seldom() -> Iterator[None]:
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
