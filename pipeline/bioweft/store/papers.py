"""The same paper from several sources: which of its documents counts.

CORD-19 and PubMed, PMC and a table of one's own hold the same papers under ids of their own. Documents are of one paper
where they share a PMID or a DOI and their ids are of different vocabularies: a source by itself knows its papers. The
one with the most text counts; of two that have as much, the one of PubMed, then the first by id.
"""

from pathlib import Path

import duckdb
import pyarrow as pa

from bioweft.store.index import LIVE
from bioweft.store.sql import parquet

_TWINS = """
CREATE OR REPLACE TEMP TABLE twins AS
WITH keyed AS (
    SELECT id, split_part(id, ':', 1) AS source, doi, pmid, size FROM {newest}
    WHERE NOT deleted AND (doi IS NOT NULL OR pmid IS NOT NULL)
),
by_doi AS (SELECT doi, min(pmid) AS pmid FROM keyed WHERE doi IS NOT NULL AND pmid IS NOT NULL GROUP BY doi),
papers AS (
    SELECT k.id, k.source, k.size, coalesce('pmid:' || k.pmid, 'pmid:' || d.pmid, 'doi:' || k.doi) AS paper
    FROM keyed k LEFT JOIN by_doi d USING (doi)
),
shared AS (SELECT paper FROM papers GROUP BY paper HAVING min(source) <> max(source)),
ranked AS (
    SELECT *, first_value(id) OVER best AS kept, first_value(source) OVER best AS kept_source
    FROM papers SEMI JOIN shared USING (paper)
    WINDOW best AS (PARTITION BY paper ORDER BY size DESC, source <> 'pmid', id)
)
SELECT id, kept FROM ranked WHERE source <> kept_source
"""

LIVE_PAPERS = LIVE.append(pa.field("other_ids", pa.list_(pa.string())))
"""The live records that stand for others of the same paper; `other_ids` are the ids of these."""

_PAPERS = """
SELECT l.id, l.shard, l.row, o.other_ids
FROM {newest} l JOIN (SELECT kept AS id, list(id ORDER BY id) AS other_ids FROM twins GROUP BY kept) o USING (id)
ORDER BY l.id
"""


def find_twins(connection: duckdb.DuckDBPyConnection, newest: Path) -> tuple[pa.Table, pa.Table]:
    """Return the live documents that others stand for, with `kept`, the id of the other, and a table of `LIVE_PAPERS`.

    `newest` is a file of `bioweft.store.newest.NEWEST`.
    """
    source = parquet(newest)
    connection.execute(_TWINS.format(newest=source))
    twins: pa.Table = connection.sql("SELECT id, kept FROM twins ORDER BY kept, id").to_arrow_table()
    papers: pa.Table = connection.sql(_PAPERS.format(newest=source)).to_arrow_table()
    return twins, papers.cast(LIVE_PAPERS)
