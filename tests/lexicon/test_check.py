from pathlib import Path

import pytest

from bioweft.lexicon.check import Finding, check


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def brief(found: list[Finding]) -> list[tuple[str, str, int | None, str]]:
    return [(one.severity, one.kind, one.line, one.term) for one in found]


def test_a_clean_dictionary_has_no_findings(tmp_path: Path, built: Path) -> None:
    path = write(tmp_path, "toy.tsv", "toy:1\tcrimson ball\n")
    assert check(path, against=[str(built / "gene.parquet")]) == []


def test_all_errors_are_said_not_the_first_alone(tmp_path: Path) -> None:
    path = write(tmp_path, "toy.tsv", "ball\tball\ntoy:1\t\ntoy:2\thoop\ntoy:2\thoop\n")
    assert brief(check(path, against=[])) == [
        ("error", "curie", 1, ""),
        ("error", "empty", 2, ""),
        ("error", "duplicate", 4, "hoop"),
    ]


def test_an_empty_file_is_an_error(tmp_path: Path) -> None:
    assert brief(check(write(tmp_path, "toy.txt", "# none\n"), against=[])) == [("error", "empty", None, "")]


def test_a_term_of_two_concepts_is_ambiguous_in_any_case(tmp_path: Path) -> None:
    found = check(write(tmp_path, "toy.tsv", "toy:1\tred ball\ntoy:2\tRed Ball\n"), against=[])
    assert brief(found) == [("ambiguous", "here", 1, "red ball"), ("ambiguous", "here", 2, "Red Ball")]
    assert found[0].message == "also names toy:2 here"


def test_a_term_of_another_dictionary_is_ambiguous_unless_it_is_the_same_concept(tmp_path: Path, built: Path) -> None:
    path = write(tmp_path, "toy.tsv", "toy:1\taspirin\nmesh:D001241\tAspirin\n")
    found = [one for one in check(path, against=[str(built / "chemical.parquet")]) if one.kind == "chemical"]
    assert [(one.line, one.message) for one in found] == [(1, "also names mesh:D001241 Aspirin in dictionary chemical")]


@pytest.mark.parametrize(
    ("term", "kind"),
    [("the", "stopped"), ("IL", "short"), ("2019", "digits"), ("12.5", "digits"), ("cell", "word")],
)
def test_dangerous_terms_are_told_apart(tmp_path: Path, term: str, kind: str) -> None:
    assert brief(check(write(tmp_path, "toy.txt", f"{term}\n"), against=[])) == [("dangerous", kind, 1, term)]


def test_a_built_dictionary_is_checked_too(built: Path) -> None:
    found = check(built / "gene.parquet", against=[])
    assert ("ambiguous", "here", None, "AKT") in brief(found)


def test_shipped_dictionaries_are_compared_with_where_none_is_named(tmp_path: Path) -> None:
    found = check(write(tmp_path, "toy.txt", "aspirin\n"))
    assert ("ambiguous", "chemical") in {(one.severity, one.kind) for one in found}
