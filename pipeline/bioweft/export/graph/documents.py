"""The annotated documents of a run, in the formats of `bioweft.export`: texts with mentions, links and relations.

Filters choose relations as they do for the graph: a document has those of its statements that are evidence of an edge
that is chosen. They come shard after shard, in the order in which they were read; no more than a shard is in memory.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import duckdb

from bioweft.analyse.evidence import among
from bioweft.analyse.snapshots import RETRACTED
from bioweft.export import FORMATS as WRITERS
from bioweft.export import brat
from bioweft.export.graph.filters import Filters
from bioweft.export.graph.model import RELATION
from bioweft.export.graph.reading import between, choosing
from bioweft.records import AnnotatedDocument, Link, Mention, Relation
from bioweft.relate.predicates import parsed
from bioweft.store import schemas
from bioweft.store.documents import current_rows, from_row
from bioweft.store.run import RunFolder

ENDINGS = {"pubtator": "pubtator", "bioc": "xml", "bioc-json": "json", "jsonl": "jsonl"}
"""File name endings by format; brat has two files for each document."""


@dataclass(frozen=True)
class Documents:
    """A stream of annotated documents; `counts` grows with what has come."""

    run: RunFolder
    _connection: duckdb.DuckDBPyConnection
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("documents", "mentions", "relations"), 0))

    def __iter__(self) -> Iterator[AnnotatedDocument]:
        """Yield the documents."""
        shards = self._connection.execute("SELECT DISTINCT shard FROM wanted ORDER BY shard").fetchall()
        for (shard,) in shards:
            for annotated in self._of_shard(shard):
                self.counts["documents"] += 1
                self.counts["mentions"] += len(annotated.mentions)
                self.counts["relations"] += len(annotated.relations)
                yield annotated

    def _of_shard(self, shard: str) -> Iterator[AnnotatedDocument]:
        wanted = {id_ for (id_,) in self._execute("SELECT id FROM wanted WHERE shard = ?", shard)}
        mentions = _by_document(self._execute(_MENTIONS_OF_SHARD, shard))
        statements = _by_document(self._execute(_STATEMENTS_OF_SHARD, shard))
        spans = schemas.read(self.run.stage_file("sentences", shard)).to_pylist()
        sentences = {
            id_: tuple((row["start"], row["end"]) for row in rows)
            for id_, rows in groupby(spans, itemgetter("document"))
        }
        for row in current_rows(schemas.read(self.run.stage_file("read", shard))):
            if (id_ := row["id"]) in wanted:
                named, links = _annotations(mentions.get(id_, ()))
                relations = tuple(_relations(statements.get(id_, ()), named, links))
                yield AnnotatedDocument(from_row(row), sentences.get(id_, ()), named, links, relations)

    def _execute(self, query: str, shard: str) -> list[tuple[Any, ...]]:
        return self._connection.execute(query, [shard]).fetchall()


_Rows = Iterable[tuple[Any, ...]]


def _by_document(rows: _Rows) -> dict[str, list[tuple[Any, ...]]]:
    return {id_: [row[1:] for row in group] for id_, group in groupby(rows, itemgetter(0))}


def _annotations(rows: _Rows) -> tuple[tuple[Mention, ...], tuple[tuple[Link, ...], ...]]:
    """Return the mentions of a document and the links of each: one that names several concepts has several rows."""
    mentions, links = [], []
    for values, group in groupby(rows, itemgetter(slice(0, 6))):
        mentions.append(Mention(*values))
        links.append(
            tuple(
                Link(concept, 1.0 if score is None else score, reason or "annotation", tuple(candidates or ()))
                for *_, concept, score, reason, candidates in group
                if concept is not None
            )
        )
    return tuple(mentions), tuple(links)


def _relations(rows: _Rows, mentions: tuple[Mention, ...], links: tuple[tuple[Link, ...], ...]) -> Iterator[Relation]:
    """Yield the relations of a document, between the places of its mentions."""
    places: dict[tuple[int, int, str], int] = {}
    for place, (mention, concepts) in enumerate(zip(mentions, links, strict=True)):
        for link in concepts:
            places.setdefault((mention.start, mention.end, link.concept), place)
    for subject, predicate, qualifiers, object_, *ends, sentence, probability, negated, speculative, cue, model in rows:
        subject_start, subject_end, object_start, object_end = ends
        subject_place = places.get((subject_start, subject_end, subject))
        object_place = places.get((object_start, object_end, object_))
        if subject_place is not None and object_place is not None:
            yield Relation(
                subject, predicate, object_, subject_place, object_place, sentence, probability, negated, speculative,
                None if cue is None else tuple(cue), model, tuple(parsed(qualifiers).items()),
            )  # fmt: skip


_TABLES = """
CREATE TABLE wanted AS SELECT id, shard FROM documents WHERE {documents} ORDER BY shard, id;
CREATE TABLE mentions_by_shard AS
SELECT e.shard, document, start, "end", text, type, tagger, round(score::DOUBLE, 6) AS score,
    coalesce(curie, concept) AS concept, round(link_score::DOUBLE, 6) AS link_score, reason, candidates
FROM mentions e LEFT JOIN renamed ON renamed.id = e.concept WHERE {years} AND {types}
ORDER BY e.shard, document, start, "end", type, tagger, score, link_score DESC, concept;
CREATE TABLE statements_by_shard AS
SELECT e.shard, document, coalesce(s.curie, t.subject) AS subject, predicate, qualifiers,
    coalesce(o.curie, t.object) AS object, subject_start, subject_end, object_start, object_end, sentence,
    round(e.probability::DOUBLE, 6) AS p, e.negated, e.speculative,
    if(cue_start IS NULL, NULL, [cue_start, cue_end]) AS cue, model
FROM evidence e JOIN triples t USING (edge)
LEFT JOIN renamed s ON s.id = t.subject LEFT JOIN renamed o ON o.id = t.object
WHERE {years} ORDER BY e.shard, document, sentence, subject_start, object_start, predicate, qualifiers, p;
"""
_MENTIONS_OF_SHARD = "SELECT * EXCLUDE (shard) FROM mentions_by_shard WHERE shard = ?"
_STATEMENTS_OF_SHARD = "SELECT * EXCLUDE (shard) FROM statements_by_shard WHERE shard = ?"


@contextmanager
def open_documents(
    run: RunFolder, filters: Filters, *, temporary: Path, prefer: Mapping[str, str] | None = None
) -> Iterator[Documents]:
    """Give the annotated documents of a run; the arguments are those of `bioweft.export.graph.reading.open_graph`.

    Of the filters `types` leaves mentions of these types, `years` documents of these years, `around` documents that
    name one of these concepts; without `retracted` documents that are retracted are left out.

    Raises:
        NotFoundError: the run has no such type, predicate, concept or vocabulary.
        RunError: the run is missing or unfinished.
    """
    kinds = tuple(kind for kind in filters.kinds if kind == RELATION)
    with choosing(run, replace(filters, kinds=kinds), temporary=temporary, prefer=prefer) as connection:
        conditions = [between("year", filters.years)]
        if not filters.retracted:
            conditions.append(f"NOT {RETRACTED}")
        if filters.around:
            conditions.append("id IN (SELECT document FROM mentions WHERE concept IN (FROM asked))")
        types = f"type IN {among(filters.types)}" if filters.types else "true"
        years = between("e.year", filters.years)
        connection.execute(_TABLES.format(documents=" AND ".join(conditions), years=years, types=types))
        yield Documents(run, connection)


def write(documents: Documents, form: str, folder: Path) -> None:
    """Write documents in a format into a folder: `documents.<ending>`, of brat a folder with two files for each."""
    if form == "brat":
        brat.write(documents, folder / "documents", is_staged=True)
        return
    with (folder / f"documents.{ENDINGS[form]}").open("w", encoding="utf-8", newline="\n") as stream:
        WRITERS[form](documents, stream)
