"""The site of the documentation: it builds without a warning, and its reference describes everything."""

import importlib.util
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import click
import pyarrow as pa
import pytest
from click.testing import CliRunner
from pydantic import BaseModel

import bioweft
from bioweft.cli import cli
from bioweft.opened import RENAMED
from bioweft.store import meanings, schemas

ROOT = Path(__file__).parent.parent


def _reference() -> ModuleType:
    spec = importlib.util.spec_from_file_location("reference", ROOT / "docs" / "_site" / "reference.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


reference = _reference()
COMMANDS = dict(reference.all_commands())
SETTINGS = [(heading, key) for heading, _, model in reference.sections() for key in model.model_fields]
COLUMNS = [(table, column) for table, schema in meanings.TABLES.items() for column in schema.names]


def build(to: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(to)]
    return subprocess.run(
        command,
        cwd=ROOT,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_site_builds_without_a_warning(tmp_path: Path) -> None:
    built = build(tmp_path)
    assert built.returncode == 0, built.stderr
    pages = {name: (tmp_path / f"{name}.html").read_text(encoding="utf-8") for name in ("index", "design")}
    assert 'href="repository/models/huner6/index.html"' in pages["index"]
    assert (tmp_path / "repository/models/huner6/index.html").exists()
    assert (tmp_path / "images/annotated.png").exists()
    python = (tmp_path / "reference/python.html").read_text(encoding="utf-8")
    assert [name for name in bioweft.__all__ if name != "__version__" and f".{name}" not in python] == []
    assert "cron.example" in (tmp_path / "repository/workflows/cron.example.html").read_text(encoding="utf-8")
    assert not list(tmp_path.rglob("*.py"))


def test_all_pages_are_in_the_navigation() -> None:
    navigation = (ROOT / "mkdocs.yml").read_text(encoding="utf-8").partition("\nnav:\n")[2]
    named = set(re.findall(r": (\S+\.md)$", navigation, re.MULTILINE))
    assert {path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")} <= named
    assert {f"reference/{name}.md" for name in reference.pages()} <= named


@pytest.mark.parametrize("name", COMMANDS)
def test_commands_and_options_have_a_description(name: str) -> None:
    command = COMMANDS[name]
    assert command.help
    options = [option for option in command.params if isinstance(option, click.Option)]
    assert [option.name for option in options if not option.help] == []
    assert f"`{name}`" in reference.pages()["commands"]


@pytest.mark.parametrize("name", [name for name in COMMANDS if name != "bioweft"])
def test_help_names_each_option(name: str) -> None:
    section = re.split(r"^##+ ", reference.pages()["commands"].partition(f" `{name}`\n")[2], maxsplit=1, flags=re.M)[0]
    options = re.findall(r"^  (--[\w-]+)", CliRunner().invoke(cli, [*name.split()[1:], "--help"]).output, re.M)
    assert [option for option in options if option not in section] == []


@pytest.mark.parametrize("name", [name for name, command in COMMANDS.items() if command.epilog])
def test_examples_in_the_help_are_commands(name: str) -> None:
    lines, _ = reference.examples(COMMANDS[name])
    assert lines
    for line in lines:
        words = shlex.split(line)[len(name.split()) :]
        assert f"{line} ".startswith(f"{name} ")
        COMMANDS[name].make_parser(click.Context(COMMANDS[name])).parse_args(words)


@pytest.mark.parametrize(("heading", "key"), SETTINGS)
def test_settings_have_a_description(heading: str, key: str) -> None:
    assert reference.description_of_setting(heading, key)[1]


def test_settings_have_a_type_and_a_default() -> None:
    rows = [row.strip("| ").split(" | ") for row in reference.settings().splitlines() if row.startswith("| `")]
    assert len(rows) == len(SETTINGS)
    by_key = {row[0].strip("`"): row[1:3] for row in rows}
    assert by_key["results.top"] == ["whole number, at least 1", "`20`"]
    assert by_key["output"] == ["path", "`outputs/NAME`"]
    assert by_key["name"] == ["text", "must be given"]
    assert by_key["link.genes"] == ['list of texts or `"all"`', '`["human", "mouse", "rat"]`']


def test_defaults_in_workflows_are_those_of_the_code() -> None:
    """A plain default in docs/workflows.md is written as TOML and equals the one in the settings class."""
    for heading, _, model in reference.sections():
        for key, field in model.model_fields.items():
            said = reference.description_of_setting(heading, key)[0]
            is_plain = field.default not in (None, (), {}) and not field.is_required()
            if is_plain and said.startswith("`") and not isinstance(field.default, BaseModel):
                assert said.split("`")[1] == reference._toml(field.default), (heading, key)


@pytest.mark.parametrize(("table", "column"), COLUMNS)
def test_columns_have_a_description(table: str, column: str) -> None:
    assert meanings.of(table, column)


def test_tables_have_a_description_and_none_is_left_out() -> None:
    assert set(meanings.OF_TABLES) == set(meanings.TABLES)
    described = [schema.names for schema in meanings.TABLES.values()]
    all_schemas = {name: thing for name, thing in vars(schemas).items() if isinstance(thing, pa.Schema)}
    assert [name for name, schema in all_schemas.items() if schema.names not in described] == []


def test_no_description_is_of_a_column_that_is_gone() -> None:
    columns = {column for _, column in COLUMNS}
    assert set(meanings._COLUMNS) <= columns
    assert {(table, column) for table, own in meanings._IN_TABLES.items() for column in own} <= set(COLUMNS)


def test_renamed_columns_are_told() -> None:
    text = reference.pages()["tables"]
    assert all(f"`{old}`" in text and f"`{new}`" in text for old, new in RENAMED.items())
