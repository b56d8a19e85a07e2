"""RDF as N-Quads: `graph.nq`.

Each triple that documents say stands in a graph of its own, `urn:bioweft:edge:<id>`. The default graph says of that
graph what it is: an association of the Biolink model with subject, predicate and object, probability, counts and
publications; and of each statement (`urn:bioweft:statement:…`) the document that it was derived from (PROV), its
sentence, and whether it denies the triple or has it as a guess. A triple that is only denied stands in no graph.

Addresses of concepts are those of the Biolink model's prefixes, else `https://bioregistry.io/<prefix>:<id>`.
"""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from bioweft.export.graph import biolink, kgx
from bioweft.export.graph.model import RELATION, Edge, Node
from bioweft.export.graph.reading import Graph
from bioweft.export.prefixes import biolink as biolink_curie

if TYPE_CHECKING:
    import pyoxigraph as ox

FILE = "graph.nq"

BIOLINK = "https://w3id.org/biolink/vocab/"
OWN = "urn:bioweft:"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_RDFS = "http://www.w3.org/2000/01/rdf-schema#"
_PROV = "http://www.w3.org/ns/prov#"
_ANYWHERE = "https://bioregistry.io/"


def write(graph: Graph, folder: Path) -> None:
    """Write the file into a folder."""
    import pyoxigraph as ox

    ox.serialize(quads(graph), str(folder / FILE), ox.RdfFormat.N_QUADS)


def quads(graph: Graph) -> "Iterator[ox.Quad]":
    """Yield the quads of all nodes and edges."""
    for node in graph.nodes():
        yield from _of_node(node)
    for edge in graph.edges():
        yield from _of_edge(edge)


def address(curie: str) -> str:
    """Return the address of a concept or document."""
    written = biolink_curie(curie)
    prefix, colon, local = written.partition(":")
    base = biolink.table()["prefixes"].get(prefix) if colon else None
    return f"{base}{quote(local, safe='/:;,.@_~!$()*+=-')}" if base else _ANYWHERE + quote(written, safe="/:._~-")


@lru_cache(maxsize=5_000)
def _name(iri: str) -> "ox.NamedNode":
    import pyoxigraph as ox

    return ox.NamedNode(iri)


def _values(subject: "ox.NamedNode", values: dict[str, Any]) -> "Iterator[ox.Quad]":
    """Yield a quad for each value that is there; a value that is a list stands for several."""
    import pyoxigraph as ox

    for predicate, value in values.items():
        for single in value if isinstance(value, list) else [value]:
            if single is None:
                continue
            is_term = isinstance(single, ox.NamedNode)
            yield ox.Quad(subject, _name(predicate), single if is_term else ox.Literal(single))


def _of_node(node: Node) -> "Iterator[ox.Quad]":
    yield from _values(
        _name(address(node.id)),
        {
            f"{_RDF}type": _name(BIOLINK + biolink.category(node.type, node.id)),
            f"{_RDFS}label": node.name,
            f"{BIOLINK}id": biolink_curie(node.id),
            f"{BIOLINK}synonym": [synonym for synonym in node.synonyms if synonym != node.name],
            f"{BIOLINK}xref": [_name(address(xref)) for xref in node.xrefs],
            f"{BIOLINK}in_taxon": None if node.taxon is None else _name(address(node.taxon)),
            f"{OWN}type": node.type,
            f"{OWN}documents": node.documents,
        },
    )


def _of_edge(edge: Edge) -> "Iterator[ox.Quad]":
    import pyoxigraph as ox

    about = kgx.edge_values(edge)
    name = _name(f"{OWN}edge:{quote(edge.id)}")
    subject, object_ = _name(address(edge.subject)), _name(address(edge.object))
    predicate = _name(BIOLINK + str(about["predicate"]).removeprefix(biolink.PREFIX))
    if not edge.is_denied:
        yield ox.Quad(subject, predicate, object_, name)
    yield from _values(
        name,
        {
            f"{_RDF}type": [_name(BIOLINK + str(a).removeprefix(biolink.PREFIX)) for a in about["category"]],
            f"{_RDF}subject": subject,
            f"{_RDF}predicate": predicate,
            f"{_RDF}object": object_,
            f"{_PROV}wasDerivedFrom": [_name(address(publication)) for publication in edge.publications],
            **{f"{BIOLINK}{slot}": about[slot] for slot in about if slot in _SLOTS or slot.endswith("_qualifier")},
            **{f"{OWN}{key}": about[key] for key in about if key in kgx.OWN_EDGE_COLUMNS},
        },
    )
    if edge.kind == RELATION:
        yield from _statements(edge, name)


_SLOTS = {
    "negated", "knowledge_level", "agent_type", "primary_knowledge_source", "has_confidence_score", "evidence_count",
    "original_predicate", "qualified_predicate",
}  # fmt: skip
"""Slots of the Biolink model that are values; those that are places come above."""


def _statements(edge: Edge, name: "ox.NamedNode") -> "Iterator[ox.Quad]":
    for number, statement in enumerate(edge.statements):
        yield from _values(
            _name(f"{OWN}statement:{quote(edge.id)}:{number}"),
            {
                f"{_RDF}type": _name(f"{OWN}Statement"),
                f"{OWN}edge": name,
                f"{_PROV}wasDerivedFrom": _name(address(statement.publication)),
                f"{OWN}probability": statement.probability,
                f"{OWN}negated": statement.negated,
                f"{OWN}speculative": statement.speculative,
                f"{OWN}retracted": statement.retracted,
                f"{OWN}year": statement.year,
                f"{BIOLINK}supporting_text": statement.text,
            },
        )
