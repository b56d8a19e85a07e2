"""The knowledge graph of a run in the formats that other tools load, one module a format, all of one form.

`write(graph, folder)` takes a stream of nodes and edges and writes the files of its format into a folder. The annotated
documents of a run (`bioweft.export.graph.documents`) are chosen and placed in the same way.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bioweft.atomic import write_json
from bioweft.errors import NotFoundError, nearest
from bioweft.export.graph.documents import open_documents
from bioweft.export.graph.documents import write as write_documents
from bioweft.export.graph.filters import Filters
from bioweft.export.graph.formats import FORMATS, GRAPHS
from bioweft.export.graph.reading import PUBLICATIONS, open_graph
from bioweft.export.graph.staging import SPILL, appearing_together
from bioweft.store.run import RunFolder, disk_errors
from bioweft.version import __version__

__all__ = ["FORMATS", "GRAPHS", "MANIFEST", "export"]

MANIFEST = "export.json"
"""Says what an export is of; it is written last."""


def export(
    run: RunFolder,
    to: str,
    folder: Path | None = None,
    *,
    filters: Filters | None = None,
    prefer: Mapping[str, str] | None = None,
    sentences: int | None = None,
    publications: int = PUBLICATIONS,
) -> dict[str, Any]:
    """Write the graph of a run, or its annotated documents, in a format; return what `export.json` says of it.

    The files go to `folder`, by default `export/<format>` in the run folder; they appear when all are whole. `prefer`
    is as `open_graph` has it; `sentences` are the most of each edge, those of the format where not given, and
    `publications` the most of each co-occurring pair.

    Raises:
        NotFoundError: there is no such format, or the run lacks what is asked for.
        RunError: the run is missing or unfinished, or the disk would not take it.
    """
    if to not in FORMATS:
        raise NotFoundError(f"no format {to!r}; there are: {', '.join(FORMATS)}", suggestions=nearest(to, FORMATS))
    run.require_finished()
    filters = filters or Filters()
    folder = folder or run.path / "export" / to
    with disk_errors(folder), appearing_together(folder, MANIFEST) as unfinished:
        spill = unfinished / SPILL
        if to in GRAPHS:
            format_ = GRAPHS[to]
            most = format_.sentences if sentences is None else sentences
            with open_graph(
                run,
                filters,
                temporary=spill,
                prefer=prefer,
                sentences=most,
                publications=publications,
                numbered=format_.numbered,
                identified=format_.identified,
            ) as graph:
                format_.write(graph, unfinished)
                counts = graph.counts
        else:
            with open_documents(run, filters, temporary=spill, prefer=prefer) as documents:
                write_documents(documents, to, unfinished)
                counts = documents.counts
        about = {
            "bioweft": __version__,
            "run": run.manifest.get("name"),
            "results": run.results.name,
            "format": to,
            "filters": asdict(filters),
            "prefer": dict(prefer or {}),
            "counts": dict(counts),
            "files": dict(_sizes(unfinished)),
        }
        write_json(unfinished / MANIFEST, about)
    return about


def _sizes(folder: Path) -> Iterator[tuple[str, int]]:
    """Yield the files of an export with their sizes; a folder has that of its files together."""
    for path in sorted(folder.iterdir()):
        if path.is_file():
            yield path.name, path.stat().st_size
        elif path.name != SPILL:
            yield f"{path.name}/", sum(file.stat().st_size for file in path.iterdir())
