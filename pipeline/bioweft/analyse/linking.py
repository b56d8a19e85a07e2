"""How much of a run is linked, and what is not: for a curator, who adds a row to a dictionary and runs again.

`unlinked.tsv` has the strings without a concept, `linking.tsv` the mentions of each type that are linked, unlinked and
ambiguous.
"""

from collections.abc import Iterable
from pathlib import Path

import duckdb

from bioweft.analyse import tsv
from bioweft.atomic import atomic

UNLINKED = ("type", "text", "documents", "mentions", "example", "sentence")
"""Columns of `unlinked.tsv`: `example` is a document that holds the text, and `sentence` the one there."""

LINKING = ("type", "mentions", "linked", "unlinked", "ambiguous", "linked_share", "ambiguous_share")
"""Columns of `linking.tsv`. A linked mention is ambiguous where it had more than one candidate.

A concept that is no more than a text (`text:gene/spon-1`) is no identifier: such a mention is unlinked.
"""

_CHUNK = 1000

_UNLINKED = r"""
CREATE OR REPLACE TEMP TABLE unlinked AS
WITH written AS (  -- each writing: `amyloid  Aβ` and `Amyloid Aβ` are two of one text
    SELECT type, regexp_replace(text, '\s+', ' ', 'g') AS text, count(*) AS mentions
    FROM mentions WHERE (concept IS NULL OR starts_with(concept, 'text:')) GROUP BY ALL
),
best AS (
    SELECT type, lower(text) AS folded, arg_max(text, (mentions, text)) AS text, sum(mentions)::BIGINT AS mentions
    FROM written GROUP BY ALL
),
placed AS (
    SELECT type, lower(regexp_replace(text, '\s+', ' ', 'g')) AS folded, count(DISTINCT document) AS documents,
        min((document, sentence)) AS place
    FROM mentions WHERE (concept IS NULL OR starts_with(concept, 'text:')) GROUP BY ALL
)
SELECT b.type, b.text, p.documents, b.mentions, p.place[1] AS document, p.place[2] AS sentence,
    row_number() OVER (PARTITION BY b.type ORDER BY p.documents DESC, b.mentions DESC, b.text) AS rank
FROM best b JOIN placed p USING (type, folded)
QUALIFY rank <= $most
"""

_EXAMPLES = """
WITH wanted AS (SELECT DISTINCT document, sentence FROM unlinked),
places AS (SELECT document, sentence, start, "end" FROM sentences SEMI JOIN wanted USING (document, sentence)),
texts AS (
    SELECT id AS document, array_to_string(list_transform(passages, lambda passage: passage.text), chr(10)) AS text
    FROM passages WHERE id IN (SELECT document FROM wanted)
)
SELECT u.type, u.text, u.documents, u.mentions, u.document, substring(t.text, p.start + 1, p."end" - p.start)
FROM unlinked u LEFT JOIN places p USING (document, sentence) LEFT JOIN texts t USING (document)
ORDER BY u.type, u.rank
"""

_LINKING = """
WITH each AS (  -- a mention that names several concepts has a row for each
    SELECT type, count(*) FILTER (NOT starts_with(concept, 'text:')) > 0 AS is_linked,
        max(len(candidates)) > 1 AS is_ambiguous
    FROM mentions GROUP BY type, document, start, "end", tagger
)
SELECT type, count(*) AS mentions, count(*) FILTER (is_linked) AS linked, count(*) FILTER (NOT is_linked) AS unlinked,
    count(*) FILTER (is_linked AND is_ambiguous) AS ambiguous,
    linked / mentions AS linked_share, ambiguous / nullif(linked, 0) AS ambiguous_share
FROM each GROUP BY type ORDER BY type
"""


def save(connection: duckdb.DuckDBPyConnection, folder: Path, *, most: int) -> dict[str, int]:
    """Write `unlinked.tsv`, at most so many strings of a type, and `linking.tsv`; return counts of all mentions.

    The connection has the views `mentions`, `sentences` and `passages` (see `bioweft.store.views`).
    """
    connection.execute(_UNLINKED, {"most": most})
    _write(folder / "unlinked.tsv", UNLINKED, connection.execute(_EXAMPLES))
    connection.execute("DROP TABLE unlinked")
    rows = connection.execute(_LINKING).fetchall()
    with atomic(folder / "linking.tsv") as unfinished:
        unfinished.write_text("".join(map(tsv.line, (LINKING, *rows))), encoding="utf-8")
    linked, unlinked, ambiguous = (sum(row[column] for row in rows) for column in (2, 3, 4))
    return {"linked": linked, "unlinked": unlinked, "ambiguous": ambiguous}


def read(folder: Path) -> list[dict[str, str]]:
    """Return the rows of `linking.tsv`."""
    header, *lines = (folder / "linking.tsv").read_text(encoding="utf-8").splitlines()
    return [dict(zip(header.split("\t"), line.split("\t"), strict=True)) for line in lines]


def _write(path: Path, columns: Iterable[object], result: duckdb.DuckDBPyConnection) -> None:
    with atomic(path) as unfinished, unfinished.open("w", encoding="utf-8", newline="\n") as stream:
        stream.write(tsv.line(columns))
        while rows := result.fetchmany(_CHUNK):
            stream.writelines(map(tsv.line, rows))
