"""The sentences of a run that answer a question, read from its shards."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import duckdb

from bioweft.analyse.reading import parquet
from bioweft.records import Span
from bioweft.store.run import RunFolder

GAP = " … "
"""Stands between two sentences that are shown together."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sentence of a document; `spans` are the mentions in it, as offsets into its text."""

    document: str
    year: int | None
    journal: str | None
    flags: list[str]
    text: str
    spans: list[Span]

    def highlighted(self, before: str = "**", after: str = "**") -> str:
        """Return the text with every mention between marks."""
        pieces, done = [], 0
        for start, end in self.spans:
            pieces += [self.text[done:start], before, self.text[start:end], after]
            done = end
        return "".join([*pieces, self.text[done:]])


def apart(spans: Iterable[Span]) -> list[Span]:
    """Join spans that overlap (a mention within another of the same concept), so that each can be marked."""
    separate: list[Span] = []
    for start, end in sorted(spans):
        if separate and start < separate[-1][1]:
            separate[-1] = (separate[-1][0], max(separate[-1][1], end))
        else:
            separate.append((start, end))
    return separate


def among(values: Sequence[str]) -> str:
    """Return the SQL list of some strings; as constants they let DuckDB pass over the row groups of all others."""
    return "(" + ", ".join("'" + value.replace("'", "''") + "'" for value in values) + ")"


_PLACES = """
CREATE OR REPLACE TEMP TABLE places AS SELECT unnest($shards) AS shard, unnest($documents) AS document,
    unnest($numbers)::INTEGER AS sentence
"""

_TEXTS = """
CREATE OR REPLACE TEMP TABLE sentence_texts (
    shard VARCHAR, document VARCHAR, sentence INTEGER, start INTEGER, text VARCHAR
);
"""

# Where a shard has several records of one id, the last is the live one (see `bioweft.store.documents.current`).
_CUT = """
INSERT INTO sentence_texts
WITH files AS (SELECT unnest($shards) AS shard, unnest($read) AS read_file, unnest($sentences) AS sentences_file),
wanted AS (SELECT DISTINCT shard, document, sentence FROM {places}),
whole AS (
    SELECT shard, id AS document,
        array_to_string(list_transform(passages, lambda passage: passage.text), chr(10)) AS text
    FROM {read} r JOIN files f ON r.filename = f.read_file
    WHERE id IN (SELECT document FROM wanted) AND NOT deleted
    QUALIFY row_number() OVER (
        PARTITION BY filename, id ORDER BY input DESC, version DESC NULLS LAST, file_row_number DESC) = 1
),
split AS (
    SELECT shard, document, sentence, start, "end" FROM {sentences} s JOIN files f ON s.filename = f.sentences_file
    WHERE document IN (SELECT document FROM wanted)
)
SELECT shard, document, sentence, start, substring(text, start + 1, "end" - start)
FROM split JOIN wanted USING (shard, document, sentence) JOIN whole USING (shard, document)
"""

Place = tuple[str, str, int]
"""Shard, document, number of a sentence."""


def cut_sentences(connection: duckdb.DuckDBPyConnection, run: RunFolder, places: str) -> None:
    """Make the table `sentence_texts` of the sentences in `places`, a table with `shard`, `document` and `sentence`.

    Its columns are these three, `start` (where the sentence starts in the text of its document) and `text`. Each shard
    that has a sentence is read once, however many it has.
    """
    connection.execute(_TEXTS)
    shards = [row[0] for row in connection.execute(f"SELECT DISTINCT shard FROM {places} ORDER BY shard").fetchall()]
    if not shards:
        return
    files = {stage: [run.stage_file(stage, shard) for shard in shards] for stage in ("read", "sentences")}
    tables = {
        "read": parquet(*files["read"], columns="filename = true, file_row_number = true"),
        "sentences": parquet(*files["sentences"], columns="filename = true"),
    }
    names = {stage: [str(path) for path in paths] for stage, paths in files.items()}
    connection.execute(_CUT.format(places=places, **tables), {"shards": shards, **names})


def sentence_texts(
    connection: duckdb.DuckDBPyConnection, run: RunFolder, places: Collection[Place]
) -> dict[Place, tuple[int, str]]:
    """Return the offset in its document and the text of each of these sentences."""
    if not places:
        return {}
    shards, documents, numbers = map(list, zip(*sorted(places), strict=True))
    connection.execute(_PLACES, {"shards": shards, "documents": documents, "numbers": numbers})
    cut_sentences(connection, run, "places")
    rows = connection.execute("SELECT shard, document, sentence, start, text FROM sentence_texts").fetchall()
    return {(shard, document, number): (start, text) for shard, document, number, start, text in rows}
