"""Tables: rows of CSV, TSV and JSON lines, and rows that cannot be read."""

import gzip
from pathlib import Path

import pytest

from bioweft.errors import InputError
from bioweft.records import Document, Record, Reject
from bioweft.sources import TableSource


def read(path: Path, content: str | bytes, **settings: str) -> list[Record]:
    data = content if isinstance(content, bytes) else content.encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    source = TableSource(path=str(path), **settings)
    (item,) = source.inputs(path.parent)
    return list(source.read(item))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("t.jsonl", '{"id": "a:1", "title": "T", "abstract": "A, b", "year": 2020, "journal": "J", "doi": "10.1/x"}\n'),
        ("t.csv", 'id,title,abstract,year,journal,doi\na:1,T,"A, b",2020-03-01,J,10.1/x\n'),
        ("t.tsv", "\ufeffid\ttitle\tabstract\tyear\tjournal\tdoi\r\na:1\tT\tA, b\t2020\tJ\t10.1/x\r\n"),
        ("t.csv.gz", 'id,title,abstract,year,journal,doi\na:1,T,"A, b",2020,J,10.1/x\n'),
    ],
)
def test_every_form_gives_the_same_document(tmp_path: Path, name: str, content: str) -> None:
    (document,) = read(tmp_path / name, content)
    assert isinstance(document, Document)
    assert (document.id, document.text, document.year) == ("a:1", "T\nA, b", 2020)
    assert (document.journal, document.doi) == ("J", "10.1/x")


def test_columns_by_other_names(tmp_path: Path) -> None:
    (document,) = read(tmp_path / "t.csv", "nr,body\n7,Text here\n", id="nr", abstract="body")
    assert isinstance(document, Document)
    assert (document.id, document.text) == ("table:7", "Text here")


def test_a_row_without_an_id_is_named_by_its_place(tmp_path: Path) -> None:
    (document,) = read(tmp_path / "t.jsonl", '{"abstract": "Text"}\n')
    assert isinstance(document, Document)
    assert document.id == "table:t#1"


def test_a_wrong_column_names_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no column 'abstract' \(did you mean 'abstrakt'\?\); it has id, abstrakt"):
        read(tmp_path / "t.csv", "id,abstrakt\n1,x\n")


@pytest.mark.parametrize(
    ("name", "bad", "position"),
    [
        ("t.jsonl", b"{no json\n", "line 2"),
        ("t.jsonl", b"[1, 2]\n", "line 2"),
        ("t.jsonl", b'{"id": 2, "title": "", "abstract": " "}\n', "line 2"),
        ("t.jsonl", b'{"id": 2, "abstract": "\xff"}\n', "line 2"),
        ("t.csv", b"2,b,c,d,e\n", "line 3"),
        ("t.csv", b"2\n", "line 3"),
    ],
)
def test_a_bad_row_costs_only_itself(tmp_path: Path, name: str, bad: bytes, position: str) -> None:
    head, good = (b"id,title,abstract\n", b"%d,T,A\n") if name == "t.csv" else (b"", b'{"id": %d, "abstract": "A"}\n')
    records = read(tmp_path / name, head + good % 1 + bad + good % 3)
    assert [record.id for record in records if isinstance(record, Document)] == ["table:1", "table:3"]
    (reject,) = [record for record in records if isinstance(record, Reject)]
    assert reject.position == position


def test_a_long_field_is_read(tmp_path: Path) -> None:
    (document,) = read(tmp_path / "t.csv", f"id,abstract\n1,{'x' * 300_000}\n")
    assert isinstance(document, Document)
    assert len(document.text) == 300_000
