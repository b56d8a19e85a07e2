"""`bioweft run`: exit codes, the summary, and JSON for machines."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

RECORD = '{{"id": "made:{}", "title": "On gout", "abstract": "Gout with mumps."}}\n'


@pytest.fixture
def workflow(tmp_path: Path) -> Path:
    (tmp_path / "illness.tsv").write_text("curie\tname\tsynonyms\nx:1\tgout\t\nx:2\tmumps\t\n")
    (tmp_path / "in.jsonl").write_text("".join(map(RECORD.format, range(3))))
    file = tmp_path / "w.toml"
    file.write_text(
        'name = "w"\n[[sources]]\nkind = "table"\npath = "in.jsonl"\n'
        '[tag]\nmodel = "none"\ndictionaries = ["illness.tsv"]\n[engine]\nworkers = 1\n'
    )
    return file


def run(workflow: object, *arguments: object) -> subprocess.CompletedProcess[str]:
    where = workflow.parent if isinstance(workflow, Path) else None
    call = [sys.executable, "-m", "bioweft", "run", str(workflow), *map(str, arguments)]
    return subprocess.run(call, capture_output=True, text=True, check=False, cwd=where)


def test_done(workflow: Path) -> None:
    outcome = run(workflow)
    assert outcome.returncode == 0, outcome.stderr
    assert "w: 3 documents (3 abstracts), 9 mentions of 2 concepts, 1 co-occurring pair" in outcome.stdout
    assert "Nothing new: outputs/w is up to date." in run(workflow).stdout


def test_done_with_rejects_is_three_and_json_is_the_manifest(workflow: Path, tmp_path: Path) -> None:
    with (tmp_path / "in.jsonl").open("a") as table:
        table.write("{broken\n")
    outcome = run(workflow, "--json", "--output", tmp_path / "here")
    assert outcome.returncode == 3, outcome.stderr
    told = json.loads(outcome.stdout)
    assert told == json.loads((tmp_path / "here" / "manifest.json").read_text())
    assert (told["counts"]["documents"], told["counts"]["rejects"]) == (3, 1)
    assert len((tmp_path / "here" / "rejects.jsonl").read_text().splitlines()) == 1
    again = run(workflow, "--output", tmp_path / "here")
    assert again.returncode == 3
    assert "1 reject: " in again.stdout.replace("\n", " ")
    assert (run(workflow, "--quiet", "--output", tmp_path / "here")).stdout == ""


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--set", "engine.worker=2"], 2, "engine.worker: no such key (did you mean 'workers'?)"),
        (["--set", "engine.workers"], 2, "--set takes key=value"),
        (["--workers", "0"], 2, "--workers"),
        (["--set", "sources.0.path=none.jsonl"], 1, "no such file or folder"),
        (["--set", 'tag.dictionaries=["none.tsv"]'], 1, "none.tsv"),
    ],
)
def test_the_command_is_at_fault_or_the_work(arguments: list[str], code: int, said: str, workflow: Path) -> None:
    outcome = run(workflow, *arguments)
    assert (outcome.returncode, outcome.stdout) == (code, "")
    assert said in outcome.stderr
    assert "Traceback" not in outcome.stderr


def test_a_workflow_file_that_is_wrong_or_missing_is_two(workflow: Path) -> None:
    workflow.write_text("name = ")
    outcome = run(workflow)
    assert outcome.returncode == 2
    assert outcome.stderr.startswith("error: ")
    assert "cannot be read as TOML" in outcome.stderr
    assert run(workflow.with_name("none.toml")).returncode == 2
    outcome = run("dmo")
    assert outcome.returncode == 2
    assert "did you mean 'demo'?" in outcome.stderr
