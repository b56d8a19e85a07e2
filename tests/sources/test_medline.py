"""Medline format: fields, continued lines, and records that are broken."""

from pathlib import Path

import pytest

from bioweft.records import Document, Record, Reject
from bioweft.sources import MedlineSource
from bioweft.sources.sniff import sniff

RECORDS = """
PMID- 11
OWN - NLM
DP  - 2010 Jan
TI  - Gout in mice fed
      made-up pellets.
LID - 10.1/made.up [doi]
AB  - Gout was seen
      (p&lt;0.05).
FAU - Parkinson, John
AU  - Parkinson J
LA  - eng
PT  - Journal Article
PT  - Retracted Publication
JT  - Made-up Journal
PMC - PMC77

PMID- 12
TI  - [Not a word more].
"""


def read(path: Path, content: str | bytes) -> list[Record]:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    source = MedlineSource(path=str(path))
    return [record for item in source.inputs(path.parent) for record in source.read(item)]


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_fields(tmp_path: Path, ending: str) -> None:
    first, second = read(tmp_path / "a.nbib", RECORDS.replace("\n", ending))
    assert isinstance(first, Document)
    assert (first.id, first.text) == ("pmid:11", "Gout in mice fed made-up pellets.\nGout was seen (p<0.05).")
    assert (first.year, first.journal, first.language) == (2010, "Made-up Journal", "eng")
    assert (first.doi, first.pmcid, first.flags) == ("10.1/made.up", "PMC77", ("retracted",))
    assert isinstance(second, Document)
    assert (second.id, second.text, second.year) == ("pmid:12", "[Not a word more].", None)


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (b"PMID- 12\nAnother text\n", "not Medline format: 'Another text'"),
        (b"PMID- 12\nTI  - Sj\xf6gren\n", "not UTF-8"),
        (b"PMID- 123456789012\nTI  - Gout\n", "no PMID"),
        (b"PMID- unknown\nTI  - Gout\n", "no PMID"),
    ],
)
def test_a_broken_record_costs_itself_alone(tmp_path: Path, broken: bytes, reason: str) -> None:
    records = read(tmp_path / "a.nbib", b"PMID- 11\nTI  - A\n\n" + broken + b"\nPMID- 13\nTI  - C\n")
    assert [record.id for record in records if isinstance(record, Document)] == ["pmid:11", "pmid:13"]
    (reject,) = [record for record in records if isinstance(record, Reject)]
    assert reject.position == "line 4"
    assert reject.reason.startswith(reason)


def test_it_is_told_from_its_beginning(tmp_path: Path) -> None:
    (tmp_path / "pubmed-set.txt").write_text("\ufeff" + RECORDS, encoding="utf-8")
    assert sniff(tmp_path / "pubmed-set.txt") == "medline"
