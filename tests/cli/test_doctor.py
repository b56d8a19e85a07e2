"""`bioweft doctor`: facts, and faults with how to mend them."""

import json
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest
from click.testing import CliRunner

from bioweft import resources
from bioweft.cli import doctor


def test_all_is_there() -> None:
    outcome = CliRunner().invoke(doctor.command, ["--json"])
    told = json.loads(outcome.output)
    assert told["faults"] == []
    for name in resources.dictionaries():
        assert "concepts" in told["facts"][f"dictionary {name}"]


def test_missing_dictionaries_are_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resources, "dictionaries", dict)
    _, faults = doctor.examine()
    assert len(faults) == 1
    assert "bioweft dictionary build" in faults[0]


def test_onnxruntime_of_another_package_is_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def version(name: str) -> str:
        if name in ("onnxruntime", "pyarrow"):
            raise PackageNotFoundError(name)
        return "1.0"

    monkeypatch.setattr(doctor, "version", version)
    _, faults = doctor.examine()
    assert faults == ["the library pyarrow: `pip install pyarrow`"]


def test_a_missing_model_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resources, "models", dict)
    _, faults = doctor.examine()
    assert ["--tagger none" in fault for fault in faults] == [True]


def test_a_key_is_never_shown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NCBI_API_KEY", "very-secret")
    monkeypatch.chdir(tmp_path)
    facts, _ = doctor.examine()
    assert facts["NCBI_API_KEY"] == "set"
    assert "very-secret" not in str(facts)
