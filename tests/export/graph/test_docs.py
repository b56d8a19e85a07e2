"""The recipes of docs/export.md run on a small run and answer."""

import re
import sqlite3
from pathlib import Path

import pytest

from bioweft.cli.export import command
from bioweft.export.graph import FORMATS, export
from bioweft.export.graph.filters import Filters
from bioweft.store.run import RunFolder

pyoxigraph = pytest.importorskip("pyoxigraph", reason="RDF needs the extra rdf")

PAGE = (Path(__file__).parents[3] / "docs" / "export.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def answers(small: Path, tmp_path_factory: pytest.TempPathFactory) -> list[list[list[str]]]:
    folder = tmp_path_factory.mktemp("rdf")
    export(RunFolder(small), "rdf", folder, filters=Filters(least_documents=1, denied=True))
    store = pyoxigraph.Store()
    store.bulk_load(path=str(folder / "graph.nq"), format=pyoxigraph.RdfFormat.N_QUADS)
    return [[[term.value for term in row] for row in store.query(query)] for query in blocks("sparql")]


BIOLINK = "https://w3id.org/biolink/vocab/"


def test_what_texts_say_of_a_concept(answers) -> None:
    assert answers[0] == [
        [f"{BIOLINK}affects", "PTGS2", "0.75"],
        [f"{BIOLINK}treats", "Headache", "0.5"],
        [f"{BIOLINK}related_to_at_instance_level", "Homo sapiens", "0.25"],
    ]


def test_sentences_behind_an_edge(answers) -> None:
    sentence = "Aspirin after heart attack. … It blocks COX-2 in patients."
    assert answers[1] == [["http://www.ncbi.nlm.nih.gov/pubmed/2", sentence, "0.75"]]


def test_chemicals_that_affect_a_gene_of_a_disease(answers) -> None:
    assert answers[2] == [["Aspirin", "PTGS2", "Myocardial Infarction"]]


def test_sql(small: Path, tmp_path: Path) -> None:
    export(RunFolder(small), "sqlite", tmp_path)
    (query,) = blocks("sql")
    with sqlite3.connect(tmp_path / "graph.db") as database:
        assert database.execute(query).fetchall() == []
        assert len(database.execute(query.replace("simvastatin AND muscle", "aspirin AND headache")).fetchall()) > 0


def test_every_format_and_filter_is_documented() -> None:
    formats = PAGE.partition("| `--to` |")[2].partition("\n\n")[0]
    assert re.findall(r"^\| `([\w-]+)` \|", formats, re.MULTILINE) == list(FORMATS)
    documented = set(re.findall(r"(?<=`)--[\w-]+", PAGE))
    options = {name for option in command.params for name in (*option.opts, *option.secondary_opts) if name[:2] == "--"}
    assert options - documented == {"--json", "--retracted"}
