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
    ("lines", "severity", "kind", "term"),
    [
        ("toy:1\tthe\n", "never found", "stopped", "the"),
        ("toy:1\tIL\n", "never found", "alone", "IL"),
        ("toy:1\t2019\n", "never found", "digits", "2019"),
        ("toy:1\t12.5\n", "never found", "digits", "12.5"),
        ("toy:1\tβ\n", "dangerous", "short", "β"),
        ("toy:1\tcell\n", "dangerous", "word", "cell"),
        ("toy:1\tinterleukin\tIL\n", "dangerous", "short", "IL"),
    ],
)
def test_dangerous_terms_are_told_apart(tmp_path: Path, lines: str, severity: str, kind: str, term: str) -> None:
    assert brief(check(write(tmp_path, "toy.tsv", lines), against=[])) == [(severity, kind, 1, term)]


def test_a_code_that_no_longer_name_vouches_for_is_never_found(tmp_path: Path) -> None:
    findings = check(write(tmp_path, "toy.tsv", "toy:1\t2,4-D\ntoy:2\tA/B\ntoy:3\t3,5-E acid\t3,5-E\n"), against=[])
    assert [(finding.kind, finding.term) for finding in findings] == [("alone", "2,4-D"), ("alone", "A/B")]
    assert "longer name of toy:1" in findings[0].message


@pytest.mark.parametrize(("first", "second"), [("Th1", "Th-1"), ("CD4-", "CD4")])
def test_names_that_a_text_cannot_tell_apart_are_ambiguous(tmp_path: Path, first: str, second: str) -> None:
    findings = check(write(tmp_path, "toy.tsv", f"toy:1\t{first}\ntoy:2\t{second}\n"), against=[])
    assert brief(findings) == [("ambiguous", "alike", 1, first), ("ambiguous", "alike", 2, second)]
    assert f"{second} of toy:2" in findings[0].message


def test_a_built_dictionary_is_checked_too(built: Path) -> None:
    found = check(built / "gene.parquet", against=[])
    assert ("ambiguous", "here", None, "AKT") in brief(found)


def test_shipped_dictionaries_are_compared_with_where_none_is_named(tmp_path: Path) -> None:
    found = check(write(tmp_path, "toy.txt", "aspirin\n"))
    assert ("ambiguous", "chemical") in {(one.severity, one.kind) for one in found}
