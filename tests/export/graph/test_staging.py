"""An export appears whole or not at all, also where it is killed."""

import os
import time
from pathlib import Path

import pytest

from bioweft.export.graph import GRAPHS, export
from bioweft.export.graph.staging import appearing_together
from bioweft.store.run import RunFolder
from tests.export.graph.killing import killed_export

_SLOWED = """
pairs = reading.Graph.pairs
def slow(self):
    for edge in pairs(self):
        yield edge
        print("half", flush=True)
        time.sleep(60)
reading.Graph.pairs = slow
"""


@pytest.mark.parametrize("name", GRAPHS)
def test_an_export_that_is_killed_leaves_what_was_there(small: Path, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "out"
    export(RunFolder(small), name, folder)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    process = killed_export(small, name, folder, slowed=_SLOWED)
    after = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    assert after == before
    (abandoned,) = (path.name for path in folder.iterdir() if path.is_dir())
    assert abandoned == f"export.{process}.part"
    export(RunFolder(small), name, folder)
    assert {path.name for path in folder.iterdir()} == set(before)


def test_an_error_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("stays", encoding="utf-8")

    def interrupted() -> None:
        with appearing_together(tmp_path, "last") as folder:
            (folder / "first").write_text("half", encoding="utf-8")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_files_come_together_and_the_last_is_last(tmp_path: Path) -> None:
    for text in ("old", "new"):
        with appearing_together(tmp_path, "a") as folder:
            for name in ("a", "b"):
                (folder / name).write_text(text, encoding="utf-8")
            (folder / "spill").mkdir()
            time.sleep(0.01)
    assert {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()} == {"a": "new", "b": "new"}
    assert (tmp_path / "a").stat().st_mtime_ns >= (tmp_path / "b").stat().st_mtime_ns - 10**9


def test_what_a_living_process_writes_is_left(tmp_path: Path) -> None:
    other = tmp_path / f"export.{os.getppid()}.part"
    other.mkdir()
    with appearing_together(tmp_path, "last"):
        pass
    assert other.is_dir()
