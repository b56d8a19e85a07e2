"""What a run keeps of earlier results, and what has changed since."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from bioweft.analyse import plots, snapshots
from bioweft.analyse.changes import changes
from bioweft.errors import DamagedError
from bioweft.store.check import faults
from bioweft.store.run import RunFolder
from bioweft.store.seals import write_sealed
from tests.workflow.conftest import write_table
from tests.workflow.test_run import go

MakeWorkflow = Callable[..., Path]


@pytest.fixture(autouse=True)
def no_plots(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plots, "save", lambda *_, **__: None)


def add(tmp_path: Path, number: int, title: str = "Parkinson disease") -> None:
    """Add a record to the table."""
    with (tmp_path / "part0.jsonl").open("a") as table:
        table.write(json.dumps({"id": f"made:{number}", "title": title, "abstract": "", "year": 2012}) + "\n")


def files(folder: Path) -> set[str]:
    return {path.stem for path in (folder / "snapshots").iterdir()}


def date_snapshots(folder: Path, *days: str) -> None:
    """Have the snapshots of a run, the oldest first, be of these days."""
    manifest = RunFolder(folder).manifest
    names = sorted(manifest["snapshots"], key=lambda name: (name == manifest["results"], manifest["snapshots"][name]))
    times = {name: f"{day}T02:30:00+00:00" for name, day in zip(names, days, strict=True)}
    write_sealed(folder / "manifest.json", manifest | {"snapshots": times})


def test_a_run_says_what_is_new_since_its_results_before(make_workflow: MakeWorkflow, tmp_path: Path) -> None:
    file = make_workflow(6)
    folder = go(file).folder.path
    assert changes(RunFolder(folder)).before is None
    add(tmp_path, 99)
    go(file)
    answer = changes(RunFolder(folder))
    assert (answer.documents, answer.documents_before) == (7, 6)
    assert answer.before == RunFolder(folder).manifest["snapshots"][RunFolder(folder).manifest["previous"]]
    assert not go(file).new  # a night without anything new keeps what there is
    assert changes(RunFolder(folder)) == answer
    assert not list(faults(RunFolder(folder), deep=True))


def test_since_a_day_it_is_the_last_snapshot_before(make_workflow: MakeWorkflow, tmp_path: Path) -> None:
    file = make_workflow(6)
    folder = go(file).folder.path
    for number in (97, 98, 99):
        add(tmp_path, number)
        go(file)
        date_snapshots(folder, *("2024-01-05", "2024-01-06", "2024-01-07", "2024-01-08")[: number - 95])
    before = {
        day: changes(RunFolder(folder), since=date.fromisoformat(day)).documents_before
        for day in ("2023-01-01", "2024-01-05", "2024-01-06", "2024-01-07", "2024-01-08", "2025-01-01")
    }
    assert list(before.values()) == [6, 6, 6, 7, 8, 9]  # since 2025 nothing has come
    assert changes(RunFolder(folder)).documents_before == 8


def test_the_newest_snapshots_are_kept(
    make_workflow: MakeWorkflow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "KEPT", 2)
    file = make_workflow(6)
    folder = go(file).folder.path
    for number in (98, 99):
        add(tmp_path, number)
        go(file)
    manifest = RunFolder(folder).manifest
    assert files(folder) == set(manifest["snapshots"]) == {manifest["results"], manifest["previous"]}
    assert changes(RunFolder(folder)).documents_before == 7


def test_results_that_come_back_are_the_newest_again(make_workflow: MakeWorkflow, tmp_path: Path) -> None:
    file = make_workflow(6)
    folder = go(file).folder.path
    add(tmp_path, 99)
    go(file)
    write_table(tmp_path / "part0.jsonl", range(6))
    go(file)
    answer = changes(RunFolder(folder))
    assert (answer.documents, answer.documents_before, len(files(folder))) == (6, 7, 2)


def test_a_lost_manifest_loses_no_snapshot(make_workflow: MakeWorkflow, tmp_path: Path) -> None:
    file = make_workflow(6)
    folder = go(file).folder.path
    add(tmp_path, 99)
    first = go(file)
    kept = {path.name: path.read_bytes() for path in (folder / "snapshots").iterdir()}
    first.folder.manifest_file.unlink()
    go(file)
    assert {path.name: path.read_bytes() for path in (folder / "snapshots").iterdir()} == kept
    assert changes(RunFolder(folder)).documents_before == 6


def test_a_damaged_snapshot_is_told_and_left_out_by_the_next_run(make_workflow: MakeWorkflow, tmp_path: Path) -> None:
    file = make_workflow(6)
    folder = go(file).folder.path
    add(tmp_path, 99)
    go(file)
    old = snapshots.file_of(RunFolder(folder), RunFolder(folder).manifest["previous"])
    old.write_bytes(old.read_bytes()[:-1] + b"x")
    with pytest.raises(DamagedError, match="other bytes"):
        changes(RunFolder(folder))
    old.write_bytes(b"")
    assert go(file).new
    assert changes(RunFolder(folder)).before is None
    assert not list(faults(RunFolder(folder), deep=True))
