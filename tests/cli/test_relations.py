"""`bioweft relations`: for a person, for a pipe, for a program."""

import io
import json

import pytest
from click.testing import CliRunner
from rich.console import Console

from bioweft.analyse.query import ask, ask_relations
from bioweft.cli import query
from bioweft.cli.relations import command, show
from bioweft.errors import NotFoundError
from bioweft.store.run import RunFolder
from tests.small_run import STATEMENTS, write_run


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_run(tmp_path_factory.mktemp("outputs") / "small", statements=STATEMENTS)


def invoke(folder, *arguments):
    result = CliRunner().invoke(command, [*arguments, "--in", str(folder)], catch_exceptions=False)
    assert result.exit_code == 0
    return result.output


def rows(output: str) -> list[dict[str, str]]:
    header, *lines = (line.split("\t") for line in output.splitlines())
    return [dict(zip(header, line, strict=True)) for line in lines]


def test_in_a_pipe_a_line_is_a_sentence_that_says_or_denies(folder):
    said = [(row["object_name"], row["says"], row["sentence"]) for row in rows(invoke(folder, "--predicate", "treats"))]
    assert said == [
        ("Headache", "yes", "**Aspirin** for **headache**."),
        ("Homo sapiens", "maybe", "**Aspirin** for headache. … **Patients** had headache."),
        ("Myocardial Infarction", "no", "**Aspirin** after **heart attack**."),
    ]


def test_json(folder):
    (triple,) = json.loads(invoke(folder, "--object", "heart attack", "--json"))
    assert (triple["subject"], triple["predicate"], triple["negated"]) == ("mesh:D001241", "biolink:treats", 1)
    (statement,) = triple["evidence"]
    assert (statement["cue"], statement["negated"], statement["spans"]) == ([8, 13], True, [[0, 7], [14, 26]])


def test_options_narrow_what_is_listed(folder):
    assert len(rows(invoke(folder))) == 4
    assert [row["document"] for row in rows(invoke(folder, "--negated"))] == ["pmid:2"]
    assert len(rows(invoke(folder, "--no-negated", "--least-probability", "0.5", "--object-type", "disease"))) == 1
    assert rows(invoke(folder, "--subject", "headache")) == []


def test_an_unknown_name_has_suggestions(folder):
    with pytest.raises(NotFoundError, match="did you mean 'Aspirin'"):
        invoke(folder, "--subject", "asprin")


def test_on_a_terminal_names_are_first_then_the_sentence(folder):
    screen = io.StringIO()
    show(ask_relations(RunFolder(folder), predicate="treats"), Console(file=screen, width=150, highlight=False))
    lines = screen.getvalue().splitlines()
    assert lines[:3] == [
        "Aspirin treats Headache  0.50, 1 document, 2018  mesh:D001241 mesh:D006261",
        "  pmid:1, 2018, Pain Notes 0.50",
        "    Aspirin for headache.",
    ]
    assert "  pmid:1, 2018, Pain Notes 0.25 [a guess]" in lines
    assert "Aspirin treats Myocardial Infarction  said by none; denied by 1 document" in lines[6]
    assert lines[7] == "  pmid:2, 2019, Heart Notes 0.75 [denied]"


def test_a_query_with_another_name_shows_relations_before_all_else_that_is_said(folder):
    screen = io.StringIO()
    query.show(ask(RunFolder(folder), "aspirin", other="headache"), Console(file=screen, width=150, highlight=False))
    text = screen.getvalue()
    assert text.index("Aspirin treats Headache") < text.index("Documents by year") < text.index("NPMI")
    arguments = ["aspirin", "--with", "headache", "--in", str(folder)]
    output = CliRunner().invoke(query.command, arguments, catch_exceptions=False).output
    (line,) = (line.split("\t") for line in output.splitlines() if line.startswith("relation\t"))
    assert line[-1] == "**Aspirin** for **headache**."
