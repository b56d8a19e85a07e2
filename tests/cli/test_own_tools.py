"""Taggers of packages are listed and described as shipped models are."""

import json
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from bioweft.cli import doctor, model

ENTRIES = "[bioweft.taggers]\nplants = my_weeds:Plants\ngone = my_weeds:Gone\n"


@pytest.fixture(autouse=True)
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "my_weeds.py").write_text("class Plants:\n    def find(self, text):\n        return []\n")
    info = tmp_path / "my_weeds.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: my-weeds\nVersion: 1.2\n")
    (info / "entry_points.txt").write_text(ENTRIES)
    monkeypatch.syspath_prepend(str(tmp_path))
    sys.modules.pop("my_weeds", None)


def test_models_are_listed_with_them() -> None:
    rows = json.loads(CliRunner().invoke(model.command, ["list", "--json"], catch_exceptions=False).stdout)
    abouts = {row["name"]: row["about"] for row in rows}
    assert abouts["plants"] == "tagger of my-weeds 1.2"
    lines = CliRunner().invoke(model.command, ["list"], catch_exceptions=False).stdout.splitlines()
    assert len({line.count("\t") for line in lines}) == 1


def test_info_says_where_one_is_from() -> None:
    shown = CliRunner().invoke(model.command, ["info", "plants:Zea"], catch_exceptions=False).stdout
    assert shown.splitlines()[:2] == ["plants:Zea: tagger of my-weeds 1.2", "class: my_weeds:Plants"]


def test_the_doctor_names_them_and_what_cannot_be_imported() -> None:
    facts, faults = doctor.examine()
    assert facts["tagger plants"] == "my_weeds:Plants, of my-weeds 1.2"
    assert [fault for fault in faults if "the tagger gone of my-weeds 1.2" in fault]
