"""CORD-19: rows and their traps, full text, and releases that are fetched."""

import csv
import gzip
import hashlib
import io
import json
import lzma
import shutil
import tarfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import ValidationError

from bioweft.errors import FetchError, InputError
from bioweft.records import Document, Record, Reject
from bioweft.sources import Input
from bioweft.sources import archive as archive_module
from bioweft.sources.cord19 import Cord19
from tests.sources.fake_files import FileServer

COLUMNS = (
    "cord_uid sha source_x title doi pmcid pubmed_id license abstract publish_time journal pdf_json_files "
    "pmc_json_files authors"
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


@pytest.mark.parametrize(("pubmed_id", "pmid"), [("31", "31"), ("31.0", "31"), ("", None), ("x31", None)])
def test_a_row_has_its_pmid_and_authors(tmp_path: Path, pubmed_id: str, pmid: str | None) -> None:
    row = {**ROW, "pubmed_id": pubmed_id, "authors": "Doe, Jane; Roe, R"}
    (document,) = read(Cord19(path=str(release(tmp_path / "r", row))))
    assert isinstance(document, Document)
    assert (document.pmid, document.authors) == (pmid, ("Doe, Jane", "Roe, R"))


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
    (folder / "cord_19_embeddings.tar.gz").write_bytes(b"not needed")
    file = tmp_path / "served" / "cord-19.tar.gz"
    file.parent.mkdir()
    with tarfile.open(file, "w:gz") as outer:
        outer.add(folder, "2022-06-02")
    return file


def test_a_release_is_fetched_checked_and_unpacked_once(
    archive: Path, tmp_path: Path, serve: Callable[..., FileServer]
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


def test_a_wrong_digest_is_said(archive: Path, tmp_path: Path, serve: Callable[..., FileServer]) -> None:
    server = serve(archive.parent)
    with pytest.raises(FetchError, match="sha256 is wrong both times"):
        Cord19(url=f"{server.url}/cord-19.tar.gz", sha256="0" * 64).fetch(tmp_path / "fetched")
    assert not (tmp_path / "fetched" / "cord-19.tar.gz").exists()


def test_an_archive_that_climbs_out_is_refused(tmp_path: Path, serve: Callable[..., FileServer]) -> None:
    (tmp_path / "served").mkdir()
    with tarfile.open(tmp_path / "served" / "evil.tar.gz", "w:gz") as evil:
        evil.addfile(tarfile.TarInfo("../../metadata.csv"), io.BytesIO())
    server = serve(tmp_path / "served")
    with pytest.raises(FetchError, match="cannot be unpacked"):
        Cord19(url=f"{server.url}/evil.tar.gz").fetch(tmp_path / "deep" / "fetched")


PARSE = {"abstract": [], "body_text": [{"text": "It says.", "section": "Results"}, {"text": " ", "section": "None"}]}


def parsed(path: Path, **parse: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({**PARSE, **parse}), encoding="utf-8")


def test_flags_dates_and_identifiers(tmp_path: Path) -> None:
    rows = [
        {**ROW, "cord_uid": "a", "journal": "", "license": "unk", "publish_time": "2020-12-31", "pubmed_id": "1"},
        {**ROW, "cord_uid": "b", "journal": "bioRxiv", "publish_time": "", "doi": "https://doi.org/10.1/y"},
        {**ROW, "cord_uid": "c", "source_x": "Elsevier; PMC", "publish_time": "2020 Mar 13", "doi": "none"},
    ]
    a, b, c = (d for d in read(Cord19(path=str(release(tmp_path / "r", *rows)))) if isinstance(d, Document))
    assert [document.flags for document in (a, b, c)] == [("preprint",), ("preprint",), ()]
    assert [document.year for document in (a, b, c)] == [2020, None, 2020]
    assert [document.licence for document in (a, b, c)] == [None, "cc-by", "cc-by"]
    assert [document.doi for document in (a, b, c)] == ["10.1/x", "10.1/y", None]


def test_a_bad_row_costs_only_itself(tmp_path: Path) -> None:
    folder = release(tmp_path / "r", ROW, {**ROW, "cord_uid": "u2"})
    with (folder / "metadata.csv").open("ab") as file:
        file.write(b"u3,too,few\r\nu4" + b"," * 7 + b"bad \xff bytes" + b"," * 6 + b"\r\n")
        file.write(
            table({**ROW, "cord_uid": "u5", "abstract": "Two\nlines, a comma"}).splitlines(keepends=True)[1].encode()
        )
        file.write(b'lines, a comma",2020,J,,,\r\n')
    records = read(Cord19(path=str(folder)))
    assert [r.id for r in records if isinstance(r, Document)] == ["cord:u1", "cord:u2", "cord:u5"]
    assert [r.position for r in records if isinstance(r, Reject)] == ["line 4", "line 5"]
    assert isinstance(records[-1], Document)
    assert records[-1].passages[1].text == "Two\nlines, a comma"


@pytest.mark.parametrize(("name", "pack"), [("metadata.csv.gz", gzip.compress), ("metadata.csv.xz", lzma.compress)])
def test_a_packed_table(tmp_path: Path, name: str, pack: Callable[[bytes], bytes]) -> None:
    (tmp_path / name).write_bytes(pack(table(ROW).encode()))
    for path in (tmp_path, tmp_path / name):
        assert [type(record) for record in read(Cord19(path=str(path)))] == [Document]


def test_another_table_is_said(tmp_path: Path) -> None:
    (tmp_path / "metadata.csv").write_text("sha,title,abstract\n1,2,3\n")
    with pytest.raises(InputError, match="it lacks cord_uid"):
        read(Cord19(path=str(tmp_path)))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("not json", "Expecting value"),
        ('{"body_text": [{"section": "x"}]}', "no parsed article"),
        ('{"body_text": [{"text": 5}]}', "a paragraph without text"),
        ('{"body_text": [{"text": "half \\ud800"}]}', "surrogates not allowed"),
        ("[" * 100_000, "no parsed article"),
        ("[1]", "no parsed article"),
    ],
)
def test_a_parse_that_cannot_be_read(tmp_path: Path, content: str, reason: str) -> None:
    folder = release(tmp_path / "r", {**ROW, "pdf_json_files": "a.json"})
    (folder / "a.json").write_text(content)
    reject, document = read(Cord19(path=str(folder), full_text=True))
    assert isinstance(reject, Reject)
    assert reject.position == "line 2"
    assert reason in reject.reason
    assert isinstance(document, Document)
    assert document.has_abstract


def test_a_parse_outside_of_the_release_is_not_read(tmp_path: Path) -> None:
    parsed(tmp_path / "secret.json")
    folder = release(tmp_path / "r", {**ROW, "pdf_json_files": "../secret.json"})
    reject, _ = read(Cord19(path=str(folder), full_text=True))
    assert isinstance(reject, Reject)
    assert "outside of the release" in reject.reason


def test_of_several_parses_the_first_that_can_be_read_counts(tmp_path: Path) -> None:
    folder = release(
        tmp_path / "r", {**ROW, "sha": "a; b", "pdf_json_files": "a.json; b.json", "pmc_json_files": "c.json"}
    )
    parsed(folder / "b.json")
    (document,) = read(Cord19(path=str(folder), full_text=True))
    assert isinstance(document, Document)
    assert [(p.kind, p.label) for p in document.passages] == [
        ("title", None),
        ("abstract", None),
        ("paragraph", "Results"),
    ]


@pytest.mark.parametrize("doubled", [False, True])
def test_a_release_of_before_may_2020(tmp_path: Path, doubled: bool) -> None:
    columns = "cord_uid,sha,source_x,title,doi,pmcid,pubmed_id,license,abstract,publish_time,authors,journal,"
    columns += "Microsoft Academic Paper ID,WHO #Covidence,has_pdf_parse,has_pmc_xml_parse,full_text_file,url"
    lines = [
        columns,
        'u1,s1; s2,PMC,T,10.1/x,PMC7,7.0,cc-by,,2020,"A, B",J,1,,True,True,subset,',
        'u2,s3,PMC,T,10.1/x,,,cc-by,,2020,"A, B",J,1,,True,False,subset,',
        'u3,,PMC,T,10.1/x,,,cc-by,,2020,"A, B",J,1,,False,False,,',
    ]
    (tmp_path / "metadata.csv").write_text("\n".join(lines))
    root = tmp_path / "subset" / "subset" if doubled else tmp_path / "subset"
    parsed(root / "pmc_json" / "PMC7.xml.json", body_text=[{"text": "From PMC", "section": ""}])
    parsed(root / "pdf_json" / "s3.json", body_text=[{"text": "From the PDF", "section": ""}])
    documents = read(Cord19(path=str(tmp_path), full_text=True))
    assert [[p.text for p in d.passages[1:]] for d in documents if isinstance(d, Document)] == [
        ["From PMC"],
        ["From the PDF"],
        [],
    ]
    assert len(documents) == 3


def test_an_archive_on_disk_is_unpacked_as_far_as_needed(archive: Path, tmp_path: Path) -> None:
    folder = tmp_path / "fetched"
    for full_text in (False, True):
        source = Cord19(path=str(archive), full_text=full_text)
        source.fetch(folder)
        (document,) = read(source, folder)
        assert isinstance(document, Document)
        assert len(document.passages) == 2 + full_text
        assert len(list(folder.rglob("*.json"))) == full_text
        assert not list(folder.rglob("*embeddings*"))
    assert len(list(folder.iterdir())) == 1


def test_a_table_may_be_fetched_alone(tmp_path: Path, serve: Callable[..., FileServer]) -> None:
    server = serve(release(tmp_path / "served", ROW))
    source = Cord19(url=f"{server.url}/metadata.csv", md5=hashlib.md5(table(ROW).encode()).hexdigest())
    source.fetch(tmp_path / "fetched")
    assert len(read(source, tmp_path / "fetched")) == 1


def test_a_new_release_takes_the_place_of_the_old(archive: Path, tmp_path: Path) -> None:
    source = Cord19(path=str(archive))
    source.fetch(tmp_path / "fetched")
    with tarfile.open(archive, "w:gz") as outer:
        outer.add(release(tmp_path / "new", {**ROW, "cord_uid": "new"}), "2022-07-01")
    source.fetch(tmp_path / "fetched")
    assert [record.id for record in read(source, tmp_path / "fetched") if isinstance(record, Document)] == ["cord:new"]


def test_a_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_module, "LEAST_LIMIT", 1000)
    with tarfile.open(tmp_path / "bomb.tar.gz", "w:gz") as bomb:
        member = tarfile.TarInfo("metadata.csv")
        member.size = 2_000_000
        bomb.addfile(member, io.BytesIO(bytes(member.size)))
    with pytest.raises(FetchError, match="would unpack to more than"):
        Cord19(path=str(tmp_path / "bomb.tar.gz")).fetch(tmp_path / "fetched")
    assert not list((tmp_path / "fetched").glob("release-????????????"))


@pytest.mark.parametrize("share", [0.2, 0.6])
def test_a_damaged_archive_is_said(archive: Path, tmp_path: Path, share: float) -> None:
    whole = archive.read_bytes()
    archive.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(FetchError, match="cannot be unpacked"):
        Cord19(path=str(archive)).fetch(tmp_path / "fetched")


@pytest.mark.corpus
def test_real_parses(corpus_data: Path, tmp_path: Path) -> None:
    parses = corpus_data / "literature" / "cord19" / "pdf_json"
    names = sorted(path.name for path in parses.glob("*.json"))
    folder = release(tmp_path / "r", *({**ROW, "cord_uid": name, "pdf_json_files": name} for name in names))
    for name in names:
        shutil.copy(parses / name, folder)
    documents = read(Cord19(path=str(folder), full_text=True))
    assert len(documents) == 4
    assert all(isinstance(document, Document) and len(document.passages) > 4 for document in documents)


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


def test_a_flipped_bit_is_found_by_the_checksum(archive: Path, tmp_path: Path) -> None:
    content = gzip.decompress(archive.read_bytes())
    for packed in (gzip.compress(content, compresslevel=0), gzip.compress(content)):
        # The checksum's own bytes, behind all that the archive says; and a letter of the table, stored as it is.
        for place in (len(packed) - 6, packed.find(b"cord_uid")):
            if place < 0:
                continue
            damaged = bytearray(packed)
            damaged[place] ^= 4
            archive.write_bytes(damaged)
            with pytest.raises(FetchError, match="cannot be unpacked"):
                Cord19(path=str(archive)).fetch(tmp_path / "fetched")
            assert not list((tmp_path / "fetched").glob("release-*[!g]/*"))


@pytest.mark.parametrize("members", [[], ["readme.txt"]])
def test_an_archive_without_a_release_is_an_error(tmp_path: Path, members: list[str]) -> None:
    file = tmp_path / "cord-19.tar.gz"
    with tarfile.open(file, "w:gz") as outer:
        for name in members:
            outer.addfile(tarfile.TarInfo(name), io.BytesIO())
    with pytest.raises(FetchError, match="has no files of a CORD-19 release"):
        Cord19(path=str(file)).fetch(tmp_path / "fetched")


def test_an_empty_file_is_no_release(tmp_path: Path, serve: Callable[..., FileServer]) -> None:
    (tmp_path / "served").mkdir()
    (tmp_path / "served" / "cord-19.tar.gz").write_bytes(b"")
    server = serve(tmp_path / "served")
    with pytest.raises(FetchError, match="empty"):
        Cord19(url=f"{server.url}/cord-19.tar.gz").fetch(tmp_path / "fetched")
    table = tmp_path / "metadata.csv"
    table.write_bytes(b"")
    (reject,) = Cord19(path=str(table)).read(Input("metadata", table))
    assert isinstance(reject, Reject)


def test_a_paper_that_does_not_fit_is_a_reject(tmp_path: Path) -> None:
    table = tmp_path / "metadata.csv"
    table.write_bytes(b"cord_uid,title,abstract\na1,Gout,A\na2,Gout\0,A\na3,<i>Gout</i> &amp; more,A\n")
    records = list(Cord19(path=str(table)).read(Input("metadata", table)))
    assert [record.title for record in records if isinstance(record, Document)] == ["Gout", "Gout & more"]
    assert [record.position for record in records if isinstance(record, Reject)] == ["line 3"]
