"""Results are published at once: who reads has one set, whole, whatever a run does meanwhile."""

import errno
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

import bioweft
from bioweft.store.run import RunFolder
from bioweft.store.sets import result_sets
from bioweft.workflow import engine
from tests.workflow.conftest import write_table
from tests.workflow.test_run import contents, go

MakeWorkflow = Callable[..., Path]


def more(tmp_path: Path, number: int) -> None:
    """Have the table hold so many records."""
    write_table(tmp_path / "part0.jsonl", range(number))


def test_a_reader_keeps_the_set_it_began_with(make_workflow: MakeWorkflow, tmp_path: Path) -> None:
    file = make_workflow(6)
    folder = go(file).folder.path
    earlier = bioweft.open_run(folder)
    assert len(earlier.documents()) == 6
    more(tmp_path, 9)
    go(file)
    later = bioweft.open_run(folder)
    for opened, documents in ((earlier, 6), (later, 9)):
        assert len(opened.documents()) == opened.manifest["counts"]["documents"] == documents
        assert opened.query("diabetes").sentences  # their texts are in shards
    assert len(result_sets(folder)) == 2
    more(tmp_path, 10)
    go(file)
    assert len(result_sets(folder)) == 2
    assert (folder / "results").resolve() == RunFolder(folder).results.resolve()


def interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def test_until_the_manifest_names_them_results_are_not_read(
    make_workflow: MakeWorkflow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = make_workflow(6)
    folder = go(file).folder.path
    more(tmp_path, 9)
    with monkeypatch.context() as broken:
        broken.setattr(engine, "write_sealed", interrupt)
        with pytest.raises(KeyboardInterrupt):
            go(file)
    opened = bioweft.open_run(folder)
    assert len(opened.documents()) == opened.manifest["counts"]["documents"] == 6
    assert opened.query("diabetes").sentences
    made = {path: path.stat().st_mtime_ns for results in result_sets(folder) for path in results.rglob("*")}
    assert go(file).new
    assert {path: path.stat().st_mtime_ns for path in made} == made  # they were there, whole
    assert len(bioweft.open_run(folder).documents()) == 9


@pytest.mark.parametrize("harm", ["removed", "of other counts", "no JSON"])
def test_the_manifest_is_derived(make_workflow: MakeWorkflow, tmp_path: Path, harm: str) -> None:
    file = make_workflow(6)
    with (tmp_path / "part0.jsonl").open("a") as table:
        table.write("{broken\n")
    first = go(file)
    manifest = first.folder.manifest_file
    before, rejects = contents(first.folder.path), first.folder.rejects_file.read_text()
    if harm == "removed":
        manifest.unlink()
        first.folder.rejects_file.unlink()
    elif harm == "of other counts":
        manifest.write_text(manifest.read_text().replace('"rejects": 1', '"rejects": 0'))
        first.folder.rejects_file.write_text("")
    else:
        manifest.write_text("{")
    for is_new in (True, False):
        again = go(file)
        assert (again.new, again.rejects) == (is_new, 1)
        assert again.manifest["counts"] == first.manifest["counts"]
        assert again.folder.rejects_file.read_text() == rejects
        assert contents(again.folder.path) == before


def test_results_of_an_older_version_make_place(make_workflow: MakeWorkflow, tmp_path: Path) -> None:
    """They lay in a folder `results`, which a person may have put files into, and the manifest had no seal."""
    file = make_workflow(6)
    folder = go(file).folder.path
    expected = contents(folder)
    (folder / "results").unlink()
    (current,) = result_sets(folder)
    current.rename(folder / "results")
    (folder / "results" / "notes.txt").write_text("mine")
    (folder / "results" / "rankings" / "mine.tsv").write_text("mine")
    (folder / "results" / "complete.json").write_text(json.dumps({"digest": "0", "totals": {}}))
    (folder / "manifest.json").write_text(json.dumps({"format": 2, "name": "small", "counts": {}}))
    assert go(file).new
    assert (folder / "results").is_symlink()
    for name in ("notes.txt", "rankings/mine.tsv"):
        assert (folder / "results" / name).read_text() == "mine"
        (folder / "results" / name).unlink()
    assert contents(folder) == expected


def test_a_disk_without_links_has_results_all_the_same(
    make_workflow: MakeWorkflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, *_: object, **__: object) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM), str(path))

    monkeypatch.setattr(Path, "symlink_to", refuse)
    folder = go(make_workflow(6)).folder
    assert not (folder.path / "results").exists()
    assert folder.results_link == folder.results
    assert bioweft.open_run(folder.path).query("diabetes").sentences
