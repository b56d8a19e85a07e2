"""`bioweft run`: exit codes, the summary, and JSON for machines."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from bioweft.store.seals import read_sealed

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
    assert "100% of mentions have an identifier\n" in outcome.stdout
    assert run(workflow).stdout == "w: nothing new, 3 documents, 9 mentions of 2 concepts in outputs/w\n"


def test_quiet_is_one_line(workflow: Path) -> None:
    outcome = run(workflow, "--quiet")
    assert outcome.stdout == "w: done, 3 documents, 9 mentions of 2 concepts in outputs/w\n"
    assert outcome.stderr == ""
    outcome = run(workflow, "--quiet", "--set", "sources.0.path=none.jsonl")
    assert outcome.stderr == "error: no such file or folder: none.jsonl\n"


def test_documents_that_are_gone_are_in_no_number(workflow: Path, tmp_path: Path) -> None:
    assert run(workflow, "--quiet").returncode == 0
    (tmp_path / "in.jsonl").write_text("".join(map(RECORD.format, (0, 1, 1))))
    assert "w: 2 documents (2 abstracts), 6 mentions" in run(workflow).stdout


def test_a_log_has_no_broken_lines(workflow: Path, tmp_path: Path) -> None:
    folder = tmp_path / ("a-long-name-" * 12)
    lines = run(workflow, "--output", folder).stdout.splitlines()
    assert f"To ask a question: bioweft query NAME --in {folder}" in lines
    assert f"Rankings, plots, graph and tables: {folder}/results/" in lines


def test_names_without_identifier_are_ranked_by_their_text_where_that_is_asked_for(workflow: Path) -> None:
    outcome = run(workflow, "--set", "link.linker=none", "--set", "link.by_text=true")
    assert outcome.returncode == 0, outcome.stderr
    assert "9 mentions of 2 concepts, 1 co-occurring pair" in outcome.stdout
    assert "0% of mentions have an identifier" in outcome.stdout
    assert "text:illness/gout" in outcome.stdout


def test_done_with_rejects_is_three_and_json_is_the_manifest(workflow: Path, tmp_path: Path) -> None:
    with (tmp_path / "in.jsonl").open("a") as table:
        table.write("{broken\n")
    outcome = run(workflow, "--json", "--output", tmp_path / "here")
    assert outcome.returncode == 3, outcome.stderr
    told = json.loads(outcome.stdout)
    assert told == read_sealed(tmp_path / "here" / "manifest.json")
    assert (told["counts"]["documents"], told["counts"]["rejects"]) == (3, 1)
    assert len((tmp_path / "here" / "rejects.jsonl").read_text().splitlines()) == 1
    again = run(workflow, "--output", tmp_path / "here")
    assert again.returncode == 3
    assert f"1 reject ({tmp_path / 'here' / 'rejects.jsonl'})" in again.stdout
    assert again.stdout.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--set", "engine.worker=2"], 2, "engine.worker: no such key (did you mean 'workers'?)"),
        (["--set", "engine.workers"], 2, "--set takes key=value"),
        (["--workers", "0"], 2, "--workers"),
        (["--prefer", "disease"], 2, "'disease' is not of the form TYPE=VOCABULARY"),
        (["--prefer", "illness=mondo"], 2, "no illness has an identifier of the vocabulary 'mondo'; there are: x"),
        (["--set", "sources.0.path=none.jsonl"], 2, "no such file or folder"),
        (["--set", 'tag.dictionaries=["none.tsv"]'], 2, "none.tsv"),
        (["--set", 'tag.model="humer6"'], 2, "did you mean 'huner6'?"),
        (["--set", "results.background=none"], 2, "no background none"),
        (["--set", "results.background=illness.tsv"], 2, "it is not a Parquet file"),
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


def test_a_folder_that_is_no_run_keeps_all_its_files(workflow: Path, tmp_path: Path) -> None:
    folder = tmp_path / "precious"
    names = ["index/a.txt", "shards/b.txt", "batches/c.txt", "results/rankings/d.txt", "deep/e.part"]
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    outcome = run(workflow, "--output", folder)
    assert outcome.returncode == 1
    assert "is not empty and no run of bioweft" in outcome.stderr
    assert sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()) == sorted(names)


def test_foreign_files_in_a_run_stay(workflow: Path, tmp_path: Path) -> None:
    folder = tmp_path / "outputs" / "w"
    assert run(workflow).returncode == 0
    names = ["index/a.txt", "shards/tag/b.parquet", "batches/c.json", "results/rankings/d.tsv", "deep/e.part"]
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    tagged = set((folder / "shards" / "tag").glob("0-*.parquet"))
    dictionary = tmp_path / "illness.tsv"
    dictionary.write_text(dictionary.read_text() + "x:3\tflu\t\n")
    assert run(workflow).returncode == 0
    assert all((folder / name).read_text() == name for name in names)
    assert tagged
    assert not any(path.exists() for path in tagged)


@pytest.mark.parametrize("arguments", [["--output", ""], ["--set", "output="], ["--set", 'output=""']])
def test_an_empty_output_is_an_error(workflow: Path, tmp_path: Path, arguments: list[str]) -> None:
    before = sorted(tmp_path.iterdir())
    outcome = run(workflow, *arguments)
    assert outcome.returncode == 2
    assert "output: is empty; name a folder" in outcome.stderr
    assert sorted(tmp_path.iterdir()) == before


def test_wrong_settings_make_no_folder(workflow: Path, tmp_path: Path) -> None:
    before = sorted(tmp_path.iterdir())
    assert run(workflow, "--set", "tag.model=none-such").returncode == 2
    assert run(workflow, "--set", "results.background=none-such").returncode == 2
    assert sorted(tmp_path.iterdir()) == before


def test_names_with_markup_are_shown_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "names.tsv").write_text(
        "curie\tname\tsynonyms\nx:[/red]\tweird[/x]name\t\nx:2\tbenzo[a]pyrene\t\nx:3\t=cmd|x\tcommand\n",
        encoding="utf-8",
    )
    (tmp_path / "texts.jsonl").write_text(
        '{"id": "a:1", "title": "Of a weird[/x]name and benzo[a]pyrene by command."}\n', encoding="utf-8"
    )
    (tmp_path / "w.toml").write_text(
        f'name = "odd"\noutput = "{tmp_path}/[red]"\n[[sources]]\nkind = "table"\npath = "texts.jsonl"\n'
        '[tag]\nmodel = "none"\ndictionaries = ["names.tsv"]\n[engine]\nworkers = 1\n',
        encoding="utf-8",
    )
    done = run(tmp_path / "w.toml")
    assert done.returncode == 0, done.stderr
    shown = done.stdout
    for text in ("weird[/x]name", "x:[/red]", "benzo[a]pyrene", "/[red]/results/"):
        assert text in shown.replace("\n", "")
    tables = list((tmp_path / "[red]/results/rankings").glob("*.tsv"))
    assert any("'=cmd|x" in table.read_text(encoding="utf-8") for table in tables)


def test_verify_reads_inputs_whole_where_a_sample_is_the_same(tmp_path: Path) -> None:
    """A byte between the samples is changed, and size and time are put back: only `--verify` sees it."""
    (tmp_path / "illness.tsv").write_text("curie\tname\tsynonyms\nx:1\tinfluenza\t\n")
    rows = [{"id": f"made:{number}", "title": "x" * 1000} for number in range(1600)]
    rows[90]["title"] = "influenza"  # at about 93,000 of 1,650,000 bytes, where the second sample begins at 109,000
    table = tmp_path / "table.jsonl"
    table.write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "w.toml").write_text(
        f'name = "w"\noutput = "{tmp_path / "out"}"\n[[sources]]\nkind = "table"\npath = "table.jsonl"\n'
        '[tag]\nmodel = "none"\ndictionaries = ["illness.tsv"]\n[engine]\nworkers = 1\n'
    )
    assert run(tmp_path / "w.toml").returncode == 0
    status = table.stat()
    table.write_text(table.read_text().replace("influenza", "influenzb"))
    os.utime(table, ns=(status.st_atime_ns, status.st_mtime_ns))

    def title() -> str:
        rows = pq.read_table(tmp_path / "out" / "results" / "documents.parquet", columns=["id", "title"]).to_pylist()
        return str(next(row["title"] for row in rows if row["id"] == "made:90"))

    assert "nothing new" in run(tmp_path / "w.toml").stdout
    assert title() == "influenza"
    assert run(tmp_path / "w.toml", "--verify").returncode == 0
    assert title() == "influenzb"
