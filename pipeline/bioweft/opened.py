"""A finished run as pandas DataFrames and as a graph: what `bioweft.open_run` gives."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bioweft.analyse.query import Answer, Pair, ask, find_edge, resolve
from bioweft.analyse.reading import check_type, find, tables
from bioweft.errors import SettingsError

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd
    import pyarrow as pa

    from bioweft.analyse.changes import Changes
    from bioweft.export.graph.filters import Filters


RENAMED = {"flags": "document_flags", "keys": "name_keys", "rank": "place"}
"""Columns that have another name in a DataFrame than in their table, where it is an attribute: `frame.rank`."""


_SHOWN = 5
"""Concepts of each type that a notebook shows of a run."""


class Run:
    """A finished run. Each method reads the result table anew; nothing is locked, nothing is kept open.

    Columns are those of the result tables (docs/results.md), but for `RENAMED`; whole numbers that may be missing
    (years) are of pandas' nullable types.
    """

    def __init__(self, folder: str | Path) -> None:
        self._run = find(str(folder))
        self._run.require_finished()

    def __repr__(self) -> str:
        return f"open_run({str(self.folder)!r})"

    def _repr_html_(self) -> str:
        from bioweft.export.style import escaped

        counts = self.manifest["counts"]
        numbers = "".join(
            f'<tr><td>{name}</td><td style="text-align: right">{counts[name]:,}</td></tr>'
            for name in ("documents", "mentions", "concepts", "cooccurrence", "relations")
            if name in counts
        )
        first = self.rankings()
        first = first[first.place <= _SHOWN]
        types = "".join(
            f"<tr><td>{escaped(str(type_).replace('_', ' '))}</td><td>"
            + ", ".join(f"{escaped(str(row.name))} {row.documents:,}" for row in rows.itertuples(index=False))
            + "</td></tr>"
            for type_, rows in first[["type", "name", "documents"]].groupby("type", sort=True)
        )
        name = escaped(str(self.manifest.get("name") or self.folder.name))
        return f"<div><b>{name}</b> <small>{escaped(str(self.folder))}</small><table>{numbers}{types}</table></div>"

    @property
    def folder(self) -> Path:
        """The run folder."""
        return self._run.path

    @property
    def manifest(self) -> dict[str, Any]:
        """Versions, settings, counts and timings of the run."""
        return self._run.manifest

    def documents(self) -> "pd.DataFrame":
        """Return the live documents, a row each, without their text."""
        return self._frame("documents")

    def mentions(self, concept: str | None = None) -> "pd.DataFrame":
        """Return the mentions, all or those of one concept: a name, synonym or CURIE.

        Raises:
            NotFoundError: the run has no such concept; carries the nearest names.
        """
        return self._frame("mentions", concept=None if concept is None else self._resolve(concept))

    def concepts(self) -> "pd.DataFrame":
        """Return the concepts that the run found."""
        return self._frame("concepts")

    def cooccurrence(self, a_type: str | None = None, b_type: str | None = None) -> "pd.DataFrame":
        """Return the pairs of concepts that share a document: all, or those of two types.

        In the table `a` is the CURIE that comes first in the alphabet; with two types, the concept of the first type.

        Raises:
            NotFoundError: the run has no such type; carries the nearest ones.
            SettingsError: only one type is given.
        """
        if (a_type is None) != (b_type is None):
            raise SettingsError("give both types or neither: cooccurrence('disease', 'gene')")
        if a_type is None or b_type is None:
            return self._frame("cooccurrence")
        from bioweft.analyse.sentences import pairs_of_types

        with tables(self._run) as connection:
            types = [check_type(connection, type_, run=self._run) for type_ in (a_type, b_type)]
            return _as_frame(pairs_of_types(connection, *types))

    def rankings(self, type: str | None = None) -> "pd.DataFrame":
        """Return the rankings, of all types or of one.

        Raises:
            NotFoundError: the run has no such type; carries the nearest ones.
        """
        if type is not None:
            with tables(self._run) as connection:
                type = check_type(connection, type, run=self._run)
        return self._frame("rankings", type=type)

    def relations(self) -> "pd.DataFrame":
        """Return what the texts say of two concepts, a row each triple; `bioweft relations` prints them."""
        return self._frame("relations")

    def evidence(self, of: "str | pd.DataFrame | None" = None, *, limit: int | None = None) -> "pd.DataFrame":
        """Return sentences with where they stand, the best first, as `text` with the offsets of the mentions.

        `of` is what they are evidence of: rows of `relations()`, rows of `cooccurrence()`, or the identifier of an edge
        of either kind; without it, all relations. Of relations the sentences are the statements that say or deny it, at
        most `limit` of each; of a pair those that name both concepts, at most `limit`, one of each document before the
        second of any. Rows come in the order of `of`, and have its columns `edge`, or `a` and `b`, to merge by.
        Offsets are of the text of the document, in which the sentence starts at `sentence_start`.

        Raises:
            NotFoundError: there is no such edge.
            SettingsError: the table has no column `edge`, nor `a` and `b`.
        """
        from bioweft.analyse.sentences import of_pairs, of_triples

        with tables(self._run) as connection:
            edges, pairs = None, None
            if isinstance(of, str):
                edge, pair = find_edge(connection, of, run=self._run)
                edges, pairs = ([edge], None) if pair is None else (None, [pair])
            elif of is not None:
                edges, pairs = _edges_and_pairs(of)
            if pairs is not None:
                return _as_frame(of_pairs(connection, self._run, pairs, limit))
            return _as_frame(of_triples(connection, self._run, edges, limit))

    def sentences(self, documents: "Iterable[str] | None" = None) -> "pd.DataFrame":
        """Return the sentences of the live documents with their text, of all or of those with these ids."""
        from bioweft.analyse.sentences import of_documents

        ids = None if documents is None else sorted(set(documents))
        with tables(self._run) as connection:
            return _as_frame(of_documents(connection, self._run, ids))

    def query(
        self, name: str, *, other: str | None = None, type: str | None = None, limit: int = 5, homologs: bool = False
    ) -> Answer:
        """Return what the run knows of a name; see `bioweft.analyse.query.ask`."""
        return ask(self._run, name, other=other, type=type, limit=limit, homologs=homologs)

    def export(
        self,
        to: str,
        folder: str | Path | None = None,
        *,
        prefer: Mapping[str, str] | None = None,
        sentences: int | None = None,
        publications: int | None = None,
        **filters: Any,
    ) -> dict[str, Any]:
        """Write the knowledge graph in a format (`kgx`, `graphml`, `neo4j` …); return what `export.json` says of it.

        `folder` is where, `export/<format>` in the run folder where not given. `prefer` (`{"disease": "mondo"}`) is as
        in the options of `bioweft export`; `sentences` are the most of each edge, `publications` the most of each
        co-occurring pair. `filters` are the fields of
        `bioweft.export.graph.filters.Filters`: `types=("chemical", "disease")`, `least_documents=2`.

        Raises:
            NotFoundError: there is no such format, or the run lacks what is asked for.
            SettingsError: a filter is wrong.
        """
        from bioweft.export.graph import export

        folder = None if folder is None else Path(folder)
        counts = {} if publications is None else {"publications": publications}
        return export(self._run, to, folder, filters=_filters(filters), prefer=prefer, sentences=sentences, **counts)

    def changes(self, *, against: "Run | str | Path | None" = None, **options: Any) -> "Changes":
        """Return what is new in the run since its results before, or what another run does not have.

        `options` are those of `bioweft.analyse.changes.changes`: `since` (a `datetime.date`), `watch`, `least`,
        `least_probability`, `limit`.

        Raises:
            RunError: the other run is missing or unfinished, or a snapshot is damaged.
        """
        from bioweft.analyse.changes import changes

        other = find(str(against.folder if isinstance(against, Run) else against)) if against is not None else None
        return changes(self._run, against=other, **options)

    def report(self, output: str | Path | None = None, **options: Any) -> Path:
        """Write the run as one page of HTML to read, mail and print; return its file, `report.html` in the run folder.

        `options` are those of `bioweft.report.report`: `top`, `relations`, `least_probability`, `plots_folder`.
        """
        from bioweft.report import report

        return report(self._run, None if output is None else Path(output), **options)

    def graph(self, *, prefer: Mapping[str, str] | None = None, **filters: Any) -> "nx.MultiDiGraph[str]":
        """Return the knowledge graph for networkx: nodes by CURIE, and edges by their identifiers as keys.

        The data of both are the columns that exports have, but for what is missing. `prefer` and `filters` are as for
        `export`. An edge of co-occurrence, which has no direction, goes from the concept whose CURIE comes first.

        Raises:
            InputError: networkx is missing.
            NotFoundError: the run lacks what is asked for.
            SettingsError: a filter is wrong.
        """
        from bioweft.export.graph.in_memory import graph_of

        return graph_of(self._run, _filters(filters), prefer=prefer)

    def _resolve(self, name: str) -> str:
        with tables(self._run) as connection:
            return resolve(connection, name, run=self._run)[0].id

    def _frame(self, table: str, **equal: str | None) -> "pd.DataFrame":
        from bioweft.store.schemas import read

        filters = [(column, "==", value) for column, value in equal.items() if value is not None]
        return _as_frame(read(self._run.results / f"{table}.parquet", filters=filters or None))


def _as_frame(table: "pa.Table") -> "pd.DataFrame":
    import pandas as pd
    import pyarrow as pa

    nullable = {pa.int16(): pd.Int16Dtype(), pa.int32(): pd.Int32Dtype(), pa.int64(): pd.Int64Dtype()}
    named = table.rename_columns([RENAMED.get(name, name) for name in table.column_names])
    frame: pd.DataFrame = named.to_pandas(types_mapper=nullable.get)
    return frame


def _edges_and_pairs(frame: "pd.DataFrame") -> tuple[list[str] | None, list[Pair] | None]:
    """Return the edges that a table is of, or else the pairs."""
    if "edge" in frame.columns:
        return frame["edge"].tolist(), None
    if {"a", "b"} <= set(frame.columns):
        return None, list(zip(frame["a"].tolist(), frame["b"].tolist(), strict=True))
    raise SettingsError(
        "evidence() takes rows of relations(), with a column 'edge', or of cooccurrence(), with columns 'a' and 'b'; "
        f"got columns {', '.join(map(str, frame.columns)) or 'none'}"
    )


def _filters(values: Mapping[str, Any]) -> "Filters":
    from bioweft.export.graph.filters import from_values

    return from_values(values)
