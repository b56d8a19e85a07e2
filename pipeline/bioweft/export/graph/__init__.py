"""The knowledge graph of a run in the formats that other tools load, one module a format, all of one form.

`write(graph, folder)` takes a stream of nodes and edges and writes the files of its format into a folder.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from bioweft.atomic import write_json
from bioweft.errors import NotFoundError, nearest
from bioweft.export.graph.filters import Filters
from bioweft.export.graph.reading import Graph, open_graph
from bioweft.export.graph.staging import staged
from bioweft.store.run import RunFolder, disk_errors
from bioweft.version import __version__

MANIFEST = "export.json"
"""Says what an export is of; it is written last."""


@dataclass(frozen=True)
class Format:
    """A format: its module here, its line of help, and how many sentences each edge needs; None is for all."""

    module: str
    help: str
    sentences: int | None = 3

    def write(self, graph: Graph, folder: Path) -> None:
        """Write the files of the format."""
        write: Callable[[Graph, Path], None] = import_module(f"bioweft.export.graph.{self.module}").write
        write(graph, folder)


FORMATS: Mapping[str, Format] = {
    "kgx": Format("kgx", "KGX, TSV and JSON lines, for tools of the Biolink model"),
    "graphml": Format("graphml", "GraphML, for networkx, Gephi and Cytoscape", sentences=1),
    "neo4j": Format("neo4j", "CSV and the command for the bulk import of Neo4j"),
    "rdf": Format("rdf", "N-Quads with provenance, for SPARQL"),
    "cx2": Format("cx2", "CX2, for Cytoscape and NDEx"),
    "parquet": Format("parquet_files", "Parquet, for pandas, polars, DuckDB and Spark", sentences=None),
    "csv": Format("csv_files", "CSV, for pandas and R", sentences=None),
    "sqlite": Format("sqlite", "SQLite with full-text search, for Datasette", sentences=None),
}
"""Every format by name."""


def export(
    run: RunFolder,
    to: str,
    folder: Path | None = None,
    *,
    filters: Filters | None = None,
    prefer: Mapping[str, str] | None = None,
    sentences: int | None = None,
) -> dict[str, Any]:
    """Write the graph of a run in a format; return what the file `export.json` says of it.

    The files go to `folder`, by default `export/<format>` in the run folder; they appear when all are whole. `prefer`
    is as `open_graph` has it; `sentences` are the most of each edge, those of the format where not given.

    Raises:
        NotFoundError: there is no such format, or the run lacks what is asked for.
        RunError: the run is missing or unfinished, or the disk would not take it.
    """
    if to not in FORMATS:
        raise NotFoundError(f"no format {to!r}; there are: {', '.join(FORMATS)}", suggestions=nearest(to, FORMATS))
    run.require_finished()
    format_, filters = FORMATS[to], filters or Filters()
    folder = folder or run.path / "export" / to
    most = format_.sentences if sentences is None else sentences
    with disk_errors(folder), staged(folder, MANIFEST) as unfinished:
        with open_graph(run, filters, temporary=unfinished / "spill", prefer=prefer, sentences=most) as graph:
            format_.write(graph, unfinished)
        about = {
            "bioweft": __version__,
            "run": graph.run.get("name"),
            "format": to,
            "filters": asdict(filters),
            "prefer": dict(prefer or {}),
            "counts": dict(graph.counts),
            "files": {path.name: path.stat().st_size for path in sorted(unfinished.iterdir()) if path.is_file()},
        }
        write_json(unfinished / MANIFEST, about)
    return about
