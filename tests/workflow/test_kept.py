"""A run folder with its copy in an object store: another machine goes on with it, and no half copy is taken."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

s3fs = pytest.importorskip("s3fs", reason="the extra cloud is not installed")
pytest.importorskip("moto.server", reason="moto is not installed")

import fsspec

from bioweft.errors import FetchError, RunBusyError, RunError, SettingsError
from bioweft.sources import stored, transport
from bioweft.store.kept import keeping
from bioweft.workflow.settings import parse
from tests.sources.fake_store import Store, busy, cut, object_store, slow
from tests.workflow.conftest import write_table
from tests.workflow.test_run import contents, go

MakeWorkflow = Callable[..., Path]

COPY = "s3://lake/runs/mine"


@pytest.fixture(scope="module")
def running() -> Iterator[Store]:
    with object_store() as store:
        yield store


@pytest.fixture
def s3(running: Store, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A store with the empty bucket `lake`; answers that fail are asked for again at once."""
    settings: dict[str, Any] = {"key": "made", "secret": "made", "endpoint_url": running.address}
    settings["config_kwargs"] = {"retries": {"max_attempts": 1}}
    monkeypatch.setitem(fsspec.config.conf, "s3", settings)
    monkeypatch.setattr(transport, "FIRST_WAIT", 0.0)
    monkeypatch.setattr(s3fs.S3FileSystem, "retries", 1)  # its own attempts, before ours
    running.empty("lake")
    return running


def listing(store: Store) -> dict[str, Any]:
    kept: dict[str, Any] = json.loads(store.get("runs/mine/kept.json"))
    return kept


def names(store: Store) -> set[str]:
    """Return the names of the files in the store."""
    return {name.removeprefix("runs/mine/") for name in store.names()}


def folder(path: Path, **files: str) -> Path:
    """Make a run folder of some tables."""
    for name, content in files.items():
        (path / "shards" / "read" / f"{name}.parquet").parent.mkdir(parents=True, exist_ok=True)
        (path / "shards" / "read" / f"{name}.parquet").write_text(content)
    path.mkdir(exist_ok=True)
    return path


def tables(path: Path) -> dict[str, str]:
    return {file.stem: file.read_text() for file in sorted(path.glob("shards/read/*.parquet"))}


def test_another_machine_goes_on_with_the_copy(s3: Store, make_workflow: MakeWorkflow, tmp_path: Path) -> None:
    file = make_workflow(12, 8)
    keep = f'keep="{COPY}"'
    here = go(file, keep)
    assert names(s3) == {*listing(s3)["files"], "kept.json"}
    elsewhere = go(file, keep, f'output="{tmp_path / "elsewhere"}"')
    assert not elsewhere.new
    assert contents(elsewhere.folder.path) == contents(here.folder.path)
    assert not go(file, keep).new
    write_table(tmp_path / "part1.jsonl", range(12, 30))
    assert go(file, keep, f'output="{tmp_path / "elsewhere"}"').new
    again = go(file, keep)
    assert not again.new
    assert contents(again.folder.path) == contents(tmp_path / "elsewhere")


def test_a_run_reads_from_a_store_and_is_kept_there(s3: Store, make_workflow: MakeWorkflow, tmp_path: Path) -> None:
    file = make_workflow(12)
    expected = contents(go(file).folder.path)
    s3.put("in/part0.jsonl", (tmp_path / "part0.jsonl").read_bytes())
    file.write_text(file.read_text().replace('path = "part0', 'path = "s3://lake/in/part0'))
    run = go(file, f'keep="{COPY}"', f'output="{tmp_path / "run"}"', "engine.workers=2").folder.path
    assert contents(run) == expected
    assert not [name for name in names(s3) if name.startswith("fetched")]


def test_a_run_that_fails_keeps_what_is_finished(s3: Store, tmp_path: Path) -> None:
    def fail() -> None:
        folder(tmp_path / "a", one="1")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), keeping(tmp_path / "a", COPY):
        fail()
    with keeping(folder(tmp_path / "b"), COPY):
        assert tables(tmp_path / "b") == {"one": "1"}


def test_files_of_the_copy_before_stay_until_the_next(s3: Store, tmp_path: Path) -> None:
    run = tmp_path / "a"
    for tables_there in ({"one": "1", "two": "2"}, {"two": "2", "three": "3"}, {"three": "3"}):
        with keeping(folder(run, **tables_there), COPY):
            for name in tables(run).keys() - tables_there.keys():
                (run / "shards" / "read" / f"{name}.parquet").unlink()
    assert {name.rpartition("/")[2] for name in names(s3)} == {"kept.json", "two.parquet", "three.parquet"}


@pytest.mark.parametrize("fault", [busy, cut, slow])
def test_a_store_with_faults_loses_nothing(
    s3: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: Any
) -> None:
    monkeypatch.setattr(stored, "_BLOCK", 500)
    made = {"one": "1" * 2000, "two": "2" * 100}
    waits = [fault] * 2 if fault is not slow else [slow]
    run = folder(tmp_path / "a", **made)
    with keeping(run, COPY):
        s3.faults += waits
    s3.faults[:] = list(waits)
    with keeping(folder(tmp_path / "b"), COPY):
        s3.faults.clear()
    assert tables(tmp_path / "b") == made


def test_a_copy_that_broke_off_is_not_taken(s3: Store, tmp_path: Path) -> None:
    with keeping(folder(tmp_path / "a", one="1"), COPY):
        pass
    s3.faults += [lambda relay, content: "two" in relay.path and busy(relay, content)] * 100
    with pytest.raises(FetchError, match="5 attempts failed"), keeping(folder(tmp_path / "a", one="1", two="2"), COPY):
        pass
    s3.faults.clear()
    with keeping(folder(tmp_path / "b"), COPY):
        assert tables(tmp_path / "b") == {"one": "1"}
    with keeping(tmp_path / "a", COPY):
        pass
    assert len(listing(s3)["files"]) == 2


def test_two_machines_do_not_write_over_each_other(s3: Store, tmp_path: Path) -> None:
    def meanwhile() -> None:
        with keeping(folder(tmp_path / "b", one="1"), COPY):
            folder(tmp_path / "a", two="2")

    with (
        pytest.raises(RunBusyError, match="another machine has brought its run"),
        keeping(folder(tmp_path / "a"), COPY),
    ):
        meanwhile()
    assert [name for name in listing(s3)["files"] if "two" in name] == []


def test_a_folder_of_another_run_is_left_as_it_is(s3: Store, tmp_path: Path) -> None:
    with keeping(folder(tmp_path / "a", one="1"), COPY):
        pass
    other = folder(tmp_path / "b", two="2")
    (other / "manifest.json").write_text("{}")
    with pytest.raises(RunError, match="the copy of another"), keeping(other, COPY):
        pass
    assert tables(other) == {"two": "2"}


def test_a_damaged_copy_is_not_taken(s3: Store, tmp_path: Path) -> None:
    with keeping(folder(tmp_path / "a", one="1"), COPY):
        pass
    (name,) = listing(s3)["files"]
    s3.put(f"runs/mine/{name}", b"2")
    with pytest.raises(FetchError, match="other bytes than were written"), keeping(folder(tmp_path / "b"), COPY):
        pass


def test_what_came_from_a_store_is_not_kept(s3: Store, tmp_path: Path) -> None:
    run = folder(tmp_path / "a")
    for name in ("0/files/a.xml", "0/stamps/a.xml.json", "0/stored.json", "1/pubmed26n0001.xml.gz"):
        (run / "fetched" / name).parent.mkdir(parents=True, exist_ok=True)
        (run / "fetched" / name).write_text("x")
    with keeping(run, COPY):
        pass
    assert list(listing(s3)["files"]) == ["fetched/1/pubmed26n0001.xml.gz"]


def test_a_place_that_is_no_store_is_said() -> None:
    raw = {"name": "x", "sources": [{"kind": "text", "path": "x"}]}
    with pytest.raises(SettingsError, match="keep: must be the address of an object store"):
        parse({**raw, "keep": "/mnt/x"}, origin="x")
    with pytest.raises(SettingsError, match=r"keep: .*no object store"):
        parse({**raw, "keep": "https://host/x"}, origin="x")
