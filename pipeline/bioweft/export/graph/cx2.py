"""CX2 for Cytoscape and NDEx: `graph.cx2`, one network with declared attributes, written node by node."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any

from bioweft.export.graph import biolink
from bioweft.export.graph.model import Edge, Node
from bioweft.export.graph.reading import Graph
from bioweft.relate.predicates import phrase

FILE = "graph.cx2"

_NODE = {
    "name": "string", "represents": "string", "type": "string", "category": "string", "synonyms": "list_of_string",
    "xrefs": "list_of_string", "taxon": "string", "documents": "long", "mentions": "long", "first_year": "integer",
    "last_year": "integer",
}  # fmt: skip
_EDGE = {
    "name": "string", "interaction": "string", "edge": "string", "kind": "string", "predicate": "string",
    "qualifiers": "string", "documents": "long", "sentences": "long", "weight": "double", "probability": "double",
    "negated": "long", "speculative": "long", "retracted": "long", "first_year": "integer", "last_year": "integer",
    "npmi_documents": "double", "npmi_sentences": "double", "publications": "list_of_string",
    "supporting_text": "list_of_string",
}  # fmt: skip
"""Attributes and their types; Cytoscape shows `name` and `interaction`."""


def write(graph: Graph, folder: Path) -> None:
    """Write the file into a folder."""
    name = str(graph.run.get("name") or "bioweft")
    counts = {
        "attributeDeclarations": 1,
        "networkAttributes": 1,
        "nodes": graph.counts["nodes"],
        "edges": graph.counts["relation"] + graph.counts["cooccurrence"],
    }
    declarations = {
        "networkAttributes": {"name": {"d": "string"}, "description": {"d": "string"}},
        "nodes": {key: {"d": type_} for key, type_ in _NODE.items()},
        "edges": {key: {"d": type_} for key, type_ in _EDGE.items()},
    }
    about = {"name": name, "description": "What texts say of concepts, and which are in the same texts; by bioweft"}
    with (folder / FILE).open("w", encoding="utf-8", newline="\n") as stream:
        stream.write('[{"CXVersion":"2.0","hasFragments":false},\n')
        metadata = [{"name": aspect, "elementCount": count} for aspect, count in counts.items() if count]
        _aspect(stream, "metaData", metadata)
        _aspect(stream, "attributeDeclarations", [declarations])
        _aspect(stream, "networkAttributes", [about])
        _aspect(stream, "nodes", map(_node, graph.nodes()))
        _aspect(stream, "edges", (_edge(number, edge) for number, edge in enumerate(graph.edges())))
        stream.write('{"status":[{"success":true}]}]\n')


def _aspect(stream: IO[str], name: str, elements: Iterable[dict[str, Any]]) -> None:
    stream.write(f"{{{json.dumps(name)}:[")
    for number, element in enumerate(elements):
        stream.write((",\n" if number else "\n") + json.dumps(element, ensure_ascii=False))
    stream.write("]},\n")


def _node(node: Node) -> dict[str, Any]:
    values = {
        "name": node.name,
        "represents": node.id,
        "type": node.type,
        "category": biolink.PREFIX + biolink.category(node.type, node.id),
        "synonyms": list(node.synonyms),
        "xrefs": list(node.xrefs),
        "taxon": node.taxon,
        "documents": node.documents,
        "mentions": node.mentions,
        "first_year": node.first_year,
        "last_year": node.last_year,
    }
    return {"id": node.number, "v": _filled(values)}


def _edge(number: int, edge: Edge) -> dict[str, Any]:
    interaction = phrase(edge.predicate, edge.qualifiers)
    values = {
        "name": f"{edge.subject_name} ({interaction}) {edge.object_name}",
        "interaction": interaction,
        "edge": edge.id,
        **{key: getattr(edge, key) for key in _EDGE if key not in ("name", "interaction", "edge")},
    }
    return {"id": number, "s": edge.subject_number, "t": edge.object_number, "v": _filled(values)}


def _filled(values: dict[str, Any]) -> dict[str, Any]:
    """Leave out what is missing: CX2 has no null."""
    return {key: value for key, value in values.items() if value not in (None, [], "")}
