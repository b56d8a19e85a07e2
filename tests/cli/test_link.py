"""`bioweft link`."""

import json
from pathlib import Path
from typing import Any

import platformdirs
import pytest
from click.testing import CliRunner

from bioweft.cli import link as module
from bioweft.cli.link import COLUMNS, command
from bioweft.errors import BioweftError, NotFoundError, SettingsError
from bioweft.lexicon import dictionary
from tests.link.test_linker import CONCEPTS


@pytest.fixture
def names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(platformdirs, "user_cache_dir", lambda name: str(tmp_path / name))
    dictionary.write(tmp_path / "names.parquet", CONCEPTS)
    return str(tmp_path / "names.parquet")


def link(names: str, *arguments: str) -> list[dict[str, Any]]:
    result = CliRunner().invoke(command, [*arguments, "--dictionaries", names, "--json"], catch_exceptions=False)
    rows: list[dict[str, Any]] = json.loads(result.stdout)
    assert all(list(row) == list(COLUMNS) for row in rows)
    return rows


def concepts(rows: list[dict[str, Any]]) -> list[str]:
    return [row["concept"] for row in rows]


def test_candidates_come_with_name_score_and_reason(names: str) -> None:
    (row,) = link(names, "HeLa cells")
    assert (row["type"], row["concept"], row["name"], row["rank"]) == ("cell_line", "l:hela", "HeLa", 1)
    assert row["score"] >= row["threshold"]
    assert row["linked"]
    assert "cell" in row["reason"]


def test_the_context_decides_between_homonyms(names: str) -> None:
    assert set(concepts(link(names, "DM"))) == {"d:dystrophy", "d:diabetes"}
    rows = link(names, "DM", "--context", "Diabetes mellitus (DM) is common.")
    assert concepts(rows)[0] == "d:diabetes"
    assert "short for Diabetes mellitus" in rows[0]["reason"]
    assert rows[1]["score"] is None


@pytest.mark.parametrize(("context", "curie"), [("Pten was lost in mice.", "g:mouse"), ("PTEN in women", "g:pten")])
def test_the_context_decides_between_species_and_holds_the_name_in_any_case(
    names: str, context: str, curie: str
) -> None:
    assert concepts(link(names, "PTEN", "--context", context))[0] == curie


def test_a_name_of_several_has_candidates_for_each(names: str) -> None:
    rows = link(names, "BRCA1/2", "--type", "gene")
    assert [(row["text"], row["rank"], row["concept"]) for row in rows] == [
        ("BRCA1", 1, "g:brca1"),
        ("BRCA2", 1, "g:brca2"),
    ]


def test_in_a_pipe_it_is_a_table_and_what_is_not_linked_is_said(names: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module.DictionaryLinker, "_least", lambda *_: 0.999)
    done = CliRunner().invoke(command, ["sore throat", "--dictionaries", names], catch_exceptions=False)
    header, line = done.stdout.splitlines()
    assert tuple(header.split("\t")) == COLUMNS
    assert line.split("\t")[:5] == ["disease", "sore throat", "1", "d:throat", "sore throat"]
    assert line.split("\t")[8] == "no"
    assert done.stderr.startswith("sore throat is not linked as disease: best score 0.")
    assert done.stderr.endswith(" is below 1.00\n")


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (["fnord"], NotFoundError, "nothing in the dictionaries is called 'fnord'"),
        (["HeLa", "--type", "gene"], NotFoundError, "no gene in the dictionaries is called 'HeLa'"),
        (["HeLa", "--type", "cell-line"], NotFoundError, "there are: cell_line, chemical, disease, gene .*'cell_line'"),
        (["HeLa", "--context", "no such"], SettingsError, "--context must contain the name 'HeLa'; got 'no such'"),
        ([" "], SettingsError, "the name is empty"),
    ],
)
def test_what_is_wrong_is_said(names: str, arguments: list[str], error: type[BioweftError], message: str) -> None:
    with pytest.raises(error, match=message):
        link(names, *arguments)


def test_on_a_terminal_it_is_a_table(
    names: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = link(names, "DM")
    monkeypatch.setenv("COLUMNS", "100")
    module._show(rows)
    header, first, second = capsys.readouterr().out.splitlines()
    assert header.split() == ["type", "text", "CURIE", "name", "chance", "score", "reason"]
    assert first.split()[:3] == ["disease", "DM", rows[0]["concept"]]
    assert second.split()[0] == rows[1]["concept"]
