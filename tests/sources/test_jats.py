"""JATS: front matter, body, formulae, tables, and files that are no articles."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from bioweft.records import Document, Record, Reject
from bioweft.sources import jats
from bioweft.sources.jats import JatsSource

One = Callable[..., Document]

SPACES = 'xmlns:mml="http://www.w3.org/1998/Math/MathML" xmlns:xlink="http://www.w3.org/1999/xlink"'
IDS = '<article-id pub-id-type="pmid">7</article-id><article-id pub-id-type="doi">10.9999/Made.Up</article-id>'
MATHML = "<mml:math><mml:mi>x</mml:mi><mml:mo>=</mml:mo><mml:mn>2</mml:mn></mml:math>"
TEX = r"<tex-math>\documentclass{minimal}\begin{document}$$x=2$$\end{document}</tex-math>"


def article(
    *, meta: str = IDS, title: str = "On <italic>E. coli</italic>", body: str = "", kind: str = "research-article"
) -> str:
    return (
        f'<article {SPACES} article-type="{kind}" xml:lang="en"><front><journal-meta><journal-title-group>'
        "<journal-title>Made-up Journal</journal-title></journal-title-group></journal-meta>"
        f"<article-meta><title-group><article-title>{title}</article-title></title-group>{meta}</article-meta></front>"
        f"<body>{body}</body><back><ref-list><title>References</title></ref-list></back></article>"
    )


def read(tmp_path: Path, content: str | bytes) -> list[Record]:
    file = tmp_path / "made.nxml"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    source = JatsSource(path=str(tmp_path))
    return [record for item in source.inputs(tmp_path) for record in source.read(item)]


@pytest.fixture
def one(tmp_path: Path) -> One:
    def one(**parts: str) -> Document:
        (document,) = read(tmp_path, article(**parts))
        assert isinstance(document, Document)
        return document

    return one


def passages(document: Document) -> list[tuple[str, str | None, str]]:
    return [(passage.kind, passage.label, passage.text) for passage in document.passages[1:]]


def test_front_matter(one: One) -> None:
    document = one(
        meta='<article-id pub-id-type="pmc">12</article-id>' + IDS + "<pub-date><year>2013</year></pub-date>"
        '<pub-date><year>2012</year></pub-date><permissions><license xlink:href="https://x.org/by"/></permissions>'
    )
    assert (document.id, document.pmcid, document.doi) == ("pmcid:PMC12", "PMC12", "10.9999/Made.Up")
    assert (document.title, document.year, document.journal) == ("On E. coli", 2012, "Made-up Journal")
    assert (document.language, document.licence, document.flags) == ("eng", "https://x.org/by", ())


@pytest.mark.parametrize(
    ("meta", "expected"),
    [
        ('<article-id pub-id-type="pmcid">PMC12</article-id>' + IDS, "pmcid:PMC12"),
        (IDS, "doi:10.9999/made.up"),
        ('<article-id pub-id-type="pmid">7</article-id>', "pmid:7"),
        ("", "file:made.nxml"),
    ],
)
def test_ids(one: One, meta: str, expected: str) -> None:
    assert one(meta=meta).id == expected


@pytest.mark.parametrize(
    ("permissions", "licence"),
    [
        ('<license><license-p>See <ext-link xlink:href="http://creativecommons.org/licenses/by/4.0/">this</ext-link>'
         "</license-p></license>", "http://creativecommons.org/licenses/by/4.0/"),
        ('<license xlink:href="http://x.org/terms"><license-p><ext-link xlink:href="http://x.org/how">how</ext-link>'
         "</license-p></license>", "http://x.org/terms"),
        ('<license xlink:href="http://x.org/terms"><license-p><ext-link xlink:href="http://creativecommons.org/licenses/"/>'
         "</license-p></license>", "http://creativecommons.org/licenses/"),
        ("<license><license-p>Under the Creative Commons\n Attribution License, which permits</license-p></license>",
         "Creative Commons Attribution License"),
        ("<copyright-statement>All rights are ours.</copyright-statement>", None),
    ],
)  # fmt: skip
def test_licences(one: One, permissions: str, licence: str | None) -> None:
    assert one(meta=f"{IDS}<permissions>{permissions}</permissions>").licence == licence


@pytest.mark.parametrize(
    ("kind", "meta", "flags"),
    [
        ("retraction", IDS, ("retraction-notice",)),
        ("correction", IDS, ("erratum",)),
        ("research-article", IDS + '<related-article related-article-type="retraction-forward"/>', ("retracted",)),
    ],
)
def test_flags(one: One, kind: str, meta: str, flags: tuple[str, ...]) -> None:
    assert one(kind=kind, meta=meta).flags == flags


def test_the_abstract_is_the_one_without_a_type(one: One) -> None:
    document = one(
        meta='<abstract abstract-type="toc"><p>Teaser.</p></abstract><abstract><title>Abstract</title>'
        "<sec><title>Methods:</title><p>We did.</p><p>And more.</p></sec><p>DOI: "
        '<ext-link xlink:href="x">http://dx.doi.org/10.9999/Made.Up.001</ext-link></p></abstract>'
        "<trans-abstract><p>Kurz.</p></trans-abstract>" + IDS
    )
    assert passages(document) == [("abstract", "Methods", "We did."), ("abstract", "Methods", "And more.")]


def test_sections(one: One) -> None:
    document = one(
        body="<p>First.</p><sec><title>Results</title><p>One.</p><sec><title>More</title><p>Two.</p></sec></sec>"
    )
    assert passages(document) == [
        ("paragraph", None, "First."),
        ("heading", "Results", "Results"),
        ("paragraph", "Results", "One."),
        ("heading", "Results", "More"),
        ("paragraph", "Results", "Two."),
    ]


@pytest.mark.parametrize(
    ("inside", "text"),
    [
        ("CO<sub>2</sub> in  <italic>E.\n coli</italic>", "CO2 in E. coli"),
        ('BRCA1<sup><xref ref-type="bibr">2</xref></sup>, seen', "BRCA1 2, seen"),
        ('BRCA1 [<xref ref-type="bibr">2</xref>]', "BRCA1 [2]"),
        ('dose<xref ref-type="fn">a</xref>', "dose a"),
        ('see <xref ref-type="fig">Figure 1</xref>A', "see Figure 1A"),
        (f"for <inline-formula><alternatives>{MATHML}{TEX}</alternatives></inline-formula> so", "for x=2 so"),
        (f"for <inline-formula>{TEX}</inline-formula> so", "for x=2 so"),
        (f"for <disp-formula>{MATHML}{TEX}</disp-formula> so", "for x=2 so"),
        ("one,<break/>two", "one, two"),
        ("a<!-- not --><?p not?>b", "ab"),
    ],
)
def test_text_within_paragraphs(one: One, inside: str, text: str) -> None:
    assert passages(one(body=f"<p>{inside}</p>")) == [("paragraph", None, text)]


def test_lists_and_floats_within_a_paragraph(one: One) -> None:
    figure = (
        "<fig><object-id>10.1/x</object-id><label>Figure 1.</label><caption><title>Cells.</title><p>They grow.</p>"
        "<p>DOI: http://dx.doi.org/10.9999/Made.Up.002</p></caption><graphic/></fig>"
    )
    items = (
        "<list><list-item><label>1</label><p>Item one.</p></list-item><list-item><p>Item two.</p></list-item></list>"
    )
    note = "<fn><p>A note.</p></fn>"
    assert passages(one(body=f"<p>Before {figure} and{note}: {items} after.</p>")) == [
        ("paragraph", None, "Before and :"),
        ("paragraph", None, "Item one."),
        ("paragraph", None, "Item two."),
        ("paragraph", None, "after."),
        ("caption", "Figure 1.", "Cells. They grow."),
        ("paragraph", None, "A note."),
    ]


def test_tables(one: One) -> None:
    table = (
        "<table-wrap><label>Table 1.</label><caption><p>Doses.</p></caption><alternatives><graphic/><table><thead><tr>"
        "<th>Drug</th><th>Dose</th></tr></thead><tbody><tr><td>A</td><td>1<break/>mg</td></tr><tr><td/></tr></tbody>"
        "</table></alternatives><table-wrap-foot><fn><p>Daily.</p></fn></table-wrap-foot></table-wrap>"
    )
    assert passages(one(body=table)) == [
        ("caption", "Table 1.", "Doses."),
        ("table", "Table 1.", "Drug | Dose"),
        ("table", "Table 1.", "A | 1 mg"),
        ("table", "Table 1.", "Daily."),
    ]


def test_a_set_of_articles_and_a_namespace(tmp_path: Path) -> None:
    named = article().replace("<article ", '<article xmlns="https://jats.nlm.nih.gov/ns/archiving/1.3/" ')
    assert [getattr(r, "id", r) for r in read(tmp_path, named)] == ["doi:10.9999/made.up"]
    both = article() + "<article><front/></article>" + article(meta='<article-id pub-id-type="pmc">3</article-id>')
    first, reject, last = read(tmp_path, f"<pmc-articleset>{both}</pmc-articleset>")
    assert [getattr(r, "id", r) for r in (first, last)] == ["doi:10.9999/made.up", "pmcid:PMC3"]
    assert isinstance(reject, Reject)
    assert (reject.position, reject.reason) == ("article 2", "no article-meta")


def test_entities(tmp_path: Path) -> None:
    doctype = '<!DOCTYPE article PUBLIC "-//NLM//DTD JATS//EN" "JATS.dtd">'
    (document,) = read(tmp_path, doctype + article(title="&alpha;-catenin &amp; friends"))
    assert isinstance(document, Document)
    assert document.title == "α-catenin & friends"
    (reject,) = read(tmp_path, doctype + article(title="&nosuch;"))
    assert isinstance(reject, Reject)


def test_an_entity_bomb_is_not_expanded(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("do not read me")
    layers = "".join(f'<!ENTITY b{n} "{f"&b{n - 1};" * 10}">' for n in range(1, 12))
    secret = (tmp_path / "secret").as_uri()
    doctype = f'<!DOCTYPE article [<!ENTITY b0 "boom">{layers}<!ENTITY file SYSTEM "{secret}">]>'
    doctype = doctype.replace("]>", '<!ENTITY alpha "not it">]>')
    for entity in ("&b11;", "&file;", "&alpha;"):
        (reject,) = read(tmp_path, doctype + article(title=entity))
        assert isinstance(reject, Reject)
        assert "do not read me" not in str(reject)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (article()[:-20], "not readable"),
        (article(title="T\udcff").encode("utf-8", "surrogateescape"), "not readable"),
        ("<html/>", "no article in it"),
        ("", "not readable"),
        (gzip.compress(article(body="<p>x</p>" * 999).encode())[:-50], "not readable"),
    ],
)
def test_what_is_no_article(tmp_path: Path, content: str | bytes, reason: str) -> None:
    (reject,) = read(tmp_path, content)
    assert isinstance(reject, Reject)
    assert reason in reject.reason


def test_a_zip_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jats, "MOST_BYTES", 1000)
    (reject,) = read(tmp_path, gzip.compress(article(body="<p/>" * 100_000).encode()))
    assert isinstance(reject, Reject)
    assert "above 1,000 bytes" in reject.reason


@pytest.mark.corpus
def test_the_real_articles(corpus_data: Path) -> None:
    source = JatsSource(path=str(corpus_data / "literature" / "jats"))
    items = source.inputs(corpus_data)
    documents = [record for item in items for record in source.read(item) if isinstance(record, Document)]
    assert len(documents) == len(items) == 27
    assert sum(document.id.startswith("pmcid:") for document in documents) == 8
    assert sum(document.has_abstract for document in documents) == 24
    assert sum(document.licence is not None for document in documents) == 26
    assert [document.flags for document in documents if document.flags] == [("retraction-notice",)]
    for document in documents:
        assert document.year
        assert document.title
        assert document.journal
        assert any(passage.kind == "paragraph" for passage in document.passages)
        assert all(passage.text and passage.text == " ".join(passage.text.split()) for passage in document.passages)
        assert not any("documentclass" in passage.text for passage in document.passages)
