"""Nodes, edges and statements as rows of three tables; the formats of tables share these columns."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields
from typing import Any

import pyarrow as pa

from bioweft.export.graph import biolink
from bioweft.export.graph.model import Edge, Node, Statement
from bioweft.export.graph.reading import Graph
from bioweft.store.schemas import RESULT_COOCCURRENCE, RESULT_RELATIONS

_LIST = pa.list_(pa.string())
NODES = pa.schema(
    [
        ("id", pa.string()),
        ("name", pa.string()),
        ("type", pa.string()),
        ("category", pa.string()),
        ("synonyms", _LIST),
        ("xrefs", _LIST),
        ("taxon", pa.string()),
        ("documents", pa.int64()),
        ("mentions", pa.int64()),
        ("first_year", pa.int16()),
        ("last_year", pa.int16()),
    ]
)


def _edges() -> pa.Schema:
    """Return the columns of edges: those of relations, with `id` for `edge`, and those of co-occurring pairs."""
    columns = [(field.name, field.type) for field in RESULT_RELATIONS if field.name != "edge"]
    behind = [name for name, _ in columns].index("sentences") + 1
    return pa.schema(
        [
            ("id", pa.string()),
            ("kind", pa.string()),
            *columns[:behind],
            ("weight", pa.float64()),
            *columns[behind:],
            *[(name, RESULT_COOCCURRENCE.field(name).type) for name in ("npmi_documents", "npmi_sentences")],
            ("publications", _LIST),
        ]
    )


EDGES = _edges()
EVIDENCE = pa.schema(
    [
        ("edge", pa.string()),
        ("document", pa.string()),
        ("publication", pa.string()),
        ("year", pa.int16()),
        ("probability", pa.float64()),
        ("negated", pa.bool_()),
        ("speculative", pa.bool_()),
        ("retracted", pa.bool_()),
        ("text", pa.string()),
        ("subject", pa.string()),
        ("object", pa.string()),
        ("cue", pa.string()),
    ]
)
"""A row a statement; `text` is the sentence, `subject` and `object` the mentions in it."""

TABLES = {"nodes": NODES, "edges": EDGES, "evidence": EVIDENCE}

Row = tuple[Any, ...]

_STATEMENT = [field.name for field in fields(Statement)]


def node_row(node: Node) -> Row:
    """Return the row of a node in `NODES`."""
    category = biolink.category(node.type, node.id)
    return (
        node.id, node.name, node.type, biolink.PREFIX + category, list(node.synonyms), list(node.xrefs), node.taxon,
        node.documents, node.mentions, node.first_year, node.last_year,
    )  # fmt: skip


def edge_row(edge: Edge) -> Row:
    """Return the row of an edge in `EDGES`."""
    return tuple(getattr(edge, name) for name in EDGES.names)


def evidence_rows(edge: Edge) -> Iterator[Row]:
    """Yield a row of `EVIDENCE` for each statement of an edge."""
    for statement in edge.statements:
        yield (edge.id, *(getattr(statement, name) for name in _STATEMENT))


def stream(graph: Graph, write: Callable[[str, Sequence[Row]], None], *, at_once: int = 10_000) -> None:
    """Hand all rows on, some at a time: first those of `nodes`, then those of `edges` and `evidence` as they come."""
    waiting: dict[str, list[Row]] = {name: [] for name in TABLES}

    def hand_on(least: int) -> None:
        for name, rows in waiting.items():
            if len(rows) >= least:
                write(name, rows)
                rows.clear()

    for node in graph.nodes():
        waiting["nodes"].append(node_row(node))
        hand_on(at_once)
    hand_on(1)
    for edge in graph.edges():
        waiting["edges"].append(edge_row(edge))
        waiting["evidence"] += evidence_rows(edge)
        hand_on(at_once)
    hand_on(1)
