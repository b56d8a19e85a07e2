"""Running a workflow from end to end: fetch, plan, execute, write down what it came to, prune."""

import json
import logging
import platform
import resource
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import chdir
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

from rich.console import Console

from bioweft import terminal
from bioweft.analyse import snapshots
from bioweft.atomic import atomic
from bioweft.errors import DamagedError, RunError
from bioweft.shown import without_secrets
from bioweft.store.check import Fault, faults, is_fetched, remove_damaged
from bioweft.store.kept import keeping
from bioweft.store.run import FORMAT_VERSION, RunFolder, disk_errors
from bioweft.store.seals import seal_of, write_sealed
from bioweft.store.sets import STAMP, move_foreign
from bioweft.version import __version__
from bioweft.workflow.exports import export_formats
from bioweft.workflow.job import Job
from bioweft.workflow.local import LocalEngine
from bioweft.workflow.plan import STAGES, Stage
from bioweft.workflow.progress import ProgressReport
from bioweft.workflow.ray import RayEngine
from bioweft.workflow.settings import Workflow, parse

_AS_GIVEN = ("settings", "directory")
"""Keys of the manifest that differ with the number of workers and the like: that alone is nothing new."""

_TOLD = 10
"""The most damaged files that are named one by one."""

log = logging.getLogger(__name__)


class Engine(Protocol):
    """Carries out a job, within a `with` block: `bioweft.workflow.local` is one,
    `bioweft.workflow.ray` another.

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


ENGINES: dict[str, Callable[[Job, ProgressReport], Engine]] = {"local": LocalEngine, "ray": RayEngine}
"""By the `kind` in the settings."""


@dataclass(frozen=True)
class Summary:
    """The outcome of a run."""

    folder: RunFolder
    manifest: dict[str, Any]
    new: bool
    """True where anything had to be done."""

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
    fetch: bool = True,
) -> Summary:
    """Run a workflow, going on where an earlier run of it ended; what is damaged in its folder is made again.

    An input of the same size and time as before is known by a sample of its bytes, and a file of the run folder by its
    size; `verify` reads both whole. Without `fetch` remote sources have what was fetched before.

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
            keeping(folder.path, workflow.keep),
            ProgressReport(console or terminal.console(stderr=True), quiet=quiet, plan=job.plan) as report,
        ):
            damage = _make_way(folder, deep=verify)
            with ENGINES[workflow.engine.kind](job, report) as engine:
                if fetch and job.fetching():
                    engine.fetch()
                job.plan_batches(verify=verify)
                if not job.is_complete():
                    engine.execute()
            manifest, new = _write_manifest(job, report, time.monotonic() - began)
            previous = folder.path / manifest["previous"] if manifest["previous"] else None
            if previous is not None:
                move_foreign(previous, job.result_set)
            folder.point(job.result_set)
            snapshots.remove_others(folder, manifest["snapshots"])
            export_formats(workflow)
            job.prune(previous)
            return Summary(RunFolder(folder.path), manifest, new=new or bool(damage))


def _make_way(folder: RunFolder, *, deep: bool) -> list[Fault]:
    """Remove what is damaged in a run folder, so that it is made again; return the faults.

    Raises:
        RunError: it is something that was fetched, which cannot be made again from what is here.
    """
    damage = list(faults(folder, deep=deep))
    for fault in damage:
        if is_fetched(fault, folder):
            raise RunError(f"{fault.file} {fault.reason}; remove {fault.file.parent}, and the run fetches it anew")
    for fault in damage[:_TOLD]:
        log.warning("%s %s; it is made again", fault.file, fault.reason)
    if len(damage) > _TOLD:
        log.warning("%d more files are damaged, or of an older version, and made again", len(damage) - _TOLD)
    return remove_damaged(folder, damage)


def mend(folder: RunFolder, *, quiet: bool = False) -> Summary:
    """Make again what is damaged in a run folder, by the settings in its manifest; nothing is fetched.

    Raises:
        RunError: there is no manifest to go by, or the run fails.
        SettingsError: the settings in it are not of this version.
    """
    try:
        manifest = folder.manifest
    except DamagedError as error:
        raise RunError(
            f"{error.file} {error.fault}, which says how the run was made; start its workflow again, it mends all"
        ) from error
    directory = Path(manifest["directory"])
    if not directory.is_dir():
        raise RunError(f"the run was started in {directory}, which is gone; start its workflow again, it mends them")
    settings = {**manifest["settings"], "output": str(folder.path.absolute())}
    with chdir(directory):
        workflow = parse(settings, origin=str(folder.manifest_file))
        return run(workflow, quiet=quiet, verify=True, fetch=False)


def _write_manifest(job: Job, report: ProgressReport, seconds: float) -> tuple[dict[str, Any], bool]:
    """Write the rejects and the manifest, last of all; return it, and whether it says anything new.

    All of it but times and versions follows from the files that are there: what is missing or says something else is
    written again.
    """
    folder = job.folder
    rejects = "".join(json.dumps(reject, ensure_ascii=False) + "\n" for reject in job.rejects())
    content = rejects.encode("utf-8", "backslashreplace")
    if not folder.rejects_file.exists() or folder.rejects_file.read_bytes() != content:
        with atomic(folder.rejects_file) as file:
            file.write_bytes(content)
    before = _earlier_manifest(folder)
    kept = snapshots.keep(folder, job.result_set, before)
    derived = _derived(job, rejects.count("\n"))
    derived["files"] |= snapshots.seals(folder, kept)
    derived["previous"] = _previous(folder, before, derived["results"])
    if before is not None and all(before.get(key) == value for key, value in derived.items() if key not in _AS_GIVEN):
        return before, False
    manifest = {**derived, "snapshots": kept, **_circumstances(report, seconds)}
    write_sealed(folder.manifest_file, manifest)
    return manifest, True


def _derived(job: Job, rejects: int) -> dict[str, Any]:
    """Return what the manifest says of the results, whenever it is written."""
    shards = [shard for batch in job.batches for shard in job.read_marker(batch)["shards"]]
    tools = {stage: {"name": tool.name, "digest": tool.digest} for stage, tool in job.tools.items()}
    derived = {
        "format": FORMAT_VERSION,
        "name": job.workflow.name,
        "results": job.result_set.name,
        "stages": {stage.name: stage.version for stage in job.plan},
        "settings": without_secrets(job.workflow.model_dump(mode="json")),
        "directory": str(Path.cwd()),  # what relative paths in the settings are relative to
        **({"tagger": tools["tag"]} if "tag" in tools else {}),
        "tools": tools,
        "counts": {
            "records": sum(shard["records"] for shard in shards),
            "abstracts": sum(shard["abstracts"] for shard in shards),
            "shards": len(shards),
            "rejects": rejects,
            **job.totals(),
        },
        "files": {job.folder.rejects_file.name: seal_of(job.folder.rejects_file)},
    }
    written: dict[str, Any] = json.loads(json.dumps(derived))
    return written


def _circumstances(report: ProgressReport, seconds: float) -> dict[str, Any]:
    """Return what the manifest says of the run that wrote it."""
    return {
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": {
            "bioweft": __version__,
            "python": platform.python_version(),
            **{name: version(name) for name in ("luigi", "pyarrow", "duckdb")},
        },
        "timings": {
            "seconds": round(seconds, 2),
            "worker_seconds": {stage: round(spent, 2) for stage, spent in report.seconds.items() if spent},
            "shards_done": {stage: number for stage, number in report.shards.items() if number},
            "peak_memory_mib": _peak_memory(),
        },
    }


def _earlier_manifest(folder: RunFolder) -> dict[str, Any] | None:
    try:
        return RunFolder(folder.path).manifest
    except RunError:  # there is none, or it is damaged or of another version
        return None


def _previous(folder: RunFolder, before: dict[str, Any] | None, current: str) -> str | None:
    """Return the name of the set of results before the current one, if it is there."""
    if before is None:
        link = folder.path / "results"
        name = link.readlink().name if link.is_symlink() else None
    else:
        name = before["previous"] if before["results"] == current else before["results"]
    return name if name and name != current and (folder.path / name / STAMP).exists() else None


def _peak_memory() -> int:
    """Return how much memory the largest process took, in MiB."""
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return peak // (1024 if sys.platform != "darwin" else 1024 * 1024)
