"""CORD-19: rows and their traps, full text, and releases that are fetched."""

import csv
import hashlib
import io
import json
import tarfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import ValidationError

from bioweft.errors import FetchError, InputError
from bioweft.records import Document, Record, Reject
from bioweft.sources.cord19 import Cord19

COLUMNS = (
    "cord_uid sha source_x title doi pmcid pubmed_id license abstract publish_time journal pdf_json_files "
    "pmc_json_files"
).split()


def table(*rows: dict[str, str]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def release(folder: Path, *rows: dict[str, str]) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "metadata.csv").write_text(table(*rows), encoding="utf-8")
    return folder


def read(source: Cord19, folder: Path = Path()) -> list[Record]:
    (item,) = source.inputs(folder)
    return list(source.read(item))


ROW = {
    "cord_uid": "u1",
    "source_x": "PMC; medRxiv",
    "title": "A title",
    "doi": "10.1/x",
    "pmcid": "PMC1",
    "pubmed_id": "32589984.0",
    "license": "cc-by",
    "abstract": "An abstract.",
    "publish_time": "2020",
    "journal": "J",
}


def test_a_row(tmp_path: Path) -> None:
    (document,) = read(Cord19(path=str(release(tmp_path / "r", ROW))))
    assert isinstance(document, Document)
    assert (document.id, document.text, document.year) == ("cord:u1", "A title\nAn abstract.", 2020)
    assert (document.licence, document.pmcid, document.flags) == ("cc-by", "PMC1", ())


def test_of_several_rows_the_first_with_an_abstract_counts(tmp_path: Path) -> None:
    rows = [
        {**ROW, "abstract": ""},
        {**ROW, "title": "Second"},
        {**ROW, "title": "Third"},
        {"cord_uid": "u2", "title": "T"},
    ]
    documents = read(Cord19(path=str(release(tmp_path / "r", *rows))))
    assert [(d.id, d.title) for d in documents if isinstance(d, Document)] == [("cord:u1", "Second"), ("cord:u2", "T")]


def test_a_row_without_an_id_is_a_reject(tmp_path: Path) -> None:
    first, second = read(Cord19(path=str(release(tmp_path / "r", {**ROW, "cord_uid": ""}, ROW))))
    assert isinstance(first, Reject)
    assert isinstance(second, Document)


def test_full_text_prefers_pmc_and_misses_nothing_silently(tmp_path: Path) -> None:
    rows = [
        {**ROW, "pdf_json_files": "a.json; b.json", "pmc_json_files": "c.json"},
        {**ROW, "cord_uid": "u2", "pdf_json_files": "gone.json"},
    ]
    folder = release(tmp_path / "r", *rows)
    (folder / "c.json").write_text(json.dumps({"body_text": [{"text": "It says.", "section": "Results"}]}))
    first, reject, second = read(Cord19(path=str(folder), full_text=True))
    assert isinstance(first, Document)
    assert [(p.kind, p.label, p.text) for p in first.passages[2:]] == [("paragraph", "Results", "It says.")]
    assert isinstance(reject, Reject)
    assert "gone.json" in reject.reason
    assert isinstance(second, Document)
    assert second.text == "A title\nAn abstract."


def test_one_place_must_be_given(tmp_path: Path) -> None:
    for settings in ({}, {"path": "a", "url": "http://b"}):
        with pytest.raises(ValidationError, match="either `path`"):
            Cord19(**settings)
    with pytest.raises(InputError, match=r"no metadata\.csv"):
        Cord19(path=str(tmp_path)).inputs(tmp_path)


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """A release as it was published: an archive with the table and an archive of parses."""
    folder = release(tmp_path / "2022-06-02", {**ROW, "pmc_json_files": "document_parses/pmc_json/c.json"})
    (folder / "c.json").write_text(json.dumps({"body_text": [{"text": "It says.", "section": ""}]}))
    with tarfile.open(folder / "document_parses.tar.gz", "w:gz") as inner:
        inner.add(folder / "c.json", "document_parses/pmc_json/c.json")
    (folder / "c.json").unlink()
    file = tmp_path / "served" / "cord-19.tar.gz"
    file.parent.mkdir()
    with tarfile.open(file, "w:gz") as outer:
        outer.add(folder, "2022-06-02")
    return file


def test_a_release_is_fetched_checked_and_unpacked_once(
    archive: Path, tmp_path: Path, serve: Callable[..., "object"]
) -> None:
    server = serve(archive.parent, break_after=100)
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    source = Cord19(url=f"{server.url}/cord-19.tar.gz", sha256=digest, full_text=True)
    assert source.fetch(tmp_path / "fetched") == []
    (document,) = read(source, tmp_path / "fetched")
    assert isinstance(document, Document)
    assert document.passages[2].text == "It says."
    requests = len(server.requests)
    source.fetch(tmp_path / "fetched")
    assert len(server.requests) == requests
    assert any("Range" in headers for _, headers in server.requests)


def test_a_wrong_digest_is_said(archive: Path, tmp_path: Path, serve: Callable[..., "object"]) -> None:
    server = serve(archive.parent)
    with pytest.raises(FetchError, match="sha256 is wrong both times"):
        Cord19(url=f"{server.url}/cord-19.tar.gz", sha256="0" * 64).fetch(tmp_path / "fetched")
    assert not (tmp_path / "fetched" / "cord-19.tar.gz").exists()


def test_an_archive_that_climbs_out_is_refused(tmp_path: Path, serve: Callable[..., "object"]) -> None:
    (tmp_path / "served").mkdir()
    with tarfile.open(tmp_path / "served" / "evil.tar.gz", "w:gz") as evil:
        evil.addfile(tarfile.TarInfo("../../metadata.csv"), io.BytesIO())
    server = serve(tmp_path / "served")
    with pytest.raises(FetchError, match="cannot be unpacked"):
        Cord19(url=f"{server.url}/evil.tar.gz").fetch(tmp_path / "deep" / "fetched")


@pytest.mark.corpus
def test_the_real_rows(corpus_data: Path) -> None:
    counts: Counter[str] = Counter()
    identifiers: set[str] = set()
    for path in sorted((corpus_data / "literature" / "cord19").glob("metadata_*.csv")):
        for record in read(Cord19(path=str(path))):
            assert isinstance(record, Document), record
            if record.id not in identifiers:
                counts["abstract"] += record.has_abstract
                counts["undated"] += record.year is None
                counts[f"licence {record.licence}"] += 1
            identifiers.add(record.id)
    assert len(identifiers) == 3_696
    assert counts["abstract"] == 3_065
    assert counts["undated"] == 6
    assert counts["licence cc-by"] == 1_034
