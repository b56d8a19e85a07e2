"""The engine `ray`: the same bytes as the local one, on a cluster of a head and two workers on this machine.

A worker or a whole machine that dies costs time, and no rows.
"""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

# Read when Ray is imported, which is below.
os.environ |= {"RAY_USAGE_STATS_ENABLED": "0", "RAY_raylet_start_wait_time_s": "240"}
pytest.importorskip("ray", reason="the extra ray is not installed")

from benchmarks.engines import first_records

from bioweft.errors import DamagedError, RunError, SettingsError
from bioweft.records import Reject
from bioweft.workflow import ray as ray_engine
from bioweft.workflow.engine import Summary, run
from bioweft.workflow.plan import STAGES, Stage
from bioweft.workflow.settings import load, parse
from tests.workflow.conftest import DICTIONARY
from tests.workflow.test_one_writer import waits_until
from tests.workflow.test_run import contents
from tests.workflow.toy import toy_stages

MakeWorkflow = Callable[..., Path]

CHECKOUT = Path(__file__).parents[2]
OBJECT_STORE = ray_engine.OBJECT_STORE


class Machines:
    """A head that does no work, and workers of one processor each."""

    def __init__(self) -> None:
        from ray.cluster_utils import Cluster

        head: dict[str, Any] = {"num_cpus": 0, "object_store_memory": OBJECT_STORE, "include_dashboard": False}
        # A machine that is gone is noticed within seconds, not half a minute; one that is slow to answer is not gone.
        head["_system_config"] = {"health_check_period_ms": 1000, "health_check_timeout_ms": 30_000}
        self.cluster = Cluster(initialize_head=True, head_node_args=head)
        self.address: str = self.cluster.address
        self.workers: list[Any] = []

    def have(self, number: int) -> None:
        """Start as many workers as are missing of `number`."""
        while len(self.workers) < number:
            self.workers.append(self.cluster.add_node(num_cpus=1, object_store_memory=OBJECT_STORE))

    def kill_that_of(self, process: int) -> None:
        """Kill the worker machine on which a process runs."""
        parents = {process, *ancestors(process)}
        (worker,) = (
            worker
            for worker in self.workers
            if parents & {info.process.pid for infos in worker.all_processes.values() for info in infos}
        )
        self.workers.remove(worker)
        self.cluster.remove_node(worker, allow_graceful=False)


def ancestors(process: int) -> list[int]:
    """Return the processes above one, nearest first."""
    above = []
    while process > 1:
        status = Path(f"/proc/{process}/stat").read_text()
        process = int(status.rpartition(")")[2].split()[1])
        above.append(process)
    return above


@pytest.fixture(scope="module")
def machines() -> Iterator[Machines]:
    made = Machines()
    yield made
    made.cluster.shutdown()


@pytest.fixture
def two(machines: Machines) -> Machines:
    machines.have(2)
    return machines


def on(machines: Machines, file: Path, *overrides: str, stages: Sequence[Stage] = STAGES) -> Summary:
    """Run a workflow on the machines."""
    settings = ['engine.kind="ray"', f'engine.address="{machines.address}"', "engine.workers=2"]
    return run(load(file, overrides=[*settings, *overrides]), stages=stages, quiet=True)


def here(file: Path, stages: Sequence[Stage] = STAGES) -> dict[str, bytes]:
    """Return what the local engine makes of a workflow."""
    return contents(run(load(file), stages=stages, quiet=True).folder.path)


def test_the_bytes_are_those_of_the_local_engine(two: Machines, make_workflow: MakeWorkflow) -> None:
    expected = here(make_workflow(30, 30, 30, name="here"))
    file = make_workflow(30, 30, 30, name="there")
    summary = on(two, file)
    assert summary.new
    assert contents(summary.folder.path) == expected
    assert summary.manifest["timings"]["shards_done"]["tag"] == 3
    assert not on(two, file).new
    assert not list(summary.folder.path.glob("writing-*"))


def test_a_stage_of_our_own_and_rejects_go_through_ray(two: Machines, make_workflow: MakeWorkflow) -> None:
    expected = here(make_workflow(10, 10, name="here"), toy_stages())
    summary = on(two, make_workflow(10, 10, name="there"), stages=toy_stages())
    assert contents(summary.folder.path) == expected
    assert summary.rejects == 1


def slow_tag(folder: Path) -> Sequence[Stage]:
    """Return the plan with a stage `tag` that says its process, and waits till it may go on; see `Slow`."""
    tag = STAGES[2]
    return (*STAGES[:2], replace(tag, run=Slow(folder)), *STAGES[3:])


class Slow:
    """The stage `tag`, which in its first process waits for ever, and in others goes on."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, *arguments: Any) -> tuple[pa.Table, list[Reject]]:
        try:
            with (self.folder / "first").open("x") as file:
                file.write(f"{os.getpid()}\n")
        except FileExistsError:
            return STAGES[2].run(*arguments)
        time.sleep(600)
        raise AssertionError("nobody killed the process")


def killing(folder: Path, kill: Callable[[int], None]) -> threading.Thread:
    """Start a thread that kills the first process that tags."""

    def watch() -> None:
        first = folder / "first"
        assert waits_until(lambda: first.exists() and first.read_text().endswith("\n"), seconds=120)
        kill(int(first.read_text()))

    thread = threading.Thread(target=watch)
    thread.start()
    return thread


def end(process: int) -> None:
    os.kill(process, signal.SIGKILL)


@pytest.mark.slow
@pytest.mark.parametrize("what", ["process", "machine"])
def test_a_worker_that_is_killed_costs_no_rows(
    two: Machines, make_workflow: MakeWorkflow, tmp_path: Path, what: str
) -> None:
    expected = here(make_workflow(30, 30, 30, name="here"))
    file = make_workflow(30, 30, 30, name="there")
    thread = killing(tmp_path, end if what == "process" else two.kill_that_of)
    summary = on(two, file, stages=slow_tag(tmp_path))
    thread.join()
    assert contents(summary.folder.path) == expected


@pytest.mark.slow
def test_a_worker_that_gives_no_answer_ends_the_run_with_an_error(
    two: Machines, make_workflow: MakeWorkflow, tmp_path: Path
) -> None:
    file = make_workflow(30, 30, name="there")
    with pytest.raises(RunError, match=r"gave no answer within 3 s \(engine.timeout\)"):
        on(two, file, "engine.timeout=3", stages=slow_tag(tmp_path))
    assert contents(on(two, file).folder.path) == here(make_workflow(30, 30, name="here"))


class Dying:
    """The stage `tag`, at which every process dies."""

    def __call__(self, *arguments: Any) -> tuple[pa.Table, list[Reject]]:
        os._exit(1)


@pytest.mark.slow
def test_work_at_which_every_worker_dies_ends_the_run(two: Machines, make_workflow: MakeWorkflow) -> None:
    stages = (*STAGES[:2], replace(STAGES[2], run=Dying()), *STAGES[3:])
    settings = ["engine.max_task_retries=1", "engine.max_restarts=1", "engine.retries=0"]
    with pytest.raises(RunError, match=r"workers of Ray (died at the same work|have died)|no worker of Ray is left"):
        on(two, make_workflow(30, name="there"), *settings, stages=stages)


@pytest.mark.slow
def test_a_damaged_table_is_made_again(two: Machines, make_workflow: MakeWorkflow) -> None:
    file = make_workflow(30, 30, name="there")
    folder = on(two, file).folder.path
    expected = contents(folder)
    damaged = sorted((folder / "shards" / "read").iterdir())[0]
    damaged.write_bytes(damaged.read_bytes()[:-20])
    assert on(two, file).new
    assert contents(folder) == expected


def test_no_room_for_a_worker_is_said(two: Machines, make_workflow: MakeWorkflow) -> None:
    with pytest.raises(RunError, match=r"no worker of Ray was ready within 2 s.*each takes 64 CPU.*the cluster has 2"):
        on(two, make_workflow(5, name="there"), "engine.cpus=64", "engine.start_timeout=2")


def test_no_cluster_is_said(make_workflow: MakeWorkflow) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    with pytest.raises(RunError, match=f"no Ray answers at 127.0.0.1:{port}.*ray start --head --port={port}"):
        run(load(make_workflow(5), overrides=['engine.kind="ray"', f'engine.address="127.0.0.1:{port}"']), quiet=True)


def test_a_ray_that_does_not_start_is_said(make_workflow: MakeWorkflow, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: Any) -> None:
        raise Exception("The current node timed out during startup.")

    monkeypatch.setattr("ray.init", fail)
    with pytest.raises(RunError, match="Ray cannot be started: The current node timed out"):
        run(load(make_workflow(5), overrides=['engine.kind="ray"']), quiet=True)


ALONE = """
import sys
from bioweft.workflow.engine import run
from bioweft.workflow.settings import load
run(load(sys.argv[1], overrides=['engine.kind="ray"']), quiet=True)
"""


@pytest.mark.slow
def test_ray_is_started_on_this_machine_where_no_cluster_is_named(make_workflow: MakeWorkflow, tmp_path: Path) -> None:
    """Also where the temporary folder has too long a name for sockets."""
    expected = here(make_workflow(30, name="here"))
    long = tmp_path / ("long" * 20)
    long.mkdir()
    call = [sys.executable, "-c", ALONE, str(make_workflow(30, name="there"))]
    done = subprocess.run(
        call, env={**os.environ, "TMPDIR": str(long)}, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert contents(tmp_path / "there") == expected


def test_settings_of_ray_are_of_ray() -> None:
    sources = [{"kind": "text", "path": "x"}]
    with pytest.raises(SettingsError, match='address is a setting of kind = "ray"'):
        parse({"name": "x", "sources": sources, "engine": {"address": "head:6379"}}, origin="x")
    with pytest.raises(SettingsError, match=r"engine\.address"):
        parse({"name": "x", "sources": sources, "engine": {"kind": "ray", "address": "ray://head"}}, origin="x")


def test_the_package_is_asked_for_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bioweft.workflow.settings.find_spec", lambda name: None)
    with pytest.raises(SettingsError, match=r"pip install '\.\[ray\]'"):
        parse({"name": "x", "sources": [{"kind": "text", "path": "x"}], "engine": {"kind": "ray"}}, origin="x")


def assignment(folder: Path, **changes: Any) -> ray_engine.Assignment:
    """Return what an actor is given for a workflow of one table."""
    workflow = parse(
        {
            "name": "x",
            "sources": [{"kind": "table", "path": "x.jsonl"}],
            "tag": {"model": "none", "dictionaries": ["illness.tsv"]},
        },
        origin="x",
    )
    (folder / "illness.tsv").write_text(DICTIONARY, encoding="utf-8")
    made = ray_engine.Assignment(workflow, STAGES, [], folder, folder, folder, {})
    return replace(made, **changes)


def test_a_machine_that_would_give_other_rows_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    faults = [
        ({"version": "0.0.1"}, "the run is of 0.0.1"),
        ({"directory": tmp_path / "no"}, "on a disk that all machines share"),
        ({"staging": tmp_path / "no"}, "another run has taken over"),
        ({"digests": {"tag": "of another dictionary"}}, "the tool of stage 'tag' is another one here"),
    ]
    for changes, words in faults:
        assert words in ray_engine.ShardWorker().ready(assignment(tmp_path, **changes)).failure


def test_a_marker_that_is_not_seen_here_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ray_engine, "_SEEN_WITHIN", 0.1)
    with pytest.raises(RunError, match=r"far wrote .*not seen on .*share"):
        ray_engine._wait_until_seen(ray_engine.Outcome(marker=tmp_path / "x.json", host="far"))


def test_damage_is_told_as_damage(tmp_path: Path) -> None:
    pool = ray_engine.ActorPool(assignment(tmp_path), load_engine())
    pool._get = lambda reference: ray_engine.Outcome(damaged=(tmp_path, "is missing"))  # type: ignore[method-assign]
    pool._assigned = None
    pool._free.put(Fake())
    with pytest.raises(DamagedError, match="is missing"):
        pool._call("tag", 0, 0)


class Fake:
    """An actor whose calls have no reference."""

    class work:  # noqa: N801 - as the method of an actor
        @staticmethod
        def remote(*arguments: object) -> None: ...


def load_engine() -> Any:
    return parse(
        {"name": "x", "sources": [{"kind": "text", "path": "x"}], "engine": {"kind": "ray"}}, origin="x"
    ).engine


@pytest.mark.slow
def test_the_demo_gives_the_bytes_of_the_local_engine(two: Machines, tmp_path: Path) -> None:
    """With the shipped network, all dictionaries and relations."""
    demo = CHECKOUT / "workflows" / "demo.toml"
    local = run(load(demo, overrides=[f'output="{tmp_path / "here"}"', "engine.workers=1"]), quiet=True)
    there = on(two, demo, f'output="{tmp_path / "there"}"')
    assert local.manifest["counts"]["relations"]
    assert contents(there.folder.path) == contents(local.folder.path)


@pytest.mark.corpus
@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "settings"), [(2000, '[tag]\nmodel = "none"\n'), (150, '[relate]\nmodel = "default"\n')]
)
def test_real_records_give_the_bytes_of_the_local_engine(
    two: Machines, corpus_data: Path, tmp_path: Path, number: int, settings: str
) -> None:
    """The first records of a PubMed file, with dictionaries alone, and with everything on.

    `python benchmarks/engines.py` has 2,000 with everything on, which takes minutes.
    """
    records = tmp_path / "pubmed21n1298.xml"
    whole = corpus_data / "literature" / "pubmed" / "pubmed21n1298.xml"
    records.write_bytes(first_records(whole.read_bytes(), number))
    file = tmp_path / "real.toml"
    file.write_text(f'name = "real"\n[[sources]]\nkind = "pubmed-files"\npath = "{records}"\n{settings}')
    local = run(load(file, overrides=[f'output="{tmp_path / "here"}"', "engine.workers=1"]), quiet=True)
    there = on(two, file, f'output="{tmp_path / "there"}"')
    assert local.manifest["counts"]["records"] == number
    assert contents(there.folder.path) == contents(local.folder.path)
