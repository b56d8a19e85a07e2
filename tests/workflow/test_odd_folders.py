"""The names of folders and files change nothing in a run, whatever DuckDB or the terminal reads into them."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bioweft.analyse.query import ask
from bioweft.analyse.reading import ResultTable
from bioweft.errors import RunError
from bioweft.store.run import RunFolder
from bioweft.store.sql import parquet
from bioweft.workflow.channel import Channel
from bioweft.workflow.engine import run
from bioweft.workflow.settings import load

MakeWorkflow = Callable[..., Path]

NAMES = [
    "year=2020",
    "shard=abc",
    "o[12]",
    "a*b?",
    "**",
    "{a,b}",
    "a b",
    "it's",
    'say "so"',
    "Grüße-日本-\u202e",
    "back\\slash",
    "50%$HOME~",
    "[red]x",
    "line\nbreak",
    "x" * 200,
]


@pytest.mark.parametrize("name", NAMES)
def test_a_file_in_a_folder_of_an_odd_name_is_read_alone(tmp_path: Path, name: str) -> None:
    for number, folder in enumerate([name, "o1", "axb1", "year=2021"]):
        (tmp_path / folder).mkdir()
        pq.write_table(pa.table({"v": [number], "year": [1], "shard": ["s"]}), tmp_path / folder / "t.parquet")
    file = tmp_path / name / "t.parquet"
    sql = f"SELECT * FROM {parquet(file, columns='filename = true')}"
    assert duckdb.sql(sql).fetchall() == [(0, 1, "s", str(file))]


@pytest.mark.parametrize(
    "name", ["year=2020", "shard=abc", "o[12]*?{a,b}", 'Grüße 日本 it\'s "so" %$HOME [red]' + "x" * 99]
)
def test_a_run_in_a_folder_of_an_odd_name(
    make_workflow: MakeWorkflow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    file = make_workflow(6, 6)
    expected = run(load(file, overrides=(f"output={tmp_path}/odd/o1",)), quiet=True).folder  # `o[12]` would match it
    place = tmp_path / "odd" / name
    settings = load(file).model_copy(update={"output": place})
    run(settings, quiet=True)
    for table in (*(f"{table}.parquet" for table in ResultTable), "graph.graphml"):
        assert (place / "results" / table).read_bytes() == (expected.path / "results" / table).read_bytes()
    answer = ask(expected, "diabetes")
    assert answer.sentences
    assert ask(RunFolder(place), "diabetes") == answer
    monkeypatch.chdir(place.parent)
    assert ask(RunFolder(name), "diabetes") == answer
    assert not run(settings, quiet=True).new


def test_a_tilde_is_no_home_folder(
    make_workflow: MakeWorkflow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = make_workflow(6)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name in ("~nobody", "~"):
        folder = run(load(file, overrides=(f"output={name}/run",)), quiet=True).folder
        assert ask(RunFolder(f"{name}/run"), "diabetes").sentences
        assert folder.path == tmp_path / name / "run"
    assert not list((tmp_path / "home").rglob("*.parquet"))


def test_inputs_of_odd_names(make_workflow: MakeWorkflow, tmp_path: Path) -> None:
    file = make_workflow(12)
    expected = run(load(file), quiet=True).folder
    lines = (tmp_path / "part0.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    folder = tmp_path / "year=1066 [ab]*"
    folder.mkdir()
    names = sorted([*(name for name in NAMES if "/" not in name), "not-utf-8-\udcff"])
    for number, line in enumerate(lines):
        name = f"{number:02d}{names[number % len(names)]}.jsonl"
        (folder / name).write_text(line, encoding="utf-8")
    source = str(folder).replace("\\", "\\\\")
    text = file.read_text(encoding="utf-8").replace('"part0.jsonl"', json.dumps(source))
    (tmp_path / "odd.toml").write_text(text.replace('/small"', '/year=7"'), encoding="utf-8")
    place = run(load(tmp_path / "odd.toml"), quiet=True).folder
    assert ask(place, "diabetes") == ask(expected, "diabetes")


def test_a_home_that_cannot_be_written_gives_no_warnings_of_libraries(tmp_path: Path) -> None:
    (tmp_path / "toxin.tsv").write_text("curie\tname\ntoxin:1\ttetrodotoxin\n", encoding="utf-8")
    (tmp_path / "a.jsonl").write_text('{"id": "x:1", "title": "Tetrodotoxin blocks it."}\n', encoding="utf-8")
    settings = 'name = "a"\n[[sources]]\nkind = "table"\npath = "a.jsonl"\n[tag]\nmodel = "none"\n'
    settings += 'dictionaries = ["toxin.tsv"]\n[link]\ngenes = []\n'
    (tmp_path / "a.toml").write_text(settings, encoding="utf-8")
    folders = ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "MPLCONFIGDIR")
    environment = {name: value for name, value in os.environ.items() if name not in folders}
    ended = subprocess.run(
        [sys.executable, "-m", "bioweft", "run", "a.toml", "--workers", "1", "--quiet"],
        cwd=tmp_path, env=environment | {"HOME": os.devnull + "/home"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    assert (tmp_path / "outputs/a/results/rankings/toxin.png").exists()
    assert {line.partition(" in ")[0] for line in ended.stderr.splitlines()} <= {"compiled dictionaries cannot be kept"}


def test_a_path_that_cannot_be_written_as_a_pattern_is_an_error() -> None:
    with pytest.raises(RunError, match="rename the folder"):
        parquet(Path("/x/a\\b*c/t.parquet"))


@pytest.mark.parametrize("message", ["x" * 9000, "/Grüße-日本" * 400, "\udcff\n" * 3000])
def test_a_long_report_arrives_whole(message: str) -> None:
    events = []
    with Channel(events.append) as channel:
        process = os.fork()
        if not process:
            for number in range(20):
                channel.send(event="failure", message=message, number=number)
            os._exit(0)
        for number in range(20):
            channel.send(event="failure", message=message, number=100 + number)
        os.waitpid(process, 0)
    assert sorted(event["number"] for event in events) == [*range(20), *range(100, 120)]
    assert {event["message"] for event in events} == {message}


def test_a_failure_in_a_long_folder_is_told_whole(make_workflow: MakeWorkflow, tmp_path: Path) -> None:
    folder = tmp_path.joinpath(*["日本語" * 25] * 8)
    folder.mkdir(parents=True)
    file = make_workflow(4)
    settings = load(file).model_copy(update={"output": folder / "run"})
    (folder / "run" / "shards").mkdir(parents=True)
    (folder / "run" / "run.lock").touch()
    (folder / "run" / "shards" / "read").write_text("in the way", encoding="utf-8")
    with pytest.raises(RunError, match=r"a part of the path is a file|a file is in the way") as caught:
        run(settings, quiet=True)
    assert str(folder) in str(caught.value)
