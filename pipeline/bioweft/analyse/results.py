"""The results of a run, made from its partial counts and its live rows: tables, rankings, plots, relations, graph.

Everything is SQL that DuckDB can do out of core; every table is sorted by a key without ties, so that the same rows
give the same bytes on any number of threads.
"""

import logging
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from bioweft.analyse import background as backgrounds
from bioweft.analyse import graph, linking, measures, plots, rankings, triples
from bioweft.analyse.reading import ResultTable
from bioweft.atomic import atomic
from bioweft.link.by_text import PREFIX as BY_TEXT
from bioweft.link.keys import keys_of
from bioweft.store.schemas import (
    PARQUET,
    RESULT_CONCEPTS,
    RESULT_COOCCURRENCE,
    RESULT_DOCUMENTS,
    RESULT_EVIDENCE,
    RESULT_MENTIONS,
    RESULT_RANKINGS,
    RESULT_RELATIONS,
    ROW_GROUP,
)
from bioweft.store.sql import parquet, without_progress

RESULTS_VERSION = 5
"""Counts up when the same counts would give other results."""

_FORMS = 10
"""The most writings of a concept."""
_CONCEPTS_AT_ONCE = 10_000

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
    FROM mentions WHERE concept IS NOT NULL GROUP BY ALL
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
    FROM counts c JOIN found_concepts x ON x.id = c.a JOIN found_concepts y ON y.id = c.b
    WHERE c.kind = 'pair' GROUP BY ALL
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

_DEFINITIONS = {
    ResultTable.DOCUMENTS: ("SELECT * FROM documents", "id", RESULT_DOCUMENTS),
    ResultTable.MENTIONS: (
        "SELECT * FROM mentions",
        'concept NULLS LAST, document, start, "end", type, tagger',
        RESULT_MENTIONS,
    ),
    ResultTable.CONCEPTS: ("SELECT * FROM found_concepts JOIN concept_keys USING (id)", "id", RESULT_CONCEPTS),
    ResultTable.COOCCURRENCE: (_COOCCURRENCE, "a, b", RESULT_COOCCURRENCE),
    ResultTable.RANKINGS: (_RANKINGS, "type, rank", RESULT_RANKINGS),
    ResultTable.RELATIONS: (triples.RELATIONS, triples.RELATIONS_ORDER, RESULT_RELATIONS),
    ResultTable.EVIDENCE: (triples.EVIDENCE, triples.EVIDENCE_ORDER, RESULT_EVIDENCE),
}
"""For each result table its query, an order without ties, and its schema."""


def build(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    *,
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

    Raises:
        RunError: `background` cannot be used.
    """
    without_progress(connection)
    measures.register(connection)
    if not backgrounds.register(connection, background):
        log.warning("no background counts: log_odds and z are left empty; name a run to compare with as background")
    connection.execute(_PREPARE)
    connection.register("left_out", pa.table({"id": pa.array([] if people else rankings.PEOPLE, pa.string())}))
    connection.register("concept_keys", _keys(connection))
    triples.prepare(connection)
    rows: dict[str, int] = {}
    for name in ResultTable:
        query, order, schema = _DEFINITIONS[name]
        columns = ", ".join(f'"{column}"' for column in schema.names)
        relation = connection.sql(f"SELECT {columns} FROM ({query}) ORDER BY {order}")
        rows[name.value] = _write(relation.to_arrow_reader(ROW_GROUP), folder / f"{name}.parquet", schema)
    rows["edges"] = graph.save(connection, folder, edges=edges)
    rows |= linking.save(connection, folder, most=unlinked)
    ((abstracts,),) = connection.execute(_ABSTRACTS).fetchall()
    rows["abstracts"] = abstracts
    _list_rankings(connection, folder, top=top)
    triples.list_relations(connection, folder, top=top)
    return rows


def _keys(connection: duckdb.DuckDBPyConnection) -> pa.Table:
    """Return `keys` of `RESULT_CONCEPTS` for each concept, by its `id`."""
    result = connection.execute(
        "SELECT id, list_concat([name], terms, list_transform(forms, lambda form: form.text)) FROM found_concepts"
    )
    ids: list[str] = []
    keys: list[list[int]] = []
    while rows := result.fetchmany(_CONCEPTS_AT_ONCE):
        ids += (id_ for id_, _ in rows)
        values = iter(keys_of([text for _, texts in rows for text in texts]).key.tolist())
        keys += (sorted({next(values) for _ in texts} - {0}) for _, texts in rows)
    return pa.table({"id": pa.array(ids, pa.string()), "keys": pa.array(keys, pa.list_(pa.uint64()))})


def _list_rankings(connection: duckdb.DuckDBPyConnection, folder: Path, *, top: int) -> None:
    """Write the ranking of each type as TSV and plot."""
    span = connection.execute("SELECT count(*), min(year), max(year) FROM documents").fetchone()
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


def _write(reader: pa.RecordBatchReader, path: Path, schema: pa.Schema) -> int:
    """Write a stream of rows as Parquet, in row groups that do not depend on how the stream was cut."""
    rows = 0
    with (
        atomic(path) as unfinished,
        pq.ParquetWriter(unfinished, schema, **PARQUET) as writer,
    ):
        for table in _row_groups(reader):
            writer.write_table(table.cast(schema), row_group_size=ROW_GROUP)
            rows += table.num_rows
    return rows


def _row_groups(reader: pa.RecordBatchReader) -> Iterator[pa.Table]:
    waiting: list[pa.Table] = []
    rows = 0
    for batch in reader:
        waiting.append(pa.Table.from_batches([batch]))
        rows += batch.num_rows
        while rows >= ROW_GROUP:
            table = pa.concat_tables(waiting)
            yield table.slice(0, ROW_GROUP).combine_chunks()
            waiting, rows = [table.slice(ROW_GROUP)], rows - ROW_GROUP
    if rows:
        yield pa.concat_tables(waiting).combine_chunks()
