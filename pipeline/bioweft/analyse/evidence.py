"""The sentences of a run that answer a question, read from its shards."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar

import duckdb

from bioweft.analyse.reading import parquet
from bioweft.records import Span
from bioweft.store.run import RunFolder

GAP = " … "
"""Stands between two sentences that are shown together."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A sentence in a text that is shown: its number and start in the document, its section, where it stands shown."""

    sentence: int
    start: int
    section: str
    place: int
    length: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sentence of a document; `spans` are the mentions in it, as offsets into its text.

    `pieces` are the sentences of the text, one or two.
    """

    document: str
    year: int | None
    journal: str | None
    flags: list[str]
    text: str
    spans: list[Span]
    pieces: tuple[Piece, ...] = field(default=(), kw_only=True, compare=False, repr=False)

    def highlighted(self, before: str = "**", after: str = "**") -> str:
        """Return the text with every mention between marks."""
        pieces, done = [], 0
        for start, end in self.spans:
            pieces += [self.text[done:start], before, self.text[start:end], after]
            done = end
        return "".join([*pieces, self.text[done:]])


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which sentences are wanted: those of documents from `since` to `until`, of a journal, in a section.

    A section is the label or the kind of a passage, in any case: `title`, `methods`.
    """

    since: int | None = None
    until: int | None = None
    journal: str | None = None
    section: str | None = None

    @property
    def of_documents(self) -> dict[str, Any]:
        """The part that says which documents are wanted, as parameters of a query."""
        return {"since": self.since, "until": self.until, "journal": self.journal}

    def has(self, evidence: Evidence) -> bool:
        """Say whether a sentence is in the section."""
        sections = {piece.section.casefold() for piece in evidence.pieces}
        return self.section is None or self.section.strip().casefold() in sections


ALL = Wanted()

_Item = TypeVar("_Item", bound=Evidence)


@dataclass(frozen=True, slots=True)
class Stretch(Generic[_Item]):
    """A stretch of a long list, and the offset at which the next one begins, None at the end."""

    items: list[_Item]
    next: int | None


_ROWS_AT_ONCE = 200
"""Sentences that are read at once where only those of a section are wanted."""


def stretch(read: Callable[[int, int], list[_Item]], wanted: Wanted, *, limit: int, offset: int) -> Stretch[_Item]:
    """Return at most `limit` items that `read(limit, offset)` gives from `offset` on and that are wanted.

    Where a section is wanted, a document has one item. A stretch may then be shorter than wanted though more follow.
    """
    if wanted.section is None:
        items = read(limit + 1, offset)
        return Stretch(items[:limit], offset + limit if len(items) > limit else None)
    chosen: list[_Item] = []
    documents: set[str] = set()
    items = read(_ROWS_AT_ONCE + 1, offset)
    for place, item in enumerate(items[:_ROWS_AT_ONCE]):
        if wanted.has(item) and item.document not in documents:
            if len(chosen) == limit:
                return Stretch(chosen, offset + place)
            chosen.append(item)
            documents.add(item.document)
    return Stretch(chosen, offset + _ROWS_AT_ONCE if len(items) > _ROWS_AT_ONCE else None)


def apart(spans: Iterable[Span]) -> list[Span]:
    """Join spans that overlap (a mention within another of the same concept), so that each can be marked."""
    separate: list[Span] = []
    for start, end in sorted(spans):
        if separate and start < separate[-1][1]:
            separate[-1] = (separate[-1][0], max(separate[-1][1], end))
        else:
            separate.append((start, end))
    return separate


def moved(pieces: Iterable[Piece], start: int | None, end: int | None) -> Span | None:
    """Return a stretch of a document as offsets into a text that is shown, None where it is not in it."""
    if start is None or end is None:
        return None
    for piece in pieces:
        offset = start - piece.start
        if 0 <= offset < piece.length:  # a mention may end outside its sentence
            return piece.place + offset, piece.place + min(end - piece.start, piece.length)
    return None


def among(values: Sequence[str]) -> str:
    """Return the SQL list of some strings; as constants they let DuckDB pass over the row groups of all others."""
    return "(" + ", ".join("'" + value.replace("'", "''") + "'" for value in values) + ")"


_TEXTS = """
SELECT id, filename, passages FROM {read}
WHERE id IN (SELECT {documents}) AND NOT deleted
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


class SentenceText(NamedTuple):
    """A sentence: where it starts in its document, its text, and the label or the kind of its passage."""

    start: int
    text: str
    section: str


def sentence_texts(
    connection: duckdb.DuckDBPyConnection, run: RunFolder, places: Collection[Place]
) -> dict[Place, SentenceText]:
    """Return the offset in its document, the text and the section of each of these sentences."""
    if not places:
        return {}
    shards = sorted({shard for shard, _, _ in places})
    wanted = sorted({(document, number) for _, document, number in places})
    documents, numbers = [document for document, _ in wanted], [number for _, number in wanted]

    def rows(stage: str, query: str, columns: str, **parameters: Any) -> list[tuple[Any, ...]]:
        files = {str(run.stage_file(stage, shard)): shard for shard in shards}
        read = parquet(*map(Path, files), columns=columns)
        sql = query.format_map({stage: read, "documents": "unnest($documents)"})
        matches = connection.execute(sql, {"documents": documents, **parameters}).fetchall()
        return [(files[filename], id_, *rest) for id_, filename, *rest in matches]

    passages = {
        (shard, document): found
        for shard, document, found in rows("read", _TEXTS, "filename = true, file_row_number = true")
    }
    return {
        (shard, document, number): _sentence(passages[shard, document], start, end)
        for shard, document, number, start, end in rows("sentences", _OFFSETS, "filename = true", numbers=numbers)
        if (shard, document, number) in places
    }


def _sentence(passages: Sequence[Mapping[str, str | None]], start: int, end: int) -> SentenceText:
    """Return the sentence of a document from `start` to `end`; passages are joined by a newline each."""
    begin = 0
    for passage in passages:
        text = passage["text"] or ""
        if start < begin + len(text):
            section = passage["label"] or passage["kind"] or ""
            return SentenceText(start, text[start - begin : end - begin], section)
        begin += len(text) + 1
    return SentenceText(start, "", "")


_CUT = f"""
INSERT INTO sentence_texts
WITH files AS (SELECT unnest($shards) AS shard, unnest($read) AS read_file, unnest($sentences) AS sentences_file),
wanted AS (SELECT DISTINCT shard, document, sentence FROM {{places}}),
whole AS (
    SELECT shard, id AS document,
        array_to_string(list_transform(passages, lambda passage: passage.text), chr(10)) AS text
    FROM ({_TEXTS}) JOIN files ON filename = read_file
),
split AS (
    SELECT shard, document, sentence, start, "end" FROM {{sentences}} JOIN files ON filename = sentences_file
    WHERE document IN (SELECT document FROM wanted)
)
SELECT shard, document, sentence, start, substring(text, start + 1, "end" - start)
FROM split JOIN wanted USING (shard, document, sentence) JOIN whole USING (shard, document)
"""


def cut_sentences(connection: duckdb.DuckDBPyConnection, run: RunFolder, places: str) -> None:
    """Make the table `sentence_texts` of the sentences in `places`, a table with `shard`, `document` and `sentence`.

    Its columns are these three, `start` (where the sentence starts in the text of its document) and `text`. Each shard
    that has a sentence is read once, however many it has.
    """
    columns = "shard VARCHAR, document VARCHAR, sentence INTEGER, start INTEGER, text VARCHAR"
    connection.execute(f"CREATE OR REPLACE TEMP TABLE sentence_texts ({columns})")
    shards = [row[0] for row in connection.execute(f"SELECT DISTINCT shard FROM {places} ORDER BY shard").fetchall()]
    if not shards:
        return
    files = {stage: [run.stage_file(stage, shard) for shard in shards] for stage in ("read", "sentences")}
    sql = _CUT.format(
        places=places,
        documents="document FROM wanted",
        read=parquet(*files["read"], columns="filename = true, file_row_number = true"),
        sentences=parquet(*files["sentences"], columns="filename = true"),
    )
    names = {stage: [str(path) for path in paths] for stage, paths in files.items()}
    connection.execute(sql, {"shards": shards, **names})
