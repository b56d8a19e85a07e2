"""Running a workflow from end to end with Luigi's workers on this machine."""

import hashlib
import json
import logging
import multiprocessing
import os
import platform
import resource
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import luigi
import pyarrow as pa
from luigi.rpc import RemoteScheduler
from luigi.scheduler import Scheduler
from luigi.worker import Worker
from rich.console import Console

import bioweft
from bioweft import lexicon, resources
from bioweft.errors import RunError
from bioweft.store.run import FORMAT_VERSION, RunFolder, atomic, disk_errors, write_json
from bioweft.tag.registry import open_tagger
from bioweft.workflow import stages, tasks
from bioweft.workflow.batches import FileDigests, digest_of, plan
from bioweft.workflow.channel import Channel
from bioweft.workflow.progress import ProgressReport
from bioweft.workflow.settings import Workflow


@dataclass(frozen=True)
class Summary:
    """What a run came to."""

    folder: RunFolder
    manifest: dict[str, Any]
    new: bool
    """Whether anything had to be done."""

    @property
    def rejects(self) -> int:
        """How many records could not be read or tagged."""
        return int(self.manifest["counts"]["rejects"])


def run(workflow: Workflow, *, console: Console | None = None, quiet: bool = False) -> Summary:
    """Run a workflow, going on where an earlier run of it ended.

    Raises:
        RunBusyError: another process writes the folder.
        RunError: a task failed, or the disk would not take it; what is finished stays.
        InputError: a source has nothing to read.
        FetchError: a remote side gave up.
    """
    began = time.monotonic()
    folder = RunFolder(workflow.output)
    with (
        folder.writing(),
        disk_errors(folder.path),
        ProgressReport(console or Console(stderr=True), quiet=quiet) as seen,
    ):
        with Channel(seen.take) as channel:
            context = _prepare(workflow, folder, channel)
            key = tasks.use(context)
            fetching = [tasks.Fetch(key, number) for number, source in enumerate(workflow.sources) if source.remote]
            if fetching:
                _luigi(fetching, workflow, seen)
            digests = FileDigests(folder.index / "inputs.json")
            folders = [folder.fetched(number) for number in range(len(workflow.sources))]
            context.batches = plan(workflow.sources, folders, digests, version=stages.READ_VERSION)
            write_json(folder.index / "inputs.json", digests.used)
            results = tasks.Results(key)
            new = not results.complete()
            if new:
                if not all(task.complete() for task in results.tagged()):
                    context.tagger.load()
                # Workers are forked, and what is on a GPU does not live through that: one worker is no fork.
                _luigi([results], workflow, seen, workers=1 if context.tagger.on_gpu else None)
            elif folder.manifest_file.exists() and not fetching:
                return Summary(folder, folder.manifest, new=False)
        manifest = _manifest(context, results, fetching, seen, time.monotonic() - began)
        _prune(context, results)
        return Summary(folder, manifest, new=new)


def _prepare(workflow: Workflow, folder: RunFolder, channel: Channel) -> tasks.Context:
    tagger = open_tagger(workflow.tag)
    settings = workflow.results.model_dump(mode="json")
    return tasks.Context(
        workflow=workflow,
        folder=folder,
        tagger=tagger,
        channel=channel,
        concepts=lambda: _concepts(workflow.tag.dictionaries),
        background=workflow.results.background,
        results_digest=digest_of(settings, _background_digest(workflow.results.background), tagger.digest),
        token=digest_of(os.getpid(), time.time_ns()),
    )


def _background_digest(background: Path | None) -> str | None:
    """Return the digest of the counts that specificity is measured against."""
    if background is None:
        shipped = resources.background()
        return hashlib.sha256(shipped.read_bytes()).hexdigest() if shipped.exists() else None
    run = RunFolder(background)
    run.manifest  # noqa: B018 - raises where there is no finished run
    return str(json.loads((run.results / "complete.json").read_text())["digest"])


def _concepts(dictionaries: tuple[str, ...]) -> pa.Table:
    """Return id, name, type, terms and xrefs of all concepts; one that several dictionaries hold, as in the first."""
    columns = ["id", "name", "type", "terms", "xrefs"]
    tables = []
    for name in dictionaries:
        table = lexicon.load(name).select(columns)
        terms = table["terms"].combine_chunks()
        texts = pa.ListArray.from_arrays(terms.offsets, terms.flatten().field("text"))
        tables.append(table.set_column(3, "terms", texts))
    return pa.concat_tables(tables)


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


def _luigi(
    roots: Sequence[luigi.Task], workflow: Workflow, seen: ProgressReport, *, workers: int | None = None
) -> None:
    """Have Luigi bring about the roots and all that they need, by default with as many workers as the workflow says.

    Raises:
        RunError: some could not be, for the reasons that the workers sent.
    """
    engine = workflow.engine
    if sys.platform != "win32":
        # Workers must share the loaded dictionaries, so they are forked, whatever this Python's default is.
        multiprocessing.set_start_method("fork", force=True)
    scheduler = (
        RemoteScheduler(engine.scheduler)
        if engine.scheduler
        else Scheduler(prune_on_get_work=True, record_task_history=False, retry_delay=1.0)
    )
    worker = Worker(
        scheduler=scheduler,
        worker_processes=workers or engine.workers,
        wait_interval=0.05,
        ping_interval=5.0,
        keep_alive=engine.retries > 0,
        no_install_shutdown_handler=True,
    )
    with _quiet_luigi(), worker:
        for root in roots:
            worker.add(root)
        worker.run()
    if not all(root.complete() for root in roots):
        # A task that fails says why; one whose process is killed cannot.
        reasons = list(dict.fromkeys(seen.failures)) or ["a worker process was killed (out of memory? try --workers 1)"]
        raise RunError(
            "the run did not finish: " + "; ".join(reasons) + f"\n{workflow.output} keeps what is done; "
            "the same command goes on from there"
        )


def _manifest(
    context: tasks.Context, results: tasks.Results, fetching: list[tasks.Fetch], seen: ProgressReport, seconds: float
) -> dict[str, Any]:
    """Write the manifest and the rejects, last of all."""
    folder = context.folder
    rejects: list[dict[str, str]] = []
    records = abstracts = 0
    for fetch in fetching:
        rejects += json.loads(Path(fetch.output().path).read_text())["rejects"]
    for task in results.tagged():
        read = json.loads(task.read_marker.read_text())
        rejects += read["rejects"]
        records += sum(shard["records"] for shard in read["shards"])
        abstracts += sum(shard["abstracts"] for shard in read["shards"])
        for part in task.parts():
            rejects += json.loads(part.marker.read_text())["rejects"]
    with atomic(folder.rejects_file) as file:
        file.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rejects), encoding="utf-8")
    totals = json.loads((folder.results / "complete.json").read_text())["totals"]
    usage = [resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    manifest: dict[str, Any] = {
        "format": FORMAT_VERSION,
        "name": context.workflow.name,
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": {
            "bioweft": bioweft.__version__,
            "python": platform.python_version(),
            **{name: version(name) for name in ("luigi", "pyarrow", "duckdb")},
        },
        "settings": context.workflow.model_dump(mode="json"),
        "tagger": {"name": context.tagger.name, "digest": context.tagger.digest},
        "counts": {
            "records": records,
            "abstracts": abstracts,
            "shards": sum(len(task.shard_names()) for task in results.tagged()),
            "rejects": len(rejects),
            **totals,
        },
        "timings": {
            "seconds": round(seconds, 2),
            "worker_seconds": {stage: round(spent, 2) for stage, spent in seen.seconds.items() if spent},
            "shards_done": {stage: n for stage, n in seen.shards.items() if n},
            "peak_memory_mib": max(usage) // (1024 if sys.platform != "darwin" else 1024 * 1024),
        },
    }
    write_json(folder.manifest_file, manifest)
    return manifest


def _prune(context: tasks.Context, results: tasks.Results) -> None:
    """Remove the tables of earlier digests: what this run does not use, no reader needs any more."""
    folder = context.folder
    used = {path for shard in results.counted() for path in shard.files.values()}
    index = tasks.Index(results.run_key)
    used |= {
        index.live_file(),
        Path(index.output().path),
        folder.index / "shards.parquet",
        folder.index / "inputs.json",
    }
    for task in results.tagged():
        used.add(task.read_marker)
        for part in task.parts():
            used |= {part.marker, part.requires().marker}
    for place in ("shards", "batches", "index"):
        for path in (folder.path / place).rglob("*"):
            if path.is_file() and path not in used:
                path.unlink(missing_ok=True)
