"""The knowledge graph in memory, for networkx."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bioweft.errors import InputError
from bioweft.export.graph import tables
from bioweft.export.graph.filters import Filters
from bioweft.export.graph.reading import open_graph
from bioweft.store.run import RunFolder

if TYPE_CHECKING:
    import networkx as nx

_OF_NODES = ("subject", "subject_name", "subject_type", "object", "object_name", "object_type")
"""Columns of edges that their nodes have."""


def graph_of(run: RunFolder, filters: Filters, *, prefer: Mapping[str, str] | None = None) -> "nx.MultiDiGraph[str]":
    """Return the graph of a run; see `bioweft.opened.Run.graph`.

    Raises:
        InputError: networkx is missing.
    """
    try:
        import networkx as nx
    except ImportError as error:
        raise InputError("graphs need networkx: pip install 'bioweft[networkx]'") from error
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph(name=str(run.manifest.get("name") or ""))
    with (
        tempfile.TemporaryDirectory(prefix="bioweft-") as temporary,
        open_graph(run, filters, temporary=Path(temporary), prefer=prefer, sentences=0) as streamed,
    ):
        for node in streamed.nodes():
            graph.add_node(node.id, **_filled(tables.NODES.names[1:], tables.node_row(node)[1:]))
        for edge in streamed.edges():
            values = _filled(tables.EDGES.names, tables.edge_row(edge))
            for name in ("id", *_OF_NODES):
                values.pop(name)
            graph.add_edge(edge.subject, edge.object, key=edge.id, **values)
    return graph


def _filled(names: list[str], values: tuple[Any, ...]) -> dict[str, Any]:
    return {name: value for name, value in zip(names, values, strict=True) if value is not None}
