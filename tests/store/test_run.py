"""The run folder: whole files, one writer, and errors of the disk that say how to mend them."""

import errno
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

from bioweft.atomic import atomic, write_json
from bioweft.errors import RunBusyError, RunError
from bioweft.store.run import FORMAT_VERSION, RunFolder, disk_errors, newest
from bioweft.store.seals import read_sealed


def test_atomic_leaves_nothing_behind_when_it_fails(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "a.txt"

    def fail() -> None:
        with atomic(target) as part:
            part.write_text("half")
            raise ValueError("in the middle")

    with pytest.raises(ValueError, match="in the middle"):
        fail()
    assert list(target.parent.iterdir()) == []
    with atomic(target) as part:
        part.write_text("whole")
        assert not target.exists()
    assert target.read_text() == "whole"


def test_json_is_the_same_bytes_whatever_the_order(tmp_path: Path) -> None:
    write_json(tmp_path / "a", {"b": 1, "a": "é"})
    write_json(tmp_path / "b", {"a": "é", "b": 1})
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


HOLD = """
import sys, time
from bioweft.store.run import RunFolder
with RunFolder(sys.argv[1]).writing():
    print("held", flush=True)
    time.sleep(60)
"""


def test_one_writer_and_its_name(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path / "r")], stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        with pytest.raises(RunBusyError, match=f"process {other.pid} on "), RunFolder(tmp_path / "r").writing():
            pass
        other.kill()
        other.wait()
        began = time.monotonic()
        half = RunFolder(tmp_path / "r").shard_file("tag", "0-half-0000", "0" * 16).with_suffix(".parquet.1.part")
        half.parent.mkdir(parents=True)
        half.write_text("half")
        with RunFolder(tmp_path / "r").writing():
            assert not half.exists()
            assert json.loads((tmp_path / "r" / "writer.json").read_text())["pid"] == os.getpid()
        assert time.monotonic() - began < 5
    assert not (tmp_path / "r" / "writer.json").exists()


def test_a_file_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "r").write_text("I am a file")
    with pytest.raises(RunError, match="choose another folder"), RunFolder(tmp_path / "r").writing():
        pass
    assert (tmp_path / "r").read_text() == "I am a file"


@pytest.mark.parametrize(("number", "said"), [(errno.ENOSPC, "no space left"), (errno.EROFS, "read-only")])
def test_what_the_disk_says(number: int, said: str, tmp_path: Path) -> None:
    with pytest.raises(RunError, match=said), disk_errors(tmp_path):
        raise OSError(number, os.strerror(number), str(tmp_path / "x"))


def test_what_duckdb_says_of_a_disk(tmp_path: Path) -> None:
    said = f'IO Error: Could not write file "{tmp_path}/spill.tmp": {os.strerror(errno.ENOSPC)}'
    with pytest.raises(RunError, match="no space left on the disk; free some"), disk_errors(tmp_path):
        raise duckdb.IOException(said)
    with pytest.raises(duckdb.IOException), disk_errors(tmp_path):
        raise duckdb.IOException("IO Error: No files found")


def test_other_errors_pass(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), disk_errors(tmp_path):
        raise FileNotFoundError(errno.ENOENT, "gone")


def test_unfinished_missing_and_foreign_runs(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="no run folder"):
        RunFolder(tmp_path / "none").manifest  # noqa: B018
    with pytest.raises(RunError, match="is not a run folder"):
        RunFolder(tmp_path).manifest  # noqa: B018
    (tmp_path / "run.json").touch()
    with pytest.raises(RunError, match="has not finished"):
        RunFolder(tmp_path).manifest  # noqa: B018
    write_json(tmp_path / "manifest.json", {"format": FORMAT_VERSION + 1})
    with pytest.raises(RunError, match="start its workflow again"):
        RunFolder(tmp_path).manifest  # noqa: B018


def test_newest(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="no finished run"):
        newest(tmp_path)
    for number, name in enumerate("ba"):
        write_json(tmp_path / name / "manifest.json", {})
        os.utime(tmp_path / name / "manifest.json", (number, number))
    assert newest(tmp_path) == tmp_path / "a"


FOREIGN = [
    "notes.txt",
    "index/notes.txt",
    "shards/tag/mine.parquet",
    "batches/x.json",
    "results/rankings/mine.tsv",
    "deep/er/half.part",
    "film.mkv.part",
]


def plant(folder: Path, names: list[str] = FOREIGN) -> dict[str, str]:
    """Put files that are not of a run into a folder; return what all its files hold."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    return {name: name for name in names}


def held(folder: Path, names: list[str] = FOREIGN) -> dict[str, str]:
    return {name: (folder / name).read_text() for name in names if (folder / name).exists()}


@pytest.mark.parametrize("name", [*FOREIGN, ".hidden", "manifest.json", "run.json", "run.lock/x"])
def test_a_folder_that_is_no_run_is_refused_and_left_as_it_is(tmp_path: Path, name: str) -> None:
    expected = plant(tmp_path, [name])
    with pytest.raises(RunError, match="no run of bioweft"), RunFolder(tmp_path).writing("w"):
        pass
    assert {p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*") if p.is_file()} == {name}
    assert held(tmp_path, [name]) == expected


def test_a_folder_of_foreign_files_beside_a_lock_is_refused(tmp_path: Path) -> None:
    plant(tmp_path, ["run.lock", "notes.txt"])
    with pytest.raises(RunError, match="no run of bioweft"), RunFolder(tmp_path).writing("w"):
        pass


def test_an_empty_folder_and_a_run_of_the_same_workflow_are_taken(tmp_path: Path) -> None:
    for name in ("failed", "w", "w"):  # of the first there is nothing but its claim
        with RunFolder(tmp_path).writing(name):
            pass
        assert json.loads((tmp_path / "run.json").read_text())["workflow"] == name
    plant(tmp_path, ["index/inputs.json"])
    with pytest.raises(RunError, match="the run of another workflow, 'w'"), RunFolder(tmp_path).writing("other"):
        pass


@pytest.mark.parametrize("manifest", [{"format": 1, "counts": {}, "name": "w"}, None])
def test_runs_of_older_versions_are_taken(tmp_path: Path, manifest: dict[str, object] | None) -> None:
    plant(tmp_path, ["run.lock", "writer.json.17.part", "index/inputs.json"])
    if manifest:
        write_json(tmp_path / "manifest.json", manifest)
        with pytest.raises(RunError, match="another workflow"), RunFolder(tmp_path).writing("other"):
            pass
    with RunFolder(tmp_path).writing("w"):
        assert not (tmp_path / "writer.json.17.part").exists()
    assert read_sealed(tmp_path / "run.json") == {"bioweft_run": FORMAT_VERSION, "workflow": "w"}


def test_only_files_that_a_run_names_are_cleared(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    with folder.writing("w"):
        pass
    names = ["results/rankings/disease.tsv", "results/mentions.parquet", "index/inputs.json", "manifest.json"]
    names += ["fetched/0/fetch-000001.xml.gz", "fetched/0/mirror.json"]
    ours = [f"{name}.4711.part" for name in names] + ["spill.part/duckdb_temp_storage_DEFAULT-0.tmp"]
    plant(tmp_path, ours)
    expected = plant(tmp_path, [*FOREIGN, "spill.part/mine", "results/rankings/disease.tsv.mine.part"])
    with folder.writing("w"):
        pass
    assert held(tmp_path, ours) == {}
    assert held(tmp_path, list(expected)) == expected


@pytest.mark.parametrize("path", ["/proc/x", "/proc/x/y", "x" * 300])
def test_a_folder_that_cannot_be_made_is_an_error(path: str) -> None:
    with pytest.raises(RunError, match=r"cannot (make|write) .*--output"), RunFolder(path).writing("w"):
        pass
