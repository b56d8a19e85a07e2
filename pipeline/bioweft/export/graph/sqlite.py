"""SQLite for Datasette: `graph.db` with tables, keys between them, and full-text search over names and sentences.

The search tables `nodes_fts` and `evidence_fts` take their text from `nodes` and `evidence`, so Datasette finds them.
Lists are JSON arrays.
"""

import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pyarrow as pa

from bioweft.export.graph import tables
from bioweft.export.graph.reading import Graph

FILE = "graph.db"

_KEYS = {
    "nodes": "PRIMARY KEY (id)",
    "edges": "PRIMARY KEY (id), FOREIGN KEY (subject) REFERENCES nodes (id), "
    "FOREIGN KEY (object) REFERENCES nodes (id)",
    "evidence": "FOREIGN KEY (edge) REFERENCES edges (id)",
}

_INDEXES = """
CREATE INDEX edges_subject ON edges (subject);
CREATE INDEX edges_object ON edges (object);
CREATE INDEX edges_predicate ON edges (predicate);
CREATE INDEX evidence_edge ON evidence (edge);
CREATE VIRTUAL TABLE nodes_fts USING fts5 (name, synonyms, content = 'nodes');
CREATE VIRTUAL TABLE evidence_fts USING fts5 (text, content = 'evidence');
INSERT INTO nodes_fts (nodes_fts) VALUES ('rebuild');
INSERT INTO evidence_fts (evidence_fts) VALUES ('rebuild');
ANALYZE;
"""


def write(graph: Graph, folder: Path) -> None:
    """Write the file into a folder."""
    with closing(sqlite3.connect(folder / FILE)) as connection:
        # The file appears when it is whole, so it needs no journal.
        connection.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")
        for name, schema in tables.TABLES.items():
            columns = ", ".join(f"{_quoted(field.name)} {_type(field.type)}" for field in schema)
            connection.execute(f"CREATE TABLE {name} ({columns}, {_KEYS[name]})")

        def write_rows(name: str, rows: Sequence[tables.Row]) -> None:
            marks = ", ".join("?" * len(tables.TABLES[name]))
            values = (tuple(map(_value, row)) for row in rows)
            connection.executemany(f"INSERT INTO {name} VALUES ({marks})", values)
            connection.commit()

        tables.stream(graph, write_rows)
        connection.executescript(_INDEXES)


def _quoted(name: str) -> str:
    return f'"{name}"'


def _type(type_: pa.DataType) -> str:
    if pa.types.is_boolean(type_) or pa.types.is_integer(type_):
        return "INTEGER"
    return "REAL" if pa.types.is_floating(type_) else "TEXT"


def _value(value: object) -> object:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list) else value
