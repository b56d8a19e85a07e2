"""The benchmarks that write a run by themselves: a new form of run folders must not break them unnoticed."""

from pathlib import Path

import pytest
from benchmarks import export as export_benchmark
from benchmarks import index as index_benchmark

from bioweft.export.graph import export


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
