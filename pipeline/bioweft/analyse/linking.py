"""How much of a run is linked, and what is not: for a curator, who adds a row to a dictionary and runs again.

`unlinked.tsv` has the strings without a concept, `linking.tsv` the mentions of each type that are linked, unlinked and
ambiguous.
"""

from collections.abc import Iterable
from pathlib import Path

import duckdb

from bioweft.analyse import tsv
from bioweft.atomic import atomic
from bioweft.link.by_text import PREFIX
from bioweft.store.sql import parquet
from bioweft.store.sql import text as sql_text

UNLINKED = ("type", "text", "documents", "mentions", "example", "sentence")
"""Columns of `unlinked.tsv`: `example` is a document that holds the text, and `sentence` the one there."""

LINKING = ("type", "mentions", "linked", "unlinked", "ambiguous", "linked_share", "ambiguous_share")
"""Columns of `linking.tsv`. A linked mention is ambiguous where it had more than one candidate.

A concept that is no more than a text (`text:gene/spon-1`) is no identifier: such a mention is unlinked.
"""

_CHUNK = 1000

BY_TEXT = f"starts_with(concept, {sql_text(PREFIX)})"
"""SQL that says of a mention whether its concept is no more than its text."""

_UNLINKED = rf"""
CREATE OR REPLACE TEMP TABLE unlinked AS
WITH written AS (  -- each writing: `amyloid  Aβ` and `Amyloid Aβ` are two of one text
    SELECT type, regexp_replace(text, '\s+', ' ', 'g') AS text, count(*) AS mentions
    FROM {{mentions}} WHERE (concept IS NULL OR {BY_TEXT}) GROUP BY ALL
),
best AS (
    SELECT type, lower(text) AS folded, arg_max(text, (mentions, text)) AS text, sum(mentions)::BIGINT AS mentions
    FROM written GROUP BY ALL
),
placed AS (
    SELECT type, lower(regexp_replace(text, '\s+', ' ', 'g')) AS folded, count(DISTINCT document) AS documents,
        min((document, sentence, shard)) AS place
    FROM {{mentions}} WHERE (concept IS NULL OR {BY_TEXT}) GROUP BY ALL
)
SELECT b.type, b.text, p.documents, b.mentions, p.place[1] AS document, p.place[2] AS sentence, p.place[3] AS shard,
    row_number() OVER (PARTITION BY b.type ORDER BY p.documents DESC, b.mentions DESC, b.text) AS rank
FROM best b JOIN placed p USING (type, folded)
QUALIFY rank <= $most
"""

_FILES = "SELECT read, sentences FROM text_files SEMI JOIN unlinked USING (shard) ORDER BY shard"

_EXAMPLES = """
WITH places AS (
    SELECT s.document, s.sentence, s.start, s."end", f.shard
    FROM {sentences} s JOIN text_files f ON f.sentences = s.filename
    SEMI JOIN unlinked u ON u.document = s.document AND u.sentence = s.sentence AND u.shard = f.shard
),
texts AS (
    SELECT r.id AS document, f.shard,
        array_to_string(list_transform(r.passages, lambda passage: passage.text), chr(10)) AS text
    FROM {read} r JOIN text_files f ON f.read = r.filename
    SEMI JOIN unlinked u ON u.document = r.id AND u.shard = f.shard
    QUALIFY row_number() OVER (PARTITION BY r.id, f.shard
        ORDER BY r.input DESC, r.deleted DESC, r.version DESC NULLS LAST, r.file_row_number DESC) = 1
)
SELECT u.type, u.text, u.documents, u.mentions, u.document, substring(t.text, p.start + 1, p."end" - p.start)
FROM unlinked u LEFT JOIN places p USING (shard, document, sentence) LEFT JOIN texts t USING (shard, document)
ORDER BY u.type, u.rank
"""
"""The newest record of a document in the shard is the one that is live."""

_LINKING = """
WITH summed AS (
    SELECT type, sum(mentions) FILTER (kind = 'linked')::BIGINT AS linked,
        sum(mentions) FILTER (kind = 'unlinked')::BIGINT AS unlinked,
        sum(mentions) FILTER (kind = 'ambiguous')::BIGINT AS ambiguous
    FROM counts WHERE kind IN ('linked', 'unlinked', 'ambiguous') GROUP BY type
)
SELECT type, linked + unlinked AS mentions, linked, unlinked, ambiguous,
    linked / mentions AS linked_share, ambiguous / nullif(linked, 0) AS ambiguous_share
FROM summed ORDER BY type
"""


def save(connection: duckdb.DuckDBPyConnection, folder: Path, *, most: int) -> dict[str, int]:
    """Write `unlinked.tsv`, at most so many strings of a type, and `linking.tsv`; return counts of all mentions.

    The folder has the result `mentions`; the connection has the view `counts` and the table `text_files` (see
    `bioweft.store.views`).
    """
    connection.execute(_UNLINKED.format(mentions=parquet(folder / "mentions.parquet")), {"most": most})
    _write_examples(connection, folder / "unlinked.tsv")
    connection.execute("DROP TABLE unlinked")
    rows = connection.execute(_LINKING).fetchall()
    with atomic(folder / "linking.tsv") as unfinished:
        unfinished.write_text("".join(map(tsv.line, (LINKING, *rows))), encoding="utf-8")
    linked, unlinked, ambiguous = (sum(row[column] for row in rows) for column in (2, 3, 4))
    return {"linked": linked, "unlinked": unlinked, "ambiguous": ambiguous}


def _write_examples(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Write the strings of the table `unlinked`, each with a sentence; only the shards of these are read."""
    files = connection.execute(_FILES).fetchall()
    if not files:
        _write(path, UNLINKED, connection.execute("SELECT 1 WHERE false"))
        return
    read, sentences = (
        parquet(*map(Path, names), columns="filename = true, file_row_number = true")
        for names in zip(*files, strict=True)
    )
    _write(path, UNLINKED, connection.execute(_EXAMPLES.format(read=read, sentences=sentences)))


def read(folder: Path) -> list[dict[str, str]]:
    """Return the rows of `linking.tsv`."""
    header, *lines = (folder / "linking.tsv").read_text(encoding="utf-8").splitlines()
    return [dict(zip(header.split("\t"), line.split("\t"), strict=True)) for line in lines]


def _write(path: Path, columns: Iterable[object], result: duckdb.DuckDBPyConnection) -> None:
    with atomic(path) as unfinished, unfinished.open("w", encoding="utf-8", newline="\n") as stream:
        stream.write(tsv.line(columns))
        while rows := result.fetchmany(_CHUNK):
            stream.writelines(map(tsv.line, rows))
