"""Results that are added to those of the night before are the same bytes as results made anew."""

import json
import random
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bioweft.analyse import plots, results
from bioweft.store.increment import Increment, find_increment
from bioweft.workflow import job
from bioweft.workflow.engine import run
from bioweft.workflow.settings import Workflow, parse
from tests.relate import made
from tests.workflow.test_relate import DICTIONARY

SENTENCES = [
    "Rue cures gout.",
    "Rue does not cure gout.",
    "Rue cures podagra and rue cures colic.",
    "Colic alone.",
    "Nothing of note, but rue.",
]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.syspath_prepend(str(made.install(tmp_path)))
    monkeypatch.setattr(plots, "save", lambda *_, **__: None)
    for name, content in DICTIONARY.items():
        (tmp_path / f"{name}.tsv").write_text(content)
    for source in ("pmid", "cord"):
        (tmp_path / source).mkdir()
    yield tmp_path
    sys.modules.pop("my_relations", None)


def workflow(folder: Path, name: str, sources: list[str]) -> Workflow:
    settings = {
        "name": "nights",
        "output": str(folder / name),
        "sources": [{"kind": "table", "path": str(folder / source)} for source in sources],
        "tag": {"model": "none", "dictionaries": [str(folder / f"{name}.tsv") for name in DICTIONARY]},
        "relate": {"model": "cures", "threshold": 0.25},
        "engine": {"workers": 1},
    }
    return parse(settings, origin="test")


def write_records(file: Path, numbers: list[int], chance: random.Random) -> None:
    """Write records of one source; those of one number are of one paper, whatever their source."""
    rows = [
        {
            "id": f"{file.parent.name}:{number}",
            "title": f"Report {number}",
            "abstract": " ".join(chance.sample(SENTENCES, chance.randrange(1, 4))),
            "doi": f"10.1/{number}",
            "year": chance.choice([2001, 2002, None]),
        }
        for number in numbers
    ]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def tables(results: Path) -> dict[str, bytes]:
    return {path.relative_to(results).as_posix(): path.read_bytes() for path in results.rglob("*") if path.is_file()}


@pytest.mark.parametrize("sources", [["pmid"], ["pmid", "cord"]])
def test_nights_in_any_order_give_the_bytes_of_a_new_run(
    folder: Path, monkeypatch: pytest.MonkeyPatch, sources: list[str]
) -> None:
    chance = random.Random(len(sources))
    added: list[Increment | None] = []
    monkeypatch.setattr(job, "find_increment", lambda *a: added.append(find_increment(*a)) or added[-1])
    for source in sources:
        write_records(folder / source / "0.jsonl", list(range(40)), chance)
    for night in range(1, 7):
        file = folder / chance.choice(sources) / f"{chance.randrange(1, 4)}.jsonl"
        if file.exists() and night > 3:
            file.unlink()
        else:
            write_records(file, chance.sample(range(60), 4), chance)
        nightly = run(workflow(folder, "nightly", sources), quiet=True)
        shutil.rmtree(folder / "anew", ignore_errors=True)
        anew = run(workflow(folder, "anew", sources), quiet=True)
        assert nightly.folder.results.name == anew.folder.results.name
        assert tables(nightly.folder.results) == tables(anew.folder.results)
    assert len([increment for increment in added if increment is not None]) >= 4  # a state may come a second time


def test_results_are_made_anew_where_a_table_of_the_night_before_is_damaged(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(0)
    write_records(folder / "pmid" / "0.jsonl", list(range(40)), chance)
    before = run(workflow(folder, "nightly", ["pmid"]), quiet=True).folder.results
    content = bytearray((before / "mentions.parquet").read_bytes())
    content[len(content) // 3] ^= 4
    write_records(folder / "pmid" / "1.jsonl", [1, 70], chance)
    begun: list[object] = []
    build = results.build

    def damage(*arguments: object, **settings: object) -> dict[str, int]:
        (before / "mentions.parquet").write_bytes(content)
        begun.append(settings["earlier"])
        return build(*arguments, **settings)  # type: ignore[arg-type]

    monkeypatch.setattr(results, "build", damage)
    nightly = run(workflow(folder, "nightly", ["pmid"]), quiet=True)
    anew = run(workflow(folder, "anew", ["pmid"]), quiet=True)
    assert begun == [before, None, None]
    assert tables(nightly.folder.results) == tables(anew.folder.results)
