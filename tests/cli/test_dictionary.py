import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from bioweft.cli import main
from bioweft.cli.dictionary import command
from bioweft.errors import NotFoundError

TERMINOLOGIES = Path(__file__).parents[1] / "fixtures" / "terminologies"


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(command, [str(argument) for argument in arguments], standalone_mode=False)
    if result.exception:
        raise result.exception
    return result.return_value or 0, result.stdout


def test_build_makes_the_named_dictionaries(tmp_path: Path) -> None:
    code, output = run("build", "gene", "cell_type", "--from", TERMINOLOGIES, "--output", tmp_path)
    assert code == 0
    assert [line.split("\t")[0] for line in output.splitlines()] == ["name", "gene", "cell_type"]
    assert {path.name for path in tmp_path.iterdir()} == {"gene.parquet", "cell_type.parquet"}


def test_build_takes_a_download_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "toys.obo").write_text("format-version: 1.2\n\n[Term]\nid: TOY:1\nname: red ball\n")
    run("build", "--from", tmp_path / "toys.obo", "--type", "toy", "--output", tmp_path / "toys.parquet")
    _, output = run("show", "Red Ball", "--in", tmp_path / "toys.parquet")
    assert output.splitlines()[1] == "toys\ttoy:1\ttoy\tred ball\tname\tred ball"


@pytest.mark.parametrize(
    "arguments", [["gene", "--from", "FILE", "--type", "x"], ["--from", "FILE"], ["--from", "DIR", "--type", "x"]]
)
def test_build_says_what_goes_with_what(
    tmp_path: Path, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "t.txt").write_text("red ball\n")
    places = {"FILE": str(tmp_path / "t.txt"), "DIR": str(tmp_path)}
    with pytest.raises(SystemExit) as stopped:
        main(["dictionary", "build", "--output", str(tmp_path), *(places.get(a, a) for a in arguments)])
    assert stopped.value.code == 2
    assert "--type" in capsys.readouterr().err


def test_list_counts_what_is_shipped() -> None:
    _, output = run("list", "--json")
    found = {row["name"]: row for row in json.loads(output)}
    assert set(found) >= {"disease", "chemical", "gene", "species", "cell_line", "cell_type", "covid19"}
    assert found["disease"]["terms"] > found["disease"]["concepts"] > 10_000


def test_show_finds_a_term_that_is_written_otherwise(tmp_path: Path) -> None:
    file = tmp_path / "genes.parquet"
    (tmp_path / "genes.tsv").write_text("curie\tname\tsynonyms\ntoy:1\tcatenin\tbeta-catenin\ntoy:2\tIL-6\t\n")
    run("build", "--from", tmp_path / "genes.tsv", "--type", "gene", "--output", file)
    for name, curie in {"β-catenin": "toy:1", "IL 6": "toy:2", "il6": "toy:2"}.items():
        _, output = run("show", name, "--in", file, "--json")
        assert [row["id"] for row in json.loads(output)] == [curie]
    with pytest.raises(NotFoundError, match="no concept is called 'IL 7' in genes"):
        run("show", "IL 7", "--in", file)


def test_show_finds_by_term_and_by_curie() -> None:
    _, by_term = run("show", "aspirin", "--in", "chemical", "--json")
    _, by_curie = run("show", "mesh:D001241", "--in", "chemical", "--json")
    assert json.loads(by_term) == json.loads(by_curie)
    assert json.loads(by_term)[0]["id"] == "mesh:D001241"


def test_show_says_where_it_looked(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["dictionary", "show", "no such thing", "--in", "cell_type"])
    assert stopped.value.code == 1
    assert "no concept is called 'no such thing' in cell_type" in capsys.readouterr().err


def test_check_exits_with_one_where_there_are_errors(tmp_path: Path) -> None:
    path = tmp_path / "toy.tsv"
    path.write_text("toy:1\tred ball\nball\tball\n")
    code, output = run("check", path, "--against", "cell_type")
    assert code == 1
    assert output.splitlines()[1].split("\t")[:3] == ["error", "curie", "2"]
    path.write_text("toy:1\tred ball\n")
    assert run("check", path, "--against", "cell_type")[0] == 0
