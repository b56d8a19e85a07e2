"""The results of a run, made from its partial counts and its live rows: tables, rankings, plots, relations, graph.

Everything is SQL that DuckDB can do out of core, or a stream; every table is sorted by a key without ties, so that the
same rows give the same bytes on any number of threads, and whether they are made anew or added to an earlier set.
"""

import logging
from itertools import groupby
from pathlib import Path

import duckdb
import pyarrow as pa

from bioweft.analyse import background as backgrounds
from bioweft.analyse import graph, linking, measures, merging, plots, rankings, summing, triples
from bioweft.analyse.tables import TableWriter
from bioweft.atomic import atomic
from bioweft.link.by_text import PREFIX as BY_TEXT
from bioweft.link.keys import keys_of
from bioweft.store.schemas import (
    RESULT_CONCEPTS,
    RESULT_COOCCURRENCE,
    RESULT_DOCUMENTS,
    RESULT_EVIDENCE,
    RESULT_MENTIONS,
    RESULT_RANKINGS,
    RESULT_RELATIONS,
    read_in_pieces,
)
from bioweft.store.sql import parquet, without_progress

RESULTS_VERSION = 5
"""Counts up when the same counts would give other results."""

_FORMS = 10
"""The most writings of a concept."""
_CONCEPTS_AT_ONCE = 1_000

log = logging.getLogger(__name__)

_PREPARE = f"""
CREATE OR REPLACE TEMP TABLE totals AS
SELECT coalesce(sum(documents), 0)::BIGINT AS documents, coalesce(sum(sentences), 0)::BIGINT AS sentences,
    coalesce(sum(documents) FILTER (year IS NOT NULL), 0)::HUGEINT AS dated,
    coalesce(sum(documents * year::BIGINT), 0)::HUGEINT AS years,
    coalesce(sum(documents * year::BIGINT * year), 0)::HUGEINT AS squares
FROM counts WHERE kind = 'total';

CREATE OR REPLACE TEMP TABLE by_year AS
SELECT a AS id, year, min(type) AS type, sum(documents)::BIGINT AS documents, sum(mentions)::BIGINT AS mentions,
    sum(sentences)::BIGINT AS sentences, flatten(list(taggers)) AS taggers
FROM counts WHERE kind = 'concept' GROUP BY a, year;

CREATE OR REPLACE TEMP TABLE found_concepts AS
WITH summed AS (
    SELECT id, min(type) AS type, sum(documents)::BIGINT AS documents, sum(mentions)::BIGINT AS mentions,
        sum(sentences)::BIGINT AS sentences, min(year) AS first_year, max(year) AS last_year,
        coalesce(sum(documents) FILTER (year IS NOT NULL), 0)::HUGEINT AS dated,
        coalesce(sum(documents * year::BIGINT), 0)::HUGEINT AS years,
        list_sort(list_distinct(flatten(list(taggers)))) AS taggers
    FROM by_year GROUP BY id
),
known AS (
    SELECT * FROM concepts QUALIFY row_number() OVER (PARTITION BY id ORDER BY type, name) = 1
),
written AS (
    SELECT concept AS id, regexp_replace(text, '\\s+', ' ', 'g') AS text, count(*) AS mentions
    FROM {{mentions}} WHERE concept IS NOT NULL GROUP BY ALL
),
folded AS (
    SELECT id, arg_max(text, (mentions, text)) AS text, sum(mentions)::BIGINT AS mentions
    FROM written GROUP BY id, lower(text)
),
forms AS (
    SELECT id, list(struct_pack(text, mentions) ORDER BY mentions DESC, text) AS forms
    FROM (
        SELECT * FROM folded QUALIFY row_number() OVER (PARTITION BY id ORDER BY mentions DESC, text) <= {_FORMS}
    ) GROUP BY id
)
SELECT row_number() OVER (ORDER BY s.id) AS code, s.id,
    coalesce(k.name, CASE WHEN starts_with(s.id, '{BY_TEXT}') THEN f.forms[1].text END, s.id)
        AS name, coalesce(k.type, s.type) AS type,
    coalesce(k.terms, []) AS terms, coalesce(k.xrefs, []) AS xrefs, k.taxon, k.homologs,
    coalesce(f.forms, []) AS forms, s.* EXCLUDE (id, type)
FROM summed s LEFT JOIN known k USING (id) LEFT JOIN forms f USING (id);
"""


_COOCCURRENCE = """
WITH summed AS (
    SELECT x.code AS a, y.code AS b, sum(c.documents)::BIGINT AS documents, sum(c.sentences)::BIGINT AS sentences
    FROM {pairs} c JOIN found_concepts x ON x.id = c.a JOIN found_concepts y ON y.id = c.b
    GROUP BY ALL HAVING sum(c.documents) > 0
)
SELECT x.id AS a, x.name AS a_name, x.type AS a_type, y.id AS b, y.name AS b_name, y.type AS b_type,
    s.documents, s.sentences,
    npmi(s.documents, x.documents, y.documents, t.documents) AS npmi_documents,
    npmi(s.sentences, x.sentences, y.sentences, t.sentences) AS npmi_sentences
FROM summed s JOIN found_concepts x ON x.code = s.a JOIN found_concepts y ON y.code = s.b CROSS JOIN totals t
"""

_RANKINGS = f"""
WITH histories AS (
    SELECT id, list(struct_pack(year, documents) ORDER BY year) AS years
    FROM by_year WHERE year IS NOT NULL GROUP BY id
),
compared AS ({backgrounds.ELSEWHERE.format(concepts="found_concepts")})
SELECT f.type,
    row_number() OVER (PARTITION BY f.type ORDER BY f.documents DESC, f.mentions DESC, f.name, f.id) AS rank,
    f.id AS concept, f.name, f.documents, f.mentions, f.first_year, f.last_year,
    f.documents / t.documents AS share,
    log_odds(f.documents, t.documents, elsewhere, total_elsewhere) AS log_odds,
    z_score(f.documents, t.documents, elsewhere, total_elsewhere) AS z,
    trend(f.dated, f.years, t.dated, t.years, t.squares) AS trend, f.taggers,
    coalesce(h.years, []) AS years, list_transform(f.forms, lambda form: form.text) AS forms
FROM found_concepts f JOIN compared USING (id) LEFT JOIN histories h USING (id) CROSS JOIN totals t
WHERE f.id NOT IN (SELECT id FROM left_out)
"""

_ABSTRACTS = "SELECT coalesce(sum(documents), 0)::BIGINT FROM counts WHERE kind = 'abstract'"

_ALL_PAIRS = "(SELECT a, b, documents, sentences FROM counts WHERE kind = 'pair')"
_CHANGED_PAIRS = """
SELECT a, b, sum(documents)::BIGINT AS documents, sum(sentences)::BIGINT AS sentences FROM (
    SELECT a, b, documents, sentences FROM counts_come WHERE kind = 'pair'
    UNION ALL SELECT a, b, -documents, -sentences FROM counts_gone WHERE kind = 'pair'
) GROUP BY a, b HAVING sum(documents) <> 0 OR sum(sentences) <> 0
"""
_PAIRS = pa.schema([RESULT_COOCCURRENCE.field(name) for name in ("a", "b", "documents", "sentences")])

_PAIRS_ORDER = "a, b"
_MENTIONS_ORDER = 'concept NULLS LAST, document, start, "end", type, tagger'


class RetypedError(Exception):
    """A concept of relations has another type than in the earlier set, to which nothing can be added therefore."""


def build(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    *,
    earlier: Path | None = None,
    background: Path | None = None,
    top: int = 20,
    edges: int = 20_000,
    unlinked: int = 1000,
    people: bool = True,
) -> dict[str, int]:
    """Write all results of a run into the new `folder`; return how many rows each has.

    The connection has the views of `bioweft.store.views`.
    `background` is as `bioweft.analyse.background.register` says; without any, `log_odds` and `z` are null. `top` is
    the number of bars in a plot, `edges` the most edges in the graph, `unlinked` the most strings of a type in
    `unlinked.tsv`; without `people` these are in no ranking.

    With `earlier`, a set of results made with the same settings, the tables are those of that set with what has changed
    since: the views are of the documents that have come, the table `gone` has the `id` of those that are gone, the
    views `counts_come` and `counts_gone` have the rows of counts that are new and those that are no more.

    Raises:
        RunError: `background` cannot be used.
        RetypedError: nothing can be added to `earlier`.
    """
    without_progress(connection)
    measures.register(connection)
    if not backgrounds.register(connection, background):
        log.warning("no background counts: log_odds and z are left empty; name a run to compare with as background")
    tables = TableWriter(connection, folder, earlier)
    rows: dict[str, int] = {}
    rows["documents"] = tables.write("documents", "FROM documents", "id", RESULT_DOCUMENTS, keys=("id",))
    rows["mentions"] = tables.write(
        "mentions", "FROM mentions", _MENTIONS_ORDER, RESULT_MENTIONS, keys=("concept", "document")
    )
    connection.execute(_PREPARE.format(mentions=parquet(folder / "mentions.parquet")))
    log.debug("concepts added up")
    connection.register("left_out", pa.table({"id": pa.array([] if people else rankings.PEOPLE, pa.string())}))
    connection.register("concept_keys", _keys(connection))
    rows["concepts"] = tables.write(
        "concepts", "FROM found_concepts JOIN concept_keys USING (id)", "id", RESULT_CONCEPTS
    )
    rows["rankings"] = tables.write("rankings", _RANKINGS, "type, rank", RESULT_RANKINGS)
    rows["cooccurrence"] = _write_pairs(tables)
    rows |= _write_relations(tables)
    rows["edges"] = graph.save(connection, folder, edges=edges)
    log.debug("graph: %d edges", rows["edges"])
    rows |= linking.save(connection, folder, most=unlinked)
    log.debug("linking: %d linked", rows["linked"])
    ((abstracts,),) = connection.execute(_ABSTRACTS).fetchall()
    rows["abstracts"] = abstracts
    _list_rankings(connection, folder, top=top)
    triples.list_relations(connection, folder, top=top)
    return rows


def _write_pairs(tables: TableWriter) -> int:
    if tables.earlier is None:
        query = _COOCCURRENCE.format(pairs=_ALL_PAIRS)
        return tables.write("cooccurrence", query, _PAIRS_ORDER, RESULT_COOCCURRENCE)
    before = read_in_pieces(tables.earlier / "cooccurrence.parquet", _PAIRS.names)
    with tables.sorted_rows(_CHANGED_PAIRS, _PAIRS_ORDER, _PAIRS) as changes:
        pieces = merging.align(before, changes, ("a", "b"))
        query = _COOCCURRENCE.format(pairs="piece")
        return tables.write_pieces("cooccurrence", pieces, query, _PAIRS_ORDER, RESULT_COOCCURRENCE)


def _write_relations(tables: TableWriter) -> dict[str, int]:
    """Write relations and evidence; return how many rows each has."""
    connection, earlier = tables.connection, tables.earlier
    if earlier is not None and triples.are_retyped(connection, earlier):
        raise RetypedError
    triples.prepare(connection)
    rows = {}
    rows["evidence"] = tables.write(
        "evidence", triples.EVIDENCE, triples.EVIDENCE_ORDER, RESULT_EVIDENCE, keys=("edge", "document")
    )
    order = triples.RELATIONS_ORDER
    if earlier is None:
        query = summing.RELATIONS.format(statements="statements", triples="statements")
        rows["relations"] = tables.write("relations", query, order, RESULT_RELATIONS)
        return rows
    query = triples.touch(connection, earlier, tables.folder / "evidence.parquet")
    touched = connection.sql("SELECT edge FROM touched_edges").to_arrow_table()["edge"]
    before = merging.without(read_in_pieces(earlier / "relations.parquet"), "edge", touched)
    with tables.sorted_rows(query, order, RESULT_RELATIONS) as changes:
        pieces = merging.align(before, changes, order.split(", "))
        renamed = triples.RENAMED.format(triples="piece")
        rows["relations"] = tables.write_pieces("relations", pieces, renamed, order, RESULT_RELATIONS)
    return rows


def _keys(connection: duckdb.DuckDBPyConnection) -> pa.Table:
    """Return `keys` of `RESULT_CONCEPTS` for each concept, by its `id`."""
    result = connection.execute(
        "SELECT id, list_concat([name], terms, list_transform(forms, lambda form: form.text)) FROM found_concepts"
    )
    schema = pa.schema([("id", pa.string()), ("keys", pa.list_(pa.uint64()))])
    tables = [schema.empty_table()]
    while rows := result.fetchmany(_CONCEPTS_AT_ONCE):
        values = iter(keys_of([text for _, texts in rows for text in texts]).key.tolist())
        keys = [sorted({next(values) for _ in texts} - {0}) for _, texts in rows]
        tables.append(pa.table({"id": [id_ for id_, _ in rows], "keys": keys}, schema=schema))
    return pa.concat_tables(tables)


def _list_rankings(connection: duckdb.DuckDBPyConnection, folder: Path, *, top: int) -> None:
    """Write the ranking of each type as TSV and plot."""
    span = connection.execute(
        f"SELECT count(*), min(year), max(year) FROM {parquet(folder / 'documents.parquet')}"
    ).fetchone()
    documents, first, last = span or (0, None, None)
    entries = rankings.read(connection, source=parquet(folder / "rankings.parquet"))
    for type_, ranked in groupby(entries, key=lambda entry: entry.type):
        stem = folder / "rankings" / plots.file_name(type_)
        bars: list[plots.Bar] = []
        with atomic(stem.with_name(f"{stem.name}.tsv")) as unfinished, unfinished.open("w", encoding="utf-8") as stream:
            stream.write(rankings.HEADER)
            for entry in ranked:
                stream.write(entry.line())
                if len(bars) < top:
                    bars.append(plots.Bar(entry.name, entry.documents))
        plots.save(stem, bars, type=type_, documents=documents, years=(first, last))
