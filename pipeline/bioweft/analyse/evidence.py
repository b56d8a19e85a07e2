"""The sentences of a run that answer a question, read from its shards."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from bioweft.analyse.reading import parquet
from bioweft.records import Span
from bioweft.store.run import RunFolder


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


_TEXTS = """
SELECT id, filename, list_transform(passages, lambda passage: passage.text) FROM {read}
WHERE id IN (SELECT unnest($documents)) AND NOT deleted
QUALIFY row_number() OVER (
    PARTITION BY filename, id ORDER BY input DESC, version DESC NULLS LAST, file_row_number DESC) = 1
"""
"""Where a shard has several records of one id, the last is the live one (see `bioweft.store.documents.current`)."""

_OFFSETS = """
SELECT document, filename, sentence, start, "end" FROM {sentences}
JOIN (SELECT unnest($documents) AS document, unnest($numbers) AS sentence) USING (document, sentence)
"""

Place = tuple[str, str, int]
"""Shard, document, number of a sentence."""


def sentence_texts(
    connection: duckdb.DuckDBPyConnection, run: RunFolder, places: Collection[Place]
) -> dict[Place, tuple[int, str]]:
    """Return the offset in its document and the text of each of these sentences."""
    if not places:
        return {}
    shards = sorted({shard for shard, _, _ in places})
    wanted = sorted({(document, number) for _, document, number in places})
    documents, numbers = [document for document, _ in wanted], [number for _, number in wanted]

    def rows(stage: str, query: str, columns: str, **parameters: Any) -> list[tuple[Any, ...]]:
        files = {str(run.stage_file(stage, shard)): shard for shard in shards}
        read = parquet(*map(Path, files), columns=columns)
        matches = connection.execute(query.format_map({stage: read}), {"documents": documents, **parameters}).fetchall()
        return [(files[filename], id_, *rest) for id_, filename, *rest in matches]

    texts = {
        (shard, document): "\n".join(passages)
        for shard, document, passages in rows("read", _TEXTS, "filename = true, file_row_number = true")
    }
    return {
        (shard, document, number): (start, texts[shard, document][start:end])
        for shard, document, number, start, end in rows("sentences", _OFFSETS, "filename = true", numbers=numbers)
        if (shard, document, number) in places
    }
