"""The graph of a run as GraphML, for networkx, Gephi and Cytoscape.

Nodes are concepts. Edges of the kind `cooccurrence` are pairs that are written of together in at least
`LEAST_DOCUMENTS` documents and more often than by chance (NPMI above 0). Their `weight` is documents times NPMI by
document: Evert's local mutual information (2008, Corpora and collocations) with the mutual information normalised.
Edges of the kind `relation` are triples that a document says, beside those; their `weight` is documents times
probability. The graph is undirected, so they name their `subject`. Of more than the wanted number of edges of a kind
the heaviest are kept, and the description in the file says how many there were.

It is written edge by edge, so that the number of edges is not bound by memory, and with keys of its own: Gephi takes
the `d3` and `d7` of networkx for labels, and complains of attributes of the graph.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

import duckdb
from lxml import etree

from bioweft.atomic import atomic
from bioweft.shown import one_for_one
from bioweft.store.sql import parquet

LEAST_DOCUMENTS = 2

TOGETHER = "biolink:occurs_together_in_literature_with"
"""The predicate of co-occurrence in exports."""

PAIR_EDGE = f"substr(md5(concat_ws(chr(9), a, '{TOGETHER}', '', b)), 1, 16)"
"""The SQL of the identifier of a co-occurring pair, which is made as that of a triple: the same one in every run."""

# Gephi shows `label`; everything else looks for `name`.
_NODE_KEYS = {"label": "string", "name": "string", "type": "string", "documents": "long"}
_EDGE_KEYS = {
    "kind": "string",
    "documents": "long",
    "sentences": "long",
    "npmi_documents": "double",
    "npmi_sentences": "double",
    "weight": "double",
    "predicate": "string",
    "qualifiers": "string",
    "subject": "string",
    "probability": "double",
    "negated": "long",
    "speculative": "long",
}
"""Data of edges; those that an edge's kind does not have are left out."""

_STRONG = f"""
SELECT *, documents * npmi_documents AS weight FROM {{pairs}}
WHERE documents >= {LEAST_DOCUMENTS} AND npmi_documents > 0
"""
_SAID = "SELECT *, documents * probability AS weight FROM {triples} WHERE documents > 0"
_NODES = """
SELECT c.id, c.name AS label, c.name, c.type, c.documents FROM {concepts} c SEMI JOIN (
    SELECT unnest([a, b]) AS id FROM kept UNION ALL SELECT unnest([subject, object]) FROM kept_relations
) USING (id) ORDER BY c.id
"""
_EDGES = f"""
SELECT a, b, {", ".join(_EDGE_KEYS)} FROM (
    SELECT *, 'cooccurrence' AS kind FROM kept
    UNION ALL BY NAME
    SELECT subject AS a, object AS b, 'relation' AS kind, documents, sentences, weight, predicate, qualifiers, subject,
        probability, negated, speculative
    FROM kept_relations SEMI JOIN (SELECT id AS subject FROM {{concepts}}) USING (subject)
        SEMI JOIN (SELECT id AS object FROM {{concepts}}) USING (object)
) ORDER BY kind, a, b, predicate, qualifiers
"""
_CHUNK = 1000


def save(connection: duckdb.DuckDBPyConnection, folder: Path, *, edges: int) -> int:
    """Write `graph.graphml` of the result tables in `folder`, with at most `edges` edges of a kind.

    Return how many of the kind `cooccurrence` it has.
    """
    pairs, triples, concepts = (
        parquet(folder / f"{table}.parquet") for table in ("cooccurrence", "relations", "concepts")
    )
    pair_count, edge_count = _keep(connection, "kept", _STRONG.format(pairs=pairs), order="a, b", most=edges)
    triple_count, relation_count = _keep(
        connection,
        "kept_relations",
        _SAID.format(triples=triples),
        order="subject, predicate, qualifiers, object",
        most=edges,
    )
    description = (
        f"Concepts that are in the same documents: the {edge_count} heaviest of {pair_count} pairs in at least "
        f"{LEAST_DOCUMENTS} documents with npmi_documents above 0; weight is documents * npmi_documents. "
        f"Of the kind relation: the {relation_count} heaviest of {triple_count} triples that a document says; "
        "weight is documents * probability"
    )
    nodes = (({"id": id_}, values) for id_, *values in _rows(connection, _NODES.format(concepts=concepts)))
    ends = (
        ({"source": a, "target": b}, values) for a, b, *values in _rows(connection, _EDGES.format(concepts=concepts))
    )
    with (
        atomic(folder / "graph.graphml") as unfinished,
        unfinished.open("wb") as file,  # lxml says of a path that cannot be written only `IO_ENOSPC`
    ):
        write(file, description, {"node": _NODE_KEYS, "edge": _EDGE_KEYS}, nodes, ends, directed=False)
    return edge_count


Element = tuple[Mapping[str, str], Sequence[object]]
"""The attributes of a node or edge, and a value for each of its keys; None where it has none."""


def write(
    file: IO[bytes],
    description: str,
    keys: Mapping[str, Mapping[str, str]],
    nodes: Iterable[Element],
    edges: Iterable[Element],
    *,
    directed: bool,
) -> None:
    """Write GraphML element by element; `keys` has the names and types of data of each `node` and `edge`."""
    with etree.xmlfile(file, encoding="utf-8") as xml:
        xml.write_declaration()
        with xml.element("graphml", nsmap={None: "http://graphml.graphdrawing.org/xmlns"}):
            for scope, types in keys.items():
                for name, type_ in types.items():
                    attributes = {"id": f"{scope}_{name}", "for": scope, "attr.name": name, "attr.type": type_}
                    xml.write(etree.Element("key", attributes), "\n")
            with xml.element("graph", edgedefault="directed" if directed else "undirected"):
                xml.write(_element("desc", description), "\n")
                for scope, elements in (("node", nodes), ("edge", edges)):
                    for element, values in elements:
                        xml.write(_with_data(scope, element, keys[scope], values), "\n")


def _keep(connection: duckdb.DuckDBPyConnection, name: str, query: str, *, order: str, most: int) -> tuple[int, int]:
    """Make a table of the heaviest edges of a query; return how many there are, and how many are kept."""
    heaviest = f"SELECT * FROM ({query}) ORDER BY weight DESC, {order} LIMIT ?"
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {heaviest}", [most])
    ((edges,),) = connection.execute(f"SELECT count(*) FROM ({query})").fetchall()
    return edges, min(edges, most)


def _rows(connection: duckdb.DuckDBPyConnection, query: str) -> Iterator[tuple[Any, ...]]:
    result = connection.execute(query)
    while rows := result.fetchmany(_CHUNK):
        yield from rows


def _with_data(
    tag: str, attributes: Mapping[str, str], keys: Mapping[str, str], values: Sequence[object]
) -> etree._Element:
    element = etree.Element(tag, {name: one_for_one(value) for name, value in attributes.items()})
    for key, value in zip(keys, values, strict=True):
        if value is None:
            continue
        shown = str(value).lower() if isinstance(value, bool) else str(value)
        element.append(_element("data", shown, key=f"{tag}_{key}"))
    return element


def _element(tag: str, text: str, **attributes: str) -> etree._Element:
    element = etree.Element(tag, attributes)
    element.text = one_for_one(text)
    return element
