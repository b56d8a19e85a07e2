"""One writer: its helpers end with it, and what an earlier one still writes cannot land."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bioweft.atomic import atomic, place, staged
from tests.workflow.test_run import go

MakeWorkflow = Callable[..., Path]

CHECKOUT = Path(__file__).parents[2]

SLOW = """
import os, sys, time
from dataclasses import replace
from pathlib import Path
from bioweft.workflow import tasks
from bioweft.workflow.engine import run
from bioweft.workflow.plan import STAGES
from bioweft.workflow.settings import load

file, told, is_bound = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3] == "bound"
if not is_bound:
    tasks.end_with = lambda parent: None
tag = STAGES[2]

def slow(*arguments):
    told.with_suffix(".new").write_text(str(os.getpid()))
    told.with_suffix(".new").rename(told)
    deadline = time.monotonic() + 300
    while is_bound or not told.with_suffix(".go").exists():
        time.sleep(0.05)
        if time.monotonic() > deadline:
            os._exit(1)
    return tag.run(*arguments)

run(load(file), stages=(*STAGES[:2], replace(tag, run=slow), *STAGES[3:]), quiet=True)
"""


def is_alive(process: int) -> bool:
    """Say whether a process runs; one that has ended and that nobody asked for does not."""
    try:
        status = Path(f"/proc/{process}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def killed_alone(file: Path, told: Path, *, bond: str) -> int:
    """Kill the main process of a run alone, while a helper tags; return that helper's number."""
    call = [sys.executable, "-c", SLOW, str(file), str(told), bond]
    with subprocess.Popen(call, start_new_session=True) as process:
        deadline = time.monotonic() + 120
        while not told.exists() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        helper = int(told.read_text())
        assert helper != process.pid
        os.kill(process.pid, signal.SIGKILL)
    return helper


def waits_until(condition: Callable[[], bool], *, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    return condition()


def state(folder: Path) -> dict[str, tuple[int, int]]:
    """Return each file of a folder with the number and time by which a file is told from another in its place."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): (path.stat().st_ino, path.stat().st_mtime_ns) for path in files}


def test_helpers_end_with_the_main_process(make_workflow: MakeWorkflow, tmp_path: Path) -> None:
    file = make_workflow(30, 30)
    file.write_text(file.read_text().replace("workers = 1", "workers = 2"))
    helper = killed_alone(file, tmp_path / "told", bond="bound")
    assert waits_until(lambda: not is_alive(helper), seconds=10)
    assert go(file).new


def test_what_a_helper_of_a_killed_run_still_writes_does_not_land(make_workflow: MakeWorkflow, tmp_path: Path) -> None:
    """Without the bond to the main process, as on a system that has no such thing for some moments."""
    file = make_workflow(30, 30)
    file.write_text(file.read_text().replace("workers = 1", "workers = 2"))
    helper = killed_alone(file, tmp_path / "told", bond="loose")
    folder = go(file).folder.path
    expected = state(folder)
    assert is_alive(helper)
    (tmp_path / "told.go").touch()
    assert waits_until(lambda: not is_alive(helper), seconds=60)
    assert state(folder) == expected
    assert not go(file).new


WATCHED = """
import os, sys, time
from bioweft.workflow import lifeline
parent = os.getpid()
helper = os.fork()
if helper == 0:
    lifeline.sys.platform = sys.argv[1]
    lifeline.end_with(parent)
    print(os.getpid(), flush=True)
    time.sleep(60)
time.sleep(60)
"""


@pytest.mark.parametrize("platform", ["linux", "another"])
def test_a_process_ends_with_its_parent_on_every_system(platform: str) -> None:
    call = [sys.executable, "-c", WATCHED, platform]
    with subprocess.Popen(call, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        helper = int(process.stdout.readline())
        assert is_alive(helper)
        process.kill()
        process.wait()
        assert waits_until(lambda: not is_alive(helper), seconds=10)


def write_while(path: Path, event: Callable[[], object]) -> None:
    with atomic(path) as unfinished:
        unfinished.write_text("x")
        event()


def test_nothing_lands_once_the_staging_folder_is_gone(tmp_path: Path) -> None:
    root, staging = tmp_path / "root", tmp_path / "root" / "staging"
    staging.mkdir(parents=True)
    with staged(root, staging):
        with atomic(root / "deep" / "a") as unfinished:
            unfinished.write_text("a")
            assert unfinished.parent == staging
        with atomic(tmp_path / "b") as unfinished:
            unfinished.write_text("b")
            assert unfinished.parent == tmp_path
        with pytest.raises(FileNotFoundError):
            write_while(root / "c", lambda: staging.rename(root / "gone"))
        beside = root / "d.part"
        beside.write_text("d")
        with pytest.raises(FileNotFoundError, match="another process has taken over"):
            place(beside, root / "d")
    assert (root / "deep" / "a").read_text() == "a"
    assert not (root / "c").exists()
    assert not (root / "d").exists()
