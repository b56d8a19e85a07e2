"""The graph file as networkx reads it."""

import xml.etree.ElementTree as ElementTree

import duckdb
import networkx as nx
import pyarrow as pa
import pytest

from bioweft.analyse import graph
from bioweft.store.schemas import write
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
    text = (folder / "results" / "graph.graphml").read_text(encoding="utf-8")
    assert "the 1 heaviest of 2 pairs in at least 2 documents" in text


def test_gephi_finds_label_weight_and_types(folder):
    """Gephi reads `label` and `weight`, takes ids `d3` and `d7` for labels and knows keys of nodes and edges only."""
    space = "{http://graphml.graphdrawing.org/xmlns}"
    root = ElementTree.parse(folder / "results" / "graph.graphml").getroot()
    keys = {
        key.get("id"): (key.get("for"), key.get("attr.name"), key.get("attr.type")) for key in root.iter(f"{space}key")
    }
    assert len(keys) == 9
    assert {"d3", "d7"}.isdisjoint(keys)
    assert {scope for scope, _, _ in keys.values()} == {"node", "edge"}
    assert ("node", "label", "string") in keys.values()
    assert ("edge", "weight", "double") in keys.values()
    assert {data.get("key") for data in root.iter(f"{space}data")} == set(keys)


def test_names_that_xml_cannot_hold_are_cleaned(tmp_path):
    concepts = pa.table({"id": ["x:1", "x:2"], "name": ["be\x0bta <β>", "&"], "type": ["t", "t"], "documents": [2, 2]})
    pairs = {"a": ["x:1"], "b": ["x:2"], "documents": [2], "sentences": [0]}
    write(concepts, tmp_path / "concepts.parquet")
    write(pa.table({**pairs, "npmi_documents": [0.5], "npmi_sentences": [-1.0]}), tmp_path / "cooccurrence.parquet")
    with duckdb.connect() as connection:
        assert graph.save(connection, tmp_path, edges=10) == 1
    read = nx.read_graphml(tmp_path / "graph.graphml")
    assert [name for _, name in read.nodes(data="name")] == ["beta <β>", "&"]
