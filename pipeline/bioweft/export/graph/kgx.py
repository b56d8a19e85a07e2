r"""KGX, the exchange format of the Biolink model: `nodes`, `edges` and `cooccurrence_edges`, as TSV and as JSON lines.

Co-occurrence has edges of its own in a file of its own, as many users drop it. JSON lines have all values as they are.
TSV, which has no quotes and no escapes, has a blank for each tab and line break and `¦` for each `|`, which parts the
values of a list; what is false is empty, since KGX reads any text as true.

Predicates are the run's, or, where the model has another domain or range, the nearest above; then `original_predicate`
has the run's. The model's slots are filled where it has one; the others are bioweft's own and say so in docs/export.md.
"""

import json
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any

from bioweft.export.graph import biolink
from bioweft.export.graph.model import COOCCURRENCE, Edge, Node
from bioweft.export.graph.reading import Graph
from bioweft.export.prefixes import biolink as biolink_curie

SOURCE = "infores:bioweft"

NODE_COLUMNS = (
    "id", "category", "name", "xref", "synonym", "taxon",
    "documents", "mentions", "first_year", "last_year",
)  # fmt: skip
_EDGE = (
    "id", "subject", "predicate", "object", "category", "knowledge_level", "agent_type", "primary_knowledge_source",
)  # fmt: skip
_RELATION = (
    "negated", "publications", "has_confidence_score", "evidence_count", "supporting_text", "original_predicate",
    "documents", "sentences", "negated_documents", "speculative_documents", "first_year", "last_year",
)  # fmt: skip
PAIR_COLUMNS = (*_EDGE, "publications", "evidence_count", "documents", "sentences", "npmi_documents", "npmi_sentences")

OWN_EDGE_COLUMNS = frozenset(
    {"documents", "sentences", "negated_documents", "speculative_documents", "first_year", "last_year",
     "npmi_documents", "npmi_sentences"}
)  # fmt: skip
"""Columns of edges that are bioweft's; all others are slots of the Biolink model."""

_FOR_TSV = str.maketrans({"\t": " ", "\n": " ", "\r": " ", "|": "¦"})

Values = dict[str, Any]

_encode = json.JSONEncoder(ensure_ascii=False).encode


def write(graph: Graph, folder: Path) -> None:
    """Write the files into a folder."""
    _write(folder, "nodes", NODE_COLUMNS, map(node_values, graph.nodes()))
    _write(folder, "edges", edge_columns(graph.qualifiers), map(edge_values, graph.relations()))
    _write(folder, "cooccurrence_edges", PAIR_COLUMNS, map(edge_values, graph.pairs()))


def edge_columns(qualifiers: Iterable[str]) -> tuple[str, ...]:
    """Return the columns of relations that have some qualifiers."""
    return (*_EDGE, *qualifiers, *_RELATION)


def node_values(node: Node) -> Values:
    """Return a node as KGX has it."""
    values = {
        "id": biolink_curie(node.id),
        "category": [biolink.PREFIX + biolink.category(node.type, node.id)],
        "name": node.name,
        "xref": list(map(biolink_curie, node.xrefs)),
        "synonym": [synonym for synonym in node.synonyms if synonym != node.name],
        "taxon": None if node.taxon is None else biolink_curie(node.taxon),
        "documents": node.documents,
        "mentions": node.mentions,
        "first_year": node.first_year,
        "last_year": node.last_year,
    }
    return {key: value for key, value in values.items() if value not in (None, [])}


def edge_values(edge: Edge) -> Values:
    """Return an edge as KGX has it."""
    categories = (biolink.category(*end) for end in (
        (edge.subject_type, edge.subject), (edge.object_type, edge.object)))  # fmt: skip
    subject, object_ = categories
    meaning = biolink.meaning(subject, edge.predicate, object_, edge.qualifiers)
    values: Values = {
        "id": edge.id,
        "subject": biolink_curie(edge.subject),
        "predicate": biolink.PREFIX + meaning.predicate,
        "object": biolink_curie(edge.object),
        "category": [biolink.PREFIX + meaning.association],
        "primary_knowledge_source": SOURCE,
        **meaning.qualifiers,
        "evidence_count": edge.documents,
        "documents": edge.documents,
        "sentences": edge.sentences,
    }
    if edge.kind == COOCCURRENCE:
        # As the Biolink model's own examples of this predicate have it.
        values |= {"knowledge_level": "text_co_occurrence", "agent_type": "data_analysis_pipeline"}
        values |= {"publications": list(map(biolink_curie, edge.publications))}
        values |= {"npmi_documents": edge.npmi_documents, "npmi_sentences": edge.npmi_sentences}
    else:
        values |= {"knowledge_level": "prediction", "agent_type": "text_mining_agent"}
        values |= {
            "negated": edge.is_denied,
            "publications": list(map(biolink_curie, edge.publications)),
            "has_confidence_score": edge.probability,
            "supporting_text": edge.supporting_text,
            "original_predicate": edge.predicate if meaning.is_general else None,
            "negated_documents": edge.negated,
            "speculative_documents": edge.speculative,
            "first_year": edge.first_year,
            "last_year": edge.last_year,
        }
    return {key: value for key, value in values.items() if value not in (None, [])}


def _write(folder: Path, name: str, columns: tuple[str, ...], rows: Iterable[Values]) -> None:
    """Write rows as TSV and as JSON lines, in one pass."""
    with ExitStack() as stack:
        tsv, jsonl = (_open(stack, folder / f"{name}.{ending}") for ending in ("tsv", "jsonl"))
        tsv.write("\t".join(columns) + "\n")
        for row in rows:
            tsv.write("\t".join(_cell(row.get(column)) for column in columns) + "\n")
            jsonl.write(_encode({key: row[key] for key in columns if key in row}) + "\n")


def _open(stack: ExitStack, path: Path) -> IO[str]:
    return stack.enter_context(path.open("w", encoding="utf-8", newline="\n"))


def _cell(value: object) -> str:
    if value is None or value is False:
        return ""
    if isinstance(value, list):
        return "|".join(map(_cell, value))
    shown = str(value)
    # Most values have nothing to replace, which is seen much faster than replaced.
    return shown if shown.isprintable() and "|" not in shown else shown.translate(_FOR_TSV)


def read(path: Path) -> Iterator[Values]:
    """Yield the rows of a file of JSON lines."""
    with path.open(encoding="utf-8") as stream:
        for line in stream:
            yield json.loads(line)
