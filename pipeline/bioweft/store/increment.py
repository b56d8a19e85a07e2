"""What has changed since an earlier set of results: which documents have come, and which are gone.

A set names the files that it was made of. Of a shard whose tables are the same, only its live documents may differ; a
shard with another table is gone with all its documents, and has come with all of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from bioweft.errors import DamagedError
from bioweft.store.index import Shard
from bioweft.store.schemas import COUNTS, is_whole, read
from bioweft.store.seals import fault_of, read_sealed
from bioweft.store.sets import LISTING, STAMP, result_sets
from bioweft.store.sql import parquet

COUNT = "count"
"""The stage with a shard's partial sums over its live documents."""

_MOST = 2_000_000
"""With more documents that come or go, whose ids must fit into memory, results are made anew."""


@dataclass(frozen=True)
class Increment:
    """An earlier set of results, and the shards in which documents are that have come since."""

    results: Path
    later: list[Shard]


def earlier_sets(folder: Path, settings: str) -> list[Path]:
    """Return the whole sets of results in a run folder that were made with the same settings."""
    sets = []
    for results in result_sets(folder):
        try:
            if read_sealed(results / STAMP).get("settings") == settings:
                sets.append(results)
        except DamagedError:
            continue
    return sets


def find_increment(
    connection: duckdb.DuckDBPyConnection, folder: Path, results: Path, shards: Sequence[Shard]
) -> Increment | None:
    """Make tables of what has changed since a set of results; None where it is not worth it, or a file is damaged.

    The connection has the view `live`, of `bioweft.store.index.LIVE` with `other_ids`. The tables `come` and `gone` are
    of documents, the views `counts_come` and `counts_gone` of the files of counts that are new or no more in use.
    """
    try:
        before = _files_before(results)
    except DamagedError:
        return None
    now = {shard.name: shard for shard in shards}
    new, same, recounted = set[str](), set[str](), set[str]()
    for name, shard in now.items():
        files = {stage: path.relative_to(folder).as_posix() for stage, path in shard.files.items()}
        earlier = dict(before.get(name, {}))
        is_recounted = earlier.pop(COUNT, None) != files.pop(COUNT, None)
        (same if earlier == files else new).add(name)
        if earlier == files and is_recounted:
            recounted.add(name)
    gone = before.keys() - same
    come_counts = [now[name].files[COUNT] for name in sorted(new | recounted)]
    gone_counts = [folder / before[name][COUNT] for name in sorted(gone | recounted)]
    if not all(map(is_whole, gone_counts)) or _damaged(results, ("documents", "concepts", "relations")):
        return None
    connection.register("new_shards", pa.table({"shard": pa.array(sorted(new), pa.string())}))
    connection.register("recounted_shards", pa.table({"shard": pa.array(sorted(recounted), pa.string())}))
    connection.register("gone_shards", pa.table({"shard": pa.array(sorted(gone), pa.string())}))
    connection.execute(_CHANGES.format(documents=parquet(results / "documents.parquet")))
    ((come, lost, all_),) = connection.execute(_SIZES).fetchall()
    if come + lost > min(_MOST, all_):
        return None
    later = [now[name] for (name,) in connection.execute(_LATER).fetchall()]
    for view, counts in (("counts_come", come_counts), ("counts_gone", gone_counts)):
        if counts:
            connection.execute(f"CREATE TEMP VIEW {view} AS FROM {parquet(*counts)}")
        else:
            connection.register(view, COUNTS.empty_table())
    return Increment(results, later)


_CHANGES = """
CREATE OR REPLACE TEMP TABLE documents_before AS
SELECT id, shard FROM {documents} WHERE shard IN (FROM gone_shards) OR shard IN (FROM recounted_shards);

CREATE OR REPLACE TEMP TABLE documents_now AS
SELECT id, shard, row, other_ids FROM live WHERE shard IN (FROM new_shards) OR shard IN (FROM recounted_shards);

CREATE OR REPLACE TEMP TABLE gone AS
SELECT id FROM documents_before ANTI JOIN (
    SELECT id, shard FROM documents_now WHERE shard IN (FROM recounted_shards)
) USING (id, shard);

CREATE OR REPLACE TEMP TABLE come AS
SELECT * FROM documents_now ANTI JOIN (
    SELECT id, shard FROM documents_before WHERE shard IN (FROM recounted_shards)
) USING (id, shard);

-- A document that stands for others than before goes and comes.
CREATE OR REPLACE TEMP TABLE renamed AS
SELECT id FROM (SELECT id, other_ids FROM {documents} WHERE len(other_ids) > 0) b
FULL JOIN (SELECT id, other_ids FROM live WHERE len(other_ids) > 0) n USING (id)
WHERE b.other_ids IS DISTINCT FROM n.other_ids;

INSERT INTO gone SELECT id FROM renamed WHERE id NOT IN (FROM gone) AND id NOT IN (SELECT id FROM come);
INSERT INTO come SELECT l.* FROM live l SEMI JOIN renamed USING (id) WHERE id NOT IN (SELECT id FROM come);
"""
_SIZES = "SELECT (SELECT count(*) FROM come), (SELECT count(*) FROM gone), (SELECT count(*) FROM live)"
_LATER = "SELECT shard FROM come GROUP BY shard ORDER BY shard"


def _files_before(results: Path) -> dict[str, dict[str, str]]:
    """Return for each shard of a set of results its files by stage."""
    shards: dict[str, dict[str, str]] = {}
    listing = read(results / LISTING)
    for stage, shard, file in zip(*(listing[name].to_pylist() for name in listing.schema.names), strict=True):
        if shard is not None:
            shards.setdefault(shard, {})[stage] = file
    return shards


def _damaged(results: Path, tables: Sequence[str]) -> bool:
    files: Mapping[str, Mapping[str, object]] = read_sealed(results / STAMP)["files"]
    names = [f"{table}.parquet" for table in tables]
    return any(fault_of(results / name, files[name], deep=True) is not None for name in names)
