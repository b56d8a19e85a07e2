"""`bioweft rank`."""

import json

import pytest
from click.testing import CliRunner

from bioweft.analyse.rankings import HEADER, rank
from bioweft.cli import rank as module
from bioweft.cli.rank import command
from bioweft.store.run import RunFolder
from tests.small_run import write_run


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_run(tmp_path_factory.mktemp("run"))


def invoke(folder, *arguments):
    return CliRunner().invoke(command, [*arguments, "--in", str(folder)], catch_exceptions=False)


def test_in_a_pipe_it_is_the_file_of_the_run(folder):
    files = [
        (folder / "results" / "rankings" / f"{t}.tsv").read_text() for t in ("chemical", "disease", "gene", "species")
    ]
    bodies = "".join(file.removeprefix(HEADER) for file in files)
    assert invoke(folder).output == HEADER + bodies


def test_one_type_in_another_order(folder):
    rows = json.loads(invoke(folder, "disease", "--by", "mentions", "--top", "1", "--json").output)
    assert [(row["rank"], row["name"], row["mentions"]) for row in rows] == [(1, "Headache", 4)]
    assert rows[0]["years"] == [{"year": 2018, "documents": 1}, {"year": 2020, "documents": 1}]


def test_against_another_run(folder):
    rows = json.loads(invoke(folder, "disease", "--by", "z", "--background", str(folder), "--json").output)
    assert [row["z"] for row in rows] == pytest.approx([0, 0])


def test_an_unknown_order_is_a_usage_error(folder):
    result = invoke(folder, "--by", "size")
    assert result.exit_code == 2
    assert "documents" in result.output


def test_on_a_terminal_it_is_a_table(folder, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    module._show(rank(RunFolder(folder)), "trend")
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["type", "rank", "name", "CURIE", "documents", "mentions", "years", "trend", "written"]
    assert lines[1].split() == ["chemical", "1", "Aspirin", "mesh:D001241", "3", "5", "2018–2019", "-1.09"]
    assert lines[2].rstrip().endswith("cephalalgia")  # and not its name again
    assert lines[3].split()[:2] == ["2", "Myocardial"]  # the type is written once
