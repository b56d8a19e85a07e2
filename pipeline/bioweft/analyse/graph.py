"""The co-occurrence graph of a run as GraphML, for networkx, Gephi and Cytoscape.

Nodes are concepts, edges pairs that are written of together in at least `LEAST_DOCUMENTS` documents and more often than
by chance (NPMI above 0). `weight` is documents times NPMI by document: Evert's local mutual information (2008, Corpora
and collocations, section 4) with the mutual information normalised. Of more than the wanted number of edges the
heaviest are kept, and the graph's attributes say how many there were.
"""

from pathlib import Path

import duckdb
import networkx as nx

from bioweft.store.run import atomic

LEAST_DOCUMENTS = 2

_STRONG = f"""
SELECT *, documents * npmi_documents AS weight FROM read_parquet(?)
WHERE documents >= {LEAST_DOCUMENTS} AND npmi_documents > 0
"""
_KEPT = f"SELECT * FROM (SELECT * FROM ({_STRONG}) ORDER BY weight DESC, a, b LIMIT ?) ORDER BY a, b"
_NODES = """
SELECT c.id, c.name, c.type, c.documents FROM read_parquet(?) c SEMI JOIN (
    SELECT unnest([a, b]) AS id FROM kept
) USING (id) ORDER BY c.id
"""


def save(connection: duckdb.DuckDBPyConnection, folder: Path, *, edges: int) -> int:
    """Write `graph.graphml` of the result tables in `folder`, with at most `edges` edges; return how many it has."""
    pairs = str(folder / "cooccurrence.parquet")
    connection.execute(f"CREATE OR REPLACE TEMP TABLE kept AS {_KEPT}", [pairs, edges])
    counted = connection.execute(f"SELECT count(*) FROM ({_STRONG})", [pairs]).fetchone()
    graph = nx.Graph(
        edges_above_threshold=counted[0] if counted else 0,
        most_edges=edges,
        least_documents=LEAST_DOCUMENTS,
        edge_weight="documents * npmi_documents",
    )
    for id_, name, type_, documents in connection.execute(_NODES, [str(folder / "concepts.parquet")]).fetchall():
        # Gephi shows `label`; everything else looks for `name`.
        graph.add_node(id_, label=_printable(name), name=_printable(name), type=type_, documents=documents)
    query = "SELECT a, b, documents, sentences, npmi_documents, npmi_sentences, weight FROM kept ORDER BY a, b"
    for a, b, documents, sentences, npmi_documents, npmi_sentences, weight in connection.execute(query).fetchall():
        graph.add_edge(
            a,
            b,
            documents=documents,
            sentences=sentences,
            npmi_documents=npmi_documents,
            npmi_sentences=npmi_sentences,
            weight=weight,
        )
    with atomic(folder / "graph.graphml") as part:
        nx.write_graphml(graph, part)
    return int(graph.number_of_edges())


def _printable(text: str) -> str:
    """Leave out what XML cannot hold."""
    return "".join(character for character in text if character.isprintable())
