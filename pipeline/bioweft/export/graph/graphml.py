"""GraphML for networkx, Gephi and Cytoscape: `graph.graphml`, directed, written element by element.

Its values are texts, numbers and truth values, as Gephi has no lists: values of lists are joined by `; `. What XML
cannot hold is U+FFFD or a blank (`bioweft.shown.one_for_one`). An edge of co-occurrence, which has no direction, goes
from the concept whose CURIE comes first.
"""

from pathlib import Path

from bioweft.analyse.graph import Element
from bioweft.analyse.graph import write as write_graphml
from bioweft.export.graph import biolink
from bioweft.export.graph.model import Edge, Node
from bioweft.export.graph.reading import Graph
from bioweft.relate.predicates import phrase

FILE = "graph.graphml"

# Gephi shows `label`, and takes `weight` for the weight; networkx users look for `name`.
_NODE = {
    "label": "string", "name": "string", "type": "string", "category": "string", "xrefs": "string", "taxon": "string",
    "documents": "long", "mentions": "long", "first_year": "long", "last_year": "long",
}  # fmt: skip
_EDGE = {
    "label": "string", "kind": "string", "predicate": "string", "qualifiers": "string", "documents": "long",
    "sentences": "long", "weight": "double", "probability": "double", "negated": "long", "speculative": "long",
    "retracted": "long", "denied": "boolean", "first_year": "long", "last_year": "long", "npmi_documents": "double",
    "npmi_sentences": "double", "publications": "string", "sentence": "string",
}  # fmt: skip


def write(graph: Graph, folder: Path) -> None:
    """Write the file into a folder."""
    with (folder / FILE).open("wb") as file:
        write_graphml(
            file,
            "What texts say of concepts (kind relation), and which are in the same texts (kind cooccurrence)",
            {"node": _NODE, "edge": _EDGE},
            map(_node, graph.nodes()),
            map(_edge, graph.edges()),
            directed=True,
        )


def _node(node: Node) -> Element:
    return {"id": node.id}, (
        node.name, node.name, node.type, biolink.PREFIX + biolink.category(node.type, node.id),
        "; ".join(node.xrefs) or None, node.taxon, node.documents, node.mentions, node.first_year, node.last_year,
    )  # fmt: skip


def _edge(edge: Edge) -> Element:
    return {"id": edge.id, "source": edge.subject, "target": edge.object}, (
        phrase(edge.predicate, edge.qualifiers), edge.kind, edge.predicate, edge.qualifiers or None, edge.documents,
        edge.sentences, edge.weight, edge.probability, edge.negated, edge.speculative, edge.retracted,
        edge.is_denied, edge.first_year, edge.last_year, edge.npmi_documents, edge.npmi_sentences,
        "; ".join(edge.publications) or None, next(iter(edge.supporting_text), None),
    )  # fmt: skip
