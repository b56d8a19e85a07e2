"""`bioweft export` and `bioweft evidence`."""

import json
from pathlib import Path

import networkx as nx
import pytest
from click.testing import CliRunner, Result

from bioweft.cli import evidence, export
from bioweft.errors import NotFoundError
from bioweft.opened import Run
from tests.small_run import STATEMENTS, write_run


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_run(tmp_path_factory.mktemp("outputs") / "small", statements=STATEMENTS)


def invoke(command, *arguments: object, code: int = 0) -> Result:
    result = CliRunner().invoke(
        command.command, list(map(str, arguments)), catch_exceptions=False, standalone_mode=False
    )
    assert (result.return_value or 0) == code
    return result


def test_files_go_to_the_run_folder(folder: Path) -> None:
    output = invoke(export, folder, "--to", "kgx", "--check").output
    assert "relations" in output
    assert "Valid in the Biolink model: 4 nodes and 5 edges" in output
    about = json.loads((folder / "export" / "kgx" / "export.json").read_text(encoding="utf-8"))
    assert about["counts"] == {"nodes": 4, "relation": 3, "cooccurrence": 2}


def test_several_formats_have_folders(folder: Path, tmp_path: Path) -> None:
    invoke(export, folder, "--to", "csv", "--to", "cx2", "--output", tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["csv", "cx2"]


@pytest.mark.parametrize(
    ("options", "relations"),
    [
        (["--type", "chemical", "--type", "gene"], 1),
        (["--predicate", "treats", "--denied"], 3),
        (["--years", "2018"], 2),
        (["--years", "2019-"], 1),
        (["--around", "headache", "--hops", "1"], 1),
        (["--no-speculative", "--no-retracted"], 1),
        (["--kind", "cooccurrence"], 0),
        (["--top", "2"], 2),
    ],
)
def test_options(folder: Path, tmp_path: Path, options: list[str], relations: int) -> None:
    result = invoke(export, folder, "--to", "csv", "--output", tmp_path, "--json", *options)
    assert json.loads(result.output)["csv"]["counts"]["relation"] == relations


def test_years_that_are_none(folder: Path) -> None:
    result = CliRunner().invoke(export.command, [str(folder), "--to", "csv", "--years", "soon"])
    assert result.exit_code == 2
    assert "must be years like 2015-2020" in result.output


def test_a_format_is_needed(folder: Path) -> None:
    result = CliRunner().invoke(export.command, [str(folder)])
    assert result.exit_code == 2
    assert "Choose from: kgx, graphml" in result.output


def test_evidence_of_a_relation(folder: Path) -> None:
    relations = Run(folder).relations()
    edge = relations[relations["object"] == "mesh:D009203"]["edge"].iloc[0]
    header, *lines = invoke(evidence, edge, "--in", folder).output.splitlines()
    assert [dict(zip(header.split("\t"), line.split("\t"), strict=True))["sentence"] for line in lines] == [
        "**Aspirin** after **heart attack**."
    ]
    triple = json.loads(invoke(evidence, f"urn:bioweft:edge:{edge}", "--in", folder, "--json").output)
    assert triple["evidence"][0]["negated"] is True


def test_evidence_has_every_sentence(tmp_path: Path) -> None:
    from tests.small_run import Statement

    more = [*STATEMENTS, Statement("pmid:5", "aspirin", "biolink:treats", "COX-2"), Statement(
        "pmid:2", "Aspirin", "biolink:treats", "COX-2")]  # fmt: skip
    run = Run(write_run(tmp_path / "run", statements=more))
    edge = run.relations().query("predicate == 'biolink:treats' and object == 'ncbigene:5743'")["edge"].iloc[0]
    triple = json.loads(invoke(evidence, edge, "--in", run.folder, "--json").output)
    assert [statement["document"] for statement in triple["evidence"]] == ["pmid:2", "pmid:5"]
    assert len(invoke(evidence, edge, "--in", run.folder, "--limit", 1).output.splitlines()) == 2


def test_evidence_of_a_pair(folder: Path) -> None:
    graph = Run(folder).graph(kinds="cooccurrence", least_documents=1)
    ((_, _, edge),) = [key for key in graph.edges(keys=True) if key[:2] == ("mesh:D006261", "ncbitaxon:9606")] or [
        (None, None, next(iter(graph.edges(keys=True)))[2])
    ]
    lines = invoke(evidence, edge, "--in", folder).output.splitlines()
    assert {line.split("\t")[0] for line in lines} >= {"concept", "comention"}


def test_there_is_no_such_edge(folder: Path) -> None:
    with pytest.raises(NotFoundError, match="no edge 'x'"):
        invoke(evidence, "x", "--in", folder)


def test_a_graph_for_networkx(folder: Path) -> None:
    graph = Run(folder).graph(kinds=["relation"], prefer={"chemical": "chebi"})
    assert isinstance(graph, nx.MultiDiGraph)
    assert graph.nodes["chebi:15365"]["name"] == "Aspirin"
    (data,) = graph.get_edge_data("chebi:15365", "ncbigene:5743").values()
    assert (data["predicate"], data["documents"], data["publications"]) == ("biolink:affects", 1, ["pmid:2"])
    assert "first_year" in data
    assert "npmi_documents" not in data


def test_from_python(folder: Path, tmp_path: Path) -> None:
    about = Run(folder).export("csv", tmp_path, types=["chemical", "gene"], sentences=0)
    assert about["counts"] == {"nodes": 2, "relation": 1, "cooccurrence": 1}
    with pytest.raises(NotFoundError, match="did you mean 'graphml'"):
        Run(folder).export("graphm")
