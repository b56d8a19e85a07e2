"""Running a workflow from end to end: fetch, plan, execute, write down what it came to, prune."""

import json
import platform
import resource
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any, Protocol

from rich.console import Console

from bioweft import terminal
from bioweft.atomic import atomic, write_json
from bioweft.shown import without_secrets
from bioweft.store.run import FORMAT_VERSION, RunFolder, disk_errors
from bioweft.version import __version__
from bioweft.workflow.exports import export_formats
from bioweft.workflow.job import Job
from bioweft.workflow.local import LocalEngine
from bioweft.workflow.plan import STAGES, Stage
from bioweft.workflow.progress import ProgressReport
from bioweft.workflow.settings import Workflow


class Engine(Protocol):
    """Carries out a job, within a `with` block: `bioweft.workflow.local` is one.

    It calls `job.fetch`, `job.read`, `job.work`, `job.index` and `job.make_results` in an order in which each finds
    what it needs, skips what `job` says is there, and tells the progress report what has been done.
    """

    def __enter__(self) -> "Engine": ...

    def __exit__(self, *_: object) -> None: ...

    def fetch(self) -> None:
        """Bring in what is new of the remote sources."""
        ...

    def execute(self) -> None:
        """Bring all batches through all stages, and make the results."""
        ...


ENGINES: dict[str, Callable[[Job, ProgressReport], Engine]] = {"local": LocalEngine}
"""By the `kind` in the settings."""


@dataclass(frozen=True)
class Summary:
    """The outcome of a run."""

    folder: RunFolder
    manifest: dict[str, Any]
    new: bool
    """Whether anything had to be done."""

    @property
    def rejects(self) -> int:
        """The number of records that could not be read, or got through a stage."""
        return int(self.manifest["counts"]["rejects"])


def run(
    workflow: Workflow,
    *,
    stages: Sequence[Stage] = STAGES,
    console: Console | None = None,
    quiet: bool = False,
    verify: bool = False,
) -> Summary:
    """Run a workflow, going on where an earlier run of it ended.

    An input of the same size and time as before is known by a sample of its bytes; `verify` reads it whole.

    Raises:
        RunBusyError: another process writes the folder.
        RunError: the folder is not one of this workflow, a task failed, or the disk would not take it; what is
            finished stays.
        InputError: a source has nothing to read.
        FetchError: a remote side gave up.
    """
    began = time.monotonic()
    folder = RunFolder(workflow.output)
    with disk_errors(folder.path):
        job = Job(workflow, folder, stages)  # before the folder is claimed: wrong settings leave nothing behind
        with (
            folder.writing(workflow.name),
            ProgressReport(console or terminal.console(stderr=True), quiet=quiet, plan=job.plan) as report,
        ):
            with ENGINES[workflow.engine.kind](job, report) as engine:
                is_remote = bool(job.fetching())
                if is_remote:
                    engine.fetch()
                job.plan_batches(verify=verify)
                new = not job.is_complete()
                if new:
                    engine.execute()
                elif folder.manifest_file.exists() and not is_remote:
                    export_formats(workflow)
                    return Summary(folder, folder.manifest, new=False)
            manifest = _write_manifest(job, report, time.monotonic() - began)
            export_formats(workflow)
            job.prune()
            return Summary(folder, manifest, new=new)


def _write_manifest(job: Job, report: ProgressReport, seconds: float) -> dict[str, Any]:
    """Write the manifest and the rejects, last of all."""
    folder = job.folder
    rejects = job.rejects()
    with atomic(folder.rejects_file) as file:
        file.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rejects), encoding="utf-8")
    shards = [shard for batch in job.batches for shard in job.read_marker(batch)["shards"]]
    tools = {stage: {"name": tool.name, "digest": tool.digest} for stage, tool in job.tools.items()}
    manifest: dict[str, Any] = {
        "format": FORMAT_VERSION,
        "name": job.workflow.name,
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": {
            "bioweft": __version__,
            "python": platform.python_version(),
            **{name: version(name) for name in ("luigi", "pyarrow", "duckdb")},
        },
        "stages": {stage.name: stage.version for stage in job.plan},
        "settings": without_secrets(job.workflow.model_dump(mode="json")),
        **({"tagger": tools["tag"]} if "tag" in tools else {}),
        "tools": tools,
        "counts": {
            "records": sum(shard["records"] for shard in shards),
            "abstracts": sum(shard["abstracts"] for shard in shards),
            "shards": len(shards),
            "rejects": len(rejects),
            **job.totals(),
        },
        "timings": {
            "seconds": round(seconds, 2),
            "worker_seconds": {stage: round(spent, 2) for stage, spent in report.seconds.items() if spent},
            "shards_done": {stage: number for stage, number in report.shards.items() if number},
            "peak_memory_mib": _peak_memory(),
        },
    }
    write_json(folder.manifest_file, manifest)
    return manifest


def _peak_memory() -> int:
    """Return how much memory the largest process took, in MiB."""
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return peak // (1024 if sys.platform != "darwin" else 1024 * 1024)
