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

from bioweft.errors import RunBusyError, RunError
from bioweft.store.run import FORMAT_VERSION, RunFolder, atomic, disk_errors, newest, write_json


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
        (tmp_path / "r" / "half.parquet.1.part").write_text("half")
        with RunFolder(tmp_path / "r").writing():
            assert not (tmp_path / "r" / "half.parquet.1.part").exists()
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
