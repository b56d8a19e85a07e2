"""A finished run as pandas DataFrames and as a graph: what `bioweft.open_run` gives."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bioweft.analyse.query import Answer, ask, resolve
from bioweft.analyse.reading import check_type, find, tables

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd

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

    def cooccurrence(self) -> "pd.DataFrame":
        """Return the pairs of concepts that share a document."""
        return self._frame("cooccurrence")

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

    def evidence(self, edge: str | None = None) -> "pd.DataFrame":
        """Return the statements that say or deny a triple, of all or of one: its `edge` in `relations()`."""
        return self._frame("evidence", edge=edge)

    def sentences(self, edges: Iterable[str], *, most: int = 1) -> "pd.DataFrame":
        """Return the best sentences that say triples and the best that deny them, `most` of each, a row a sentence.

        `edges` are their `edge` in `relations()`, whose frame joins by it. `text` has subject and object between `**`.
        """
        import pandas as pd

        from bioweft.analyse.relations import of_edges

        with tables(self._run) as connection:
            triples = of_edges(connection, self._run, list(dict.fromkeys(edges)), most=most)
        names = ("document", "year", "journal", "probability", "negated", "speculative")
        rows = [
            {"edge": triple.edge, "text": statement.highlighted(), **{name: getattr(statement, name) for name in names}}
            for triple in triples
            for statement in triple.evidence
        ]
        frame = pd.DataFrame(rows, columns=["edge", "text", *names])
        return frame.astype({"year": pd.Int16Dtype()})

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
        import pandas as pd
        import pyarrow as pa

        from bioweft.store.schemas import read

        filters = [(column, "==", value) for column, value in equal.items() if value is not None]
        nullable = {pa.int16(): pd.Int16Dtype(), pa.int32(): pd.Int32Dtype(), pa.int64(): pd.Int64Dtype()}
        rows = read(self._run.results / f"{table}.parquet", filters=filters or None)
        frame: pd.DataFrame = rows.rename_columns([RENAMED.get(name, name) for name in rows.column_names]).to_pandas(
            types_mapper=nullable.get
        )
        return frame


def _filters(values: Mapping[str, Any]) -> "Filters":
    from bioweft.export.graph.filters import from_values

    return from_values(values)
