"""Every format, with names that break formats, read back by the library of another tool."""

import csv
import json
import re
import sqlite3
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import networkx as nx
import pandas as pd
import pyarrow.parquet as pq
import pytest

from bioweft.export.graph import GRAPHS, export
from bioweft.export.graph.rdf import BIOLINK, OWN, address
from bioweft.export.prefixes import biolink
from bioweft.shown import one_for_one
from tests.export.graph.conftest import ALL, Hostile

pyoxigraph = pytest.importorskip("pyoxigraph", reason="RDF needs the extra rdf")
ndex2 = pytest.importorskip("ndex2", reason="CX2 is read back by ndex2, of the development group")
from ndex2.cx2 import RawCX2NetworkFactory


@pytest.fixture(scope="module")
def written(hostile: Hostile, tmp_path_factory: pytest.TempPathFactory):
    """Return a function that gives the folder of an export, which is made once."""
    folders: dict[str, Path] = {}

    def of(name: str) -> Path:
        if name not in folders:
            folder = tmp_path_factory.mktemp("export") / name
            about = export(hostile.run, name, folder, filters=ALL, sentences=9)
            assert about["counts"]["nodes"] == len(hostile.nodes)
            assert about["counts"]["relation"] + about["counts"]["cooccurrence"] == len(hostile.edges)
            assert {*about["files"], "export.json"} == {path.name for path in folder.iterdir()}
            folders[name] = folder
        return folders[name]

    return of


@pytest.mark.parametrize("name", GRAPHS)
def test_the_same_run_gives_the_same_bytes(written, hostile: Hostile, tmp_path: Path, name: str) -> None:
    export(hostile.run, name, tmp_path / "again", filters=ALL, sentences=9)
    if name != "sqlite":  # whose files hold a count of changes
        for path in (tmp_path / "again").iterdir():
            assert path.read_bytes() == (written(name) / path.name).read_bytes()


# KGX


def test_kgx_json_lines_have_all_as_it_is(written, hostile: Hostile) -> None:
    nodes = {row["id"]: row for row in json_lines(written("kgx") / "nodes.jsonl")}
    for node in hostile.nodes:
        row = nodes[biolink(node.id)]
        assert row["name"] == node.name
        assert row["synonym"] == [synonym for synonym in node.synonyms if synonym != node.name]
    edges = {row["id"]: row for row in json_lines(written("kgx") / "edges.jsonl")}
    assert len(edges) == len(hostile.relations)
    for edge in hostile.relations:
        row = edges[edge.id]
        assert (row["subject"], row["object"]) == (biolink(edge.subject), biolink(edge.object))
        assert row.get("supporting_text", []) == edge.supporting_text
        assert row.get("publications", []) == list(map(biolink, edge.publications))
        assert row["negated"] is edge.is_denied
        assert row.get("has_confidence_score") == edge.probability


def json_lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n")[:-1]]


@pytest.mark.parametrize("name", ["nodes", "edges", "cooccurrence_edges"])
def test_kgx_tsv_has_the_same_by_the_rule_for_blanks_and_bars(written, name: str) -> None:
    """KGX reads TSV as below, without quotes, and parts every value at `|`."""
    frame = pd.read_csv(
        written("kgx") / f"{name}.tsv", sep="\t", dtype=str, quoting=csv.QUOTE_NONE, keep_default_na=False,
        lineterminator="\n",
    )  # fmt: skip
    rows = json_lines(written("kgx") / f"{name}.jsonl")
    assert len(frame) == len(rows)
    for (_, cells), row in zip(frame.iterrows(), rows, strict=True):
        for key, value in row.items():
            if isinstance(value, list):
                assert cells[key].split("|") == [by_rule(item) for item in value]
            else:
                assert cells[key] == ("" if value is False else by_rule(value))
                assert "|" not in cells[key]


def by_rule(value: object) -> str:
    return re.sub(r"[\t\n\r]", " ", str(value)).replace("|", "¦")


# GraphML


def test_graphml_in_networkx(written, hostile: Hostile) -> None:
    graph = nx.read_graphml(written("graphml") / "graph.graphml", force_multigraph=True)
    assert set(graph) == set(hostile.ids)
    for node in hostile.nodes:
        data = graph.nodes[node.id]
        assert data["name"] == data["label"] == one_for_one(node.name)
        assert data["documents"] == node.documents
    edges = {key: (subject, object_, data) for subject, object_, key, data in graph.edges(keys=True, data=True)}
    assert len(edges) == len(hostile.edges)
    for edge in hostile.edges:
        subject, object_, data = edges[edge.id]
        assert (subject, object_, data["predicate"]) == (edge.subject, edge.object, edge.predicate)
        assert data["documents"] == edge.documents
        assert data.get("weight") == pytest.approx(edge.weight)
        assert data["denied"] is edge.is_denied
        assert data.get("sentence") == (one_for_one(edge.supporting_text[0]) if edge.supporting_text else None)


def test_graphml_by_the_rules_of_gephi(written) -> None:
    """Gephi has no lists, takes ids `d3` and `d7` for labels, and reads `weight` as a number."""
    space = "{http://graphml.graphdrawing.org/xmlns}"
    root = ElementTree.parse(written("graphml") / "graph.graphml").getroot()
    types = {
        key.get("id"): (key.get("for"), key.get("attr.name"), key.get("attr.type")) for key in root.iter(f"{space}key")
    }
    assert {type_ for _, _, type_ in types.values()} <= {"boolean", "int", "long", "float", "double", "string"}
    assert {("node", "label", "string"), ("edge", "weight", "double")} <= set(types.values())
    assert {"d3", "d7", "id"}.isdisjoint(types)
    read = {"long": int, "double": float, "string": str, "boolean": {"true": True, "false": False}.__getitem__}
    for data in root.iter(f"{space}data"):
        assert data.text not in (None, "None", "nan")
        read[types[data.get("key")][2]](data.text)  # raises where it is not of its type


# Tables


def frames(folder: Path) -> dict[str, pd.DataFrame]:
    return {
        name: pd.read_csv(folder / f"{name}.csv", keep_default_na=False, na_values={"year": [""], "first_year": [""]})
        for name in ("nodes", "edges", "evidence")
    }


def test_csv_in_pandas(written, hostile: Hostile) -> None:
    nodes, edges, evidence = frames(written("csv")).values()
    assert list(nodes["id"]) == hostile.ids
    assert list(nodes["name"]) == [node.name.replace("\0", "\ufffd") for node in hostile.nodes]
    assert [json.loads(cell) for cell in nodes["synonyms"]] == [list(node.synonyms) for node in hostile.nodes]
    assert list(edges["id"]) == [edge.id for edge in hostile.edges]
    assert list(edges["documents"]) == [edge.documents for edge in hostile.edges]
    assert [json.loads(cell) for cell in edges["publications"]] == [edge.publications for edge in hostile.edges]
    statements = [statement for edge in hostile.relations for statement in edge.statements]
    assert list(evidence["text"]) == [statement.text for statement in statements]
    assert list(evidence["negated"]) == [statement.negated for statement in statements]


def test_csv_as_the_standard_has_it(written, hostile: Hostile) -> None:
    with (written("csv") / "nodes.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream, strict=True))
    assert [row["name"] for row in rows] == [node.name.replace("\0", "\ufffd") for node in hostile.nodes]


def test_parquet_in_pandas(written, hostile: Hostile) -> None:
    nodes, edges, evidence = (pq.read_table(written("parquet") / f"{name}.parquet").to_pylist() for name in (
        "nodes", "edges", "evidence"))  # fmt: skip
    assert [(row["id"], row["name"], row["synonyms"]) for row in nodes] == [
        (node.id, node.name, list(node.synonyms)) for node in hostile.nodes
    ]
    assert [(row["id"], row["weight"], row["publications"]) for row in edges] == [
        (edge.id, edge.weight, edge.publications) for edge in hostile.edges
    ]
    assert [row["text"] for row in evidence] == [s.text for edge in hostile.relations for s in edge.statements]


def test_sqlite(written, hostile: Hostile) -> None:
    with sqlite3.connect(written("sqlite") / "graph.db") as database:
        rows = database.execute("SELECT id, name, synonyms FROM nodes ORDER BY id").fetchall()
        assert [(id_, name, json.loads(synonyms)) for id_, name, synonyms in rows] == [
            (node.id, node.name, list(node.synonyms)) for node in hostile.nodes
        ]
        assert database.execute(
            "SELECT id, subject, object, documents, weight FROM edges ORDER BY rowid"
        ).fetchall() == [(edge.id, edge.subject, edge.object, edge.documents, edge.weight) for edge in hostile.edges]
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        found = "SELECT n.id FROM nodes n JOIN nodes_fts f ON n.rowid = f.rowid WHERE nodes_fts MATCH ?"
        assert database.execute(found, ['"crohn\'s disease"']).fetchall() == [("mesh:D006261",)]
        found = "SELECT document FROM evidence e JOIN evidence_fts f ON e.rowid = f.rowid WHERE evidence_fts MATCH ?"
        assert ("pmid:2",) in database.execute(found, ["blocks AND aspirin"]).fetchall()


# Neo4j


def test_neo4j_by_its_rules(written, hostile: Hostile) -> None:
    folder = written("neo4j")
    nodes = neo4j_rows(folder, "nodes")
    assert [(row["id:ID"], row["name"]) for row in nodes] == [
        (node.id, node.name.replace("\x1f", " ")) for node in hostile.nodes
    ]
    assert [row["synonyms:string[]"] for row in nodes] == [
        [synonym.replace("\x1f", " ") for synonym in node.synonyms] for node in hostile.nodes
    ]
    assert {tuple(row[":LABEL"]) for row in nodes} >= {("Concept", "Disease"), ("Concept", "ChemicalEntity")}
    edges = neo4j_rows(folder, "relationships")
    assert [(row[":START_ID"], row[":END_ID"], row["edge"]) for row in edges] == [
        (edge.subject, edge.object, edge.id) for edge in hostile.edges
    ]
    for row, edge in zip(edges, hostile.edges, strict=True):
        assert row[":TYPE"] == edge.predicate.removeprefix("biolink:")
        assert row["documents:long"] == edge.documents
        assert row["weight:double"] == edge.weight
        assert (row["publications:string[]"] or []) == edge.publications
        assert (row["supporting_text:string[]"] or []) == edge.supporting_text


def neo4j_rows(folder: Path, name: str) -> list[dict[str, Any]]:
    """Read CSV as neo4j-admin does with the options of `import.sh`.

    A value is quoted where it begins with a quote; in it `""` is a quote, backslashes are themselves, and line breaks
    are part of it. An empty value without quotes is none. Arrays are parted at the delimiter after that.
    """
    command = (folder / "import.sh").read_text(encoding="utf-8")
    assert f"{name}_header.csv,{name}.csv" in command
    assert "--multiline-fields=true" in command
    delimiter = chr(int(re.search(r"--array-delimiter=U\+([0-9A-F]{4})", command)[1], 16))
    header = (folder / f"{name}_header.csv").read_text(encoding="utf-8").rstrip("\n").split(",")
    text = (folder / f"{name}.csv").read_bytes().decode("utf-8")
    rows = []
    for cells in neo4j_cells(text):
        row = {}
        for column, cell in zip(header, cells, strict=True):
            type_ = column.partition(":")[2]
            row[column] = None if cell is None else neo4j_value(cell, type_, delimiter)
        rows.append(row)
    return rows


def neo4j_value(cell: str, type_: str, delimiter: str) -> Any:
    if type_.endswith("[]") or type_ == "LABEL":
        return cell.split(delimiter)
    assert delimiter not in cell
    return {"long": int, "int": int, "double": float, "boolean": {"true": True, "false": False}.get}.get(type_, str)(
        cell
    )


_CELL = re.compile(r'(?:"((?:[^"]|"")*)"|([^",\n][^,\n]*)?)([,\n])')


def neo4j_cells(text: str) -> list[list[str | None]]:
    rows: list[list[str | None]] = [[]]
    place = 0
    while place < len(text):
        match = _CELL.match(text, place)
        quoted, bare, after = match.groups()
        rows[-1].append(bare if quoted is None else quoted.replace('""', '"'))
        if after == "\n":
            rows.append([])
        place = match.end()
    assert rows.pop() == []
    return rows


# RDF


def test_rdf_in_a_store(written, hostile: Hostile) -> None:
    store = pyoxigraph.Store()
    store.load(path=str(written("rdf") / "graph.nq"), format=pyoxigraph.RdfFormat.N_QUADS)
    label = pyoxigraph.NamedNode("http://www.w3.org/2000/01/rdf-schema#label")
    for node in hostile.nodes:
        (quad,) = store.quads_for_pattern(pyoxigraph.NamedNode(address(node.id)), label, None)
        assert quad.object.value == node.name
    for edge in hostile.edges:
        name = pyoxigraph.NamedNode(f"{OWN}edge:{edge.id}")
        triples = [(quad.subject.value, quad.object.value) for quad in store.quads_for_pattern(None, None, None, name)]
        assert triples == ([] if edge.is_denied else [(address(edge.subject), address(edge.object))])
        sources = store.quads_for_pattern(name, pyoxigraph.NamedNode("http://www.w3.org/ns/prov#wasDerivedFrom"), None)
        assert {quad.object.value for quad in sources} == set(map(address, edge.publications))
        (count,) = store.quads_for_pattern(name, pyoxigraph.NamedNode(f"{BIOLINK}evidence_count"), None)
        assert int(count.object.value) == edge.documents
    texts = store.quads_for_pattern(None, pyoxigraph.NamedNode(f"{BIOLINK}supporting_text"), None)
    assert {quad.object.value for quad in texts} == {s.text for edge in hostile.relations for s in edge.statements}


# CX2


def test_cx2_in_ndex2(written, hostile: Hostile) -> None:
    network = RawCX2NetworkFactory().get_cx2network(
        json.loads((written("cx2") / "graph.cx2").read_text(encoding="utf-8"))
    )
    nodes, edges = network.get_nodes(), network.get_edges()
    assert {node["v"]["represents"]: node["v"]["name"] for node in nodes.values()} == {
        node.id: node.name for node in hostile.nodes
    }
    synonyms = {node["v"]["represents"]: node["v"]["synonyms"] for node in nodes.values()}
    assert synonyms == {node.id: list(node.synonyms) for node in hostile.nodes}
    read = {edge["v"]["edge"]: edge for edge in edges.values()}
    assert len(read) == len(hostile.edges)
    for edge in hostile.edges:
        ends = [nodes[read[edge.id][end]]["v"]["represents"] for end in ("s", "t")]
        assert ends == [edge.subject, edge.object]
        values = read[edge.id]["v"]
        assert values["documents"] == edge.documents
        assert values.get("weight") == edge.weight
        assert values.get("publications", []) == edge.publications
        assert values.get("supporting_text", []) == edge.supporting_text


def test_cx2_is_as_cytoscape_reads_it(written) -> None:
    aspects = json.loads((written("cx2") / "graph.cx2").read_text(encoding="utf-8"))
    assert aspects[0] == {"CXVersion": "2.0", "hasFragments": False}
    assert aspects[-1] == {"status": [{"success": True}]}
    counts = {entry["name"]: entry["elementCount"] for entry in aspects[1]["metaData"]}
    contents = {name: elements for aspect in aspects[2:-1] for name, elements in aspect.items()}
    assert counts == {name: len(elements) for name, elements in contents.items()}
    declared = contents["attributeDeclarations"][0]
    kinds = {"string": str, "long": int, "integer": int, "double": float, "list_of_string": list}
    for aspect in ("nodes", "edges"):
        for element in contents[aspect]:
            for key, value in element["v"].items():
                assert isinstance(value, kinds[declared[aspect][key]["d"]]), key


def test_the_reader_of_neo4j_knows_its_rules() -> None:
    assert neo4j_cells('"a ""b"" \\",,"",1\n"x\ny",2,3,4\n') == [['a "b" \\', None, "", "1"], ["x\ny", "2", "3", "4"]]
