"""Every writer: what is written reads back as the same documents and mentions, whatever the text."""

import io
import json
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bioweft.export import FORMATS, html
from bioweft.export.tsv import COLUMNS
from bioweft.records import AnnotatedDocument, Document, Link, Mention, Passage, Reject, Relation
from bioweft.sources import bioc, jsonl, pubtator
from bioweft.sources.annotations import Annotation, annotated

WORDS = st.lists(
    st.sampled_from(["β-cell", "<b>&", "TP53", "E. coli", "naïve", "a|t|b", "x", "𝛼"]), min_size=1, max_size=8
)

CONCEPTS = {
    "mesh:D001249": "disease",
    "mesh:D003110 mesh:D009369": "disease",
    "mondo:0005148": "disease",
    "chebi:15365": "chemical",
    "drugbank:DB00945": "chemical",
    "ncbigene:7157": "gene",
    "hgnc:11998": "gene",
    "fplx:AKT": "gene",
    "ncbitaxon:9606": "species",
    "cellosaurus:CVCL_0030": "cell_line",
    "cl:0000235": "cell_type",
    "ncbigene:675": "tumour suppressor",
    "toy:12": "toy",
}
"""Concepts of every vocabulary, and of users' own, with their types."""


@st.composite
def tagged(draw: st.DrawFn) -> AnnotatedDocument:
    title, abstract = " ".join(draw(WORDS)), " ".join(draw(WORDS))
    document = Document(id="pmid:7", passages=(Passage("title", title), Passage("abstract", abstract)), year=2020)
    annotations: list[Annotation] = []
    start = 0
    for word in document.text.replace("\n", " ").split(" "):
        if draw(st.booleans()):
            curies, type_ = draw(st.sampled_from([("", "gene"), *CONCEPTS.items()]))
            links = tuple(Link(curie) for curie in curies.split())
            annotations.append((Mention(start, start + len(word), word, type_), links))
        start += len(word) + 1
    return annotated(document, annotations)


def written(name: str, *documents: AnnotatedDocument) -> str:
    stream = io.StringIO()
    FORMATS[name](documents, stream)
    return stream.getvalue()


def spans_and_concepts(document: AnnotatedDocument) -> list[tuple[object, ...]]:
    return [(m.start, m.end, m.text, m.type, [one.concept for one in links]) for m, links in document.linked()]


READERS = {
    "pubtator": pubtator.read_annotated,
    "bioc": bioc.read_annotated,
    "bioc-json": bioc.read_annotated,
    "jsonl": jsonl.read_annotated,
}


@pytest.mark.parametrize("name", READERS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(tagged())
def test_what_is_written_reads_back(tmp_path: Path, name: str, made: AnnotatedDocument) -> None:
    file = tmp_path / "out"
    file.write_text(written(name, made, made), encoding="utf-8")
    records = list(READERS[name](file))
    assert not [record for record in records if isinstance(record, Reject)]
    assert len(records) == 2
    for record in records:
        assert not isinstance(record, Reject)
        assert record.document.text == made.document.text
        assert record.document.id == made.document.id
        assert spans_and_concepts(record) == spans_and_concepts(made)


EMPTY = Document(id="pmid:1", passages=(Passage("title", ""), Passage("abstract", "")))
LONG = Document(id="file:long.txt", passages=(Passage("paragraph", "tab\there\nand TP53 " * 20_000),))


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("document", [EMPTY, LONG, Document(id="x:1", passages=())])
def test_no_document_is_missing(name: str, document: Document) -> None:
    text = written(name, AnnotatedDocument(document))
    assert document.id.removeprefix("pmid:") in text


def test_pubtator_keeps_offsets_over_line_breaks() -> None:
    document = Document(id="file:a", passages=(Passage("paragraph", "One\ttwo\nTP53"), Passage("paragraph", "and p53")))
    mentions = (Mention(8, 12, "TP53", "gene"), Mention(17, 20, "p53", "gene"))
    title, abstract, *lines = written("pubtator", AnnotatedDocument(document, mentions=mentions)).splitlines()
    text = title.split("|t|")[1] + " " + abstract.split("|a|")[1]
    for line in filter(None, lines):
        _, start, end, surface, *_ = line.split("\t")
        assert text[int(start) : int(end)] == surface


def test_jsonl_says_everything() -> None:
    document = Document(id="pmid:7", passages=(Passage("abstract", "TP53", "RESULTS"),), flags=("erratum",))
    links = (Link("ncbigene:7157", 0.5, "name"), Link("ncbigene:675", 0.25, "synonym", ("ncbigene:1",)))
    row = json.loads(written("jsonl", annotated(document, [(Mention(0, 4, "TP53", "gene"), links)])))
    assert row["passages"] == [{"kind": "abstract", "text": "TP53", "label": "RESULTS"}]
    (mention,) = row["mentions"]
    assert (mention["concept"], mention["link_score"], mention["reason"]) == ("ncbigene:7157", 0.5, "name")
    assert mention["links"] == [
        {"concept": "ncbigene:7157", "score": 0.5, "reason": "name", "candidates": []},
        {"concept": "ncbigene:675", "score": 0.25, "reason": "synonym", "candidates": ["ncbigene:1"]},
    ]
    assert row["flags"] == ["erratum"]


def test_tsv_has_as_many_fields_everywhere() -> None:
    document = Document(id="pmid:7", passages=(Passage("abstract", "a\tb"),))
    links = Link("x:1", 0.5, "name,\ta|b", ("x:1", "x:3")), Link("x:2")
    tagged = annotated(document, [(Mention(0, 3, "a\tb", "gene"), links)])
    lines = written("tsv", tagged, AnnotatedDocument(EMPTY)).splitlines()
    assert lines[1].split("\t")[5:7] == ["x:1|x:2", "0.5|1.0"]
    assert lines[1].split("\t")[-2:] == ["name, a b|annotation", "x:1 x:3|"]
    assert [line.count("\t") for line in lines] == [len(COLUMNS) - 1] * 3


class Page(HTMLParser):
    """Collects the text of a page and of its marks."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.marks: list[tuple[str, str]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag == "mark" and "title" in dict(attrs):
            self.marks.append((str(dict(attrs)["title"]), ""))

    def handle_data(self, data: str) -> None:
        self.text += data
        if self.tags and self.tags[-1] == "mark" and self.marks and not self.marks[-1][1]:
            self.marks[-1] = (self.marks[-1][0], data)


def test_html_escapes_and_marks() -> None:
    document = Document(
        id="x:<1>", passages=(Passage("title", "<script>alert(1)</script>"), Passage("abstract", "a TP53 b"))
    )
    mention = Mention(28, 32, "TP53", "gene"), (Link('bad:"><script>'),)
    page = Page()
    page.feed(written("html", annotated(document, [mention])))
    assert "script" not in page.tags
    assert page.marks == [('gene\nbad:"><script> · 1.00 (annotation)', "TP53")]
    assert "<script>alert(1)</script>" in page.text


def test_html_shows_the_longest_of_what_overlaps() -> None:
    document = Document(id="x:1", passages=(Passage("abstract", "breast cancer cells"),))
    mentions = (Mention(0, 13, "breast cancer", "disease"), Mention(7, 19, "cancer cells", "cell_type"))
    page = Page()
    page.feed(written("html", AnnotatedDocument(document, mentions=mentions)))
    assert page.marks == [("disease\nno identifier", "breast cancer")]


def test_html_shows_names_scores_and_reasons_and_what_is_unlinked() -> None:
    document = Document(id="x:1", passages=(Passage("abstract", "BRCA1/2 and p53"),))
    links = Link("g:1", 0.912, "name, one of several: BRCA1"), Link("g:2", 0.5, "symbol")
    stream = io.StringIO()
    made = annotated(document, [(Mention(0, 7, "BRCA1/2", "gene"), links), (Mention(12, 15, "p53", "gene"), ())])
    html.write([made], stream, names={"g:1": "BRCA1 <b>"})
    page = Page()
    page.feed(stream.getvalue())
    assert page.marks == [
        ("gene\nBRCA1 <b> · g:1 · 0.91 (name, one of several: BRCA1)\ng:2 · 0.50 (symbol)", "BRCA1/2"),
        ("gene\nno identifier", "p53"),
    ]
    assert '<mark class="gene unlinked"' in stream.getvalue()


HOSTILE = Relation(
    "x:<a>&\"'", "biolink:affects", "x:|;\t1", 0, 1, 0, 0.5, speculative=True, cue=(3, 6), model="<made>",
    qualifiers=(("object_direction_qualifier", "decreased"), ("object_aspect_qualifier", "activity")),
)  # fmt: skip


@pytest.mark.parametrize("name", READERS)
def test_relations_with_hostile_names_leave_the_rest_as_it_is(tmp_path: Path, name: str) -> None:
    document = Document("pmid:7", (Passage("title", "β-X may cut\ty."),))
    mentions = (Mention(0, 3, "β-X", "gene"), Mention(12, 13, "y", "disease"))
    links = ((Link("x:1"),), (Link("x:2"),))
    plain = AnnotatedDocument(document, ((0, 14),), mentions, links)
    file = tmp_path / "out"
    with_relations = replace(plain, relations=(HOSTILE, replace(HOSTILE, negated=True)))
    file.write_text(written(name, with_relations, plain), encoding="utf-8")
    first, second = READERS[name](file)
    assert isinstance(first, AnnotatedDocument)
    assert isinstance(second, AnnotatedDocument)
    assert spans_and_concepts(first) == spans_and_concepts(second)
    assert len(first.mentions) == 2


def test_what_a_relation_says_is_all_in_json_lines() -> None:
    document = Document("pmid:7", (Passage("title", "β-X may cut y."),))
    mentions = (Mention(0, 3, "β-X", "gene"), Mention(12, 13, "y", "disease"))
    made = AnnotatedDocument(document, ((0, 14),), mentions, ((), ()), (replace(HOSTILE, subject="x:1"),))
    (relation,) = json.loads(written("jsonl", made))["relations"]
    assert relation == {
        "subject": "x:1", "predicate": "biolink:affects", "object": "x:|;\t1",
        "qualifiers": "object_aspect_qualifier=activity;object_direction_qualifier=decreased", "subject_span": [0, 3],
        "object_span": [12, 13], "sentence": [0, 14], "probability": 0.5, "negated": False, "speculative": True,
        "cue": [3, 6], "model": "<made>",
    }  # fmt: skip


def test_lines_of_pubtator_have_the_qualifiers() -> None:
    document = Document("pmid:7", (Passage("title", "β-X may cut y."),))
    mentions = (Mention(0, 3, "β-X", "gene"), Mention(12, 13, "y", "disease"))
    relation = replace(HOSTILE, subject="ncbigene:5743", object="mesh:D1")
    made = AnnotatedDocument(document, ((0, 14),), mentions, ((), ()), (relation, relation))
    (line,) = (line for line in written("pubtator", made).splitlines() if "biolink" in line)
    qualifiers = "object_aspect_qualifier=activity;object_direction_qualifier=decreased"
    assert line == f"7\tbiolink:affects;{qualifiers}\t5743\tMESH:D1"
