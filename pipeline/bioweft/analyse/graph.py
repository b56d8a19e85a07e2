"""The co-occurrence graph of a run as GraphML, for networkx, Gephi and Cytoscape.

Nodes are concepts, edges pairs that are written of together in at least `LEAST_DOCUMENTS` documents and more often than
by chance (NPMI above 0). `weight` is documents times NPMI by document: Evert's local mutual information (2008, Corpora
and collocations) with the mutual information normalised. Of more than the wanted number of edges the
heaviest are kept, and the description in the file says how many there were.

It is written edge by edge, so that the number of edges is not bound by memory, and with keys of its own: Gephi takes
the `d3` and `d7` of networkx for labels, and complains of attributes of the graph.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
from lxml import etree

from bioweft.atomic import atomic

LEAST_DOCUMENTS = 2

# Gephi shows `label`; everything else looks for `name`.
_NODE_KEYS = {"label": "string", "name": "string", "type": "string", "documents": "long"}
_EDGE_KEYS = {
    "documents": "long",
    "sentences": "long",
    "npmi_documents": "double",
    "npmi_sentences": "double",
    "weight": "double",
}

_STRONG = f"""
SELECT *, documents * npmi_documents AS weight FROM read_parquet(?)
WHERE documents >= {LEAST_DOCUMENTS} AND npmi_documents > 0
"""
_NODES = """
SELECT c.id, c.name AS label, c.name, c.type, c.documents FROM read_parquet(?) c SEMI JOIN (
    SELECT unnest([a, b]) AS id FROM kept
) USING (id) ORDER BY c.id
"""
_EDGES = f"SELECT a, b, {', '.join(_EDGE_KEYS)} FROM kept ORDER BY a, b"
_CHUNK = 1000


def save(connection: duckdb.DuckDBPyConnection, folder: Path, *, edges: int) -> int:
    """Write `graph.graphml` of the result tables in `folder`, with at most `edges` edges; return how many it has."""
    pairs = str(folder / "cooccurrence.parquet")
    heaviest = f"SELECT * FROM ({_STRONG}) ORDER BY weight DESC, a, b LIMIT ?"
    connection.execute(f"CREATE OR REPLACE TEMP TABLE kept AS {heaviest}", [pairs, edges])
    pair_count = _number(connection, f"SELECT count(*) FROM ({_STRONG})", [pairs])
    edge_count = _number(connection, "SELECT count(*) FROM kept", [])
    description = (
        f"Concepts that are in the same documents: the {edge_count} heaviest of {pair_count} pairs in at least "
        f"{LEAST_DOCUMENTS} documents with npmi_documents above 0; weight is documents * npmi_documents"
    )
    with (
        atomic(folder / "graph.graphml") as unfinished,
        unfinished.open("wb") as file,  # lxml says of a path that cannot be written only `IO_ENOSPC`
        etree.xmlfile(file, encoding="utf-8") as xml,
    ):
        xml.write_declaration()
        with xml.element("graphml", nsmap={None: "http://graphml.graphdrawing.org/xmlns"}):
            for scope, keys in (("node", _NODE_KEYS), ("edge", _EDGE_KEYS)):
                for name, type_ in keys.items():
                    attributes = {"id": f"{scope}_{name}", "for": scope, "attr.name": name, "attr.type": type_}
                    xml.write(etree.Element("key", attributes), "\n")
            with xml.element("graph", edgedefault="undirected"):
                xml.write(_element("desc", description), "\n")
                for id_, *values in _rows(connection, _NODES, [str(folder / "concepts.parquet")]):
                    xml.write(_with_data("node", {"id": id_}, _NODE_KEYS, values), "\n")
                for a, b, *values in _rows(connection, _EDGES, []):
                    xml.write(_with_data("edge", {"source": a, "target": b}, _EDGE_KEYS, values), "\n")
    return edge_count


def _number(connection: duckdb.DuckDBPyConnection, query: str, parameters: list[object]) -> int:
    row = connection.execute(query, parameters).fetchone()
    return row[0] if row else 0


def _rows(connection: duckdb.DuckDBPyConnection, query: str, parameters: list[object]) -> Iterator[tuple[Any, ...]]:
    result = connection.execute(query, parameters)
    while rows := result.fetchmany(_CHUNK):
        yield from rows


def _with_data(tag: str, attributes: dict[str, str], keys: dict[str, str], values: list[object]) -> etree._Element:
    element = etree.Element(tag, {name: _printable(value) for name, value in attributes.items()})
    for key, value in zip(keys, values, strict=True):
        element.append(_element("data", str(value), key=f"{tag}_{key}"))
    return element


def _element(tag: str, text: str, **attributes: str) -> etree._Element:
    element = etree.Element(tag, attributes)
    element.text = _printable(text)
    return element


def _printable(text: str) -> str:
    """Leave out what XML cannot hold."""
    return "".join(character for character in text if character.isprintable())
