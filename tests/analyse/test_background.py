"""Backgrounds: files, runs, and what is neither."""

import duckdb
import pyarrow.parquet as pq
import pytest

from bioweft import resources
from bioweft.analyse import background
from bioweft.errors import RunError
from tests.small_run import write_run


def registered(source) -> dict[str, tuple[int, int]]:
    with duckdb.connect() as connection:
        assert background.register(connection, source)
        rows = connection.execute("SELECT concept, documents, total FROM background").fetchall()
    return {concept: (documents, total) for concept, documents, total in rows}


def test_a_run_and_the_file_saved_of_it_are_the_same_background(tmp_path):
    run = write_run(tmp_path / "run")
    assert background.save(run, tmp_path / "counts.parquet") == 5
    assert pq.read_schema(tmp_path / "counts.parquet") == background.SCHEMA
    assert registered(run) == registered(tmp_path / "counts.parquet")
    assert registered(run)["mesh:D001241"] == (3, 5)


def test_the_shipped_file_serves_where_none_is_named(tmp_path, monkeypatch):
    background.save(write_run(tmp_path / "run"), tmp_path / "shipped.parquet")
    monkeypatch.setattr(resources, "background", lambda: tmp_path / "shipped.parquet")
    assert registered(None)["mesh:D001241"] == (3, 5)


def test_no_background_at_all_is_an_empty_table(tmp_path, monkeypatch):
    monkeypatch.setattr(resources, "background", lambda: tmp_path / "none.parquet")
    with duckdb.connect() as connection:
        assert not background.register(connection, None)
        assert connection.execute("SELECT * FROM background").fetchall() == []


def test_what_is_no_background_is_refused(tmp_path):
    (tmp_path / "notes.parquet").write_text("not Parquet")
    (tmp_path / "unfinished").mkdir()
    write_run(tmp_path / "run")
    for source in ("notes.parquet", "unfinished", "missing.parquet", "run/results/documents.parquet"):
        with duckdb.connect() as connection, pytest.raises(RunError):
            background.register(connection, tmp_path / source)
