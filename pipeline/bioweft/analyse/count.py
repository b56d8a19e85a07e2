"""The stage `count`: partial sums over the live documents of one shard.

Only sums that add up from shard to shard are kept; what is made of them is the business of `bioweft.analyse.results`.
"""

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from bioweft.store.schemas import COUNTS

_QUERY = """
WITH live_mentions AS (
    SELECT m.document, m.sentence, m.concept, m.type, d.year
    FROM mentions m JOIN documents d ON m.document = d.id WHERE m.concept IS NOT NULL
),
codes AS (
    SELECT concept, row_number() OVER (ORDER BY concept) AS code FROM (SELECT DISTINCT concept FROM live_mentions)
),
in_sentence AS (
    SELECT DISTINCT document, sentence, code FROM live_mentions JOIN codes USING (concept)
),
in_document AS (
    SELECT DISTINCT document, code FROM in_sentence
),
document_pairs AS (
    SELECT x.code AS a, y.code AS b, count(*) AS documents
    FROM in_document x JOIN in_document y ON x.document = y.document AND x.code < y.code GROUP BY ALL
),
sentence_pairs AS (
    SELECT x.code AS a, y.code AS b, count(*) AS sentences
    FROM in_sentence x JOIN in_sentence y
        ON x.document = y.document AND x.sentence = y.sentence AND x.code < y.code GROUP BY ALL
),
sentences_of AS (
    SELECT document, count(*) AS sentences FROM sentences GROUP BY document
),
counted AS (
    SELECT 'total' AS kind, NULL AS a, NULL AS b, NULL AS type, year,
        count(*) AS documents, NULL AS mentions, sum(coalesce(s.sentences, 0)) AS sentences
    FROM documents d LEFT JOIN sentences_of s ON d.id = s.document GROUP BY year
    UNION ALL
    SELECT 'concept', concept, NULL, min(type), year,
        count(DISTINCT document), count(*), count(DISTINCT (document, sentence))
    FROM live_mentions GROUP BY concept, year
    UNION ALL
    SELECT 'pair', first.concept, second.concept, NULL, NULL, documents, NULL, coalesce(sentences, 0)
    FROM document_pairs LEFT JOIN sentence_pairs USING (a, b)
    JOIN codes AS first ON first.code = a JOIN codes AS second ON second.code = b
)
SELECT * FROM counted ORDER BY kind, a, b, year NULLS LAST
"""


def count(
    read: pa.Table, sentences: pa.Table, mentions: pa.Table, live: pa.BooleanArray | NDArray[np.bool_]
) -> pa.Table:
    """Return the partial sums of a shard as a table of `bioweft.store.schemas.COUNTS`.

    `live` has one truth value a row of `read`. Of records that share an id at most one is live, and `sentences` and
    `mentions` are of that one. Mentions without a concept are not counted. A concept whose mentions bear several types
    is one row a year, under the first of them.
    """
    documents = read.select(["id", "year"]).filter(pa.array(live))
    with duckdb.connect() as connection:
        connection.execute("SET threads = 1")
        connection.register("documents", documents)
        connection.register("sentences", sentences.select(["document"]))
        connection.register("mentions", mentions.select(["document", "sentence", "concept", "type"]))
        counts: pa.Table = connection.sql(_QUERY).to_arrow_table()
    return counts.cast(COUNTS)
