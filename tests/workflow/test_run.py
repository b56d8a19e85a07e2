"""Whole runs: results, reruns, new and changed and deleted records, kills, and disks that will not take it."""

import ctypes
import errno
import json
import os
import pty
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import urlopen

import pyarrow.parquet as pq
import pytest

from bioweft.analyse import background
from bioweft.errors import RunBusyError, RunError, SettingsError
from bioweft.store.run import RunFolder
from bioweft.workflow.engine import Summary, run
from bioweft.workflow.settings import load

MakeWorkflow = Callable[..., Path]


def go(file: Path, *overrides: str) -> Summary:
    return run(load(file, overrides=overrides), quiet=True)


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file of a run whose bytes must not depend on how the run went."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for place in ("shards", "results", "batches/read", "batches/tag", "rejects.jsonl")
        for path in ([folder / place] if (folder / place).is_file() else (folder / place).rglob("*"))
        if path.is_file()
    }


def ranking(folder: Path) -> dict[str, int]:
    rows = pq.read_table(folder / "results" / "rankings.parquet").to_pylist()
    return {row["concept"]: row["documents"] for row in rows}


def test_a_run_counts_what_is_there(make_workflow: MakeWorkflow) -> None:
    summary = go(make_workflow(10))
    folder = summary.folder.path
    documents = pq.read_table(folder / "results" / "documents.parquet")
    assert documents.num_rows == 10
    assert sorted(documents["id"].to_pylist()) == sorted(f"made:{n}" for n in range(10))
    mentions = pq.read_table(folder / "results" / "mentions.parquet").to_pylist()
    table = pq.read_table(RunFolder(folder).stage_file("read", mentions[0]["shard"])).to_pylist()
    texts = {row["id"]: "\n".join(p["text"] for p in row["passages"]) for row in table}
    assert mentions
    for mention in mentions:
        assert texts[mention["document"]][mention["start"] : mention["end"]] == mention["text"]
    expected = sum("breast cancer" in text.lower() or "mammary carcinoma" in text.lower() for text in texts.values())
    assert ranking(folder)["mesh:D001943"] == expected > 0
    manifest = RunFolder(folder).manifest
    assert manifest["counts"]["documents"] == manifest["counts"]["abstracts"] == 10
    assert summary.rejects == 0


def test_one_worker_and_two_give_the_same_bytes(make_workflow: MakeWorkflow) -> None:
    one = go(make_workflow(30, 30, 30, name="one"))
    two = go(make_workflow(30, 30, 30, name="two"), "engine.workers=2")
    assert contents(one.folder.path) == contents(two.folder.path)


def test_nothing_new_is_quick_and_says_so(make_workflow: MakeWorkflow) -> None:
    file = make_workflow(20)
    first = go(file)
    assert first.new
    before = contents(first.folder.path)
    began = time.monotonic()
    again = go(file)
    assert not again.new
    assert time.monotonic() - began < 3
    assert contents(again.folder.path) == before


def test_other_settings_recompute_only_what_depends_on_them(make_workflow: MakeWorkflow, tmp_path: Path) -> None:
    file = make_workflow(20)
    folder = go(file).folder.path
    read = {path: path.stat().st_mtime_ns for path in (folder / "shards" / "read").iterdir()}
    tagged = {path.name for path in (folder / "shards" / "tag").iterdir()}
    dictionary = tmp_path / "illness.tsv"
    dictionary.write_text(dictionary.read_text().replace("Parkinson disease\t", "Parkinson disease\tseries"))
    summary = go(file)
    assert summary.new
    assert {path: path.stat().st_mtime_ns for path in (folder / "shards" / "read").iterdir()} == read
    assert not tagged & {path.name for path in (folder / "shards" / "tag").iterdir()}


def test_new_revised_and_deleted_records(make_workflow: MakeWorkflow, tmp_path: Path) -> None:
    file = make_workflow(12, 0)
    folder = go(file).folder.path
    before = ranking(folder)
    kept = {path: path.stat().st_mtime_ns for path in (folder / "shards" / "tag").iterdir()}
    revised = {"id": "made:0", "title": "Report 0 mended", "abstract": "Nothing of note.", "year": 2011}
    added = {"id": "made:99", "title": "Parkinson disease", "abstract": "", "year": 2012}
    (tmp_path / "part1.jsonl").write_text(json.dumps(revised) + "\n" + json.dumps(added) + "\n")
    summary = go(file)
    documents = {d["id"]: d for d in pq.read_table(folder / "results" / "documents.parquet").to_pylist()}
    assert len(documents) == 13
    assert documents["made:0"]["title"] == "Report 0 mended"
    assert summary.manifest["counts"]["documents"] == 13
    mentions = pq.read_table(folder / "results" / "mentions.parquet")
    assert "made:0" not in mentions["document"].to_pylist()
    assert ranking(folder)["mesh:D010300"] >= before["mesh:D010300"]
    for path, changed in kept.items():
        assert path.stat().st_mtime_ns == changed


def test_rejects_are_written_down(make_workflow: MakeWorkflow, tmp_path: Path) -> None:
    file = make_workflow(5)
    with (tmp_path / "part0.jsonl").open("a") as table:
        table.write("{broken\n")
    summary = go(file)
    (reject,) = map(json.loads, summary.folder.rejects_file.read_text().splitlines())
    assert summary.rejects == 1
    assert reject["source"].endswith("part0.jsonl")
    assert "6" in reject["position"]
    assert ranking(summary.folder.path)


def test_a_background_is_a_run_or_a_file_of_counts(make_workflow: MakeWorkflow, tmp_path: Path) -> None:
    other = go(make_workflow(40, name="other")).folder.path
    background.save(other, tmp_path / "counts.parquet")
    by_run = go(make_workflow(8), f"results.background={other}").folder.path
    expected = (by_run / "results" / "rankings.parquet").read_bytes()
    by_file = go(make_workflow(8), f"results.background={tmp_path / 'counts.parquet'}")
    assert by_file.new
    assert (by_run / "results" / "rankings.parquet").read_bytes() == expected
    assert not go(make_workflow(8), f"results.background={tmp_path / 'counts.parquet'}").new
    with pytest.raises(SettingsError, match="name the folder of a finished run, or a file of counts"):
        go(make_workflow(8), "results.background=none.parquet")


def command(file: Path, *overrides: str) -> list[str]:
    settings = [word for override in overrides for word in ("--set", override)]
    return [sys.executable, "-m", "bioweft", "run", str(file), "--quiet", *settings]


@pytest.mark.parametrize("workers", [1, 2])
def test_killed_at_any_moment_it_ends_with_the_same_bytes(make_workflow: MakeWorkflow, workers: int) -> None:
    sizes = (2500, 2500, 2500)
    expected = contents(go(make_workflow(*sizes, name="undisturbed")).folder.path)
    file = make_workflow(*sizes, name="killed")
    folder = RunFolder(load(file).output)
    kills = 0
    for files_seen in (1, 2, 4, 6, 9, 12, 15):
        with subprocess.Popen(command(file, f"engine.workers={workers}"), start_new_session=True) as process:
            while process.poll() is None and len(list(folder.path.glob("shards/*/*.parquet"))) < files_seen:
                time.sleep(0.005)
            finished = {path: path.stat().st_mtime_ns for path in folder.path.glob("shards/*/*.parquet")}
            if process.poll() is None:
                os.kill(process.pid, signal.SIGKILL)
                kills += 1
    go(file, f"engine.workers={workers}")
    assert kills >= 3
    assert contents(folder.path) == expected
    for path, changed in finished.items():
        if path.exists():
            assert path.stat().st_mtime_ns == changed


def test_a_second_run_on_the_folder_is_refused(make_workflow: MakeWorkflow) -> None:
    file = make_workflow(5)
    folder = go(file).folder
    before = contents(folder.path)
    with folder.writing():
        outcome = subprocess.run(command(file), capture_output=True, text=True, check=False)
    assert outcome.returncode == 1
    assert "is being written by process" in outcome.stderr
    assert "Traceback" not in outcome.stderr
    assert contents(folder.path) == before


@pytest.fixture
def small_disk(tmp_path: Path) -> Path:
    """A folder on a disk of one megabyte; only root can make one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip("mounting a small disk needs root")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


def test_a_full_disk_damages_nothing(make_workflow: MakeWorkflow, small_disk: Path) -> None:
    file = make_workflow(6000)
    filler = small_disk / "filler"
    filler.write_bytes(bytes(850_000))
    output = f"output={small_disk / 'run'}"
    with pytest.raises(RunError, match="no space left"):
        go(file, output)
    filler.unlink()
    subprocess.run(["mount", "-o", "remount,size=64m", str(small_disk)], check=True)
    summary = go(file, output)
    assert contents(summary.folder.path) == contents(go(make_workflow(6000, name="roomy")).folder.path)


def limited(file: Path, most: int) -> subprocess.CompletedProcess[str]:
    """Run a workflow where no file may be above so many bytes, which needs no root."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))

    return subprocess.run(command(file), capture_output=True, text=True, check=False, preexec_fn=limit)


@pytest.mark.parametrize("most", [500, 3_000, 9_000])
def test_a_file_that_cannot_be_written_whole_damages_nothing(make_workflow: MakeWorkflow, most: int) -> None:
    file = make_workflow(600)
    outcome = limited(file, most)
    assert outcome.returncode == 1
    assert "larger than is allowed" in outcome.stderr
    assert "Traceback" not in outcome.stderr
    summary = go(file)
    assert contents(summary.folder.path) == contents(go(make_workflow(600, name="roomy")).folder.path)


@pytest.mark.parametrize(("number", "said"), [(errno.ENOSPC, "no space left"), (errno.EROFS, "read-only")])
@pytest.mark.parametrize("files", [0, 1, 4, 9, 14])
def test_a_disk_that_takes_no_more_damages_nothing(
    make_workflow: MakeWorkflow, monkeypatch: pytest.MonkeyPatch, number: int, said: str, files: int
) -> None:
    """The disk fails where files are renamed into place: after the first so many, for good."""
    file = make_workflow(30)
    replace, left = Path.replace, iter(range(files))

    def fail(path: Path, target: Path) -> Path:
        if next(left, None) is None:
            raise OSError(number, os.strerror(number), str(path))
        return replace(path, target)

    with monkeypatch.context() as broken:
        broken.setattr(Path, "replace", fail)
        with pytest.raises(RunError, match=said):
            go(file, "engine.retries=0")
    summary = go(file)
    assert summary.new
    assert contents(summary.folder.path) == contents(go(make_workflow(30, name="roomy")).folder.path)


def test_a_folder_that_may_not_be_written_is_said(make_workflow: MakeWorkflow, tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o555)
    call = command(make_workflow(3), f"output={locked / 'run'}")
    outcome = subprocess.run(call, capture_output=True, text=True, check=False, preexec_fn=obey_permissions)
    assert outcome.returncode == 1
    assert "no permission to write there; choose another folder" in outcome.stderr
    assert "Traceback" not in outcome.stderr


def obey_permissions() -> None:
    """Have root bound by permissions as others are: give up CAP_DAC_OVERRIDE. For others it does nothing."""
    drop_capability, dac_override = 24, 1
    ctypes.CDLL(None).prctl(drop_capability, dac_override, 0, 0, 0)


def test_a_read_only_disk_is_said(make_workflow: MakeWorkflow, small_disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(RunError, match="read-only"):
        go(make_workflow(3), f"output={small_disk / 'run'}")


def test_busy_folder_error_is_one_of_ours() -> None:
    assert issubclass(RunBusyError, RunError)


def test_a_luigid_may_own_the_order(make_workflow: MakeWorkflow, tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    luigid = Path(sys.executable).with_name("luigid")
    call = [luigid, "--address", "127.0.0.1", "--port", str(port), "--state-path", str(tmp_path / "state")]
    address = f"http://127.0.0.1:{port}"
    with subprocess.Popen(call, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            deadline = time.monotonic() + 20
            while time.monotonic() < deadline:
                with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                    break
                time.sleep(0.1)
            go(make_workflow(5), f"engine.scheduler={address}")
            query = json.dumps({"status": "DONE", "upstream_status": ""})
            with urlopen(f"{address}/api/task_list?{urlencode({'data': query})}") as answer:
                done = json.load(answer)["response"]
        finally:
            server.terminate()
    assert {name.partition("_")[0] for name in done} >= {"Read", "Tag", "Results"}


def test_on_a_terminal_it_ends(make_workflow: MakeWorkflow) -> None:
    ours, theirs = pty.openpty()
    call = command(make_workflow(2100, 2100), "engine.workers=2")
    call.remove("--quiet")
    with subprocess.Popen(call, stdin=theirs, stdout=theirs, stderr=theirs, close_fds=True) as process:
        os.close(theirs)
        seen = b""
        with suppress(OSError):  # the terminal is gone when the command has ended
            while block := os.read(ours, 65536):
                seen += block
        assert process.wait(timeout=60) == 0
    os.close(ours)
    assert b"tagging" in seen
    assert b"shards" in seen
    assert b"4,200" in seen
