"""The same paper from several sources counts once."""

from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from bioweft import open_run
from bioweft.records import Document, Passage
from bioweft.store.documents import to_row, to_table
from bioweft.store.index import Shard
from bioweft.store.newest import find_newest
from bioweft.store.papers import find_twins
from bioweft.store.schemas import write
from bioweft.workflow.engine import run
from bioweft.workflow.settings import load


def paper(id: str, text: str, *, doi: str | None = None, pmid: str | None = None) -> Document:
    return Document(id, (Passage("abstract", text),), doi=doi, pmid=pmid)


PUBMED = paper("pmid:7", "short", doi="10.1/A")


@pytest.mark.parametrize(
    ("documents", "twins"),
    [
        ([PUBMED, paper("cord:a", "longer text", pmid="7")], {"pmid:7": "cord:a"}),
        ([PUBMED, paper("cord:a", "tiny", doi="10.1/a")], {"cord:a": "pmid:7"}),
        ([PUBMED, paper("cord:a", "as it", pmid="7")], {"cord:a": "pmid:7"}),  # as much text: PubMed's counts
        ([paper("cord:a", "x", doi="10.1/b"), paper("pmcid:PMC1", "xy", doi="10.1/B")], {"cord:a": "pmcid:PMC1"}),
        # By its DOI a document gets the PMID by which a third is found.
        (
            [PUBMED, paper("cord:a", "x", doi="10.1/a"), paper("table:1", "longest of all", pmid="7")],
            {"pmid:7": "table:1", "cord:a": "table:1"},
        ),
        ([PUBMED, paper("pmid:8", "longer text", doi="10.1/a")], {}),  # a source knows its papers
        ([PUBMED, paper("cord:a", "longer text", doi="10.1/c"), paper("cord:b", "x")], {}),
    ],
)
def test_of_one_paper_the_document_with_the_most_text_counts(
    tmp_path: Path, documents: list[Document], twins: dict[str, str]
) -> None:
    write(to_table([to_row(document, input_number=0) for document in documents]), tmp_path / "read.parquet")
    with duckdb.connect() as connection:
        newest = find_newest(connection, [Shard("0-file-0000", {"read": tmp_path / "read.parquet"})])
        write(pa.concat_tables(newest), tmp_path / "newest.parquet")
        table, papers = find_twins(connection, tmp_path / "newest.parquet")
    assert {row["id"]: row["kept"] for row in table.to_pylist()} == twins
    assert {other: row["id"] for row in papers.to_pylist() for other in row["other_ids"]} == twins


def test_a_run_counts_a_paper_once_and_keeps_both_ids(tmp_path: Path) -> None:
    (tmp_path / "illness.tsv").write_text("x:1\tgout\nx:2\tmumps\n")
    (tmp_path / "a.jsonl").write_text(
        '{"id": "pmid:7", "title": "Gout", "doi": "10.1/A"}\n{"id": "pmid:8", "title": "Mumps"}\n'
    )
    (tmp_path / "b.jsonl").write_text('{"id": "cord:x", "title": "Gout", "abstract": "Gout, gout.", "doi": "10.1/a"}\n')
    file = tmp_path / "w.toml"
    sources = "".join(f'[[sources]]\nkind = "table"\npath = "{name}.jsonl"\n' for name in "ab")
    tag = '[tag]\nmodel = "none"\ndictionaries = ["illness.tsv"]\n[engine]\nworkers = 1\n'
    file.write_text(f'name = "w"\noutput = "{tmp_path / "w"}"\n{sources}{tag}')
    counts = run(load(file), quiet=True).manifest["counts"]
    assert (counts["documents"], counts["abstracts"], counts["mentions"]) == (2, 1, 4)
    documents = open_run(tmp_path / "w").documents().set_index("id")
    assert documents.other_ids["cord:x"].tolist() == ["pmid:7"]
    assert documents.pmid["pmid:8"] == "8"
