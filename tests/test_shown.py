"""Text from outside is shown as text: on a terminal, in tables, in JSON and in XML."""

import io
import json

import pytest
from lxml import etree
from rich.table import Table
from rich.text import Text

from bioweft.analyse import tsv
from bioweft.analyse.query import Answer, Form, FoundConcept
from bioweft.cli.query import show
from bioweft.export import FORMATS
from bioweft.records import AnnotatedDocument, Document, Link, Mention, Passage
from bioweft.shown import as_json, cell, one_for_one, visible
from bioweft.terminal import Listing, console, marked

HOSTILE = "\x1b]0;title\x07\x1b[2Jbenzo[a]pyrene[/x] :heart: \x9b31m\u202egnp.\x0c\x85"


def test_what_acts_on_a_terminal_is_a_number() -> None:
    assert visible("a\x1b[31m\x9b\u202e\ud800\rb\n\tβ→") == "a\\x1b[31m\\x9b\\u202e\\ud800\\x0db\n\tβ→"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("=1+1", "'=1+1"),
        (" @SUM(A1)", "'@SUM(A1)"),
        ("+/- 3", "'+/- 3"),
        ("-cmd|' /C calc'!A0", "'-cmd|' /C calc'!A0"),
        ("-2.5e-3", "-2.5e-3"),
        ("+7%", "+7%"),
        ("benzo[a]pyrene", "benzo[a]pyrene"),
        ("a\tb\n\x1bc", "a b \\x1bc"),
    ],
)
def test_a_cell_is_no_formula(text: str, shown: str) -> None:
    assert cell(text) == shown
    assert tsv.line([text, -1, -0.5, None]) == f"{shown}\t-1\t-0.5\t\n"


def test_json_loses_nothing() -> None:
    value = {"name": HOSTILE + "\ud800é"}
    assert json.loads(as_json(value)) == value
    assert visible(as_json(value)) == as_json(value)
    assert "é" in as_json(value)


def test_xml_text_keeps_its_length() -> None:
    text = "".join(map(chr, range(0x2100))) + "\ud800\ufffe\U0001f600"
    plain = one_for_one(text)
    assert len(plain) == len(text)
    element = etree.Element("x")
    element.text = plain
    assert etree.fromstring(etree.tostring(element)).text == plain


def test_a_console_prints_text() -> None:
    stream = io.StringIO()
    table = Table("name")
    table.add_row("red[/red]\x1b[31m")
    for printed in ("benzo[a]pyrene :heart: [/x]\x1b[2J", Text("x[/red]\x1b[0m"), table):
        console(file=stream).print(printed)
    shown = stream.getvalue()
    for expected in ("benzo[a]pyrene :heart: [/x]\\x1b[2J", "x[/red]\\x1b[0m", "red[/red]\\x1b[31m"):
        assert expected in shown
    assert "\x1b" not in shown


def test_marks_stay_on_their_words() -> None:
    text = marked("\x07\x1baspirin helps", (2, 9, "bold"))
    assert text.plain == "\\x07\\x1baspirin helps"
    assert [text.plain[mark.start : mark.end] for mark in text.spans] == ["aspirin"]


def test_an_answer_on_a_terminal() -> None:
    concept = FoundConcept("x:[/red]", HOSTILE, "weird[/x]", ["[b]"], None, None, [Form(HOSTILE, 1)], 1, 1, None, None)
    answer = Answer(concept, [concept], [], [], [], {}, None, [])
    stream = io.StringIO()
    show(answer, console(file=stream))
    assert "\x1b" not in stream.getvalue()
    assert "benzo[a]pyrene[/x] :heart:" in stream.getvalue()
    assert "x:[/red]" in stream.getvalue().replace("\n", "")


@pytest.mark.parametrize("format_", sorted(FORMATS))
def test_no_format_passes_control_characters_on(format_: str) -> None:
    text = HOSTILE + "aspirin"
    mention = Mention(len(HOSTILE), len(text), "aspirin", "chem\x1bical", "t\x0c", 1.0)
    document = Document("x:\x1b1", (Passage("title", text, "la\x0cbel"),), year=2000, journal="J\x1b")
    annotated = AnnotatedDocument(
        document, ((0, len(text)),), (mention,), ((Link("x:\x1b1", 1.0, "why\x1b", ("=1",)),),)
    )
    stream = io.StringIO()
    FORMATS[format_]([annotated], stream)
    written = stream.getvalue()
    assert "\x1b" not in written
    assert "\x0c" not in written
    if format_ == "bioc":
        passage = etree.fromstring(written.encode()).find(".//passage/text")
        assert passage.text[len(HOSTILE) :] == "aspirin"
        assert len(passage.text) == len(text)


def test_no_name_in_a_table_is_cut_short() -> None:
    stream = io.StringIO()
    narrow = console(file=stream)
    narrow.width = 12
    table = Listing("name")
    table.add_row("Hyperlipoproteinemia")
    narrow.print(table)
    assert stream.getvalue().split() == ["name", "Hyperlipopro", "teinemia"]
