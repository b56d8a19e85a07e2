"""A run that is killed at any write, rename, sync, removal, new folder or link ends, started again, in the same bytes.

So does one to which the disk says no there.

Each run is a process of its own, forked from this one, which has imported all modules and run nothing.
"""

import errno
import json
import os
import shutil
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from importlib import import_module
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from bioweft.analyse import plots
from bioweft.errors import RunError
from bioweft.store import check
from bioweft.store.run import RunFolder
from bioweft.workflow.engine import run
from bioweft.workflow.settings import load

MakeWorkflow = Callable[..., Path]

_KILLED, _REFUSED = 9, 3


def everything(folder: Path) -> dict[str, object]:
    """Return what a run folder holds, but for times and the memory of inputs."""
    files: dict[str, object] = {
        path.relative_to(folder).as_posix(): path.readlink() if path.is_symlink() else path.read_bytes()
        for path in folder.rglob("*")
        if path.is_symlink() or path.is_file()
    }
    manifest = json.loads(files.pop("manifest.json"))  # type: ignore[arg-type]
    files["manifest"] = {key: manifest[key] for key in ("counts", "results", "previous", "files", "stages")}
    del files["index/inputs.json"]
    return files


def in_child(work: Callable[[], object]) -> int:
    """Do something in a forked process; return its exit status."""
    process = os.fork()
    if process == 0:
        status = 1
        try:
            work()
            status = 0
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def run_until(
    file: Path, output: Path, point: int | None, points: Path | None = None, refusal: int | None = None
) -> None:
    """Run a workflow, and end this process at a point, a file half written where it is one; or count the points.

    With a `refusal` the disk gives that error there, and this process ends when the run does.
    """
    numbers = count()

    def reach(path: Path | None = None) -> None:
        number = next(numbers)
        if points is not None:
            points.write_text(str(number + 1))
        if number == point and refusal is not None:
            raise OSError(refusal, os.strerror(refusal), str(path or output))
        if number == point:
            if path is not None and path.is_file():
                os.truncate(path, path.stat().st_size // 2)
            os._exit(_KILLED)

    def before(function: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        is_sync = function is synced
        reach(Path(f"/proc/self/fd/{arguments[0]}").readlink() if is_sync else None)
        return function(*arguments, **options)

    synced = os.fsync
    os.fsync = partial(before, synced)
    for name in ("replace", "unlink", "mkdir", "rmdir", "symlink_to", "rename"):
        function = getattr(Path, name)
        setattr(Path, name, lambda *arguments, _function=function, **options: before(_function, *arguments, **options))
    plots.save = lambda *arguments, **options: None  # they take most of the time, and are files as all others
    try:
        run(load(file, overrides=[f"output={output}"]), quiet=True)
    except RunError:
        os._exit(_REFUSED)


def go(file: Path, output: Path) -> bool:
    """Run a workflow that has one reject; return whether there was anything to do."""
    plots.save = lambda *arguments, **options: None
    summary = run(load(file, overrides=[f"output={output}"]), quiet=True)
    assert summary.rejects == 1
    return summary.new


def tell_modules(_: object, file: Path) -> None:
    """Write down what has been imported."""
    file.write_text("\n".join(sys.modules))


def go_again(file: Path, output: Path) -> None:
    """Run a workflow where an earlier run of it has ended well."""
    assert not go(file, output)
    assert not list(check.faults(RunFolder(output), deep=True))


@pytest.fixture
def workflow(make_workflow: MakeWorkflow, tmp_path: Path) -> Path:
    file = make_workflow(6)
    with (tmp_path / "part0.jsonl").open("a") as table:
        table.write("{broken\n")
    return file


def change(tmp_path: Path) -> None:
    """Add a record, and a type of which there is none."""
    with (tmp_path / "part0.jsonl").open("a") as table:
        table.write('{"id": "made:99", "title": "Parkinson disease", "abstract": "", "year": 2012}\n')


NEEDS_PROC = pytest.mark.skipif(
    not Path("/proc/self/fd").is_dir(),
    reason="which file a handle is of stands in /proc, which Linux alone has; CI runs on Linux",
)


@NEEDS_PROC
@pytest.mark.parametrize(("before", "first", "step"), [
    *(("a finished run", first, 4) for first in range(4)),  # every point once
    ("nothing", 0, 9),
])  # fmt: skip
def test_killed_at_every_point_it_ends_in_the_same_bytes(
    workflow: Path, tmp_path: Path, before: str, first: int, step: int
) -> None:
    start, undisturbed, output = tmp_path / "start", tmp_path / "undisturbed", tmp_path / "output"
    assert in_child(lambda: tell_modules(go(workflow, start), tmp_path / "modules")) == 0
    for name in (tmp_path / "modules").read_text().split():
        with suppress(ImportError):
            import_module(name)
    if before == "nothing":
        shutil.rmtree(start)
    else:
        shutil.copytree(start, undisturbed, symlinks=True)
        change(tmp_path)
    assert in_child(lambda: run_until(workflow, undisturbed, None, tmp_path / "points")) == 0
    expected, points = everything(undisturbed), int((tmp_path / "points").read_text())
    assert points > 100
    for point in range(first, points, step):
        shutil.rmtree(output, ignore_errors=True)
        if start.exists():
            shutil.copytree(start, output, symlinks=True)
        assert in_child(partial(run_until, workflow, output, point)) == _KILLED
        assert in_child(partial(go, workflow, output)) == 0, point
        assert everything(output) == expected, point
    assert in_child(partial(go_again, workflow, output)) == 0


@NEEDS_PROC
@pytest.mark.parametrize(("refusal", "first", "step"), [(errno.ENOSPC, 0, 7), (errno.EIO, 3, 7)])
def test_where_the_disk_says_no_it_ends_in_the_same_bytes(
    workflow: Path, tmp_path: Path, refusal: int, first: int, step: int
) -> None:
    """The run goes on, as it tries again, or ends with an error of ours; the next one ends well."""
    start, undisturbed, output = tmp_path / "start", tmp_path / "undisturbed", tmp_path / "output"
    assert in_child(lambda: go(workflow, start)) == 0
    shutil.copytree(start, undisturbed, symlinks=True)
    change(tmp_path)
    assert in_child(lambda: run_until(workflow, undisturbed, None, tmp_path / "points")) == 0
    expected, points = everything(undisturbed), int((tmp_path / "points").read_text())
    for point in range(first, points, step):
        shutil.rmtree(output, ignore_errors=True)
        shutil.copytree(start, output, symlinks=True)
        assert in_child(partial(run_until, workflow, output, point, None, refusal)) in (0, _REFUSED), point
        assert in_child(partial(go, workflow, output)) == 0, point
        assert everything(output) == expected, point


@NEEDS_PROC
def test_a_file_is_on_the_disk_before_it_has_its_name_and_its_name_after(
    workflow: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a crash of the machine, unlike a killed process, loses what is not synced."""
    events: list[tuple[str, Path]] = []
    sync, replace = os.fsync, Path.replace

    def note_sync(handle: int) -> None:
        events.append(("sync", Path(f"/proc/self/fd/{handle}").readlink()))
        sync(handle)

    def note_replace(path: Path, target: Path) -> Path:
        events.append(("from", path))
        events.append(("to", target))
        return replace(path, target)

    monkeypatch.setattr(os, "fsync", note_sync)
    monkeypatch.setattr(Path, "replace", note_replace)
    monkeypatch.setattr(plots, "save", lambda *arguments, **options: None)
    folder = run(load(workflow), quiet=True).folder.path
    files = {path.name for path in folder.rglob("*") if path.is_file() and not path.is_symlink()}
    assert files - {path.name for event, path in events if event == "to"} == {"run.lock"}
    for number, (event, path) in enumerate(events):
        if event == "from" and path.name != "results.part":  # which is a link
            assert ("sync", path) in events[:number], path
        if event == "to":
            assert ("sync", path.parent) in events[number:], path
