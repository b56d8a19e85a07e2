"""A check of exports in KGX against the Biolink model: categories, slots, predicates, domains, ranges, values.

The files of JSON lines are read as a stream; DuckDB joins edges with the categories of their ends.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from bioweft.errors import InputError
from bioweft.export.graph import biolink, kgx
from bioweft.store.sql import absolute, rows, text, without_progress

MEMORY_LIMIT = "256MB"
"""Half of it are buffers for lines: some nodes have thousands of synonyms."""

EXAMPLES = 5
"""The most examples of a fault."""

_NODE_REQUIRED = ("id", "category")


@dataclass
class Fault:
    """A fault of nodes or edges: how many have it, and the ids of the first of them."""

    message: str
    count: int = 0
    examples: list[str] = field(default_factory=list)


@dataclass
class Report:
    """The outcome of a check: how many nodes and edges there were, and what is wrong with them, most often first."""

    nodes: int = 0
    edges: int = 0
    _faults: dict[str, Fault] = field(default_factory=dict)

    @property
    def faults(self) -> list[Fault]:
        """The faults."""
        return sorted(self._faults.values(), key=lambda fault: (-fault.count, fault.message))

    def add(self, messages: Iterator[str], example: str) -> None:
        """Count faults of a node or edge."""
        for message in messages:
            fault = self._faults.setdefault(message, Fault(message))
            fault.count += 1
            if len(fault.examples) < EXAMPLES:
                fault.examples.append(example)


_TABLES = """
CREATE VIEW node_lines AS SELECT json FROM read_ndjson_objects({nodes}, maximum_object_size = 67108864);
CREATE TABLE categories AS
SELECT json->>'id' AS id, any_value(json->>'$.category[0]') AS category, count(*) AS times FROM node_lines GROUP BY id;
"""
_EDGES = """
SELECT e.json, s.category, o.category
FROM read_ndjson_objects({edges}, maximum_object_size = 67108864) e
LEFT JOIN categories s ON s.id = e.json->>'subject' LEFT JOIN categories o ON o.id = e.json->>'object'
"""


def check(folder: Path, *, temporary: Path) -> Report:
    """Check the KGX files of a folder; `temporary` is the folder for what memory does not hold.

    Raises:
        InputError: there are none.
    """
    files = [folder / f"{name}.jsonl" for name in ("nodes", "edges", "cooccurrence_edges")]
    if not all(file.is_file() for file in files):
        raise InputError(f"no KGX export in {folder}; `bioweft export RUN --to kgx --check` makes one and checks it")
    nodes, *edges = (text(absolute(file)) for file in files)
    report = Report()
    with duckdb.connect() as connection:
        connection.execute(f"SET memory_limit = '{MEMORY_LIMIT}'; SET threads = 2")
        without_progress(connection)
        connection.execute(f"SET temp_directory = {text(temporary)}")
        connection.execute(_TABLES.format(nodes=nodes))
        for (line,) in rows(connection, "FROM node_lines"):
            node = _parsed(line)
            report.nodes += 1
            report.add(node_faults(node), str(node.get("id")))
        twice = "SELECT id FROM categories WHERE times > 1 ORDER BY id"
        for (id_,) in rows(connection, twice):
            report.add(iter(["node: several have this id"]), id_)
        for file in edges:
            for line, subject, object_ in rows(connection, _EDGES.format(edges=file)):
                edge = _parsed(line)
                report.edges += 1
                report.add(edge_faults(edge, subject, object_), str(edge.get("id")))
    return report


def _parsed(line: str) -> Mapping[str, Any]:
    values: Mapping[str, Any] = json.loads(line)
    return values


def node_faults(node: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with a node."""
    for slot in _NODE_REQUIRED:
        if not node.get(slot):
            yield f"node: has no {slot}"
    yield from (f"node: no slot {slot}" for slot in node if slot not in kgx.NODE_COLUMNS)
    for key in ("id", "taxon"):
        if node.get(key) and not _is_curie(node[key]):
            yield f"node: {key} is no CURIE"
    if any(not _is_curie(xref) for xref in node.get("xref", ())):
        yield "node: xref is no CURIE"
    for category in node.get("category", ()):
        if not biolink.lineage("categories", category.removeprefix(biolink.PREFIX)):
            yield f"node: no category {category}"


def edge_faults(edge: Mapping[str, Any], subject: str | None, object_: str | None) -> Iterator[str]:
    """Yield what is wrong with an edge between nodes of two categories; None is for a node that is missing."""
    ends = {"subject": subject, "object": object_}
    missing = [end for end, category in ends.items() if category is None]
    yield from (f"edge: {end} is no node" for end in missing)
    association = (edge.get("category") or [biolink.PREFIX + biolink.ANY])[0].removeprefix(biolink.PREFIX)
    entry = biolink.table()["associations"].get(association)
    if entry is None:
        yield f"edge: no category {biolink.PREFIX}{association}"
        return
    yield from (f"edge: has no {slot}" for slot in entry["required"] if edge.get(slot) in (None, "", []))
    yield from _slot_faults(edge, entry["slots"])
    yield from (f"edge: publication {_prefix(p)} is no CURIE" for p in edge.get("publications", ()) if not _is_curie(p))
    if not missing:
        yield from _predicate_faults(edge, association, *(str(c).removeprefix(biolink.PREFIX) for c in ends.values()))


def _slot_faults(edge: Mapping[str, Any], slots: Mapping[str, str]) -> Iterator[str]:
    for slot, value in edge.items():
        if slot in kgx.OWN_EDGE_COLUMNS:
            continue
        if slot not in slots:
            yield f"edge: {edge['category'][0]} has no slot {slot}"
        elif not biolink.is_value(slots[slot], value):
            yield f"edge: {slot} cannot be {value!r}"


def _predicate_faults(edge: Mapping[str, Any], association: str, subject: str, object_: str) -> Iterator[str]:
    predicate = str(edge.get("predicate")).removeprefix(biolink.PREFIX)
    entry = biolink.table()["predicates"].get(predicate)
    if entry is None:
        yield f"edge: no predicate {edge.get('predicate')}"
        return
    if entry.get("deprecated"):
        yield f"edge: {predicate} is deprecated"
    for end, category, wanted in (("subject", subject, entry["domain"]), ("object", object_, entry["range"])):
        if not biolink.is_a(category, wanted):
            yield f"edge: the {end} of {predicate} must be a {wanted}, and is a {category}"
    for end in biolink.bad_ends(association, subject, object_):
        yield f"edge: the {end} of {association} cannot be a {subject if end == 'subject' else object_}"
    if not biolink.takes(association, predicate):
        yield f"edge: {association} does not take {predicate}"


def _is_curie(value: object) -> bool:
    prefix, colon, local = str(value).partition(":")
    return bool(prefix and colon and local) and not any(character.isspace() for character in prefix)


def _prefix(value: object) -> str:
    return str(value).partition(":")[0]
