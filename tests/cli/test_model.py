"""`bioweft model`."""

import json

import pytest
from click.testing import CliRunner, Result

from bioweft import resources
from bioweft.cli.model import command
from bioweft.errors import NotFoundError
from bioweft.records import ENTITY_TYPES


def model(*arguments: str) -> Result:
    return CliRunner().invoke(command, arguments, catch_exceptions=False)


def test_list() -> None:
    (row,) = json.loads(model("list", "--json").stdout)
    assert row["name"] == resources.DEFAULT_MODEL
    assert row["default"]
    assert row["types"] == sorted(ENTITY_TYPES)
    assert 1 < row["mib"] < 40
    header, line = model("list").stdout.splitlines()
    assert line.split("\t")[: len(header.split("\t"))][0] == resources.DEFAULT_MODEL


def test_info() -> None:
    shown = model("info").stdout
    assert "BC5CDR" in shown
    assert "disease" in shown
    with pytest.raises(NotFoundError, match="did you mean 'huner6'"):
        model("info", "huner")


def test_only_models_of_other_libraries_are_fetched() -> None:
    with pytest.raises(NotFoundError, match="there are: flair:MODEL, spacy:MODEL, huggingface:MODEL"):
        model("fetch", "huner6")
