"""The benchmarks that write a run by themselves: a new form of run folders must not break them unnoticed."""

from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

import pytest
from benchmarks import export as export_benchmark
from benchmarks import index as index_benchmark
from benchmarks import scale as scale_benchmark

from bioweft.export.graph import export
from bioweft.store.run import RunFolder
from bioweft.store.schemas import read
from bioweft.workflow.engine import run as run_workflow
from bioweft.workflow.settings import load
from tests.workflow.conftest import DICTIONARY, write_table


def test_a_generated_run_is_exported(tmp_path: Path) -> None:
    run = export_benchmark.generate(tmp_path / "run", pairs=60)
    counts = export(run, "csv", tmp_path / "csv")["counts"]
    assert (counts["relation"], counts["cooccurrence"]) == (15, 60)


def test_a_generated_index_is_made_put_on_to_and_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_benchmark, "FILE", 40)
    monkeypatch.setattr(index_benchmark, "SHARD", 20)
    job = index_benchmark.job_of(tmp_path, 3)
    for batch in job.batches:
        index_benchmark.make_file(job, batch, is_new=batch.number == 2)
    for files in (2, 3):
        assert index_benchmark.index(tmp_path, files)["mib"] > 0
    assert 2 <= index_benchmark.count(tmp_path, 3)["shards"] <= 6


def in_this_process(call: list[str], **_: object) -> SimpleNamespace:
    """Do what a step of the benchmark starts a process for."""
    with patch("sys.argv", call[1:]), redirect_stdout(StringIO()) as output:
        scale_benchmark.main()
    return SimpleNamespace(stdout=output.getvalue())


def test_a_run_is_drawn_again_and_a_night_added(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scale_benchmark, "NIGHT", 12)
    (tmp_path / "illness.tsv").write_text(DICTIONARY, encoding="utf-8")
    write_table(tmp_path / "texts.jsonl", range(12))
    workflow = tmp_path / "small.toml"
    workflow.write_text(
        f'name = "small"\noutput = "{tmp_path / "small"}"\n[[sources]]\nkind = "table"\npath = "texts.jsonl"\n'
        '[tag]\nmodel = "none"\ndictionaries = ["illness.tsv"]\n[engine]\nworkers = 1\n'
    )
    monkeypatch.chdir(tmp_path)
    folder = run_workflow(load(workflow), quiet=True).folder.path
    monkeypatch.setattr("benchmarks.scale.subprocess.run", in_this_process)
    call = ["scale", str(folder), "--times", "3", "--folder", str(tmp_path / "scale")]
    with patch("sys.argv", call):
        scale_benchmark.main()
    steps = ["index", "count", "results", "night index", "night count", "night results"]
    assert [row.step for row in scale_benchmark.rows_of(tmp_path / "scale.tsv")] == steps
    assert (tmp_path / "scale.svg").stat().st_size
    sets = scale_benchmark.result_sets(tmp_path / "scale" / "3" / "run")
    documents = sorted(read(results / "documents.parquet").num_rows for results in sets)
    assert documents[0] == 36
    assert 36 < documents[1] <= 48
    assert RunFolder(folder).manifest["counts"]["documents"] == 12
