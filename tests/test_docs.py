"""README and docs: their settings are settings, their commands commands, and their links lead somewhere."""

import re
import shlex
import tomllib
from pathlib import Path

import click
import pytest
from pydantic import BaseModel

from bioweft.cli import cli
from bioweft.workflow.plan import STAGES
from bioweft.workflow.settings import Workflow, _source_kinds, parse

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
EXAMPLES = {page.relative_to(ROOT).as_posix(): page.read_text(encoding="utf-8") for page in PAGES}


def blocks(language: str) -> list[tuple[str, str]]:
    fenced = re.compile(rf"^```{language}\n(.*?)^```$", re.DOTALL | re.MULTILINE)
    return [(page, block) for page, text in EXAMPLES.items() for block in fenced.findall(text)]


def commands() -> list[tuple[str, str]]:
    lines = [(page, line) for page, block in blocks("console") for line in block.splitlines()]
    return [
        (page, part.strip())
        for page, line in lines
        if line.startswith("$ ")
        for part in line[2:].split("|")
        if part.split()[0] == "bioweft"
    ]


def workflows() -> list[tuple[str, str]]:
    """Return the pieces of workflow files; those of a package's pyproject.toml are none."""
    return [(page, block) for page, block in blocks("toml") if "project" not in tomllib.loads(block)]


@pytest.mark.parametrize(("page", "block"), workflows())
def test_settings(page: str, block: str) -> None:
    table = tomllib.loads(block)
    parse({"name": "example", "sources": [{"kind": "text", "path": "x"}]} | table, origin=page)


@pytest.mark.parametrize(("page", "line"), commands())
def test_commands(page: str, line: str) -> None:
    words = shlex.split(line, comments=True)[1:]
    command: click.Command | None = cli
    while isinstance(command, click.Group):
        command = command.get_command(click.Context(command), words.pop(0))
    assert command is not None
    command.make_parser(click.Context(command)).parse_args(words)


def sections() -> dict[str, type[BaseModel]]:
    """Return the settings by the heading under which docs/workflows.md tells of them."""
    tables = {key: field.annotation for key, field in Workflow.model_fields.items()}
    parts = {f"## `[{key}]`": tables[key] for key in ("tag", "link", "relate", "results", "export", "engine")}
    return {"## Top of the file": Workflow, **parts, **{f"### `{kind}`": cls for kind, cls in _source_kinds().items()}}


@pytest.mark.parametrize(("heading", "model"), sections().items())
def test_every_setting_has_a_row(heading: str, model: type[BaseModel]) -> None:
    after = EXAMPLES["docs/workflows.md"].partition(f"{heading}\n")[2]
    section = re.split(r"^##", after, maxsplit=1, flags=re.MULTILINE)[0]
    documented = re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)
    keys = set(model.model_fields) - ({"kind"} if heading.startswith("###") else set())
    assert sorted(documented) == sorted(keys)


@pytest.mark.parametrize("page", EXAMPLES)
def test_links(page: str) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", EXAMPLES[page]):
        if not target.startswith("http"):
            assert ((ROOT / page).parent / target).exists(), target


def test_the_stages_of_the_design_are_those_of_the_plan() -> None:
    assert f"`{' -> '.join(stage.name for stage in STAGES)}`" in EXAMPLES["docs/design.md"]


def walk() -> list[str]:
    """Return the functions in the walk of one mention, as docs/design.md writes them."""
    rows = EXAMPLES["docs/design.md"].partition("## The walk of one mention\n")[2].partition("\n## ")[0].splitlines()
    return [name for row in rows if row.startswith("|") for name in re.findall(r"`([\w/]+\.\w+)`", row.split("|")[2])]


@pytest.mark.parametrize("name", walk())
def test_the_walk_of_one_mention_passes_what_there_is(name: str) -> None:
    place, _, function = name.rpartition(".")
    package = ROOT / "pipeline" / "bioweft"
    modules = [path.read_text(encoding="utf-8") for path in package.rglob("*.py") if path.match(f"{place}.py")]
    classes = [path.read_text(encoding="utf-8").partition(f"class {place}")[2] for path in package.rglob("*.py")]
    assert any(f"def {function}(" in code for code in (*modules, *classes))


def test_the_changelog_keeps_its_form() -> None:
    """That of keepachangelog.com: versions, and in each the kinds of changes, no kind twice."""
    versions = re.split(r"^## ", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    assert versions[0].startswith("[Unreleased]\n")
    assert all(re.match(r"\[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d\n", version) for version in versions[1:])
    for version in versions:
        kinds = re.findall(r"^### (.*)$", version, re.MULTILINE)
        assert sorted(set(kinds)) == sorted(kinds)
        assert set(kinds) <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def test_there_are_examples() -> None:
    assert len(commands()) > 15
    assert len(blocks("toml")) > 5


def test_each_promise_names_a_test_that_there_is() -> None:
    text = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
    rows = [row for row in text.partition("\n## `bioweft check`")[0].splitlines() if row.startswith("| ")][1:]
    for row in rows:
        held_by = row.rstrip("| ").rpartition(" | ")[2]
        names = re.findall(r"`((?:tests/)?[\w/]+\.py)`", held_by)
        files = [ROOT / (name if "/" in name else f"tests/workflow/{name}") for name in names]
        assert files or row.startswith("| ---"), row
        defined = "".join(file.read_text(encoding="utf-8") for file in files)
        for test in re.findall(r"`(test_\w+)`", held_by):
            assert f"def {test}(" in defined, test
