"""Relations of a run added up over its documents: result tables, ranked lists, plots.

A triple is a subject, a predicate with its qualifiers, and an object. How its documents are added up is said by
`bioweft.store.schemas.RESULT_RELATIONS`.
"""

from pathlib import Path

import duckdb
import pyarrow as pa

from bioweft.analyse import plots, tsv
from bioweft.analyse.reading import parquet
from bioweft.analyse.summing import RELATIONS
from bioweft.atomic import atomic
from bioweft.relate.predicates import SYMMETRIC, parsed, phrase

COLUMNS = (
    "rank",
    "subject",
    "subject_name",
    "predicate",
    "qualifiers",
    "object",
    "object_name",
    "documents",
    "sentences",
    "probability",
    "negated",
    "speculative",
    "retracted",
    "first_year",
    "last_year",
    "edge",
)
"""Columns of the ranked lists, `relations/<type>-<type>.tsv`."""

_NAME = 22
"""Characters of a concept's name in a plot, where two stand on a line."""
_LINE = 64
_CHUNK = 1000

# `turned` exchanges subject and object: of `b interacts_with a` and `a interacts_with b` there is one triple.
_STATEMENTS = """
CREATE OR REPLACE TEMP TABLE statements AS
WITH typed AS (
    SELECT r.* REPLACE (
            coalesce(s.type, r.subject_type) AS subject_type, coalesce(o.type, r.object_type) AS object_type),
        coalesce(list_has_any(d.flags, ['retracted', 'retraction-notice']), false) AS retracted,
        r.qualifiers = '' AND r.predicate IN (SELECT predicate FROM symmetric_predicates) AND r.subject > r.object
            AND coalesce(s.type, r.subject_type) = coalesce(o.type, r.object_type) AS turned
    FROM relations r JOIN documents d ON d.id = r.document
    LEFT JOIN found_concepts s ON s.id = r.subject LEFT JOIN found_concepts o ON o.id = r.object
)
SELECT substr(md5(concat_ws(chr(9), if(turned, object, subject), predicate, qualifiers, if(turned, subject, object))),
        1, 16) AS edge,
    if(turned, object, subject) AS subject, if(turned, subject, object) AS object, predicate, qualifiers,
    if(turned, object_type, subject_type) AS subject_type, if(turned, subject_type, object_type) AS object_type,
    if(turned, object_start, subject_start) AS subject_start, if(turned, object_end, subject_end) AS subject_end,
    if(turned, subject_start, object_start) AS object_start, if(turned, subject_end, object_end) AS object_end,
    if(turned, object_sentence, sentence) AS sentence, if(turned, sentence, object_sentence) AS object_sentence,
    probability, negated, speculative, cue_start, cue_end, model, document, year, shard, retracted
FROM typed
"""

_ENDS = "edge, subject, predicate, qualifiers, object, subject_type, object_type"
RENAMED = """
SELECT t.* REPLACE (coalesce(s.name, t.subject) AS subject_name, coalesce(o.name, t.object) AS object_name)
FROM {triples} t LEFT JOIN found_concepts s ON s.id = t.subject LEFT JOIN found_concepts o ON o.id = t.object
"""
"""Relations with the names that concepts have now: one that is no dictionary's is called by its most frequent form."""

_TOUCHED = """
CREATE OR REPLACE TEMP TABLE touched_edges AS
SELECT edge FROM statements UNION SELECT edge FROM {evidence} WHERE document IN (SELECT id FROM gone)
"""
_RETYPED = """
SELECT count(*) FROM (
    SELECT subject AS id, subject_type AS type FROM {relations} UNION SELECT object, object_type FROM {relations}
) r LEFT JOIN found_concepts f USING (id) LEFT JOIN (SELECT id, type FROM {concepts}) c USING (id)
WHERE f.type IS DISTINCT FROM r.type AND coalesce(f.type, c.type) IS NOT NULL
"""
RELATIONS_ORDER = "subject, predicate, qualifiers, object"

EVIDENCE = "SELECT * FROM statements"
EVIDENCE_ORDER = (
    "edge, document, sentence, subject_start, subject_end, object_start, object_end, negated, speculative, "
    "probability, cue_start NULLS LAST, cue_end NULLS LAST, model, speculative, object_sentence"
)


def prepare(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the table `statements`: each relation of a live document, with the edge that it is evidence of.

    The connection has the views of `bioweft.store.views`, and the table `found_concepts`.
    """
    connection.register("symmetric_predicates", pa.table({"predicate": sorted(SYMMETRIC)}))
    connection.execute(_STATEMENTS)


def are_retyped(connection: duckdb.DuckDBPyConnection, earlier: Path) -> bool:
    """Say whether a concept of an earlier set's relations has another type now, so that all must be turned anew."""
    sources = {name: parquet(earlier / f"{name}.parquet") for name in ("relations", "concepts")}
    ((retyped,),) = connection.execute(_RETYPED.format(**sources)).fetchall()
    return bool(retyped)


def touch(connection: duckdb.DuckDBPyConnection, earlier: Path, evidence: Path) -> str:
    """Make the table `touched_edges`, whose evidence is not that of an earlier set; return SQL of their relations.

    The connection has the table `gone`, of documents; `evidence` is the new table of evidence.
    """
    connection.execute(_TOUCHED.format(evidence=parquet(earlier / "evidence.parquet")))
    statements = f"(SELECT * FROM {parquet(evidence)} SEMI JOIN touched_edges USING (edge))"
    earlier_ends = f"SELECT {_ENDS} FROM {parquet(earlier / 'relations.parquet')} SEMI JOIN touched_edges USING (edge)"
    return RELATIONS.format(statements=statements, triples=f"(SELECT {_ENDS} FROM statements UNION ALL {earlier_ends})")


def list_relations(connection: duckdb.DuckDBPyConnection, folder: Path, *, top: int) -> None:
    """Write the triples of each two types as TSV and plot, those of most documents first."""
    span = f"SELECT count(*), min(year), max(year) FROM {parquet(folder / 'documents.parquet')}"
    documents, first, last = connection.sql(span).fetchall()[0]
    for subject_type, object_type in connection.sql(_TYPES.format(source=_source(folder))).fetchall():
        stem = folder / "relations" / file_name(subject_type, object_type)
        result = connection.execute(
            _RANKED.format(columns=", ".join(COLUMNS), source=_source(folder)),
            {"subject_type": subject_type, "object_type": object_type},
        )
        bars: list[plots.Bar] = []
        with atomic(stem.with_name(f"{stem.name}.tsv")) as unfinished, unfinished.open("w", encoding="utf-8") as stream:
            stream.write(tsv.line(COLUMNS))
            while rows := result.fetchmany(_CHUNK):
                stream.writelines(map(tsv.line, rows))
                # What no document says, or only retracted ones, is in the list and not in the plot.
                bars += [bar for bar in map(_bar, rows[: top - len(bars)]) if bar.documents]
        title = f"{subject_type}-{object_type} relations"
        plots.save(stem, bars, type=title, documents=documents, years=(first, last), length=_LINE)


def file_name(*types: str) -> str:
    """Return a name that every file system takes; a user's type may be called anything."""
    return "-".join(plots.file_name(type_) for type_ in types)


_TYPES = "SELECT DISTINCT subject_type, object_type FROM {source} ORDER BY ALL"

_RANKED = """
SELECT {columns} FROM (
    SELECT *, row_number() OVER (
        ORDER BY documents DESC, probability DESC NULLS LAST, negated DESC, subject_name, object_name, edge) AS rank
    FROM {source} WHERE subject_type = $subject_type AND object_type = $object_type
) ORDER BY rank
"""


def _source(folder: Path) -> str:
    return parquet(folder / "relations.parquet")


def _bar(row: tuple[object, ...]) -> plots.Bar:
    """Return the bar of a row of a list: `Aspirin · affects decreased · PTGS2`."""
    values = dict(zip(COLUMNS, row, strict=True))
    subject, object_ = (plots.short(str(values[f"{end}_name"]), _NAME) for end in ("subject", "object"))
    direction = [value for name, value in parsed(str(values["qualifiers"])).items() if "direction" in name]
    label = f"{subject} · {' '.join([phrase(str(values['predicate'])), *direction])} · {object_}"
    return plots.Bar(label, int(str(values["documents"])))
