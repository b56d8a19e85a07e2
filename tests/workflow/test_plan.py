"""The plan: a stage that is added to it runs, resumes, is shown, reported and pruned, with nothing else touched."""

import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from rich.console import Console

from bioweft.analyse.query import ask
from bioweft.errors import RunError
from bioweft.store.run import RunFolder
from bioweft.store.views import connect, register
from bioweft.workflow import progress
from bioweft.workflow.engine import Summary, run
from bioweft.workflow.job import Job
from bioweft.workflow.plan import LIVE, STAGES, Plan
from bioweft.workflow.settings import load
from tests.conftest import CHECKOUT
from tests.workflow.toy import LENGTHS, toy_stages

MakeWorkflow = Callable[..., Path]


def go(file: Path, *, version: int = 1, console: Console | None = None) -> Summary:
    return run(load(file), stages=toy_stages(version=version), console=console, quiet=console is None)


def shards(folder: Path, stage: str) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (folder / "shards" / stage).glob("*")}


def everything(folder: Path) -> dict[str, bytes]:
    """Return all files but those that name a process or a time."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for place in ("shards", "batches", "index/shards.parquet", "results", "rejects.jsonl")
        for path in ([folder / place] if (folder / place).is_file() else (folder / place).rglob("*"))
        if path.is_file()
    }


def test_a_stage_in_the_middle_runs_and_nothing_else_changes(make_workflow: MakeWorkflow) -> None:
    plain = run(load(make_workflow(12, 6, name="plain")), quiet=True)
    toy = go(make_workflow(12, 6, name="toy"))
    folder = toy.folder.path
    rows = [
        row for file in sorted((folder / "shards" / "lengths").iterdir()) for row in pq.read_table(file).to_pylist()
    ]
    assert {row["document"] for row in rows} == {f"made:{number}" for number in range(18) if number != 3}
    for stage in ("read", "sentences", "tag", "link", "relate", "count"):
        assert shards(folder, stage) == shards(plain.folder.path, stage)
    (last, *_) = (pq.read_table(file).to_pylist() for file in sorted((folder / "shards" / "longest").iterdir()))
    assert last[0]["documents"] == 12
    assert not go(make_workflow(12, 6, name="toy")).new


def test_its_rejects_are_reported_and_it_stands_in_the_manifest(make_workflow: MakeWorkflow) -> None:
    toy = go(make_workflow(12))
    (reject,) = map(json.loads, toy.folder.rejects_file.read_text().splitlines())
    assert reject == {"source": "made:3", "position": "lengths", "reason": "cannot be measured"}
    assert toy.rejects == 1
    assert toy.manifest["stages"]["lengths"] == 1
    assert toy.manifest["timings"]["shards_done"]["lengths"] == toy.manifest["timings"]["shards_done"]["longest"] == 1


@pytest.mark.parametrize("terminal", [True, False])
def test_it_is_shown_while_it_works(
    make_workflow: MakeWorkflow, monkeypatch: pytest.MonkeyPatch, terminal: bool
) -> None:
    monkeypatch.setattr(progress, "_EVERY", 0.0)
    seen = io.StringIO()
    go(make_workflow(12), console=Console(file=seen, force_terminal=terminal, width=150))
    assert "measuring" in seen.getvalue()
    if not terminal:
        shown = (
            "reading 1, splitting sentences 1, measuring 1, tagging 1, linking 1, relating 1, "
            "indexing 1, counting 1, longest 1, ranking 1"
        )
        assert shown in seen.getvalue().splitlines()[-1]


def test_only_its_own_files_are_made_anew_and_pruned(make_workflow: MakeWorkflow) -> None:
    file = make_workflow(12, 6)
    folder = go(file).folder.path
    stages = [stage.name for stage in toy_stages()]
    before = {stage: set((folder / "shards" / stage).iterdir()) for stage in stages}
    markers = {stage: set((folder / "batches" / stage).iterdir()) for stage in stages}
    go(file, version=2)
    for stage in stages:
        changed = stage in ("lengths", "longest")
        for earlier, place in ((before, "shards"), (markers, "batches")):
            now = set((folder / place / stage).iterdir())
            assert len(now) == len(earlier[stage]) == 2
            assert (now & earlier[stage] == set()) if changed else (now == earlier[stage])
    run(load(file), quiet=True)  # by the plan without it
    assert not list((folder / "shards" / "lengths").iterdir())
    assert not list((folder / "batches" / "lengths").iterdir())
    assert (folder / "rejects.jsonl").read_text() == ""


def test_killed_at_any_moment_it_resumes(make_workflow: MakeWorkflow) -> None:
    sizes = (2500, 2500)
    expected = everything(go(make_workflow(*sizes, name="undisturbed")).folder.path)
    file = make_workflow(*sizes, name="killed")
    folder = load(file).output
    call = [sys.executable, "-m", "tests.workflow.toy", str(file)]
    kills = 0
    for files_seen in (2, 5, 8, 11, 14):
        with subprocess.Popen(call, start_new_session=True, cwd=CHECKOUT) as process:
            while process.poll() is None and len(list(folder.glob("shards/*/*.parquet"))) < files_seen:
                time.sleep(0.005)
            if process.poll() is None:
                os.kill(process.pid, signal.SIGKILL)
                kills += 1
        finished = {path: path.stat().st_mtime_ns for path in folder.glob("shards/*/*.parquet")}
    assert kills >= 3
    go(file)
    assert everything(folder) == expected
    assert {path: path.stat().st_mtime_ns for path in finished} == finished


def test_views_and_files_follow_the_plan(make_workflow: MakeWorkflow, tmp_path: Path) -> None:
    file = make_workflow(12, 6)
    (tmp_path / "part1.jsonl").write_text('{"id": "made:1", "title": "Tumour.", "abstract": "", "year": 2011}\n')
    folder = go(file).folder
    job = Job(load(file), folder, toy_stages())
    job.plan_batches()
    connection = connect(temporary=tmp_path / "spill")
    live, concepts = pq.read_table(job.live_file), pq.read_table(folder.results / "concepts.parquet")
    register(connection, job.shards(job.plan.stages), stages=job.plan.stages, live=live, concepts=concepts)
    lengths = connection.sql("SELECT document, characters, year FROM lengths ORDER BY ALL").fetchall()
    assert len(lengths) == 11
    assert ("made:1", len("Tumour."), 2011) in lengths  # the earlier one is not live
    assert connection.sql("SELECT count(*) FROM longest").fetchall() == [(2,)]
    assert pq.read_schema(folder.stage_file("lengths", "0-part0-0000")).equals(LENGTHS)
    assert ask(folder, "tumour").concept.documents
    with pytest.raises(RunError, match="no shard"):
        folder.stage_file("nothing", "0-part0-0000")


def test_a_table_of_other_columns_than_the_schema_is_an_error(make_workflow: MakeWorkflow) -> None:
    lengths = replace(toy_stages()[2], schema=LENGTHS.append(LENGTHS.field("document").with_name("more")))
    with pytest.raises(RunError, match="stage 'lengths' made a table of"):
        run(load(make_workflow(5)), stages=(*STAGES[:2], lengths, *STAGES[2:]), quiet=True)


def test_what_depends_on_live_records_comes_after_the_index() -> None:
    plan = Plan(toy_stages())
    assert [stage.name for stage in plan.before_index] == ["sentences", "lengths", "tag", "link", "relate"]
    assert [stage.name for stage in plan.after_index] == ["count", "longest"]
    assert [stage.name for stage in plan.lineage("longest")] == ["sentences", "lengths", "longest"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"needs": ("read", "links")}, "needs links, which no earlier stage makes"),
        ({"needs": ("count",)}, "needs count, which no earlier stage makes"),
        ({"needs": ()}, "every other must need one"),
        ({"name": "read"}, "cannot be called 'read'"),
        ({"name": LIVE}, "cannot be called 'live'"),
        ({"name": "results"}, "cannot be called 'results'"),
        ({"name": "a/b"}, "cannot be called 'a/b'"),
    ],
)
def test_plans_that_cannot_be(change: dict[str, object], said: str) -> None:
    stages = toy_stages()
    with pytest.raises(ValueError, match=said):
        Plan((*stages[:2], replace(stages[2], **change), *STAGES[2:]))


def test_the_plan_can_be_handed_to_another_process(make_workflow: MakeWorkflow) -> None:
    """Nothing in it hangs on this process: stages and an open job survive being written and read."""
    import pickle

    job = Job(load(make_workflow(3)), RunFolder("nowhere"), toy_stages())
    again = pickle.loads(pickle.dumps(job))
    assert [stage.name for stage in again.plan] == [stage.name for stage in job.plan]
    assert again.tools["tag"].digest == job.tools["tag"].digest
