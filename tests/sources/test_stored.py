"""Files in an object store: what is listed, what is fetched when, and stores that fail."""

import importlib.util
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

s3fs = pytest.importorskip("s3fs", reason="the extra cloud is not installed")
pytest.importorskip("moto.server", reason="moto is not installed")

import fsspec

from bioweft.errors import FetchError, InputError, SettingsError
from bioweft.sources import stored, transport
from bioweft.sources.brat import BratSource
from bioweft.sources.jats import JatsSource
from bioweft.sources.stored import FileSource
from bioweft.sources.text import TextSource
from bioweft.workflow.settings import parse
from tests.sources.fake_store import Store, busy, cut, object_store, slow


@pytest.fixture(scope="module")
def running() -> Iterator[Store]:
    with object_store() as store:
        yield store


@pytest.fixture
def s3(running: Store, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A store with the empty bucket `lake`; answers that fail are asked for again at once."""
    for name, value in {"KEY": "made", "SECRET": "made", "ENDPOINT_URL": running.address}.items():
        monkeypatch.setitem(fsspec.config.conf.setdefault("s3", {}), name.lower(), value)
    monkeypatch.setattr(transport, "FIRST_WAIT", 0.0)
    monkeypatch.setattr(s3fs.S3FileSystem, "retries", 1)  # its own attempts, before ours
    monkeypatch.setitem(fsspec.config.conf["s3"], "config_kwargs", {"retries": {"max_attempts": 1}})
    running.empty("lake")
    return running


def fetched(source: FileSource, folder: Path) -> dict[str, bytes]:
    """Return the inputs of a source, by name, after it has fetched them."""
    assert source.remote
    source.fetch(folder)
    return {item.name: item.path.read_bytes() for item in source.inputs(folder)}


def here(source: FileSource, folder: Path) -> list[str]:
    """Return the names of the inputs of a source on disk."""
    assert not source.remote
    return [item.name for item in source.inputs(folder)]


TREE = {"in/a.txt": b"A", "in/deep/c.txt": b"C", "in/b.txt": b"B", "in/.hidden.txt": b"no", "in/x.xml": b"<x/>"}


@pytest.mark.parametrize("pattern", ["in", "in/", "in/*.txt", "in/**/*.txt", "in/b.txt", "in/[ab].txt"])
def test_inputs_are_named_as_those_on_a_disk(s3: Store, tmp_path: Path, pattern: str) -> None:
    for name, content in TREE.items():
        s3.put(name, content)
        (tmp_path / "disk" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "disk" / name).write_bytes(content)
    expected = here(TextSource(path=str(tmp_path / "disk" / pattern)), tmp_path)
    assert list(fetched(TextSource(path=f"s3://lake/{pattern}"), tmp_path / "run")) == expected


def test_what_is_new_is_fetched_and_what_is_gone_let_go(s3: Store, tmp_path: Path) -> None:
    source = TextSource(path="s3://lake/in")
    s3.put("in/a.txt", b"A")
    s3.put("in/deep/b.txt", b"B")
    assert fetched(source, tmp_path) == {"a.txt": b"A", "deep/b.txt": b"B"}
    s3.asked.clear()
    assert fetched(source, tmp_path) == {"a.txt": b"A", "deep/b.txt": b"B"}
    assert not [request for request in s3.asked if ".txt" in request]
    s3.put("in/a.txt", b"Another")
    s3.put("in/c.txt", b"C")
    s3.remove("in/deep/b.txt")
    assert fetched(source, tmp_path) == {"a.txt": b"Another", "c.txt": b"C"}
    assert {path.name for path in tmp_path.rglob("*")} == {
        "files", "stamps", "stored.json", "a.txt", "c.txt", "a.txt.json", "c.txt.json",
    }  # fmt: skip


def test_a_file_that_was_cut_or_removed_here_is_fetched_again(s3: Store, tmp_path: Path) -> None:
    source = TextSource(path="s3://lake/in")
    s3.put("in/a.txt", b"All of it")
    s3.put("in/b.txt", b"B")
    fetched(source, tmp_path)
    (tmp_path / "files" / "a.txt").write_bytes(b"All")
    (tmp_path / "files" / "b.txt").unlink()
    assert fetched(source, tmp_path) == {"a.txt": b"All of it", "b.txt": b"B"}


def test_files_beside_come_with_them(s3: Store, tmp_path: Path) -> None:
    for name in ("one.ann", "one.txt", "two.ann", "alone.txt"):
        s3.put(f"pairs/{name}", name.encode())
    source = BratSource(path="s3://lake/pairs")
    source.fetch(tmp_path)
    items = source.inputs(tmp_path)
    assert [(item.name, [path.name for path in item.beside]) for item in items] == [
        ("one.ann", ["one.txt"]),
        ("two.ann", []),
    ]


LONG = bytes(range(256)) * 40


@pytest.mark.parametrize("faults", [[busy] * 3, [cut] * 4, [slow], [busy, cut, slow, cut, busy]])
def test_a_store_with_faults_gives_the_same_bytes(
    s3: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, faults: list[Any]
) -> None:
    monkeypatch.setattr(stored, "_BLOCK", 3000)
    s3.put("in/long.txt", LONG)
    s3.put("in/short.txt", b"short")
    s3.faults += faults
    assert fetched(TextSource(path="s3://lake/in"), tmp_path) == {"long.txt": LONG, "short.txt": b"short"}
    assert not s3.faults


def test_what_broke_off_goes_on_where_it_was(s3: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored, "_BLOCK", 3000)
    s3.put("in/long.txt", LONG)
    source = TextSource(path="s3://lake/in")
    s3.faults += [slow] * 4 + [busy] * 100  # the list and some blocks come, then nothing
    with pytest.raises(FetchError, match=r"s3://lake/in \(long.txt\): 5 attempts failed .last error: "):
        source.fetch(tmp_path)
    (unfinished,) = tmp_path.rglob("*.fetching")
    have = unfinished.stat().st_size
    assert 0 < have < len(LONG)
    s3.faults.clear()
    s3.asked.clear()
    assert fetched(source, tmp_path) == {"long.txt": LONG}
    assert len([request for request in s3.asked if "GET /lake/in/long.txt" in request]) == -(
        -(len(LONG) - have) // 3000
    )


def test_a_file_that_changes_meanwhile_is_not_mixed(s3: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored, "_BLOCK", 3000)
    s3.put("in/long.txt", LONG)

    def change(relay: Any, content: bytes) -> bool:
        if "long.txt" in relay.path:
            relay.store.faults.clear()
            s3.put("in/long.txt", LONG[::-1])
        return False

    s3.faults += [change] * 9
    assert fetched(TextSource(path="s3://lake/in"), tmp_path) == {"long.txt": LONG[::-1]}


def test_what_is_not_there_is_said(s3: Store, tmp_path: Path) -> None:
    s3.put("in/a.xml", b"<x/>")
    with pytest.raises(InputError, match=r"no such file or folder: s3://lake/no"):
        TextSource(path="s3://lake/no").fetch(tmp_path)
    with pytest.raises(InputError, match=r"no \.txt file in s3://lake/in"):
        TextSource(path="s3://lake/in").fetch(tmp_path)
    with pytest.raises(InputError, match="nothing has been fetched from s3://lake/in"):
        JatsSource(path="s3://lake/in").inputs(tmp_path)


def test_a_name_that_leads_elsewhere_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FetchError, match="no file on a disk can have"):
        stored._name("lake/in/../../x.txt", "lake/in")


def test_a_file_address_is_a_path(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("A")
    assert here(TextSource(path=f"file://{tmp_path}/*.txt"), tmp_path) == ["a.txt"]


def test_any_store_of_fsspec_will_do(tmp_path: Path) -> None:
    fsspec.filesystem("memory").pipe_file("/in/a.txt", b"A")
    assert fetched(TextSource(path="memory://in/*.txt"), tmp_path) == {"a.txt": b"A"}
    assert json.loads((tmp_path / "stored.json").read_text())["files"] == ["a.txt"]


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("https://host/a.txt", "not an object store"),
        ("nowhere://a.txt", "neither a path nor the address of an object store"),
        ("gs://bucket/a.txt", r"pip install '\.\[cloud\]'"),
    ],
)
def test_an_address_out_of_reach_is_said_at_the_start(path: str, words: str) -> None:
    if path.startswith("gs:") and importlib.util.find_spec("gcsfs"):
        pytest.skip("gcsfs is installed, so gs:// is within reach")
    with pytest.raises(SettingsError, match=words):
        parse({"name": "x", "sources": [{"kind": "text", "path": path}]}, origin="x")
