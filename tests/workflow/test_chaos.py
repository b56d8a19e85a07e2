"""Runs that are killed at random moments, and updates in random order."""

import os
import random
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from bioweft.analyse import plots
from bioweft.store.check import faults
from bioweft.store.run import RunFolder
from bioweft.workflow.engine import run
from bioweft.workflow.settings import load, parse
from tests.workflow.test_run import command, contents, go

MakeWorkflow = Callable[..., Path]

CHAOS_SECONDS = 120


@pytest.mark.slow
def test_two_minutes_of_random_kills_change_no_byte(make_workflow: MakeWorkflow) -> None:
    """The main process alone is killed, or it with its helpers; every now and then a run is left to end."""
    sizes = (2500, 2500, 300, 300)
    expected = contents(go(make_workflow(*sizes, name="undisturbed")).folder.path)
    file = make_workflow(*sizes, name="killed")
    folder = RunFolder(load(file).output)
    chance = random.Random(22)
    ends = time.monotonic() + CHAOS_SECONDS
    kills = 0
    while time.monotonic() < ends:
        workers = chance.choice((1, 2, 3))
        with subprocess.Popen(command(file, f"engine.workers={workers}"), start_new_session=True) as process:
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=chance.uniform(0.2, 6))
            if process.poll() is None:
                kill = os.kill if chance.random() < 0.7 else os.killpg
                kill(process.pid, signal.SIGKILL)
                kills += 1
    assert kills > 5
    go(file)
    assert contents(folder.path) == expected
    assert not list(faults(RunFolder(folder.path), deep=True))
    assert not go(file).new


Records = dict[int, str | None]
"""By PMID the title of a record, None where it is deleted."""


def write_file(path: Path, records: Records) -> None:
    """Write a file of PubMed."""
    articles = (
        f'<PubmedArticle><MedlineCitation><PMID Version="1">{pmid}</PMID><Article><Journal><JournalIssue><PubDate>'
        f"<Year>2020</Year></PubDate></JournalIssue></Journal><ArticleTitle>{title}</ArticleTitle></Article>"
        "</MedlineCitation></PubmedArticle>"
        for pmid, title in records.items()
        if title is not None
    )
    deleted = "".join(f'<PMID Version="1">{pmid}</PMID>' for pmid, title in records.items() if title is None)
    last = f"<DeleteCitation>{deleted}</DeleteCitation>" if deleted else ""
    path.write_text(f"<PubmedArticleSet>{''.join(articles)}{last}</PubmedArticleSet>", encoding="utf-8")


@pytest.mark.parametrize("seed", range(3))
def test_updates_in_random_order_give_what_a_simple_model_gives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Files come, change and go in any order; what counts is always the last file by name that has a record."""
    monkeypatch.setattr(plots, "save", lambda *_, **__: None)
    chance = random.Random(seed)
    folder = tmp_path / "in"
    folder.mkdir()
    (tmp_path / "illness.tsv").write_text("curie\tname\tsynonyms\nx:1\treport\t\n")
    settings = {
        "name": "updates",
        "output": str(tmp_path / "out"),
        "sources": [{"kind": "pubmed-files", "path": str(folder)}],
        "tag": {"model": "none", "dictionaries": [str(tmp_path / "illness.tsv")]},
        "engine": {"workers": 1},
    }
    present: dict[str, Records] = {}
    for step in range(8):
        name = f"pubmed26n{chance.randrange(1, 7):04}.xml"
        if name in present and len(present) > 1 and chance.random() < 0.3:
            del present[name]
            (folder / name).unlink()
        else:
            pmids = chance.sample(range(1, 9), chance.randrange(1, 6))
            present[name] = {p: None if chance.random() < 0.3 else f"Report {p} of step {step}" for p in pmids}
            write_file(folder / name, present[name])
        model: Records = {}
        for _, records in sorted(present.items()):
            model |= records
        summary = run(parse(settings, origin="test"), quiet=True)
        table = pq.read_table(summary.folder.results / "documents.parquet", columns=["id", "title"]).to_pylist()
        expected = {f"pmid:{pmid}": title for pmid, title in model.items() if title is not None}
        assert {row["id"]: row["title"] for row in table} == expected
        assert summary.manifest["counts"]["documents"] == len(expected)
