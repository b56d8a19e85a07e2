"""RIS: fields, where identifiers may stand, and records that are broken."""

from pathlib import Path

import pytest

from bioweft.records import Document, Record, Reject
from bioweft.sources import RisSource
from bioweft.sources.sniff import sniff

RECORDS = """
TY  - JOUR
AU  - Parkinson, John
AU  - Potts, Ann
TI  - Gout in mice fed
made-up pellets
JO  - Made Up J
T2  - Made-up Journal
PY  - 2010/01/02/
DO  - https://doi.org/10.1234/Made.up
AB  - <h4>Aims</h4>Gout was seen.<h4>Results</h4>It went.
LA  - eng
M3  - Retracted Publication
ER  -

TY  - CHAP
A1  - Potts, Ann
T1  - Not a word more
"""


def read(path: Path, content: str | bytes) -> list[Record]:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    source = RisSource(path=str(path))
    return [record for item in source.inputs(path.parent) for record in source.read(item)]


def document(path: Path, *lines: str) -> Document:
    (record,) = read(path / "a.ris", "\n".join(["TY  - JOUR", "TI  - Gout", *lines, "ER  - "]))
    assert isinstance(record, Document)
    return record


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_fields(tmp_path: Path, ending: str) -> None:
    first, second = read(tmp_path / "a.ris", RECORDS.replace("\n", ending))
    assert isinstance(first, Document)
    assert (first.id, first.doi) == ("doi:10.1234/made.up", "10.1234/Made.up")
    assert first.text == "Gout in mice fed made-up pellets\nGout was seen.\nIt went."
    assert [passage.label for passage in first.passages] == [None, "Aims", "Results"]
    assert (first.year, first.journal, first.language) == (2010, "Made-up Journal", "eng")
    assert (first.authors, first.flags) == (("Parkinson, John", "Potts, Ann"), ("retracted",))
    assert isinstance(second, Document)
    assert (second.id, second.text, second.authors) == ("file:a#16", "Not a word more", ("Potts, Ann",))


@pytest.mark.parametrize(
    ("lines", "identifier"),
    [
        (["AN  - 0012", "DB  - PubMed"], "pmid:12"),
        (["AN  - 12", "DB  - Embase"], "file:a#1"),
        (["N1  - a note", "N1  - PMID: 12", "DO  - 10.1234/x"], "pmid:12"),
        (["UR  - https://pubmed.ncbi.nlm.nih.gov/12/"], "pmid:12"),
        (["UR  - https://doi.org/10.1234/x"], "doi:10.1234/x"),
        (["C2  - PMC77"], "pmcid:PMC77"),
    ],
)
def test_identifiers_may_stand_in_several_places(tmp_path: Path, lines: list[str], identifier: str) -> None:
    assert document(tmp_path, *lines).id == identifier


def test_a_tag_that_is_there_twice_loses_nothing(tmp_path: Path) -> None:
    assert document(tmp_path, "AB  - Gout.", "AB  - Asthma.").text == "Gout\nGout. Asthma."


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (b"TY  - JOUR\nTI  - Sj\xf6gren\nER  - \n", "not UTF-8"),
        (b"TY  - JOUR\nAU  - Potts, Ann\nER  - \n", "no title and no abstract"),
    ],
)
def test_a_broken_record_costs_itself_alone(tmp_path: Path, broken: bytes, reason: str) -> None:
    whole = b"TY  - JOUR\nTI  - A\nER  - \n\n"
    records = read(tmp_path / "a.ris", whole + broken + b"\n" + whole)
    assert [record.text for record in records if isinstance(record, Document)] == ["A", "A"]
    (reject,) = [record for record in records if isinstance(record, Reject)]
    assert reject.position == "line 5"
    assert reject.reason.startswith(reason)


def test_another_text_is_none(tmp_path: Path) -> None:
    (reject,) = read(tmp_path / "a.ris", "A text.\n")
    assert isinstance(reject, Reject)
    assert reject.reason == "not RIS: 'A text.'"


def test_it_is_told_from_its_beginning(tmp_path: Path) -> None:
    (tmp_path / "export.txt").write_text("\ufeff" + RECORDS, encoding="utf-8")
    assert sniff(tmp_path / "export.txt") == "ris"
