"""PubMed XML: every field, every trap, and files that are broken in some way."""

import gzip
import io
import lzma
import tracemalloc
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bioweft.records import Deletion, Document, MeshHeading, Record, Reject
from bioweft.sources import Input, pubmed
from bioweft.sources.pubmed import PubMedFiles, application_order, read_xml

HEAD = '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD" "x.dtd">\n'


def article(pmid: int = 1, *, title: str = "A title.", inside: str = "", after: str = "", data: str = "") -> str:
    return (
        f'<PubmedArticle><MedlineCitation Status="MEDLINE"><PMID Version="1">{pmid}</PMID><Article>'
        "<Journal><JournalIssue><PubDate><Year>2021</Year></PubDate></JournalIssue>"
        "<Title>Made-up Journal</Title></Journal>"
        f"<ArticleTitle>{title}</ArticleTitle>{inside}<Language>eng</Language></Article>{after}</MedlineCitation>"
        f"<PubmedData><ArticleIdList>{data}</ArticleIdList></PubmedData></PubmedArticle>"
    )


AUTHORS = "<AuthorList><Author><LastName>Made-up</LastName></Author></AuthorList>"
REFERENCES = (
    "<ReferenceList><Reference><Citation>x</Citation><ArticleIdList><ArticleId IdType='doi'>10.1/cited</ArticleId>"
    "</ArticleIdList></Reference><ReferenceList><Reference/></ReferenceList></ReferenceList>"
)
AUTHORED = article(2, inside=AUTHORS)


def abstract(*parts: str) -> str:
    return "<Abstract>" + "".join(f"<AbstractText>{part}</AbstractText>" for part in parts) + "</Abstract>"


def read(*records: str | bytes, other_abstract: bool = False) -> list[Record]:
    body = b"".join(record if isinstance(record, bytes) else record.encode() for record in records)
    stream = io.BytesIO(HEAD.encode() + b"<PubmedArticleSet>\n" + body + b"</PubmedArticleSet>\n")
    return list(read_xml(io.BufferedReader(stream), source="made.xml", other_abstract=other_abstract))  # type: ignore[arg-type]


def one(record: str) -> Document:
    (document,) = read(record)
    assert isinstance(document, Document)
    return document


def test_authors_are_as_pubmed_lists_them() -> None:
    listed = (
        '<AuthorList CompleteYN="Y"><Author ValidYN="Y"><LastName>O&apos;Doe</LastName><ForeName>Jane A</ForeName>'
        "<Initials>JA</Initials></Author><Author><CollectiveName>The Group</CollectiveName></Author></AuthorList>"
    )
    document = one(article(3, inside=listed))
    assert (document.pmid, document.authors) == ("3", ("O'Doe JA", "The Group"))
    assert one(article(3)).authors == ()


def test_headings_in_bold_and_entities_escaped_twice() -> None:
    parts = abstract(
        "<b>Age: 16</b><b>Diagnosis: Gout</b>", "IFN-&amp;gamma; rose (p&amp;lt;0.05; &lt;i&gt;n&lt;/i&gt; = 3)."
    )
    document = one(article(title="Crohn&amp;#x2019;s disease", inside=parts))
    assert document.text == "Crohn’s disease\nAge: 16 Diagnosis: Gout\nIFN-γ rose (p<0.05; n = 3)."


def test_blocks_are_parted_from_what_stands_beside_them() -> None:
    text = "<p>Aims</p>Gout is common.<ul><li>Fever</li><li>Anemia</li></ul>Quinine<br/>helped H<sub>2</sub>O."
    document = one(article(inside=abstract(text)))
    assert document.passages[1].text == "Aims Gout is common. Fever Anemia Quinine helped H2O."


@pytest.mark.parametrize("encoding", ["ISO-8859-1", "windows-1252", "UTF-8", "shift_jis"])
def test_the_declared_encoding_holds(encoding: str) -> None:
    title = "シェーグレン症候群." if encoding == "shift_jis" else "Sjögren syndrome."
    records = [article(pmid, title=title) for pmid in range(1, 400)]
    text = f'<?xml version="1.0" encoding="{encoding}"?><PubmedArticleSet>{"".join(records)}</PubmedArticleSet>'
    documents = list(read_xml(io.BytesIO(text.encode(encoding)), source="x"))
    assert [document.text for document in documents if isinstance(document, Document)] == [title] * 399


def test_a_byte_that_the_declared_encoding_lacks_costs_its_record_alone() -> None:
    head = b'<?xml version="1.0" encoding="windows-1252"?><PubmedArticleSet>'
    bad = article(1, title="Gout@").encode().replace(b"@", b"\x81")
    records = list(read_xml(io.BytesIO(head + bad + article(2).encode() + b"</PubmedArticleSet>"), source="x"))
    assert [type(record) for record in records] == [Reject, Document]


def test_plain_record() -> None:
    document = one(article(7, inside=abstract("It works.")))
    assert (document.id, document.title, document.year) == ("pmid:7", "A title.", 2021)
    assert document.text == "A title.\nIt works."
    assert (document.journal, document.language, document.version) == ("Made-up Journal", "eng", 1)


def test_mark_up_and_formulae_are_text() -> None:
    mathml = '<mml:math xmlns:mml="http://www.w3.org/1998/Math/MathML"><mml:mi>x</mml:mi><mml:mo>=</mml:mo></mml:math>'
    document = one(article(title="<i>E. coli</i> and CO<sub>2</sub>", inside=abstract(f"Where {mathml} is <b>so</b>.")))
    assert document.text == "E. coli and CO2\nWhere x= is so."


def test_sections_keep_their_labels_and_empty_ones_go() -> None:
    inside = (
        '<Abstract><AbstractText Label="METHODS" NlmCategory="METHODS">We  did\n it.</AbstractText>'
        '<AbstractText Label="RESULTS"/><AbstractText>So.</AbstractText>'
        "<CopyrightInformation>Copyright.</CopyrightInformation></Abstract>"
    )
    document = one(article(inside=inside))
    assert [(p.kind, p.label, p.text) for p in document.passages[1:]] == [
        ("abstract", "METHODS", "We did it."),
        ("abstract", None, "So."),
    ]


@pytest.mark.parametrize("title", ["[Not Available].", "[In Process Citation]", ""])
def test_titles_that_are_none(title: str) -> None:
    document = one(article(title=title, inside=abstract("Text.")))
    assert document.title == ""
    assert document.text == "\nText."


def test_translated_title_keeps_its_brackets_so_that_offsets_are_pubtators() -> None:
    assert one(article(title="[On something].")).title == "[On something]."


def test_other_abstract_only_when_asked() -> None:
    record = article(
        after='<OtherAbstract Type="Publisher" Language="ger"><AbstractText>Kurz.</AbstractText></OtherAbstract>'
    )
    assert not one(record).has_abstract
    (document,) = read(record, other_abstract=True)
    assert isinstance(document, Document)
    assert document.text == "A title.\nKurz."


@pytest.mark.parametrize(
    ("date", "year"),
    [
        ("<Year>1999</Year><Month>Jan</Month>", 1999),
        ("<MedlineDate>1979 Nov-1980 May</MedlineDate>", 1979),
        ("<MedlineDate>2021 3rd Quarter</MedlineDate>", 2021),
        ("<Season>Fall</Season>", None),
    ],
)
def test_years(date: str, year: int | None) -> None:
    assert one(article().replace("<Year>2021</Year>", date)).year == year


def test_what_stands_in_for_a_year_and_a_journal_that_are_missing() -> None:
    electronic = "<ArticleDate><Year>2020</Year><Month>01</Month></ArticleDate>"
    document = one(article(inside=electronic).replace("<Year>2021</Year>", "").replace("Made-up Journal", ""))
    assert (document.year, document.journal) == (2020, None)
    short = "<ISOAbbreviation>Made J</ISOAbbreviation>"
    assert one(article().replace("<Title>Made-up Journal</Title>", short)).journal == "Made J"


def types(*names: str) -> str:
    inside = "".join(f"<PublicationType>{name}</PublicationType>" for name in names)
    return f"<PublicationTypeList>{inside}</PublicationTypeList>"


def comment(kind: str) -> str:
    return (
        f'<CommentsCorrectionsList><CommentsCorrections RefType="{kind}"><PMID Version="1">99</PMID>'
        "</CommentsCorrections></CommentsCorrectionsList>"
    )


@pytest.mark.parametrize(
    ("inside", "after", "flags"),
    [
        (types("Retracted Publication"), "", ["retracted"]),
        ("", comment("RetractionIn"), ["retracted"]),
        ("", comment("RetractedandRepublishedIn"), ["retracted"]),
        ("", comment("ErratumFor"), ["erratum"]),
        ("", comment("ExpressionOfConcernIn"), ["expression-of-concern"]),
        ("", comment("RetractionOf"), ["retraction-notice"]),
        ("", comment("ErratumIn"), []),
        (types("Preprint", "Published Erratum"), "", ["erratum", "preprint"]),
        (abstract("So it ends (ABSTRACT TRUNCATED AT 250 WORDS)"), "", ["truncated"]),
    ],
)
def test_flags(inside: str, after: str, flags: list[str]) -> None:
    assert list(one(article(inside=inside, after=after)).flags) == flags


def test_a_cited_pmid_is_not_the_records_own() -> None:
    assert one(article(5, after=comment("CommentOn"))).id == "pmid:5"


def test_identifiers_are_the_articles_own() -> None:
    ids = '<ArticleId IdType="doi">10.1/own</ArticleId><ArticleId IdType="pmc">PMC5</ArticleId>'
    document = one(article(data=ids).replace("</PubmedData>", f"{REFERENCES}</PubmedData>"))
    assert (document.doi, document.pmcid) == ("10.1/own", "PMC5")
    valid = one(article(inside='<ELocationID EIdType="doi" ValidYN="N">10.1/no</ELocationID>', data=ids))
    assert valid.doi == "10.1/own"


def test_what_stands_behind_the_lists_that_are_skipped_is_read() -> None:
    record = article(inside=abstract("Before.") + AUTHORS, after=comment("RetractionIn"))
    document = one(record.replace("</PubmedData>", f"{REFERENCES}</PubmedData>"))
    assert (document.text, document.language, document.flags) == ("A title.\nBefore.", "eng", ("retracted",))
    chapter = (
        "<PubmedBookArticle><BookDocument><PMID>20</PMID><Book><BookTitle>The Book</BookTitle>"
        f"{AUTHORS}</Book><ArticleTitle>A chapter</ArticleTitle>{AUTHORS}</BookDocument></PubmedBookArticle>"
    )
    assert one(chapter).title == "A chapter"


@pytest.mark.parametrize(
    ("label", "expected"), [('Label="AIM"', "AIM"), ('Label="UNLABELLED"', None), ('NlmCategory="METHODS"', None)]
)
def test_labels_are_those_of_the_source(label: str, expected: str | None) -> None:
    document = one(article(inside=f"<Abstract><AbstractText {label}>So.</AbstractText></Abstract>"))
    assert document.passages[1].label == expected


@pytest.mark.parametrize("space", ["\n\t ", "\u00a0", "\u2009\u2028", "&#x85;"])
def test_white_space_of_any_kind_is_one_space(space: str) -> None:
    assert one(article(title=f"{space}10{space}mg{space}")).title == "10 mg"


def test_a_prefix_that_only_the_set_declares() -> None:
    record = article(title="<mml:math><mml:mi>x</mml:mi></mml:math>")
    content = f'<PubmedArticleSet xmlns:mml="http://www.w3.org/1998/Math/MathML">{record}</PubmedArticleSet>'
    (document,) = read_xml(io.BytesIO(content.encode()), source="made.xml")
    assert isinstance(document, Document)
    assert document.title == "x"


def test_deletions_that_are_no_numbers_are_rejects() -> None:
    first, reject, last = read("<DeleteCitation><PMID>8</PMID><PMID>x</PMID><PMID>9</PMID></DeleteCitation>")
    assert [first, reject] == [Deletion("pmid:8"), Deletion("pmid:9")]
    assert isinstance(last, Reject)
    assert "'x'" in last.reason


def test_mesh() -> None:
    headings = (
        '<MeshHeadingList><MeshHeading><DescriptorName UI="D001" MajorTopicYN="N">Things</DescriptorName>'
        '<QualifierName UI="Q1" MajorTopicYN="Y">use</QualifierName></MeshHeading></MeshHeadingList>'
    )
    assert one(article(after=headings)).mesh == (MeshHeading("mesh:D001", "Things", True),)


def test_versions_and_deletions() -> None:
    records = read(
        article(1).replace('Version="1"', 'Version="3"', 1),
        '<DeleteCitation><PMID Version="1">8</PMID><PMID Version="1">9</PMID></DeleteCitation>',
    )
    assert [getattr(records[0], "version", None), *records[1:]] == [3, Deletion("pmid:8"), Deletion("pmid:9")]


def test_a_book() -> None:
    (book,) = read(
        "<PubmedBookArticle><BookDocument><PMID>20</PMID><Book><BookTitle>The Book</BookTitle>"
        "<PubDate><Year>1993</Year></PubDate></Book><ArticleTitle>A chapter</ArticleTitle>"
        "<Abstract><AbstractText>On it.</AbstractText></Abstract>"
        "</BookDocument></PubmedBookArticle>"
    )
    assert isinstance(book, Document)
    assert (book.id, book.text, book.year, book.flags) == ("pmid:20", "A chapter\nOn it.", 1993, ("book",))


def test_a_book_without_chapters_and_dates_of_its_own() -> None:
    (book,) = read(
        '<PubmedBookArticle><BookDocument><PMID Version="2">20</PMID><Book><BookTitle>The Book</BookTitle></Book>'
        "<ContributionDate><Year>2003</Year></ContributionDate></BookDocument></PubmedBookArticle>"
    )
    assert isinstance(book, Document)
    assert (book.title, book.journal, book.year, book.version) == ("The Book", "The Book", 2003, 2)


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (article(2).replace("</Article>", "</Articel>"), "not readable"),
        (article(2).replace("</PubmedArticle>", ""), "does not end"),
        (article(2).replace("A title", "\udcff").encode("utf-8", "surrogateescape"), "not readable"),
        (AUTHORED.replace("<LastName>Made-up", "<LastName>\udcff").encode("utf-8", "surrogateescape"), "not readable"),
        (AUTHORED.replace("</AuthorList>", ""), "not readable"),
        (article(2)[: article(2).index("</Title>")], "does not end"),
        (article(2, title="&bomb;"), "not readable"),
        (article(2).replace(">2</PMID>", ">two</PMID>"), "no MedlineCitation with a PMID"),
        ("<PubmedArtikel>2</PubmedArtikel>", "not a PubMed record"),
    ],
)
def test_a_broken_record_costs_only_itself(bad: str | bytes, reason: str) -> None:
    first, reject, last = read(article(1), bad, article(3))
    assert isinstance(reject, Reject)
    assert reason in reject.reason
    assert reject.source == "made.xml"
    assert [getattr(first, "id", None), getattr(last, "id", None)] == ["pmid:1", "pmid:3"]


def test_an_entity_bomb_is_not_expanded(tmp_path: Path) -> None:
    layers = "".join(f'<!ENTITY b{n} "{f"&b{n - 1};" * 10}">' for n in range(1, 12))
    secret = tmp_path / "secret"
    secret.write_text("do not read me")
    doctype = f'<!DOCTYPE PubmedArticleSet [<!ENTITY b0 "boom">{layers}<!ENTITY file SYSTEM "{secret.as_uri()}">]>'
    records = article(1, title="&b11;") + article(2, title="&file;") + article(3)
    content = f"{doctype}<PubmedArticleSet>{records}</PubmedArticleSet>"
    file = tmp_path / "bomb.xml"
    file.write_text(content)
    source = PubMedFiles(path=str(file))
    found = list(source.read(source.inputs(tmp_path)[0]))
    assert [type(record) for record in found] == [Reject, Reject, Document]
    assert "do not read me" not in str(found)


@pytest.mark.parametrize("ending", [".gz", ".xz"])
def test_a_file_that_breaks_off_gives_what_came_before(tmp_path: Path, ending: str) -> None:
    content = (HEAD + "<PubmedArticleSet>" + "".join(article(n, title=f"T{n * 7919}") for n in range(2000))).encode()
    packed = gzip.compress(content) if ending == ".gz" else lzma.compress(content)
    file = tmp_path / f"cut.xml{ending}"
    file.write_bytes(packed[: len(packed) * 3 // 4])
    source = PubMedFiles(path=str(file))
    records = list(source.read(source.inputs(tmp_path)[0]))
    documents = [record for record in records if isinstance(record, Document)]
    assert len(documents) > 500
    assert [document.id for document in documents] == [f"pmid:{n}" for n in range(len(documents))]
    (reject,) = [record for record in records if isinstance(record, Reject)]
    assert "breaks off" in reject.reason


def test_a_zip_bomb_stays_small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pubmed, "MOST_BYTES", 4 * 1024 * 1024)
    file = tmp_path / "bomb.xml.gz"
    inside = article(1, title="x" * 20_000_000)
    file.write_bytes(
        gzip.compress((HEAD + "<PubmedArticleSet>" + inside + article(2) + "</PubmedArticleSet>").encode())
    )
    source = PubMedFiles(path=str(file))
    records = list(source.read(source.inputs(tmp_path)[0]))
    reject, document = records
    assert isinstance(reject, Reject)
    assert (reject.position, reject.reason) == ("record 1, byte 114, PMID 1", "a record above 4,194,304 bytes")
    assert isinstance(document, Document)
    assert document.id == "pmid:2"


def test_memory_stays_flat() -> None:
    record = article(1, inside=abstract("x" * 10_000)).encode()
    tracemalloc.start()
    stream = io.BufferedReader(Repeated(record, 2000), buffer_size=1024 * 1024)
    count = sum(isinstance(found, Document) for found in read_xml(stream, source="made.xml"))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 2000
    assert peak < 6 * 1024 * 1024


class Repeated(io.RawIOBase):
    """A stream that says the same again and again, and keeps none of it."""

    def __init__(self, content: bytes, times: int) -> None:
        self.left = content
        self.content = content
        self.times = times

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        if not self.left and self.times > 1:
            self.left, self.times = self.content, self.times - 1
        part, self.left = self.left[: len(buffer)], self.left[len(buffer) :]
        buffer[: len(part)] = part
        return len(part)


@settings(max_examples=30)
@given(st.lists(st.integers(1, 400), min_size=1, max_size=30), st.integers(1, 97))
def test_records_are_found_wherever_blocks_end(sizes: list[int], block: int) -> None:
    class Slow(io.BytesIO):
        def read1(self, size: int = -1) -> bytes:
            return super().read1(block)

    body = "".join(article(n, title="é" * size) for n, size in enumerate(sizes))
    stream = Slow((HEAD + f"<PubmedArticleSet>{body}</PubmedArticleSet>").encode())
    records = list(read_xml(stream, source="made.xml"))
    assert [getattr(record, "id", record) for record in records] == [f"pmid:{n}" for n in range(len(sizes))]


def test_what_is_no_pubmed_at_all() -> None:
    (reject,) = read_xml(io.BytesIO(b'{"error": "API rate limit exceeded"}'), source="answer")
    assert isinstance(reject, Reject)
    assert list(read_xml(io.BytesIO(b"<PubmedArticleSet></PubmedArticleSet>"), source="answer")) == []


@pytest.mark.parametrize(
    ("content", "read", "reason"),
    [
        ("", 0, "empty"),
        (" \n", 0, "empty"),
        ("<PubmedArticleSet/>", 0, None),
        (article(1), 1, None),
        ("\ufeff<PubmedArticleSet><!-- a --><?b?>" + article(1) + "</PubmedArticleSet>", 1, None),
        ("<PubmedArticleSet>" + article(1), 1, "no </PubmedArticleSet>"),
        ("<PubmedArticleSet>" + article(1) + article(2)[:99], 1, "does not end"),
        ("<PubmedArticleSet>" + article(1) + "<Pubmed", 1, "not a PubMed record"),
    ],
)
def test_how_a_file_ends(content: str, read: int, reason: str | None) -> None:
    records = list(read_xml(io.BytesIO(content.encode()), source="made.xml"))
    rejects = [record for record in records if isinstance(record, Reject)]
    assert len(records) - len(rejects) == read
    assert [reason in reject.reason for reject in rejects] == ([] if reason is None else [True])


@settings(max_examples=200)
@given(st.data())
def test_damage_costs_no_more_than_the_records_it_touches(data: st.DataObject) -> None:
    records = [article(n, inside=abstract(f"Text {n}.") + AUTHORS).encode() for n in range(5)]
    hit = data.draw(st.integers(0, 4))
    start = data.draw(st.integers(0, len(records[hit]) - 1))
    end = data.draw(st.integers(start, len(records[hit])))
    records[hit] = records[hit][:start] + data.draw(st.binary(max_size=20)) + records[hit][end:]
    found = list(read_xml(io.BytesIO(b"".join(records)), source="made.xml"))
    read = {record.id for record in found if isinstance(record, Document)}
    assert {f"pmid:{n}" for n in range(5) if n != hit} <= read
    assert len(read) == 5 or any(isinstance(record, Reject) for record in found) or start == 0


def test_a_file_that_breaks_off_between_records_is_one_reject() -> None:
    class Broken(io.BytesIO):
        def read1(self, size: int | None = -1) -> bytes:
            block = super().read1(size)
            if not block:
                raise EOFError("cut here")
            return block

    first, reject = read_xml(Broken(f"<PubmedArticleSet>{article(1)}<Pubm".encode()), source="made.xml")
    assert isinstance(first, Document)
    assert isinstance(reject, Reject)
    assert reject.reason == "the file breaks off: cut here"


def test_a_file_that_cannot_be_opened_is_a_reject(tmp_path: Path) -> None:
    (reject,) = PubMedFiles(path=str(tmp_path)).read(Input("gone", tmp_path / "gone.xml"))
    assert isinstance(reject, Reject)
    assert "cannot be opened" in reject.reason


def test_files_apply_in_number_order() -> None:
    names = ["pubmed21n0002.xml.gz", "pubmed20n1015.xml.gz", "pubmed21n0010.xml", "extra.xml", "pubmed21n1.xml"]
    ordered = sorted(map(Path, names), key=application_order)
    assert [path.name for path in ordered] == [
        "pubmed20n1015.xml.gz",
        "pubmed21n1.xml",
        "pubmed21n0002.xml.gz",
        "pubmed21n0010.xml",
        "extra.xml",
    ]


@pytest.mark.corpus
def test_the_real_files(corpus_data: Path) -> None:
    """The counts are those of PUBMED_NOTES.md, section 1."""
    counts: Counter[str] = Counter()
    identifiers: Counter[str] = Counter()
    languages: Counter[str] = Counter()
    years: set[int | None] = set()
    source = PubMedFiles(path=str(corpus_data / "literature" / "pubmed"))
    items = source.inputs(corpus_data)
    assert [item.name for item in items] == ["pubmed20n0014", "pubmed21n1298"]
    for record in (record for item in items for record in source.read(item)):
        counts[type(record).__name__] += 1
        if isinstance(record, Document):
            identifiers[record.id] += 1
            languages[record.language or ""] += 1
            years.add(record.year)
            counts["abstract"] += record.has_abstract
            counts["sections"] += len(record.passages) > 2
            counts["mesh"] += bool(record.mesh)
            counts["doi"] += bool(record.doi)
            counts["no title"] += not record.title
            counts["bracketed"] += record.title.startswith("[")
            counts["revised"] += record.version > 1
            counts.update(record.flags)
    assert counts["Document"] == 50_788
    assert counts["Reject"] == 0
    assert counts["Deletion"] == 20
    assert {identifier: count for identifier, count in identifiers.items() if count > 1} == {
        "pmid:30271887": 4,
        "pmid:33728380": 2,
        "pmid:34017925": 2,
    }
    assert len(identifiers) == 50_783
    assert counts["revised"] == 5
    assert counts["abstract"] == 33_277
    assert counts["sections"] == 6_402 - 1  # of one record all sections but one are empty
    assert counts["mesh"] == 30_333
    assert counts["doi"] == 15_122 - 1 + 20_605  # one is empty
    assert counts["no title"] == 54
    assert counts["bracketed"] == 7_936
    assert counts["truncated"] == 6
    assert counts["retracted"] == 6
    assert counts["retraction-notice"] == 2 + 9
    assert counts["preprint"] == 2
    assert counts["book"] == 0
    assert languages["eng"] == 22_290 + 20_520 - 6  # for the first language counts
    assert languages["ger"] == 2_000 + 89 - 2
    assert years <= {*range(1976, 1981), *range(1993, 2022)}
    assert {1976, 1980, 1993, 2021} <= years


@pytest.mark.corpus
def test_the_small_files(corpus_data: Path) -> None:
    source = PubMedFiles(path=str(corpus_data / "literature" / "pubmed" / "small"))
    records = [list(source.read(item)) for item in source.inputs(corpus_data)]
    assert [len(part) for part in records] == [49, 29, 45, 51, 88]
    assert all(isinstance(record, Document) for part in records for record in part)


@pytest.mark.corpus
def test_every_recorded_answer_is_read(corpus_data: Path) -> None:
    answers = corpus_data / "literature" / "eutils" / "efetch_pubmed"
    paths = sorted(answers.glob("*.xml"))
    assert len(paths) == 59
    for path in paths:
        with path.open("rb") as stream:
            records = list(read_xml(stream, source=path.name))
        assert [getattr(record, "id", record) for record in records] == (
            [] if path.stem == "37909814" else [f"pmid:{path.stem}"]
        )
        assert all(isinstance(record, Document) and record.year for record in records)
        assert [record.flags for record in records if "book" in getattr(record, "flags", ())] == (
            [("book",)] if path.stem == "20301546" else []
        )


HIDDEN = "<!-- <DeleteCitation><PMID>1</PMID></DeleteCitation>" + article(7) + "-->"


@pytest.mark.parametrize("block", [1, 2, 3, 5, 8, 64, 1 << 20])
def test_what_stands_in_a_comment_is_none(monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    monkeypatch.setattr("bioweft.sources.pubmed._BLOCK", block)
    inside = article(2, title="Foo<!-- <PubmedArticle> -->bar <![CDATA[<!-- a]]>.")
    content = f"<PubmedArticleSet>{HIDDEN}{article(1)}{HIDDEN}{inside}<!---->{article(3)}</PubmedArticleSet>"
    records = list(read_xml(io.BytesIO(content.encode()), source="made.xml"))
    assert [getattr(record, "id", record) for record in records] == ["pmid:1", "pmid:2", "pmid:3"]
    assert isinstance(records[1], Document)
    assert records[1].passages[0].text == "Foobar <!-- a."


@pytest.mark.parametrize("ending", ["", "<!-- a -->"])
def test_a_comment_without_an_end_hides_no_record(ending: str) -> None:
    content = f"<PubmedArticleSet>{article(1)}<!-- {article(2)}{ending}</PubmedArticleSet>"
    first, reject, second = read_xml(io.BytesIO(content.encode()), source="made.xml")
    assert (getattr(first, "id", None), getattr(second, "id", None)) == ("pmid:1", "pmid:2")
    assert isinstance(reject, Reject)
    assert "'<!--'" in reject.reason
