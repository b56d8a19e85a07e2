"""Documents that do not fit what a run stores: each a reject at its place, the others read."""

import json
from pathlib import Path
from typing import Any

import pytest

from bioweft.records import Document, Passage, Reject
from bioweft.sources import Input, JsonlSource, PubMedFiles, TableSource, TextSource
from bioweft.sources.fitting import fitting
from bioweft.store.documents import to_row, to_table

TITLE = {"kind": "title", "text": "Gout"}
WELL = {"id": "x:9", "passages": [TITLE]}


@pytest.mark.parametrize(
    "doi", ["10.1234/Ab.c", "https://doi.org/10.1234/Ab.c", "http://dx.doi.org/10.1234/Ab.c", "doi: 10.1234/Ab.c "]
)
def test_a_doi_is_bare_however_it_is_written(doi: str) -> None:
    assert fitting(Document(id="x:1", passages=(Passage("title", "Gout"),), doi=doi)).doi == "10.1234/Ab.c"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"year": 40000}, "the year 40000 is not between 1 and 9999"),
        ({"year": -5}, "the year -5"),
        ({"version": 3_000_000_000}, "the version 3000000000"),
        ({"version": -1}, "the version -1"),
        ({"id": ""}, "it has no id"),
        ({"id": "x:\x1b[31m"}, "the id holds a control character"),
        ({"passages": [{"kind": "title", "text": "Gout \ud800"}]}, "half of a character, U+D800"),
        ({"passages": [{"kind": "title", "text": "Gout\0"}]}, "the text holds a NUL character"),
        ({"passages": [{"kind": "\0", "text": "Gout"}]}, "the kind of a passage holds a NUL"),
        ({"journal": "a\0b"}, "the journal holds a NUL"),
        ({"flags": ["\udfff"]}, "the list of flags"),
        ({"mesh": [{"id": "mesh:D1", "name": "\ud800"}]}, "the MeSH heading"),
    ],
)
def test_a_document_that_does_not_fit_is_a_reject_at_its_line(
    tmp_path: Path, fields: dict[str, Any], reason: str
) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in ({**WELL, "id": "x:1"}, {**WELL, **fields}, WELL)))
    records = list(JsonlSource(path=str(file)).read(Input("a", file)))
    assert [record.id for record in records if isinstance(record, Document)] == ["x:1", "x:9"]
    (reject,) = [record for record in records if isinstance(record, Reject)]
    assert (reject.source, reject.position) == (str(file), "line 2")
    assert reason in reject.reason
    reject.reason.encode()
    to_table([to_row(record, input_number=0) for record in records if isinstance(record, Document)])


@pytest.mark.parametrize("version", ["99999999999999999999", "40000", "-3", "x", "٣"])
def test_a_version_of_pubmed_that_is_none(tmp_path: Path, version: str) -> None:
    file = tmp_path / "a.xml"
    records = [
        f'<PubmedArticle><MedlineCitation><PMID Version="{v}">{n}</PMID><Article><ArticleTitle>Gout</ArticleTitle>'
        "</Article></MedlineCitation></PubmedArticle>"
        for n, v in ((1, version), (2, ""))
    ]
    file.write_text("<PubmedArticleSet>" + "".join(records) + "</PubmedArticleSet>")
    first, second = PubMedFiles(path=str(file)).read(Input("a", file))
    assert isinstance(first, Reject)
    assert first.position.endswith("PMID 1")
    assert isinstance(second, Document)
    assert second.version == 1


@pytest.mark.parametrize(
    ("written", "year"), [("2020", 2020), ("2020-03-01", 2020), ("20200301", 2020), ("40000", None), ("0000", None)]
)
def test_years_of_tables(tmp_path: Path, written: str, year: int | None) -> None:
    file = tmp_path / "a.csv"
    file.write_text(f"title,year\nGout,{written}\n")
    (document,) = TableSource(path=str(file)).read(Input("a", file))
    assert isinstance(document, Document)
    assert document.year == year


def test_control_characters_of_a_text_are_blanks_and_offsets_stay(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_bytes(b"Gout.\n\x0cAsthma\x1b[0m\x0b.\n")
    (document,) = TextSource(path=str(file)).read(Input("a.txt", file))
    assert isinstance(document, Document)
    assert document.text == "Gout.\n Asthma [0m .\n"


def test_what_fits_is_the_same_document() -> None:
    document = Document("x:1", (Passage("title", "β-Catenin\tand\nmore \x85 \u2028"),), year=2020)
    assert fitting(document) is document
