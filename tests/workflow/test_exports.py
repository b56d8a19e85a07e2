"""Exports as a part of a workflow."""

from pathlib import Path

import pytest

from bioweft.errors import SettingsError
from bioweft.store.seals import read_sealed, write_sealed
from bioweft.workflow.exports import export_formats
from bioweft.workflow.settings import Workflow, parse
from tests.small_run import STATEMENTS, write_run


def workflow(output: Path, *formats: str) -> Workflow:
    sources = [{"kind": "text", "path": "x"}]
    raw = {"name": "small", "output": str(output), "sources": sources, "export": {"formats": formats}}
    return parse(raw, origin="made")


def test_they_are_made_when_the_results_are_new(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", statements=STATEMENTS)
    export_formats(workflow(folder, "csv", "graphml"))
    file = folder / "export" / "csv" / "edges.csv"
    first = file.stat().st_ino
    assert (folder / "export" / "graphml" / "graph.graphml").is_file()
    export_formats(workflow(folder, "csv"))
    assert file.stat().st_ino == first
    manifest = read_sealed(folder / "manifest.json")
    (folder / manifest["results"]).rename(folder / f"results-{'1' * 16}")
    write_sealed(folder / "manifest.json", {**manifest, "results": f"results-{'1' * 16}"})
    export_formats(workflow(folder, "csv"))
    assert file.stat().st_ino != first


def test_by_default_there_are_none(tmp_path: Path) -> None:
    export_formats(workflow(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_what_a_format_needs_is_seen_before_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bioweft.export.graph.formats.find_spec", lambda _: None)
    with pytest.raises(SettingsError, match=r"rdf needs pyoxigraph: pip install 'bioweft\[rdf\]'"):
        workflow(tmp_path, "rdf")


def test_a_format_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="did you mean 'kgx'"):
        workflow(tmp_path, "kgxx")
