"""The graph file as networkx reads it."""

import os
import xml.etree.ElementTree as ElementTree

import duckdb
import networkx as nx
import pyarrow as pa
import pytest

from bioweft.analyse import graph
from bioweft.errors import RunError
from bioweft.store.run import disk_errors
from bioweft.store.schemas import RESULT_RELATIONS, write
from tests.small_run import HINDERS, STATEMENTS, write_run


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


def test_a_full_disk_is_said_in_words(tmp_path):
    """Everything written to /dev/full finds no space, as on a full disk."""
    (tmp_path / f"graph.graphml.{os.getpid()}.part").symlink_to("/dev/full")
    with pytest.raises(RunError, match="no space left on the disk") as caught, disk_errors(tmp_path):
        graph_of(tmp_path, [("a", "b", 3, 0.5)], edges=10)
    assert "ENOSPC" not in str(caught.value)


def graph_of(folder, pairs: list[tuple[str, str, int, float]], *, edges: int) -> nx.Graph:
    ids = sorted({concept for a, b, _, _ in pairs for concept in (a, b)})
    concepts = pa.table({"id": ids, "name": ids, "type": ["t"] * len(ids), "documents": [9] * len(ids)})
    a, b, documents, npmi = zip(*pairs, strict=True)
    columns = {"a": a, "b": b, "documents": documents, "sentences": [0] * len(a)}
    write(concepts, folder / "concepts.parquet")
    write(RESULT_RELATIONS.empty_table(), folder / "relations.parquet")
    write(
        pa.table({**columns, "npmi_documents": npmi, "npmi_sentences": [-1.0] * len(a)}),
        folder / "cooccurrence.parquet",
    )
    with duckdb.connect() as connection:
        assert graph.save(connection, folder, edges=edges) <= edges
    return nx.read_graphml(folder / "graph.graphml")


def test_pairs_of_one_document_or_no_more_than_chance_are_no_edges(tmp_path):
    read = graph_of(tmp_path, [("x:1", "x:2", 1, 0.9), ("x:1", "x:3", 7, -0.1), ("x:2", "x:4", 2, 0.5)], edges=10)
    assert list(read.edges) == [("x:2", "x:4")]
    assert sorted(read) == ["x:2", "x:4"]


def test_of_too_many_edges_the_heaviest_are_kept_and_the_file_says_so(tmp_path):
    pairs = [("x:1", "x:2", 2, 0.9), ("x:1", "x:3", 9, 0.3), ("x:2", "x:3", 5, 0.2), ("x:2", "x:4", 4, 0.5)]
    read = graph_of(tmp_path, pairs, edges=2)
    assert list(read.edges) == [("x:1", "x:3"), ("x:2", "x:4")]
    text = (tmp_path / "graph.graphml").read_text(encoding="utf-8")
    assert "the 2 heaviest of 4 pairs in at least 2 documents" in text


def test_gephi_finds_label_weight_and_types(folder):
    """Gephi reads `label` and `weight`, takes ids `d3` and `d7` for labels and knows keys of nodes and edges only."""
    space = "{http://graphml.graphdrawing.org/xmlns}"
    root = ElementTree.parse(folder / "results" / "graph.graphml").getroot()
    keys = {
        key.get("id"): (key.get("for"), key.get("attr.name"), key.get("attr.type")) for key in root.iter(f"{space}key")
    }
    assert len(keys) == 16
    assert {"d3", "d7"}.isdisjoint(keys)
    assert {scope for scope, _, _ in keys.values()} == {"node", "edge"}
    assert ("node", "label", "string") in keys.values()
    assert ("edge", "weight", "double") in keys.values()
    assert {data.get("key") for data in root.iter(f"{space}data")} <= set(keys)


def test_names_that_xml_cannot_hold_are_cleaned(tmp_path):
    read = graph_of(tmp_path, [("be\x0bta <β>", "&", 2, 0.5)], edges=10)
    assert sorted(name for _, name in read.nodes(data="name")) == ["&", "be ta <β>"]


def test_relations_are_edges_beside_those_of_cooccurrence(tmp_path):
    read = nx.read_graphml(write_run(tmp_path / "run", statements=STATEMENTS) / "results" / "graph.graphml")
    relations = {(a, b, edge["predicate"]): edge for a, b, edge in read.edges(data=True) if edge["kind"] == "relation"}
    assert {predicate for _, _, predicate in relations} == {"biolink:affects", "biolink:treats"}
    edge = relations["mesh:D001241", "ncbigene:5743", "biolink:affects"]
    assert edge == {
        "kind": "relation", "documents": 1, "sentences": 1, "weight": 0.75, "predicate": "biolink:affects",
        "qualifiers": HINDERS, "subject": "mesh:D001241", "probability": 0.75, "negated": 0, "speculative": 0,
    }  # fmt: skip
    assert read.number_of_edges("mesh:D001241", "ncbigene:5743") == 2
    assert ("mesh:D001241", "mesh:D009203", "biolink:treats") not in relations  # it is only denied
