"""Tables: rows of CSV, TSV and JSON lines, and rows that cannot be read."""

import gzip
import tracemalloc
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


def test_a_row_without_an_id_but_with_a_pmid_is_named_by_that(tmp_path: Path) -> None:
    records = read(tmp_path / "t.csv", "pmid,title\n12,Gout\n,Mumps\n")
    assert [record.id for record in records if isinstance(record, Document)] == ["pmid:12", "table:t#3"]


def test_json_lines_that_are_not_utf8_say_so(tmp_path: Path) -> None:
    reject, document = read(tmp_path / "t.jsonl", b'{"title": "Sj\xf6gren"}\n{"title": "Gout"}\n')
    assert isinstance(reject, Reject)
    assert reject.reason == "not UTF-8: byte 0xf6; save the file as UTF-8"
    assert isinstance(document, Document)


def test_a_wrong_column_names_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no column 'abstract' \(did you mean 'abstrakt'\?\); it has id, abstrakt"):
        read(tmp_path / "t.csv", "id,abstrakt\n1,x\n")


@pytest.mark.parametrize(
    ("name", "bad", "position"),
    [
        ("t.jsonl", b"{no json\n", "line 2"),
        ("t.jsonl", b"[1, 2]\n", "line 2"),
        ("t.jsonl", b'{"id": 2, "titel": "T"}\n', "line 2"),
        ("t.jsonl", b'{"id": 2, "abstract": {"text": "A"}}\n', "line 2"),
        ("t.jsonl", b'{"id": 2, "abstract": "half \\ud83d"}\n', "line 2"),
        ("t.jsonl", b"[" * 100_000 + b"\n", "line 2"),
        ("t.jsonl", b'{"id": 2, "abstract": "\xff"}\n', "line 2"),
        ("t.csv", b"2,b,c,d,e\n", "line 3"),
        ("t.csv", b"2\n", "line 3"),
        ("t.csv", b"2,b,\xff\n", "line 3"),
        ("t.csv", b'2,"never closed,c\n', "line 3"),
        ("t.csv", b'2,b,"c"d\n', "line 3"),
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


def test_a_quotation_mark_that_is_never_closed_costs_one_row_of_many(tmp_path: Path) -> None:
    rows = [f'{n},"T, {n}",A' for n in range(200)]
    rows[100] = '100,"T,A'
    records = read(tmp_path / "t.csv", "id,title,abstract\n" + "\n".join(rows) + "\n")
    documents = [record for record in records if isinstance(record, Document)]
    assert [document.id for document in documents] == [f"table:{n}" for n in range(200) if n != 100]
    (reject,) = [record for record in records if isinstance(record, Reject)]
    assert reject.position == "line 102"
    assert isinstance(records[-1], Document)


def test_lines_are_counted_right_behind_a_row_that_is_read_again(tmp_path: Path) -> None:
    bad = '2,"b\n3,c,C\n4,d"\n5,x\n'  # one row of two fields over three lines, then another short one
    records = read(tmp_path / "t.csv", "id,title,abstract\n" + bad + ",T,A\n")
    assert [record.position if isinstance(record, Reject) else record.id for record in records] == [
        "line 2",
        "table:3",
        "line 4",
        "line 5",
        "table:t#6",
    ]


@pytest.mark.parametrize("header", [b"id,title,\xff\n", b'id,"title\n'])
def test_without_a_header_nothing_is_read(tmp_path: Path, header: bytes) -> None:
    (reject,) = read(tmp_path / "t.csv", header + b"1,T,A\n2,T,A\n")
    assert isinstance(reject, Reject)
    assert reject.position == "line 1"


@pytest.mark.parametrize(("name", "head", "row"), [("t.csv", "title\n", "{}"), ("t.jsonl", "", '{{"title": "{}"}}')])
def test_memory_stays_flat(tmp_path: Path, name: str, head: str, row: str) -> None:
    path = tmp_path / name
    path.write_text(head + (row.format("x" * 1000) + "\n") * 10_000)
    source = TableSource(path=str(path))
    (item,) = source.inputs(tmp_path)
    tracemalloc.start()
    count = sum(1 for _ in source.read(item))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 10_000
    assert peak < 1_000_000


def test_fields_may_span_lines(tmp_path: Path) -> None:
    first, second = read(tmp_path / "t.csv", 'id,text\n1,"One.\n\nTwo."\n,Three\n')
    assert isinstance(first, Document)
    assert isinstance(second, Document)
    assert [passage.text for passage in first.passages] == ["One.", "\nTwo."]
    assert first.text == "One.\n\nTwo."
    assert second.id == "table:t#5"


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("pmid", "123", "pmid:123"),
        ("PMID", "123", "pmid:123"),
        ("doi", "10.1/x:y", "doi:10.1/x:y"),
        ("key", "123", "table:123"),
        ("key", "demo:001", "demo:001"),
        ("key", "http://x.org/1", "table:http://x.org/1"),
    ],
)
def test_ids_become_curies(tmp_path: Path, column: str, value: str, expected: str) -> None:
    (document,) = read(tmp_path / "t.csv", f"{column},title\n{value},T\n", id=column)
    assert isinstance(document, Document)
    assert document.id == expected


def test_a_row_with_empty_texts_is_a_document(tmp_path: Path) -> None:
    first, second = read(tmp_path / "t.jsonl", '{"title": "T", "abstract": ""}\n{"abstract": null}\n')
    assert isinstance(first, Document)
    assert isinstance(second, Document)
    assert (first.text, second.text, second.has_abstract) == ("T", "", False)


def test_a_column_that_the_settings_name_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no column 'jounal'"):
        read(tmp_path / "t.csv", "id,title,journal\n1,T,J\n", journal="jounal")


@pytest.mark.parametrize(
    ("content", "text"),
    [('{"title": "T"}\n', "T"), ("id\ttitle, and more\n1\tT\n", ""), ("id,title\n1,T\n", "T")],
)
def test_the_form_of_a_file_of_another_name_is_seen(tmp_path: Path, content: str, text: str) -> None:
    settings = {} if text else {"title": "title, and more"}
    (document,) = read(tmp_path / "table.dat", content, **settings)
    assert isinstance(document, Document)
    assert document.text == "T"


def test_a_table_that_breaks_off_gives_what_came_before(tmp_path: Path) -> None:
    packed = gzip.compress("".join(f'{{"id": "{n * 7919}", "abstract": "A{n}"}}\n' for n in range(9000)).encode())
    path = tmp_path / "t.jsonl.gz"
    path.write_bytes(packed[: len(packed) // 2])
    source = TableSource(path=str(tmp_path))
    records = list(source.read(source.inputs(tmp_path)[0]))
    assert sum(isinstance(record, Document) for record in records) > 1000
    assert isinstance(records[-1], Reject)
    assert "breaks off" in records[-1].reason
    assert sum(isinstance(record, Reject) for record in records) == 1


def test_a_folder_and_a_pattern_name_the_same_files(tmp_path: Path) -> None:
    for name in ("b.jsonl", "a.csv.gz", "c.txt", ".hidden.csv"):
        (tmp_path / name).write_bytes(b"")
    assert [item.name for item in TableSource(path=str(tmp_path)).inputs(tmp_path)] == ["a", "b"]
    assert [item.name for item in TableSource(path=str(tmp_path / "[ab].*")).inputs(tmp_path)] == ["a", "b"]


@pytest.mark.corpus
def test_the_demo_corpus(corpus_data: Path) -> None:
    source = TableSource(path=str(corpus_data / "literature" / "demo"), licence="license")
    (item,) = source.inputs(corpus_data)
    documents = list(source.read(item))
    assert len(documents) == 1088
    assert all(isinstance(document, Document) and document.has_abstract and document.licence for document in documents)


@pytest.mark.parametrize("value", ["NaN", "nan", "NA", "N/A", "null", "None", "<NA>"])
@pytest.mark.parametrize("name", ["t.csv", "t.jsonl"])
def test_a_missing_value_is_no_text(tmp_path: Path, name: str, value: str) -> None:
    row = f'{{"id": 1, "title": "Gout", "abstract": "{value}"}}\n'
    (document,) = read(tmp_path / name, row if name == "t.jsonl" else f"id,title,abstract\n1,Gout,{value}\n")
    assert isinstance(document, Document)
    assert (document.text, document.has_abstract) == ("Gout", False)


@pytest.mark.parametrize("value", ["NaN", "null", "Infinity", "-Infinity"])
def test_a_number_that_is_none_in_json(tmp_path: Path, value: str) -> None:
    (document,) = read(
        tmp_path / "t.jsonl", f'{{"id": {value}, "title": "Gout", "abstract": {value}, "year": {value}}}\n'
    )
    assert isinstance(document, Document)
    assert (document.text, document.year, document.has_abstract) == ("Gout", None, False)


def test_html_in_columns(tmp_path: Path) -> None:
    row = '1,Ca<sup>2+</sup> &amp; gout,"<h4>Background</h4>H<sub>2</sub>O rose.<h4>Results</h4>It fell (p&lt;0.05)."\n'
    (document,) = read(tmp_path / "t.csv", "id,title,abstract\n" + row)
    assert isinstance(document, Document)
    assert [(passage.label, passage.text) for passage in document.passages] == [
        (None, "Ca2+ & gout"),
        ("Background", "H2O rose."),
        ("Results", "It fell (p<0.05)."),
    ]


def test_html_in_a_longer_text(tmp_path: Path) -> None:
    (document,) = read(tmp_path / "t.csv", "id,text\n1,<p>One <i>two</i>.</p><p>Three.</p>\n")
    assert isinstance(document, Document)
    assert [passage.text.strip() for passage in document.passages if passage.text.strip()] == ["One two.", "Three."]


@pytest.mark.parametrize(
    ("rows", "titles"),
    [
        ('1\t"Silent" gout\tA\n2\tT\tA\n', ['"Silent" gout', "T"]),
        ('1\t"Silent gout\tA\n2\tT"\tA\n', ['"Silent gout', 'T"']),
        ('1\t"Quoted ""title"""\tA\n2\tT\tA\n', ['Quoted "title"', "T"]),
        ('1\tT\t"A\nB"\n2\t"T\tU"\tA\n', ["T", "T\tU"]),
    ],
)
def test_quotation_marks_in_tsv(tmp_path: Path, rows: str, titles: list[str]) -> None:
    records = read(tmp_path / "t.tsv", "id\ttitle\tabstract\n" + rows)
    assert [record.title if isinstance(record, Document) else record for record in records] == titles


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_csv_with_other_delimiters(tmp_path: Path, delimiter: str) -> None:
    rows = "id,title,abstract\n1,Gout,Old\n".replace(",", delimiter)
    (document,) = read(tmp_path / "t.csv", rows)
    assert isinstance(document, Document)
    assert (document.id, document.text) == ("table:1", "Gout\nOld")


def test_a_column_that_is_there_twice(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="two columns 'abstract'; rename one of them"):
        read(tmp_path / "t.csv", "id,abstract,abstract\n1,A,B\n")
    (document,) = read(tmp_path / "u.csv", "id,abstract,note,note,,\n1,A,B,C,D,E\n")
    assert isinstance(document, Document)
    assert document.text == "A"


@pytest.mark.parametrize("column", ["pmid", "PMID"])
def test_a_pmid_is_one_however_it_is_written(tmp_path: Path, column: str) -> None:
    rows = read(tmp_path / "t.csv", f"{column},title\n12.0,A\n012,B\nPMID:12,C\n12,D\npmid: 12,E\n", id=column)
    assert {row.id for row in rows if isinstance(row, Document)} == {"pmid:12"}
    assert len([row for row in rows if isinstance(row, Document)]) == 5
    assert [(row.position, row.reason) for row in rows if isinstance(row, Reject)] == [
        (f"line {number}", "pmid:12 is also the id of an earlier row, which this one replaces")
        for number in range(3, 7)
    ]


def test_ids_of_other_kinds(tmp_path: Path) -> None:
    ids = {"PMC0012": "pmcid:PMC12", "PMCID:PMC7": "pmcid:PMC7", "8.0": "pmcid:PMC8", "PMID:3": "pmid:3"}
    rows = read(tmp_path / "t.csv", "pmcid,title\n" + "".join(f"{id_},A\n" for id_ in ids), id="pmcid")
    assert [row.id for row in rows if isinstance(row, Document)] == list(ids.values())
    (one, two) = read(tmp_path / "u.csv", "id,title\n012,A\n12,B\n")
    assert isinstance(one, Document)
    assert isinstance(two, Document)
    assert (one.id, two.id) == ("table:012", "table:12")


def test_thousands_of_ids_are_told_apart(tmp_path: Path) -> None:
    lines = "".join(f"{number},A\n" for number in [*range(5000), *range(4000, 4100)])
    rejects = [row for row in read(tmp_path / "t.csv", "id,title\n" + lines) if isinstance(row, Reject)]
    assert [row.position for row in rejects] == [f"line {number}" for number in range(5002, 5102)]


@pytest.mark.parametrize(
    ("line", "authors"),
    [
        ('{"id": 1, "title": "Gout", "authors": "Doe J; Roe R"}', ("Doe J", "Roe R")),
        ('{"id": 1, "title": "Gout", "authors": ["Doe J", " ", 7]}', ("Doe J",)),
        ('{"id": 1, "title": "Gout", "authors": {"first": "Doe J"}}', ()),
        ('{"id": 1, "title": "Gout", "authors": "NaN"}', ()),
    ],
)
def test_authors_of_a_table(tmp_path: Path, line: str, authors: tuple[str, ...]) -> None:
    (document,) = read(tmp_path / "t.jsonl", f'{line[:-1]}, "pmid": "012", "pmcid": "PMC3"}}\n')
    assert isinstance(document, Document)
    assert (document.authors, document.pmid, document.pmcid) == (authors, "12", "PMC3")
