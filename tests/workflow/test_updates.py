"""Update files of PubMed: after new, revised and deleted records everything shows exactly the current literature."""

import re
import shutil
from collections.abc import Sequence
from pathlib import Path

import networkx as nx
import pyarrow.parquet as pq
import pytest

import bioweft
from bioweft.errors import NotFoundError
from bioweft.store.index import Shard, find_live
from bioweft.workflow.engine import Summary, run
from bioweft.workflow.settings import load

RECORD = re.compile(r"<PubmedArticle>.*?</PubmedArticle>", re.DOTALL)
PMID = re.compile(r"(?<=<PMID Version=\"1\">)\d+(?=</PMID>)")


def pmid(record: str) -> str:
    found = PMID.search(record)
    assert found
    return found[0]


def write(path: Path, records: list[str], *, deleted: Sequence[str] = ()) -> None:
    gone = "".join(f'<PMID Version="1">{number}</PMID>' for number in deleted)
    last = f"<DeleteCitation>{gone}</DeleteCitation>" if deleted else ""
    path.write_text(f"<PubmedArticleSet>{''.join(records)}{last}</PubmedArticleSet>", encoding="utf-8")


def article(number: int, abstract: str) -> str:
    return (
        f'<PubmedArticle><MedlineCitation><PMID Version="1">{number}</PMID><Article><Journal><JournalIssue><PubDate>'
        f"<Year>2020</Year></PubDate></JournalIssue></Journal><ArticleTitle>Report {number}.</ArticleTitle><Abstract>"
        f"<AbstractText>{abstract}</AbstractText></Abstract></Article></MedlineCitation></PubmedArticle>"
    )


@pytest.fixture
def workflow(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    (tmp_path / "illness.tsv").write_text("curie\tname\tsynonyms\nx:1\tgout\t\nx:2\tmumps\t\nx:3\tflu\t\n")
    file = tmp_path / "w.toml"
    file.write_text(
        f'name = "w"\noutput = "{tmp_path / "run"}"\n[[sources]]\nkind = "pubmed-files"\npath = "in"\n'
        '[tag]\nmodel = "none"\ndictionaries = ["illness.tsv"]\n[engine]\nworkers = 1\n'
    )
    return file


def go(workflow: Path) -> Summary:
    return run(load(workflow), quiet=True)


def test_rankings_graph_and_queries_follow(workflow: Path, tmp_path: Path) -> None:
    gout_and_mumps = [article(number, "We saw gout with mumps. That was all.") for number in (1, 2, 3)]
    write(tmp_path / "in" / "pubmed20n0001.xml", gout_and_mumps)
    go(workflow)
    opened = bioweft.open_run(tmp_path / "run")
    assert dict(zip(opened.rankings()["concept"], opened.rankings()["documents"], strict=True)) == {"x:1": 3, "x:2": 3}
    write(
        tmp_path / "in" / "pubmed20n0002.xml",
        [article(2, "We saw flu with gout. That was all."), article(4, "We saw flu with gout. That was all.")],
        deleted=["1"],
    )
    go(workflow)
    opened = bioweft.open_run(tmp_path / "run")
    counts = dict(zip(opened.rankings()["concept"], opened.rankings()["documents"], strict=True))
    assert counts == {"x:1": 3, "x:3": 2, "x:2": 1}
    assert {s.document for s in opened.query("gout").sentences} == {"pmid:2", "pmid:3", "pmid:4"}
    assert {s.document for s in opened.query("mumps").sentences} == {"pmid:3"}
    graph = nx.read_graphml(tmp_path / "run" / "results" / "graph.graphml")
    assert ("x:1", "x:2") not in graph.edges
    write(tmp_path / "in" / "pubmed20n0003.xml", [], deleted=["3"])
    go(workflow)
    with pytest.raises(NotFoundError):
        bioweft.open_run(tmp_path / "run").query("mumps")


def indexes(run: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (run / "index").glob("live-*.parquet")}


def test_a_new_file_is_put_on_to_the_index(workflow: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    searched: list[list[str]] = []

    def find(connection: object, shards: Sequence[Shard]) -> object:
        searched.append([shard.name for shard in shards])
        return find_live(connection, shards)  # type: ignore[arg-type]

    monkeypatch.setattr("bioweft.workflow.job.find_live", find)
    monkeypatch.setattr("bioweft.store.index.find_live", find)
    write(tmp_path / "in" / "pubmed20n0001.xml", [article(n, "We saw gout.") for n in (1, 2, 3)])
    go(workflow)
    write(tmp_path / "in" / "pubmed20n0002.xml", [article(2, "We saw flu."), article(4, "No gout.")], deleted=["1"])
    go(workflow)
    added = indexes(tmp_path / "run")
    assert searched == [["0-pubmed20n0001-0000"], ["0-pubmed20n0002-0000"]]
    # The earlier index is damaged: this one is made anew, and is the same as if nothing had been.
    (live,) = (tmp_path / "run" / "index").glob("live-*.parquet")
    live.write_bytes(live.read_bytes()[:-20])
    write(tmp_path / "in" / "pubmed20n0003.xml", [article(5, "We saw mumps.")])
    go(workflow)
    assert len(searched[-1]) == 3
    anew = indexes(tmp_path / "run")
    shutil.rmtree(tmp_path / "run")
    (tmp_path / "in" / "pubmed20n0003.xml").unlink()
    go(workflow)
    assert indexes(tmp_path / "run") == added
    write(tmp_path / "in" / "pubmed20n0003.xml", [article(5, "We saw mumps.")])
    go(workflow)
    assert len(searched[-1]) == 1
    assert indexes(tmp_path / "run") == anew
    # A file in the midst is not put on.
    write(tmp_path / "in" / "pubmed20n0002.xml", [article(2, "We saw flu.")])
    go(workflow)
    assert len(searched[-1]) == 3
    assert bioweft.open_run(tmp_path / "run").query("gout").concept.documents == 2


@pytest.mark.corpus
def test_real_update_records(workflow: Path, tmp_path: Path, corpus_data: Path) -> None:
    with (corpus_data / "literature" / "pubmed" / "pubmed21n1298.xml").open(encoding="utf-8") as file:
        head = RECORD.findall(file.read(8_000_000))
    head = list({pmid(record): record for record in head if PMID.search(record)}.values())
    old, new = head[:400], head[400:500]
    deleted = [pmid(record) for record in old[:20]]
    revised = [re.sub(r"<ArticleTitle>", "<ArticleTitle>Gout: ", record, count=1) for record in old[20:50]]
    write(tmp_path / "in" / "pubmed21n1297.xml", old)
    before = go(workflow)
    shards = {path: path.stat().st_mtime_ns for path in (before.folder.path / "shards" / "tag").iterdir()}
    write(tmp_path / "in" / "pubmed21n1298.xml", revised + new, deleted=deleted)
    after = go(workflow)
    documents = {row["id"]: row for row in pq.read_table(after.folder.results / "documents.parquet").to_pylist()}
    expected = {f"pmid:{pmid(record)}" for record in head[:500]} - {f"pmid:{number}" for number in deleted}
    assert documents.keys() == expected
    assert {i for i, row in documents.items() if row["title"].startswith("Gout: ")} == {
        f"pmid:{pmid(record)}" for record in revised
    }
    assert {path: path.stat().st_mtime_ns for path in shards} == shards
