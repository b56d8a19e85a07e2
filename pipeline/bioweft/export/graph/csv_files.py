"""CSV for pandas and R: `nodes.csv`, `edges.csv` and `evidence.csv`, with quotes as RFC 4180 has them.

Lists are JSON arrays. What is missing is empty; text is always between quotes, also the empty string. NUL, which
readers of CSV end a value at, is U+FFFD.
"""

import json
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from bioweft.export.graph import tables
from bioweft.export.graph.reading import Graph


def write(graph: Graph, folder: Path) -> None:
    """Write the files into a folder."""
    with ExitStack() as stack:
        files = {
            name: stack.enter_context((folder / f"{name}.csv").open("w", encoding="utf-8", newline=""))
            for name in tables.TABLES
        }
        for name, schema in tables.TABLES.items():
            files[name].write(line(tuple(schema.names)))

        def write_rows(name: str, rows: Sequence[tables.Row]) -> None:
            files[name].writelines(map(line, rows))

        tables.stream(graph, write_rows)


def line(row: tables.Row) -> str:
    """Return a row as a line of CSV."""
    return ",".join(map(_cell, row)) + "\n"


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return repr(value)
    shown = json.dumps(value, ensure_ascii=False) if isinstance(value, list) else str(value)
    return '"' + shown.replace('"', '""').replace("\0", "\ufffd") + '"'
