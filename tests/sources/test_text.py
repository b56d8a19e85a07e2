"""Plain text: the file's own characters, its paragraphs and its title."""

import gzip
import lzma
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bioweft.errors import InputError
from bioweft.records import Document, Record, Reject
from bioweft.sources import TextSource, text
from bioweft.sources.text import paragraphs, passages


def read(path: Path) -> list[Record]:
    source = TextSource(path=str(path))
    return [record for item in source.inputs(path) for record in source.read(item)]


@given(st.text(alphabet="ab .\n\r\t\u2028é", max_size=60))
def test_no_character_is_lost_or_moved(content: str) -> None:
    assert "\n".join(paragraphs(content)) == content
    assert Document("file:x", passages(content)).text == content


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("Title\n\nBody one.\nStill one.\n\nTwo.\n", ["title", "paragraph", "paragraph"]),
        ("One line only", ["paragraph"]),
        ("One line only\n\n", ["paragraph", "paragraph"]),
        ("Two\nlines\n\nBody", ["paragraph", "paragraph"]),
        ("Title\r\n \t\r\nBody\r\n", ["title", "paragraph"]),
        ("x" * 301 + "\n\nBody", ["paragraph", "paragraph"]),
        ("", ["paragraph"]),
    ],
)
def test_paragraphs_and_titles(content: str, expected: list[str]) -> None:
    assert [passage.kind for passage in passages(content)] == expected


def test_a_file(tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_bytes("\ufeffOn β-catenin\r\n\r\nIt binds.\r\n".encode())
    (document,) = read(tmp_path / "note.txt")
    assert isinstance(document, Document)
    assert document.id == "file:note.txt"
    assert document.text == "On β-catenin\r\n\r\nIt binds.\r\n"


def test_a_folder_is_walked_whole(tmp_path: Path) -> None:
    (tmp_path / "deep" / "deeper").mkdir(parents=True)
    (tmp_path / "deep" / "deeper" / "a.txt").write_text("A")
    (tmp_path / "a.txt.gz").write_bytes(gzip.compress(b"B"))
    (tmp_path / "b.txt.xz").write_bytes(lzma.compress(b"C"))
    (tmp_path / "other.md").write_text("D")
    documents = read(tmp_path)
    assert [(document.id, document.text) for document in documents if isinstance(document, Document)] == [
        ("file:a.txt.gz", "B"),
        ("file:b.txt.xz", "C"),
        ("file:deep/deeper/a.txt", "A"),
    ]
    items = TextSource(path=str(tmp_path / "**" / "a.*")).inputs(tmp_path)
    assert [item.name for item in items] == ["a.txt.gz", "deep/deeper/a.txt"]


def test_bytes_that_are_no_text_are_rejects(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"line\nbad \xff\n")
    (tmp_path / "b.txt").write_bytes(b"good")
    (tmp_path / "c.txt.gz").write_bytes(gzip.compress(b"cut" * 9999)[:-9])
    first, second, third = read(tmp_path)
    assert isinstance(first, Reject)
    assert (first.position, "UTF-8" in first.reason) == ("line 2, byte 9", True)
    assert isinstance(second, Document)
    assert isinstance(third, Reject)


def test_a_zip_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "MOST_BYTES", 1000)
    (tmp_path / "a.txt.gz").write_bytes(gzip.compress(b" " * 1_000_000))
    (reject,) = read(tmp_path)
    assert isinstance(reject, Reject)
    assert "above 1,000 bytes" in reject.reason


def test_nothing_to_read_says_what_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no \.txt file in folder"):
        TextSource(path=str(tmp_path)).inputs(tmp_path)
    with pytest.raises(InputError, match="no such file or folder"):
        TextSource(path=str(tmp_path / "none.txt")).inputs(tmp_path)
