"""The engine `ray`: the tasks of Luigi run here, in threads, and each has its shards worked on by an actor of Ray.

    this process                                   a machine of the cluster
    Luigi, order of the work; index and results    ShardWorker: reads batches, brings groups through stages
    a thread a task: waits for its actor     ->    the job, opened once; tools load at their first use

Only paths and numbers of rows go between the two: tables lie in the run folder, which is on a disk that all machines
share. An actor writes as a helper of this process does, in the folder of the one writer: what one of a killed run still
writes has no way to its place. An actor that dies is started again by Ray; what it was at goes to the next free one.
"""

import gc
import os
import queue
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from luigi.worker import Worker

from bioweft.atomic import staged
from bioweft.errors import BioweftError, DamagedError, RunError
from bioweft.store.run import RunFolder, disk_errors
from bioweft.version import __version__
from bioweft.workflow.batches import Batch
from bioweft.workflow.job import ALL, Job
from bioweft.workflow.local import LocalEngine
from bioweft.workflow.plan import FIRST, Stage
from bioweft.workflow.settings import EngineSettings, Workflow
from bioweft.workflow.tasks import Done, InProcess

OBJECT_STORE = 80 * 1024 * 1024
"""Bytes of the object store of a Ray that is started here, near the least that Ray takes: no table goes through it."""

LONGEST_TEMPORARY = 32
"""The longest name of a folder in which Ray can make its sockets, whose paths have at most 107 bytes.

Ray adds `/ray/session_2026-01-31_12-00-00_000000_1234567/sockets/plasma_store`.
"""

_LOOK_EVERY = 0.5
_SEEN_WITHIN = 60.0
"""Seconds within which a file that another machine wrote must be seen here: NFS caches that a file is not there."""

_Handle = Any
"""An actor of Ray."""


@dataclass(frozen=True)
class Assignment:
    """All that an actor needs to do the work of a job: settings and places, no tables."""

    workflow: Workflow
    stages: Sequence[Stage]
    batches: Sequence[Batch]
    folder: Path
    directory: Path
    """Where the command runs: relative paths are relative to it."""
    staging: Path
    digests: dict[str, str]
    """Those of the tools: with another version of a dictionary or model a machine would give other rows."""
    version: str = __version__


@dataclass(frozen=True)
class Outcome:
    """What an actor came to: the shards that are there and the marker that says so, or a failure."""

    done: tuple[Done, ...] = ()
    marker: Path | None = None
    failure: str = ""
    damaged: tuple[Path, str] | None = None
    """The file of the run folder that the failure is of, and its fault."""
    host: str = ""


class ShardWorker:
    """What runs as an actor of Ray: a job, opened when it is first needed, also after the actor was started again."""

    def __init__(self) -> None:
        self._opened: Job | None = None
        self._until_end = ExitStack()
        gc.set_threshold(50_000, 20, 50)  # what tools have loaded lives long

    def ready(self, assignment: Assignment) -> Outcome:
        """Open the job; the outcome says whether this machine can do its work."""
        try:
            self._job(assignment)
        except (BioweftError, OSError) as error:
            return Outcome(failure=f"{socket.gethostname()}: {error}")
        return Outcome(host=socket.gethostname())

    def work(self, assignment: Assignment, name: str, number: int, group: int) -> Outcome:
        """Bring a group through a stage; read the batch where that is the first one."""
        host = socket.gethostname()
        try:
            job = self._job(assignment)
            batch, executor = job.batches[number], InProcess(job)
            with disk_errors(job.folder.path):
                done = executor.read(batch) if name == FIRST else executor.work(job.plan[name], batch, group)
                return Outcome(tuple(done), job.marker(name, batch, group), host=host)
        except DamagedError as error:
            return Outcome(failure=str(error), damaged=(error.file, error.fault), host=host)
        except BioweftError as error:
            return Outcome(failure=f"{host}: {error}", host=host)
        except Exception as error:  # not every exception lives through the way back
            return Outcome(failure=f"{host}: {type(error).__name__}: {error}", host=host)

    def _job(self, a: Assignment) -> Job:
        """Return the job, as the process that runs it has it.

        Raises:
            RunError: this machine does not see its files, or would give other rows.
        """
        if self._opened is not None:
            return self._opened
        if a.version != __version__:
            raise RunError(f"bioweft {__version__} is installed here, and the run is of {a.version}; install that")
        shared = "the run folder, the inputs and the folder of the command must be on a disk that all machines share"
        if not a.directory.is_dir():
            raise RunError(f"there is no folder {a.directory} here; {shared}")
        os.chdir(a.directory)
        if not a.staging.is_dir():
            raise RunError(f"there is no folder {a.staging} here, or another run has taken over; {shared}")
        job = Job(a.workflow, RunFolder(a.folder), a.stages)
        job.batches = list(a.batches)
        unlike = [name for name, tool in job.tools.items() if a.digests.get(name) != tool.digest]
        if unlike:
            raise RunError(
                f"the tool of stage {unlike[0]!r} is another one here than where the run was started; install the "
                "same bioweft, dictionaries and models on all machines"
            )
        self._until_end.enter_context(staged(a.folder, a.staging))
        self._opened = job
        return job


class ActorPool:
    """The actors of a run, as an executor: each call goes to one that is free.

    A lost actor comes back when Ray has started it again. Meanwhile, what it was at is done by another.
    """

    def __init__(self, assignment: Assignment, settings: EngineSettings) -> None:
        self._assignment = assignment
        self._settings = settings
        self._free: queue.SimpleQueue[_Handle] = queue.SimpleQueue()
        self._awaited: dict[Any, _Handle] = {}
        """Actors that are being started, by the reference to what they will say."""
        self._left = 0
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._doorman = threading.Thread(target=self._admit, daemon=True)
        self._fault = ""
        """Why the run cannot go on."""

    def __enter__(self) -> "ActorPool":
        import ray

        number = self.size
        options = {
            "num_cpus": self._settings.cpus,
            "num_gpus": self._settings.gpus,
            "max_restarts": self._settings.max_restarts,
            "max_task_retries": 0,  # a call that is lost goes to another actor at once, see `_call`
            "scheduling_strategy": "SPREAD",
        }
        remote = ray.remote(ShardWorker).options(**options)
        # No argument of the class: Ray would have it lost with a machine, and not start an actor anew.
        self._assigned = ray.put(self._assignment)
        self._actors = [remote.remote() for _ in range(number)]
        self._left = number
        for actor in self._actors:
            self._await(actor)
        self._doorman.start()
        return self

    def __exit__(self, *_: object) -> None:
        import ray

        self._ended.set()
        self._doorman.join()
        for actor in self._actors:
            with suppress(Exception):  # it is gone, or the cluster is
                ray.kill(actor)

    @cached_property
    def size(self) -> int:
        """How many actors there are: as the settings say, or one for each that the cluster has room for."""
        import ray

        if "workers" in self._settings.model_fields_set:
            return self._settings.workers
        room = ray.cluster_resources()
        wanted = {"CPU": self._settings.cpus, "GPU": self._settings.gpus}
        fits = [int(room.get(name, 0) / amount) for name, amount in wanted.items() if amount]
        return max(1, min(fits, default=1))

    def read(self, batch: Batch) -> Iterator[Done]:
        """Read a batch."""
        yield from self._call(FIRST, batch.number, ALL)

    def work(self, stage: Stage, batch: Batch, group: int) -> Iterator[Done]:
        """Bring a group through a stage."""
        yield from self._call(stage.name, batch.number, group)

    def _call(self, stage: str, batch: int, group: int) -> tuple[Done, ...]:
        """Return what an actor did; where it dies at it, another is asked.

        Raises:
            RunError: it failed, took too long, or too many actors died at it.
            DamagedError: a file of the run folder is damaged.
        """
        from ray.exceptions import RayActorError

        lost = ""
        for _ in range(self._settings.max_task_retries + 1):
            actor = self._take()
            try:
                outcome = self._get(actor.work.remote(self._assigned, stage, batch, group))
            except RayActorError as error:
                lost = _brief(error)
                self._await(actor)
                continue
            self._free.put(actor)
            if outcome.damaged is not None:
                raise DamagedError(*outcome.damaged)
            if outcome.failure:
                raise RunError(outcome.failure)
            _wait_until_seen(outcome)
            return outcome.done
        raise RunError(f"{self._settings.max_task_retries + 1} workers of Ray died at the same work; the last: {lost}")

    def _get(self, reference: Any) -> Outcome:
        """Return what a call came to.

        Raises:
            RunError: it took too long, or Ray could not carry it out; the run ends with that.
        """
        import ray
        from ray.exceptions import GetTimeoutError, RayActorError, RayError

        try:
            outcome: Outcome = ray.get(reference, timeout=self._settings.timeout)
        except GetTimeoutError as error:
            self._end(f"a worker of Ray gave no answer within {self._settings.timeout:g} s (engine.timeout)")
            raise RunError(self._fault) from error
        except RayActorError:
            raise
        except RayError as error:
            self._end(f"Ray could not carry out the work: {_brief(error)}")
            raise RunError(self._fault) from error
        return outcome

    def _take(self) -> _Handle:
        """Return an actor that is free, as soon as there is one.

        Raises:
            RunError: there will be none.
        """
        alone_since = time.monotonic()
        while not self._fault and not self._ended.is_set():
            with suppress(queue.Empty):
                return self._free.get(timeout=_LOOK_EVERY)
            with self._lock:
                if not self._left:
                    self._fault = "all workers of Ray have died, more often than engine.max_restarts allows"
                is_any_at_work = len(self._awaited) < self._left
            if is_any_at_work:
                alone_since = time.monotonic()
            elif time.monotonic() - alone_since > self._settings.start_timeout:
                self._end(self._no_room())
        raise RunError(self._fault)

    def _no_room(self) -> str:
        import ray

        room = {name: ray.cluster_resources().get(name, 0) for name in ("CPU", "GPU")}
        return (
            f"no worker of Ray was ready within {self._settings.start_timeout:g} s (engine.start_timeout): each takes "
            f"{self._settings.cpus:g} CPU and {self._settings.gpus:g} GPU, and the cluster has {room['CPU']:g} and "
            f"{room['GPU']:g}; `ray status` says what is in use"
        )

    def _end(self, fault: str) -> None:
        """Have all that is still to be done fail."""
        with self._lock:
            self._fault = self._fault or fault

    def _await(self, actor: _Handle) -> None:
        """Have an actor come to the free ones as soon as it is there, or there again."""
        # The answer is awaited through a start of the actor anew.
        reference = actor.ready.options(max_task_retries=-1).remote(self._assigned)
        with self._lock:
            self._awaited[reference] = actor

    def _admit(self) -> None:
        """Bring actors that are ready to the free ones, until the pool ends."""
        import ray
        from ray.exceptions import RayError

        while not self._ended.wait(0.05):
            with self._lock:
                references = list(self._awaited)
            if not references:
                continue
            ready, _ = ray.wait(references, timeout=_LOOK_EVERY)
            for reference in ready:
                try:
                    outcome: Outcome = ray.get(reference)
                except RayError as error:  # it will not come back
                    with self._lock:
                        del self._awaited[reference]
                        self._left -= 1
                        is_last = not self._left
                    if is_last:
                        self._end(f"no worker of Ray is left; the last: {_brief(error)}")
                    continue
                with self._lock:
                    actor = self._awaited.pop(reference)
                if outcome.failure:
                    self._end(outcome.failure)
                self._free.put(actor)


class _TaskThread(threading.Thread):
    """A thread in place of the process in which Luigi runs a task: all it does is to wait for Ray."""

    use_multiprocessing = True
    timeout_time = None
    exitcode = 0

    def __init__(self, process: Any) -> None:
        super().__init__(target=process.run, daemon=True)
        self.task = process.task

    def terminate(self) -> None:
        """Do nothing: what the thread waits for ends with the pool."""


class _ThreadedWorker(Worker):  # type: ignore[misc]
    """Luigi's worker, with threads: a process that is connected to Ray cannot be forked."""

    def _create_task_process(self, task: Any) -> _TaskThread:
        return _TaskThread(super()._create_task_process(task))


class RayEngine(LocalEngine):
    """Carries out a job, within a `with` block; Ray is there while it executes."""

    _worker_class = _ThreadedWorker

    def execute(self) -> None:
        """Bring all batches through all stages, and make the results.

        Raises:
            RunError: something failed, or there is no such cluster.
        """
        settings = self._job.workflow.engine
        with _cluster(settings), ActorPool(self._assignment(), settings) as pool:
            self._context.executor = pool
            self._make_results(workers=pool.size)

    def _assignment(self) -> Assignment:
        job = self._job
        return Assignment(
            workflow=job.workflow,
            stages=job.plan.stages,
            batches=job.batches,
            folder=job.folder.path.absolute(),
            directory=Path.cwd(),
            staging=job.folder.staging.absolute(),
            digests={name: tool.digest for name, tool in job.tools.items()},
        )


@contextmanager
def _cluster(settings: EngineSettings) -> Iterator[None]:
    """Join the cluster of the settings, or start a Ray on this machine, for the time of the block.

    Raises:
        RunError: neither is possible.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    os.environ.setdefault("RAY_raylet_start_wait_time_s", f"{settings.start_timeout:.0f}")  # on a busy machine
    os.environ["RAY_ENABLE_AUTO_CONNECT"] = "0"  # a thread that comes too late must not start another Ray
    import ray

    options: dict[str, Any] = {"log_to_driver": False, "logging_level": "ERROR"}
    if settings.address:
        _require_head(settings.address)
        options["address"] = settings.address
    else:
        cpus = max(1, round(settings.workers * settings.cpus))
        options |= {"num_cpus": cpus, "object_store_memory": OBJECT_STORE, "include_dashboard": False}
        options |= {"address": "local", "_temp_dir": _temporary()}
    try:
        ray.init(**options)
    except Exception as error:  # Ray also raises bare ones: "The current node timed out during startup"
        where = f"the cluster at {settings.address} cannot be joined" if settings.address else "Ray cannot be started"
        advice = (
            "run this on a machine of the cluster (`ray start --address=…`)" if settings.address else "see Ray's log"
        )
        raise RunError(f"{where}: {_brief(error)}; {advice}") from error
    try:
        yield
    finally:
        ray.shutdown()


def _require_head(address: str) -> None:
    """See that something listens at an address: Ray itself would try for minutes.

    Raises:
        RunError: nothing does.
    """
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=10).close()
    except OSError as error:
        reason = error.strerror or str(error) or type(error).__name__
        raise RunError(
            f"no Ray answers at {address}: {reason}; `ray start --head --port={port}` starts one on that machine"
        ) from error


def _temporary() -> str | None:
    """Return a folder for a Ray of our own whose name is short enough for sockets; None where Ray's own choice is."""
    chosen = os.environ.get("RAY_TMPDIR") or os.environ.get("TMPDIR") or "/tmp"
    return None if len(os.fsencode(chosen)) <= LONGEST_TEMPORARY else f"/tmp/ray-{os.getuid()}"


def _wait_until_seen(outcome: Outcome) -> None:
    """Wait until the marker that another machine wrote is seen here.

    Raises:
        RunError: it is not.
    """
    marker = outcome.marker
    deadline = time.monotonic() + _SEEN_WITHIN
    while marker is not None and not marker.exists():
        if time.monotonic() > deadline:
            raise RunError(
                f"{outcome.host} wrote {marker}, which is not seen on {socket.gethostname()}; the run folder must be "
                "on a disk that all machines share"
            )
        with suppress(OSError):
            os.listdir(marker.parent)  # noqa: PTH208 - has NFS look anew
        time.sleep(_LOOK_EVERY)


def _brief(error: BaseException, *, most: int = 300) -> str:
    """Return the words of an error of Ray on one line."""
    words = " ".join(str(error).split())
    return words if len(words) <= most else f"{words[:most]}…"
