"""The sentences behind many pairs or triples at once, as tables: what `open_run().evidence` gives.

Nothing is stored for pairs: the result `mentions` is sorted by concept and says in which sentences each is, and the
texts are cut from the shards, of which each is read once.
"""

from collections.abc import Sequence

import duckdb
import pyarrow as pa

from bioweft.analyse.evidence import GAP, among, cut_sentences
from bioweft.analyse.query import Pair
from bioweft.store.run import RunFolder
from bioweft.store.schemas import RESULT_COOCCURRENCE, RESULT_EVIDENCE
from bioweft.store.sql import parquet
from bioweft.store.sql import text as sql_text

RETRACTED = ["retracted", "retraction-notice"]
"""Flags of documents whose sentences come last."""

# A sentence that names a concept twice is one row. Second sentences of a document come after the first of all others.
_OF_PAIRS = """
CREATE OR REPLACE TEMP TABLE chosen AS
WITH asked AS (SELECT unnest($a) AS a, unnest($b) AS b, generate_subscripts($a, 1) AS pair),
held AS (
    SELECT concept, document, year, shard, sentence, min({{'start': start, 'end': "end"}}) AS span
    FROM mentions WHERE concept IN {concepts} GROUP BY ALL
),
joint AS (
    SELECT pair, asked.a, asked.b, document, x.year, x.shard, sentence, x.span AS a_span, y.span AS b_span,
        row_number() OVER (PARTITION BY pair, document ORDER BY sentence) AS turn
    FROM asked JOIN held x ON x.concept = asked.a JOIN held y USING (document, sentence) WHERE y.concept = asked.b
)
SELECT joint.*, coalesce(list_has_any(d.flags, $retracted), false) AS retracted,
    row_number() OVER (
        PARTITION BY pair ORDER BY retracted, turn, joint.year DESC NULLS LAST, document DESC, sentence) AS place
FROM joint JOIN documents d ON d.id = document
QUALIFY $limit IS NULL OR place <= $limit
"""

_PAIRS_WITH_TEXT = """
SELECT a, b, document, year, sentence, t.start AS sentence_start, a_span.start AS a_start, a_span."end" AS a_end,
    b_span.start AS b_start, b_span."end" AS b_end, retracted, t.text
FROM chosen JOIN sentence_texts t USING (shard, document, sentence) ORDER BY pair, place
"""


def of_pairs(
    connection: duckdb.DuckDBPyConnection, run: RunFolder, pairs: Sequence[Pair], limit: int | None
) -> pa.Table:
    """Return the sentences that name both concepts of pairs, in the order of the pairs.

    At most `limit` sentences of each pair: those of documents that are not retracted come first, then one of each
    document, then the newest.
    """
    a, b = ([pair[end] for pair in dict.fromkeys(pairs)] for end in (0, 1))
    sql = _OF_PAIRS.format(concepts=among(sorted({*a, *b, ""})))
    connection.execute(sql, {"a": a, "b": b, "limit": limit, "retracted": RETRACTED})
    cut_sentences(connection, run, "chosen")
    return connection.sql(_PAIRS_WITH_TEXT).to_arrow_table()


_OF_TRIPLES = """
CREATE OR REPLACE TEMP TABLE chosen AS
SELECT *, row_number() OVER (
    PARTITION BY edge, negated ORDER BY retracted, probability DESC, year DESC NULLS LAST, document DESC, sentence,
    subject_start, object_start, subject_end, object_end) AS place
FROM evidence WHERE {edges} QUALIFY $limit IS NULL OR place <= $limit
"""
_BOTH_ENDS = """
CREATE OR REPLACE TEMP TABLE ends_of_chosen AS
SELECT shard, document, sentence FROM chosen UNION SELECT shard, document, object_sentence FROM chosen
"""

# Subject and object may be in two sentences, which are shown in the order of the text.
_TRIPLES_WITH_TEXT = f"""
SELECT {", ".join(f'c."{name}"' for name in RESULT_EVIDENCE.names)}, least(s.start, o.start) AS sentence_start,
    CASE WHEN c.sentence = c.object_sentence THEN s.text
        WHEN s.start < o.start THEN concat(s.text, {sql_text(GAP)}, o.text)
        ELSE concat(o.text, {sql_text(GAP)}, s.text) END AS text
FROM chosen c
JOIN sentence_texts s ON s.shard = c.shard AND s.document = c.document AND s.sentence = c.sentence
JOIN sentence_texts o ON o.shard = c.shard AND o.document = c.document AND o.sentence = c.object_sentence
LEFT JOIN (SELECT unnest($edges) AS edge, generate_subscripts($edges, 1) AS turn) asked ON asked.edge = c.edge
ORDER BY asked.turn, c.edge, c.negated, c.place
"""


def of_triples(
    connection: duckdb.DuckDBPyConnection, run: RunFolder, edges: Sequence[str] | None, limit: int | None
) -> pa.Table:
    """Return the statements that say or deny triples, of all or of some, with their sentences, in the order of `edges`.

    At most `limit` statements that say a triple and as many that deny it: those of documents that are not retracted
    come first, then those of the highest probability, then the newest.
    """
    wanted = "true" if edges is None else f"edge IN {among(edges)}" if edges else "false"
    connection.execute(_OF_TRIPLES.format(edges=wanted), {"limit": limit})
    connection.execute(_BOTH_ENDS)
    cut_sentences(connection, run, "ends_of_chosen")
    edges = list(dict.fromkeys(edges or ()))
    return connection.sql(_TRIPLES_WITH_TEXT, params={"edges": edges}).to_arrow_table()


_OF_TYPES = f"""
SELECT {", ".join(RESULT_COOCCURRENCE.names)} FROM cooccurrence WHERE a_type = $first AND b_type = $second
UNION ALL BY NAME
SELECT b AS a, b_name AS a_name, b_type AS a_type, a AS b, a_name AS b_name, a_type AS b_type,
    documents, sentences, npmi_documents, npmi_sentences
FROM cooccurrence WHERE a_type = $second AND b_type = $first AND $first <> $second
ORDER BY a, b
"""


def pairs_of_types(connection: duckdb.DuckDBPyConnection, first: str, second: str) -> pa.Table:
    """Return the rows of the result `cooccurrence` of two types, turned so that `a` is of the first."""
    return connection.sql(_OF_TYPES, params={"first": first, "second": second}).to_arrow_table()


_OF_DOCUMENTS = """
CREATE OR REPLACE TEMP TABLE chosen AS
SELECT d.shard, d.id AS document, s.sentence
FROM {sentences} s JOIN (SELECT unnest($files) AS filename, unnest($shards) AS shard) f USING (filename)
JOIN documents d ON d.id = s.document AND d.shard = f.shard WHERE {documents}
"""

_NO_PLACES = "CREATE OR REPLACE TEMP TABLE chosen (shard VARCHAR, document VARCHAR, sentence INTEGER)"

_WITH_ENDS = """
SELECT document, sentence, start, start + length(text) AS "end", text FROM sentence_texts ORDER BY document, sentence
"""


def of_documents(connection: duckdb.DuckDBPyConnection, run: RunFolder, documents: Sequence[str] | None) -> pa.Table:
    """Return the sentences of documents, of all or of some, by document and number."""
    wanted = "true" if documents is None else f"id IN {among(documents)}" if documents else "false"
    rows = connection.execute(f"SELECT DISTINCT shard FROM documents WHERE {wanted} ORDER BY shard").fetchall()
    shards = [shard for (shard,) in rows]
    files = [run.stage_file("sentences", shard) for shard in shards]
    if files:
        sql = _OF_DOCUMENTS.format(sentences=parquet(*files, columns="filename = true"), documents=wanted)
        connection.execute(sql, {"files": [str(file) for file in files], "shards": shards})
    else:
        connection.execute(_NO_PLACES)
    cut_sentences(connection, run, "chosen")
    return connection.sql(_WITH_ENDS).to_arrow_table()
