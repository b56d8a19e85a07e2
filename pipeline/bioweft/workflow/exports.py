"""The exports that a workflow asks for, made anew when its results are."""

import json
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from bioweft.export.graph import MANIFEST, export
from bioweft.export.graph.filters import Filters
from bioweft.store.run import RunFolder
from bioweft.version import __version__
from bioweft.workflow.settings import Workflow


def export_formats(workflow: Workflow) -> None:
    """Write the knowledge graph of a finished run in each format of the settings, unless it is there already."""
    for name in workflow.export.formats:
        run = RunFolder(workflow.output)
        about: dict[str, Any] = {}
        with suppress(OSError, ValueError):  # there is none, or it is damaged
            about = json.loads((run.path / "export" / name / MANIFEST).read_text(encoding="utf-8"))
        if about != {**about, **wanted(run)}:
            export(run, name)


def wanted(run: RunFolder) -> dict[str, Any]:
    """Return what the export of a run says where it is of the results that are there, without filters."""
    filters = json.loads(json.dumps(asdict(Filters())))
    return {"bioweft": __version__, "results": run.results.name, "filters": filters, "prefer": {}}
