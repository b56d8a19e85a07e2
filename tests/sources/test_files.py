"""Finding and opening input files."""

import gzip
import lzma
from pathlib import Path

import pytest

from bioweft.errors import InputError
from bioweft.sources.files import bare_name, find, inputs_of, open_binary


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.xml", b"text"),
        ("a.xml.gz", gzip.compress(b"text", mtime=0)),
        ("a.xml.xz", lzma.compress(b"text")),
        ("misnamed.xml", gzip.compress(b"text", mtime=0)),
        ("misnamed.xml.gz", b"text"),
    ],
)
def test_files_open_by_what_they_begin_with(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with open_binary(tmp_path / name) as stream:
        assert stream.read() == b"text"


def test_a_folder_gives_files_of_the_right_endings(tmp_path: Path) -> None:
    for name in ("b.XML", "a.xml.gz", "a.xml.gz.md5", ".c.xml", "d.txt"):
        (tmp_path / name).write_text("")
    (tmp_path / "e.xml").mkdir()
    assert [path.name for path in find(tmp_path, suffixes=[".xml"])] == ["a.xml.gz", "b.XML"]


def test_a_pattern_and_a_name_with_the_marks_of_one(tmp_path: Path) -> None:
    (tmp_path / "[a].xml").write_text("")
    (tmp_path / "a.xml").write_text("")
    assert find(tmp_path / "[a].xml", suffixes=[".xml"]) == [tmp_path / "[a].xml"]
    assert find(f"{tmp_path}/?.xml", suffixes=[".xml"]) == [tmp_path / "a.xml"]
    with pytest.raises(InputError, match="no such file or folder"):
        find(tmp_path / "*.nxml", suffixes=[".nxml"])


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        (["x/a.xml.gz", "x/b.xml"], ["a", "b"]),
        (["x/a.xml.gz", "x/a.xml"], ["a.xml.gz", "a.xml"]),
        (["x/y/a.xml", "x/z/a.xml"], ["y/a.xml", "z/a.xml"]),
    ],
)
def test_names_of_inputs_are_unique(paths: list[str], names: list[str]) -> None:
    assert [item.name for item in inputs_of([Path(path) for path in paths])] == names


@pytest.mark.parametrize(("name", "bare"), [("a.xml.gz", "a"), ("a.b.csv", "a.b"), ("a", "a"), ("x/a.txt.xz", "a")])
def test_bare_names(name: str, bare: str) -> None:
    assert bare_name(Path(name)) == bare
