r"""Neo4j: CSV with header files for `neo4j-admin database import`, and `import.sh` with the command.

Nodes are labelled `Concept` and with their category (`Disease`); the type of a relationship is the predicate without
`biolink:`, as `contributes_to`. Values of lists are parted by U+001F, which no name has; in a value it is a blank.
Text is between quotes, a quote in it is doubled, and backslashes mean nothing. So `Crohn's disease`, `;`, `|` and line
breaks are as they are.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from bioweft.export.graph import biolink
from bioweft.export.graph.model import Edge, Node
from bioweft.export.graph.reading import Graph

ARRAY_DELIMITER = "\x1f"

NODE_HEADER = (
    "id:ID", "name", "type", "synonyms:string[]", "xrefs:string[]", "taxon", "documents:long", "mentions:long",
    "first_year:int", "last_year:int", ":LABEL",
)  # fmt: skip
EDGE_HEADER = (
    ":START_ID", ":END_ID", ":TYPE", "edge", "kind", "qualifiers", "documents:long", "sentences:long", "weight:double",
    "probability:double", "negated:long", "speculative:long", "retracted:long", "first_year:int", "last_year:int",
    "npmi_documents:double", "npmi_sentences:double", "is_denied:boolean", "publications:string[]",
    "supporting_text:string[]",
)  # fmt: skip

_COMMAND = """\
#!/bin/sh
# Run it in this folder, with the Neo4j server stopped; the first argument is the name of the database.
set -e
cd "$(dirname "$0")"
neo4j-admin database import full "${1:-neo4j}" \\
    --nodes=nodes_header.csv,nodes.csv \\
    --relationships=relationships_header.csv,relationships.csv \\
    --id-type=string --array-delimiter=U+001F --multiline-fields=true --overwrite-destination
"""


def write(graph: Graph, folder: Path) -> None:
    """Write the files into a folder."""
    _write(folder / "nodes_header.csv", [NODE_HEADER], quoted=False)
    _write(folder / "nodes.csv", map(_node, graph.nodes()))
    _write(folder / "relationships_header.csv", [EDGE_HEADER], quoted=False)
    _write(folder / "relationships.csv", map(_edge, graph.edges()))
    (folder / "import.sh").write_text(_COMMAND, encoding="utf-8")
    (folder / "import.sh").chmod(0o755)


def _node(node: Node) -> tuple[object, ...]:
    labels = ["Concept", biolink.category(node.type, node.id)]
    return (
        node.id, node.name, node.type, list(node.synonyms), list(node.xrefs), node.taxon, node.documents,
        node.mentions, node.first_year, node.last_year, labels,
    )  # fmt: skip


def _edge(edge: Edge) -> tuple[object, ...]:
    return (
        edge.subject, edge.object, edge.predicate.removeprefix(biolink.PREFIX), edge.id, edge.kind,
        edge.qualifiers or None, edge.documents, edge.sentences, edge.weight, edge.probability, edge.negated,
        edge.speculative, edge.retracted, edge.first_year, edge.last_year, edge.npmi_documents, edge.npmi_sentences,
        edge.is_denied, edge.publications, edge.supporting_text,
    )  # fmt: skip


def _write(path: Path, rows: Iterable[tuple[object, ...]], *, quoted: bool = True) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        stream.writelines(",".join(map(_cell, row) if quoted else map(str, row)) + "\n" for row in rows)


def _cell(value: object) -> str:
    if value is None or value == []:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return repr(value)
    texts: Iterator[str] = map(str, value) if isinstance(value, list) else iter([str(value)])
    joined = ARRAY_DELIMITER.join(text.replace(ARRAY_DELIMITER, " ") for text in texts)
    return '"' + joined.replace('"', '""') + '"'
