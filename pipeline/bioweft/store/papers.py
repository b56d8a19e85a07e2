"""The same paper from several sources: which of its documents counts.

CORD-19 and PubMed, PMC and a table of one's own hold the same papers under ids of their own. Documents are of one paper
where they share a PMID or a DOI and their ids are of different vocabularies: a source by itself knows its papers. The
one with the most text counts; of two that have as much, the one of PubMed, then the first by id.
"""

from collections.abc import Sequence

import duckdb
import pyarrow as pa

from bioweft.store.index import LIVE, Shard, shards_view

TWINS = pa.schema([("id", pa.string()), ("kept", pa.string())])
"""A document that does not count, and the one that counts in its place."""

_TWINS = """
WITH keyed AS (
    SELECT id, split_part(id, ':', 1) AS source, nullif(lower(trim(doi)), '') AS doi,
        coalesce(pmid, CASE WHEN starts_with(id, 'pmid:') THEN substr(id, 6) END) AS pmid,
        coalesce(list_sum(list_transform(passages, lambda passage: length(passage.text))), 0) AS size
    FROM documents
),
by_doi AS (SELECT doi, min(pmid) AS pmid FROM keyed WHERE doi IS NOT NULL AND pmid IS NOT NULL GROUP BY doi),
papers AS (
    SELECT k.id, k.source, k.size, coalesce('pmid:' || k.pmid, 'pmid:' || d.pmid, 'doi:' || k.doi) AS paper
    FROM keyed k LEFT JOIN by_doi d USING (doi)
),
ranked AS (
    SELECT *, first_value(id) OVER best AS kept, first_value(source) OVER best AS kept_source
    FROM papers WHERE paper IS NOT NULL
    WINDOW best AS (PARTITION BY paper ORDER BY size DESC, source <> 'pmid', id)
)
SELECT id, kept FROM ranked WHERE source <> kept_source ORDER BY kept, id
"""

LIVE_PAPERS = LIVE.append(pa.field("other_ids", pa.list_(pa.string())))
"""The index of live records where each paper counts once; `other_ids` are those of the documents left out for it."""

_LIVE_DOCUMENTS = """
CREATE OR REPLACE TEMP VIEW documents AS
SELECT r.id, r.pmid, r.doi, r.passages FROM {read} r JOIN live_records l ON r.shard = l.shard AND r.row = l.row
"""

_PAPERS = """
SELECT l.id, l.shard, l.row, coalesce(o.ids, []) AS other_ids
FROM live_records l LEFT JOIN (SELECT kept, list(id ORDER BY id) AS ids FROM twins GROUP BY kept) o ON l.id = o.kept
WHERE l.id NOT IN (SELECT id FROM twins)
"""


def one_a_paper(connection: duckdb.DuckDBPyConnection, live: pa.Table, shards: Sequence[Shard]) -> pa.Table:
    """Return the live records without those that another stands for: of a table of `LIVE`, one of `LIVE_PAPERS`."""
    if not live.num_rows:
        return LIVE_PAPERS.empty_table()
    connection.register("live_records", live.append_column("place", pa.array(range(live.num_rows), pa.int64())))
    connection.execute(_LIVE_DOCUMENTS.format(read=shards_view(connection, shards, "read")))
    connection.register("twins", find_twins(connection))
    papers: pa.Table = connection.sql(f"{_PAPERS} ORDER BY l.place").to_arrow_table()
    return papers.cast(LIVE_PAPERS)


def find_twins(connection: duckdb.DuckDBPyConnection) -> pa.Table:
    """Return the live documents that another live one stands for, as a table of `TWINS`, by the latter and id.

    The connection has a view `documents` of live ones with `id`, `pmid`, `doi` and `passages`. Where all ids are of one
    vocabulary, as in a run of PubMed alone, no text is read.
    """
    query = "SELECT count(DISTINCT split_part(id, ':', 1)) FROM documents"
    ((sources,),) = connection.execute(query).fetchall()
    if sources < 2:
        return TWINS.empty_table()
    twins: pa.Table = connection.sql(_TWINS).to_arrow_table()
    return twins.cast(TWINS)
