"""Damaged files of a run folder: found by the next run or by `bioweft check`, and made again."""

import errno
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

import bioweft
from bioweft.analyse import plots
from bioweft.analyse.query import ask
from bioweft.cli import cli
from bioweft.errors import DamagedError, RunBusyError, RunError
from bioweft.store import seals
from bioweft.store.check import faults
from bioweft.store.run import RunFolder
from bioweft.store.schemas import read, write
from bioweft.workflow import engine
from tests.workflow.test_fault_injection import everything
from tests.workflow.test_run import go

MakeWorkflow = Callable[..., Path]

OURS = ("run.json", "run.lock")
"""Files that no run depends on."""


@pytest.fixture(autouse=True)
def no_plots(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plots, "save", lambda *_, **__: None)


@pytest.fixture
def finished(make_workflow: MakeWorkflow) -> tuple[Path, Path]:
    """A workflow file, and the folder of its finished run."""
    file = make_workflow(6)
    return file, go(file).folder.path


def files(folder: Path) -> Iterator[Path]:
    """Yield the files of a run that can be damaged."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink() and path.name not in OURS and "results" not in path.parts:
            yield path


def missing(file: Path) -> None:
    file.unlink()


def empty(file: Path) -> None:
    file.write_bytes(b"")


def truncated(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def flip(file: Path, place: int) -> None:
    """Turn one bit of a file."""
    content = bytearray(file.read_bytes())
    content[place % len(content)] ^= 1 << place % 8
    file.write_bytes(content)


@pytest.mark.parametrize("harm", [missing, empty, truncated])
def test_the_next_run_mends_any_file(finished: tuple[Path, Path], harm: Callable[[Path], None]) -> None:
    file, folder = finished
    expected = everything(folder)
    for number, path in enumerate(files(folder)):
        if number % 3 == ("missing", "empty", "truncated").index(harm.__name__) and path.stat().st_size:
            harm(path)
            go(file)
            assert everything(folder) == expected, path
    assert not list(faults(RunFolder(folder), deep=True))
    assert not go(file).new


def test_a_copy_of_another_file_is_no_file_of_its_own(finished: tuple[Path, Path]) -> None:
    """Its seal is right, and it says what is true of another batch, stage or table."""
    file, folder = finished
    expected = everything(folder)
    by_kind: dict[str, list[Path]] = {}
    for path in files(folder):
        by_kind.setdefault(path.suffix, []).append(path)
    by_kind[".json"].append(by_kind[".json"].pop(0))  # the manifest is copied too, and no first file
    for paths in by_kind.values():
        for path, another in zip(paths, (*paths[1:], paths[0]), strict=True):
            if path.read_bytes() == another.read_bytes() or path.name == another.name:
                continue
            content = path.read_bytes()
            path.write_bytes(another.read_bytes())
            assert path in {fault.file for fault in faults(RunFolder(folder), deep=True)}
            path.write_bytes(content)
    marker, another = sorted((folder / "batches").glob("[lt]*/*.json"))
    marker.write_bytes(another.read_bytes())
    assert go(file).new
    assert everything(folder) == expected


def folder_instead(file: Path) -> None:
    file.unlink()
    file.mkdir()


def link_to_itself(file: Path) -> None:
    file.unlink()
    file.symlink_to(file.name)


@pytest.mark.parametrize("harm", [missing, empty, truncated, folder_instead, link_to_itself])
@pytest.mark.parametrize("name", ["complete.json", "concepts.parquet", "documents.parquet"])
def test_a_question_to_a_damaged_set_is_refused(
    finished: tuple[Path, Path], name: str, harm: Callable[[Path], None]
) -> None:
    _, folder = finished
    harm(RunFolder(folder).results / name)
    with pytest.raises(RunError, match=f"{name}.*--mend"):
        ask(RunFolder(folder), "diabetes")


@pytest.mark.parametrize("harm", [missing, empty, link_to_itself])
def test_a_run_goes_on_without_the_files_that_say_whose_it_is(
    finished: tuple[Path, Path], harm: Callable[[Path], None]
) -> None:
    file, folder = finished
    harm(folder / "run.json")
    (folder / "writer.json").write_text('{"pid": "none"}')
    assert not go(file).new
    assert set(json.loads((folder / "run.json").read_text())) == {"bioweft_run", "workflow", "sealed"}


def test_a_turned_bit_makes_no_run_that_of_another_workflow(finished: tuple[Path, Path]) -> None:
    file, folder = finished
    claim = (folder / "run.json").read_bytes()
    for place in range(len(claim)):
        flip(folder / "run.json", place)
        with RunFolder(folder).writing("small"):
            assert json.loads((folder / "run.json").read_text())["workflow"] == "small", place
        (folder / "run.json").write_bytes(claim)
    with pytest.raises(RunError, match="is the run of another workflow"):
        go(file, 'name="large"')


def test_a_folder_in_the_place_of_the_lock_is_said(finished: tuple[Path, Path]) -> None:
    file, folder = finished
    folder_instead(folder / "run.lock")
    with pytest.raises(RunError, match=r"run\.lock: a folder is in its place"):
        go(file)


def test_a_busy_folder_whose_writer_is_not_known(finished: tuple[Path, Path]) -> None:
    file, folder = finished
    with RunFolder(folder).writing():
        for note in ("", "[]", "{}", "[" * 10_000, '{"pid": 1e999, "host": 1, "since": {}}'):
            (folder / "writer.json").write_text(note)
            with pytest.raises(RunBusyError, match="is being written by"):
                go(file)


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENOMEM, errno.ESTALE])
def test_a_shortage_of_the_machine_is_no_damage(
    finished: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """Nothing is removed because too many files are open, or a share is away."""
    file, folder = finished
    expected = everything(folder)

    def refuse(path: Path) -> None:
        raise OSError(number, os.strerror(number), str(path))

    with monkeypatch.context() as short:
        short.setattr(Path, "read_bytes", refuse)
        short.setattr(seals, "seal_of", refuse)
        with pytest.raises(OSError, match=os.strerror(number)):
            list(faults(RunFolder(folder), deep=True))
        with pytest.raises(OSError, match=os.strerror(number)):
            go(file)
    assert everything(folder) == expected
    assert not go(file).new


@pytest.mark.parametrize("harm", [missing, empty, truncated])
def test_the_next_run_mends_all_files_at_once(finished: tuple[Path, Path], harm: Callable[[Path], None]) -> None:
    file, folder = finished
    expected = everything(folder)
    for path in list(files(folder)):
        harm(path)
    assert go(file).new
    assert everything(folder) | {"manifest": 0} == expected | {"manifest": 0}


def test_check_finds_every_bit_that_is_turned(finished: tuple[Path, Path]) -> None:
    _, folder = finished
    assert not list(faults(RunFolder(folder), deep=True))
    for number, path in enumerate(list(files(folder))):
        content = path.read_bytes()
        for place in (number * 7919, len(content) // 2) if content else ():
            flip(path, place)
            damaged = {fault.file for fault in faults(RunFolder(folder), deep=True)}
            # A manifest that is damaged names no set, and a stamp no file: what hangs on them is not looked at.
            assert path in damaged, (path, place)
            assert len(damaged) == 1
            path.write_bytes(content)


def check(*arguments: object) -> tuple[int, str]:
    outcome = CliRunner().invoke(cli, ["check", *map(str, arguments)], standalone_mode=False)
    if outcome.exception is not None:
        raise outcome.exception
    return outcome.return_value or 0, outcome.stdout


def test_check_mends_what_it_finds(
    finished: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, folder = finished
    expected = everything(folder)
    monkeypatch.chdir(tmp_path)
    assert check(folder) == (0, f"All files of {folder} are as they were written.\n")
    damaged = [path for path in files(folder) if path.name != "manifest.json" and path.stat().st_size][::4]
    for path in damaged:
        flip(path, 1000)
    code, said = check(folder)
    assert code == 1
    assert len(said.splitlines()) >= len(damaged)
    assert all(str(path) in said for path in damaged)
    code, said = check(folder, "--json")
    assert code == 1
    assert len(json.loads(said)["damaged"]) >= len(damaged)
    code, said = check(folder, "--mend")
    assert code == 0
    assert said.endswith("made again.\n")
    assert everything(folder) == expected
    assert check(folder)[0] == 0


def test_check_waits_for_no_writer(finished: tuple[Path, Path]) -> None:
    _, folder = finished
    with RunFolder(folder).writing(), pytest.raises(RunBusyError, match="is being written by process"):
        check(folder)


def test_check_without_a_manifest_to_go_by_says_what_to_do(finished: tuple[Path, Path]) -> None:
    file, folder = finished
    flip(folder / "manifest.json", 100)
    with pytest.raises(RunError, match="start its workflow again, it mends all"):
        check(folder, "--mend")
    with pytest.raises(RunError, match="damaged"):
        bioweft.open_run(folder)
    assert go(file).new
    assert check(folder)[0] == 0
    with pytest.raises(RunError, match="no run folder"):
        check(folder / "none")


def spoil_pages(path: Path) -> None:
    """Turn a bit in the first page of a table, so that its size stays."""
    flip(path, 40)
    with pytest.raises(DamagedError):
        read(path)


def test_a_table_whose_pages_are_damaged_is_made_again_when_it_is_read(
    finished: tuple[Path, Path], tmp_path: Path
) -> None:
    file, folder = finished
    for stage in ("read", "sentences"):
        spoil_pages(next((folder / "shards" / stage).iterdir()))
    dictionary = tmp_path / "illness.tsv"
    dictionary.write_text(dictionary.read_text().replace("Parkinson disease\t", "Parkinson disease\tseries"))
    go(file)
    again = go(file, f"output={tmp_path / 'again'}").folder.path
    both = [{name: value for name, value in everything(f).items() if name != "manifest"} for f in (folder, again)]
    assert all(both[0][name] == value for name, value in both[1].items())


def test_a_table_that_duckdb_cannot_read_is_made_again_in_the_same_run(finished: tuple[Path, Path]) -> None:
    file, folder = finished
    expected = everything(folder)
    table = next((folder / "shards" / "count").iterdir())
    table.write_bytes(b"\0" * table.stat().st_size)
    go(file, "results.top=7")
    go(file)
    assert {name: v for name, v in everything(folder).items() if name in expected and "shards" in name} == {
        name: v for name, v in expected.items() if "shards" in name
    }
    assert not list(faults(RunFolder(folder), deep=True))


def test_verify_finds_what_has_the_right_size(finished: tuple[Path, Path]) -> None:
    file, folder = finished
    expected = everything(folder)
    flip(folder / "results" / "rankings.parquet", 50)
    assert not go(file).new
    assert engine.run(engine.parse({**RunFolder(folder).manifest["settings"]}, origin="x"), quiet=True, verify=True).new
    assert everything(folder) == expected


def test_a_folder_in_the_place_of_a_file_is_said(finished: tuple[Path, Path]) -> None:
    file, folder = finished
    table = next((folder / "shards" / "count").iterdir())
    table.unlink()
    table.mkdir()
    with pytest.raises(RunError, match="is a folder, but the run has a file of this name"):
        go(file)


def test_pages_have_checksums_that_readers_verify(tmp_path: Path) -> None:
    table = pa.table({"a": list(range(5000)), "b": [f"text {number}" for number in range(5000)]})
    file = tmp_path / "t.parquet"
    write(table, file)
    content, pages_end = file.read_bytes(), pq.read_metadata(file)
    end = max(pages_end.row_group(0).column(n).total_compressed_size for n in range(2))
    for place in range(4, end, 997):
        flip(file, place)
        with pytest.raises(DamagedError):
            read(file)
        file.write_bytes(content)
