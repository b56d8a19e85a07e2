"""The cache of compiled dictionaries: right, shared, and never in the way."""

import os
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import platformdirs
import pytest

from bioweft.errors import BioweftError
from bioweft.lexicon import cache, dictionary, mapped
from bioweft.lexicon.compile import compile_tables
from bioweft.records import Concept, Term


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache folder."""
    monkeypatch.setattr(platformdirs, "user_cache_dir", lambda name: str(tmp_path / "cache" / name))
    return tmp_path / "cache" / "bioweft"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A dictionary of two concepts."""
    path = tmp_path / "pests.parquet"
    gala = Concept("x:1", "apple scab", "pest", (Term("apple scab", "name"), Term("scab", "synonym")))
    dictionary.write(path, [gala, Concept("x:2", "SCB", "pest", (Term("SCB", "symbol"),))])
    return path


def hits(file: Path) -> list[tuple[str, int, int]]:
    matcher = cache.matcher([file])
    found = matcher.find("An apple scab, or SCB")
    concepts = [matcher.concepts[number].as_py() for number in found.concept]
    return list(zip(concepts, found.start.tolist(), found.end.tolist(), strict=True))


FOUND = [("x:1", 3, 13), ("x:1", 9, 13), ("x:2", 18, 21)]


def test_a_second_start_maps_what_the_first_compiled(folder: Path, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert hits(file) == FOUND
    monkeypatch.setattr(cache, "compile_tables", lambda _: pytest.fail("compiled again"))
    assert hits(file) == FOUND
    assert len(list(folder.iterdir())) == 1


def test_what_is_read_equals_what_was_written(folder: Path, file: Path, tmp_path: Path) -> None:
    compiled = compile_tables([dictionary.read_table(file)])
    mapped.write(tmp_path / "m.arrow", cache.columns(compiled))
    again = cache.from_columns(mapped.read(tmp_path / "m.arrow"))
    assert again.types == compiled.types
    assert again.concepts.to_pylist() == compiled.concepts.to_pylist()
    for name in (
        "leads_on",
        "terms_from",
        "concept",
        "type",
        "status",
        "rule",
        "form",
        "case",
        "telling_from",
        "telling",
    ):
        np.testing.assert_array_equal(getattr(again, name), getattr(compiled, name))
        assert getattr(again, name).dtype == getattr(compiled, name).dtype
    np.testing.assert_array_equal(again.words.keys, compiled.words.keys)
    np.testing.assert_array_equal(again.children.values, compiled.children.values)


def test_another_dictionary_is_another_file(folder: Path, file: Path) -> None:
    before = cache.key([file])
    dictionary.write(file, [Concept("x:1", "apple canker", "pest", (Term("apple canker", "name"),))])
    assert cache.key([file]) != before
    assert hits(file) == []


def flipped(data: bytes, share: float) -> bytes:
    """Return bytes with one bit turned."""
    content = bytearray(data)
    content[int(share * len(content))] ^= 16
    return bytes(content)


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[: len(data) // 2],
        lambda _: b"",
        lambda _: b"no arrow file",
        *(lambda data, share=share: flipped(data, share) for share in (0.0, 0.3, 0.5, 0.7, 0.9, 0.9999)),
    ],
)
def test_a_damaged_file_is_named_and_made_again(
    folder: Path, file: Path, caplog: pytest.LogCaptureFixture, damage: Callable[[bytes], bytes]
) -> None:
    hits(file)
    (cached,) = folder.iterdir()
    cached.write_bytes(damage(cached.read_bytes()))
    assert hits(file) == FOUND
    assert f"{cached} are damaged" in caplog.text
    cache.from_columns(mapped.read(cached))


def test_a_folder_that_cannot_be_written_only_costs_time(
    folder: Path, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder.parent.mkdir()
    folder.write_text("a file where the folder should be")
    assert hits(file) == FOUND
    assert "cannot be kept" in caplog.text


def test_a_failed_write_leaves_nothing_behind(folder: Path, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    assert hits(file) == FOUND
    assert list(folder.iterdir()) == []


def test_what_nobody_reads_is_dropped(folder: Path, file: Path) -> None:
    folder.mkdir(parents=True)
    old, young = folder / "matcher-old.columns", folder / "matcher-young.columns"
    for path in (old, young):
        path.write_bytes(b"")
    os.utime(old, (0, 0))
    hits(file)
    assert not old.exists()
    assert young.exists()


def test_several_processes_may_start_at_once(folder: Path, file: Path) -> None:
    with get_context("fork").Pool(4) as pool:
        assert pool.map(hits, [file] * 8) == [FOUND] * 8
    assert len(list(folder.iterdir())) == 1


def test_a_missing_dictionary_is_an_error(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(BioweftError, match=r"none\.parquet"):
        cache.key([tmp_path / "none.parquet"])
