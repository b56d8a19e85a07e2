"""A run folder with its copy in an object store: another machine goes on with it, and no half copy is taken."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

s3fs = pytest.importorskip("s3fs", reason="the extra cloud is not installed")
pytest.importorskip("moto.server", reason="moto is not installed")

import fsspec
from click.testing import CliRunner

from bioweft import open_run
from bioweft.analyse.reading import find
from bioweft.cli import cli
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


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder of our own."""
    monkeypatch.setattr("platformdirs.user_cache_dir", lambda name: str(tmp_path / "cache" / name))
    return tmp_path / "cache" / "bioweft" / "runs"


def fetched(cache: Path) -> set[str]:
    """Return the names of the files in the cache."""
    return {path.relative_to(next(cache.glob("*/"))).as_posix() for path in cache.glob("*/**/*") if path.is_file()}


def asks(*call: str) -> Any:
    """Return what a command says."""
    result = CliRunner().invoke(cli, call)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_an_address_as_output_keeps_the_run_there(
    s3: Store, make_workflow: MakeWorkflow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = contents(go(make_workflow(12)).folder.path)
    monkeypatch.chdir(tmp_path)
    run = go(make_workflow(12, name="far"), f'output="{COPY}"')
    assert run.folder.path == Path("outputs/far")
    assert contents(run.folder.path) == expected
    assert "manifest.json" in names(s3)


def test_a_question_is_asked_of_the_store(s3: Store, make_workflow: MakeWorkflow, cache: Path) -> None:
    run = go(make_workflow(12), f'keep="{COPY}"').folder.path
    for call in (("rank", "illness", "--json"), ("query", "breast cancer", "--json"), ("relations", "--json")):
        assert asks(*call, "--in", COPY) == asks(*call, "--in", str(run))
    assert not [name for name in fetched(cache) if name.startswith(("batches", "index"))]
    s3.asked.clear()
    asks("rank", "illness", "--in", COPY)
    assert [line for line in s3.asked if line.startswith("GET")] == ["GET /lake/runs/mine/kept.json"]


def test_texts_come_when_a_sentence_is_wanted(s3: Store, make_workflow: MakeWorkflow, cache: Path) -> None:
    run = go(make_workflow(12), f'keep="{COPY}"').folder.path
    asks("rank", "illness", "--in", COPY)
    assert not [name for name in fetched(cache) if name.startswith("shards")]
    call = ("query", "breast cancer", "--with", "diabetes", "--json")
    assert asks(*call, "--in", COPY) == asks(*call, "--in", str(run))
    assert {name.split("/")[1] for name in fetched(cache) if name.startswith("shards")} == {"read", "sentences"}


def test_a_question_sees_the_newest_run(s3: Store, make_workflow: MakeWorkflow, cache: Path, tmp_path: Path) -> None:
    file = make_workflow(12)
    go(file, f'keep="{COPY}"')
    for documents in (12, 30, 40):
        write_table(tmp_path / "part0.jsonl", range(documents))
        go(file, f'keep="{COPY}"')
        assert open_run(COPY).manifest["counts"]["documents"] == documents
    sets = {name.split("/")[0] for name in fetched(cache) if name.startswith("results-")}
    assert len(sets) == 2  # of the copy now; the set before it serves `changes`


@pytest.mark.parametrize("fault", [busy, cut, slow])
def test_a_question_lives_through_faults_of_the_store(
    s3: Store, make_workflow: MakeWorkflow, cache: Path, monkeypatch: pytest.MonkeyPatch, fault: Any
) -> None:
    monkeypatch.setattr(stored, "_BLOCK", 4000)
    run = go(make_workflow(12), f'keep="{COPY}"').folder.path
    s3.faults += [fault if place % 3 == 0 else lambda relay, content: False for place in range(30)]
    call = ("query", "breast cancer", "--with", "diabetes", "--json")
    assert asks(*call, "--in", COPY) == asks(*call, "--in", str(run))


def test_a_store_that_gives_no_answer_is_an_error_and_not_an_empty_run(
    s3: Store, make_workflow: MakeWorkflow, cache: Path
) -> None:
    go(make_workflow(12), f'keep="{COPY}"')
    s3.faults += [busy] * 100
    with pytest.raises(FetchError, match="5 attempts failed"):
        open_run(COPY)
    s3.faults.clear()
    assert open_run(COPY).manifest["counts"]["documents"] == 12


def test_what_there_is_not_in_a_store_is_said(s3: Store, make_workflow: MakeWorkflow, cache: Path) -> None:
    with pytest.raises(RunError, match="no run is kept at s3://lake/runs/mine"):
        open_run(COPY)
    go(make_workflow(12), f'keep="{COPY}"')
    with pytest.raises(RunError, match="in an object store, where nothing can be written"):
        find(COPY).require_disk()


def test_two_addresses_are_refused() -> None:
    raw = {"name": "x", "sources": [{"kind": "text", "path": "x"}], "output": "s3://lake/a", "keep": "s3://lake/b"}
    with pytest.raises(SettingsError, match="output is an address, and `keep` another"):
        parse(raw, origin="x")


def test_a_place_that_is_no_store_is_said() -> None:
    raw = {"name": "x", "sources": [{"kind": "text", "path": "x"}]}
    with pytest.raises(SettingsError, match="keep: must be the address of an object store"):
        parse({**raw, "keep": "/mnt/x"}, origin="x")
    with pytest.raises(SettingsError, match=r"keep: .*is not an object store"):
        parse({**raw, "keep": "https://host/x"}, origin="x")
