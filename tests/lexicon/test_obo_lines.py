"""One bad line costs that line, not the ontology."""

import gzip
from pathlib import Path

import pytest

from bioweft.lexicon import obo
from bioweft.lexicon.obo_lines import mend
from bioweft.lexicon.user import Problem

HEAD = "format-version: 1.2\nontology: toys\n"
BALL = "\n[Term]\nid: TOY:1\nname: red ball\n"
HOOP = "\n[Term]\nid: TOY:2\nname: hoop\n"


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        (f"{HEAD}date: 05:20:2021 12:00\n{BALL}{HOOP}", 3, "date: 05:20:2021"),
        (f"{HEAD}{BALL}creation_date: 202z-01-01\n{HOOP}", 7, "creation_date"),
        (f"{HEAD}{BALL}xref: MESH D1\n{HOOP}", 7, "xref"),
        (f'{HEAD}{BALL}synonym: "RB" EXACT ABBREVIATION []\n{HOOP}', 7, "ABBREVIATION is not declared"),
        (f'{HEAD}{BALL}synonym: "RB" EXACT [TOY:A and B 2003]\n{HOOP}', 7, "references are left out"),
        (f"{HEAD}{BALL}is_a: TOY:99 ! not here\n{HOOP}", 7, "the parent TOY:99 is no term of this file"),
        (f"{HEAD}{BALL}comment: caf\udce9\n{HOOP}", 7, "not UTF-8: byte 0xe9"),
    ],
)
def test_a_bad_line_is_said_with_its_number_and_the_rest_is_read(
    tmp_path: Path, text: str, line: int, said: str
) -> None:
    file = tmp_path / "toys.obo"
    file.write_text(text, encoding="utf-8", errors="surrogateescape")
    problems: list[Problem] = []
    concepts = obo.read(file, type="toy", problems=problems)
    assert [(concept.id, concept.name) for concept in concepts] == [("toy:1", "red ball"), ("toy:2", "hoop")]
    assert [problem.line for problem in problems] == [line]
    assert said in problems[0].message
    with_synonym = "synonym" in text
    assert ("RB" in {term.text for term in concepts[0].terms}) == with_synonym


def test_a_term_without_a_readable_identifier_is_left_out_whole(tmp_path: Path) -> None:
    file = tmp_path / "toys.obo.gz"
    file.write_bytes(gzip.compress(f"{HEAD}\n[Term]\nid TOY:1\nname: red ball\n{HOOP}".encode()))
    problems: list[Problem] = []
    assert [concept.id for concept in obo.read(file, type="toy", problems=problems)] == ["toy:2"]
    assert [problem.line for problem in problems] == [5]


def test_a_clause_that_no_dictionary_needs_costs_nothing(tmp_path: Path) -> None:
    file = tmp_path / "toys.obo"
    file.write_text(f"{HEAD}{BALL}intersection_of: TOY:2\n{HOOP}")  # of which there must be two
    assert [concept.id for concept in obo.read(file, type="toy")] == ["toy:1", "toy:2"]


def test_a_declared_synonym_type_is_no_fault() -> None:
    text = f'{HEAD}synonymtypedef: ABBREVIATION "short form"\n{BALL}synonym: "RB" EXACT ABBREVIATION []\n'
    assert mend(text) == (text, [])


def test_lines_keep_their_numbers() -> None:
    text = f"{HEAD}\n[Typedef]\nid: part_of\nname: part of\n{BALL}"
    assert mend(text)[0].splitlines()[8:] == ["id: TOY:1", "name: red ball"]
