"""The formats of a run: of its graph, and of its annotated documents; it imports no module that writes one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from bioweft.errors import InputError, install

if TYPE_CHECKING:
    from bioweft.export.graph.reading import Graph


@dataclass(frozen=True)
class Format:
    """A format: its module here, its line of help, and how many sentences each edge needs; None is for all."""

    module: str
    help: str
    sentences: int | None = 3
    numbered: bool = False
    """True where it needs the numbers of nodes in edges."""
    identified: bool = False
    """True where its readers need identifiers: concepts by text (`bioweft.link.by_text`) are then no nodes."""
    extra: str = ""
    """The library that it needs besides those of the default install."""

    def require(self) -> None:
        """See that what it needs is installed.

        Raises:
            InputError: it is not.
        """
        if self.extra and find_spec(self.extra) is None:
            raise InputError(f"{self.module} needs {self.extra}: {install(self.module)}")

    def write(self, graph: "Graph", folder: Path) -> None:
        """Write the files of the format."""
        self.require()
        write: Callable[[Graph, Path], None] = import_module(f"bioweft.export.graph.{self.module}").write
        write(graph, folder)


GRAPHS: Mapping[str, Format] = {
    "kgx": Format("kgx", "KGX, TSV and JSON lines, for tools of the Biolink model", identified=True),
    "graphml": Format("graphml", "GraphML, for networkx, Gephi and Cytoscape", sentences=1),
    "neo4j": Format("neo4j", "CSV and the command for the bulk import of Neo4j"),
    "rdf": Format("rdf", "N-Quads with provenance, for SPARQL", identified=True, extra="pyoxigraph"),
    "cx2": Format("cx2", "CX2, for Cytoscape and NDEx", numbered=True),
    "parquet": Format("parquet_files", "Parquet, for pandas, polars, DuckDB and Spark", sentences=None),
    "csv": Format("csv_files", "CSV, for pandas and R", sentences=None),
    "sqlite": Format("sqlite", "SQLite with full-text search, for Datasette", sentences=None),
}
"""Every format of the graph by name."""

DOCUMENTS: Mapping[str, str] = {
    "pubtator": "documents as PubTator",
    "bioc": "documents as BioC XML",
    "bioc-json": "documents as BioC JSON",
    "jsonl": "documents as JSON lines, with all that is known of them",
    "brat": "documents for brat, two files for each",
}
"""Every format of annotated documents by name, with its line of help (`bioweft.export.graph.documents`)."""

FORMATS = (*GRAPHS, *DOCUMENTS)
"""The names of all formats."""


def require(name: str) -> None:
    """See that what a format needs is installed.

    Raises:
        InputError: it is not.
    """
    if name in GRAPHS:
        GRAPHS[name].require()
