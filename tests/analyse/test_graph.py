"""The graph file as networkx reads it."""

import duckdb
import networkx as nx
import pytest

from bioweft.analyse import graph
from tests.small_run import write_run


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_run(tmp_path_factory.mktemp("run"))


def test_nodes_and_edges_say_what_they_are(folder):
    read = nx.read_graphml(folder / "results" / "graph.graphml")
    assert read.nodes["mesh:D001241"] == {"label": "Aspirin", "name": "Aspirin", "type": "chemical", "documents": 3}
    edge = read.edges["mesh:D001241", "ncbigene:5743"]
    assert (edge["documents"], edge["sentences"]) == (2, 1)
    assert edge["npmi_documents"] == pytest.approx(0.5574929506502402)
    assert edge["npmi_sentences"] == pytest.approx(0)
    assert edge["weight"] == pytest.approx(2 * edge["npmi_documents"])


def test_pairs_of_one_document_or_no_more_than_chance_are_no_edges(folder):
    read = nx.read_graphml(folder / "results" / "graph.graphml")
    assert sorted(map(sorted, read.edges)) == [["mesh:D001241", "ncbigene:5743"], ["mesh:D001241", "ncbitaxon:9606"]]
    assert "mesh:D006261" not in read


def test_of_too_many_edges_the_heaviest_are_kept_and_the_file_says_so(folder):
    with duckdb.connect() as connection:
        assert graph.save(connection, folder / "results", edges=1) == 1
    read = nx.read_graphml(folder / "results" / "graph.graphml")
    assert [sorted(edge) for edge in read.edges] == [["mesh:D001241", "ncbigene:5743"]]
    assert (read.graph["edges_above_threshold"], read.graph["most_edges"]) == (2, 1)


def test_names_that_xml_cannot_hold_are_cleaned():
    assert graph._printable("be\x0bta β") == "beta β"
