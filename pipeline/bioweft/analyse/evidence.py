"""The sentences of a run that answer a question, read from its shards."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
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


_PLACES = """
CREATE OR REPLACE TEMP TABLE places AS SELECT unnest($shards) AS shard, unnest($documents) AS document,
    unnest($numbers)::INTEGER AS sentence
"""

_TEXTS = """
CREATE OR REPLACE TEMP TABLE sentence_texts (
    shard VARCHAR, document VARCHAR, sentence INTEGER, start INTEGER, text VARCHAR,
    section VARCHAR
);
"""

# Where a shard has several records of one id, the last is the live one (see `bioweft.store.documents.current`).
_CUT = """
INSERT INTO sentence_texts
WITH files AS (SELECT unnest($shards) AS shard, unnest($read) AS read_file, unnest($sentences) AS sentences_file),
wanted AS (SELECT DISTINCT shard, document, sentence FROM {places}),
whole AS (
    SELECT shard, id AS document,
        array_to_string(list_transform(passages, lambda passage: passage.text), chr(10)) AS text,
        list_transform(passages, lambda passage: coalesce(nullif(passage.label, ''), passage.kind, '')) AS sections,
        list_transform(range(1, len(passages) + 1),
            lambda i: list_sum(list_transform(passages[:i], lambda passage: length(passage.text) + 1))) AS ends
    FROM {read} r JOIN files f ON r.filename = f.read_file
    WHERE id IN (SELECT document FROM wanted) AND NOT deleted
    QUALIFY row_number() OVER (
        PARTITION BY filename, id ORDER BY input DESC, version DESC NULLS LAST, file_row_number DESC) = 1
),
split AS (
    SELECT shard, document, sentence, start, "end" FROM {sentences} s JOIN files f ON s.filename = f.sentences_file
    WHERE document IN (SELECT document FROM wanted)
)
SELECT shard, document, sentence, start, substring(text, start + 1, "end" - start),
    sections[1 + len(list_filter(ends, lambda passage_end: passage_end <= start))]
FROM split JOIN wanted USING (shard, document, sentence) JOIN whole USING (shard, document)
"""

Place = tuple[str, str, int]
"""Shard, document, number of a sentence."""


class SentenceText(NamedTuple):
    """A sentence: where it starts in its document, its text, and the label or the kind of its passage."""

    start: int
    text: str
    section: str


def cut_sentences(connection: duckdb.DuckDBPyConnection, run: RunFolder, places: str) -> None:
    """Make the table `sentence_texts` of the sentences in `places`, a table with `shard`, `document` and `sentence`.

    Its columns are these three, `start` (where the sentence starts in the text of its document), `text` and `section`.
    Each shard that has a sentence is read once, however many it has.
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
) -> dict[Place, SentenceText]:
    """Return the offset in its document, the text and the section of each of these sentences."""
    if not places:
        return {}
    shards, documents, numbers = map(list, zip(*sorted(places), strict=True))
    connection.execute(_PLACES, {"shards": shards, "documents": documents, "numbers": numbers})
    cut_sentences(connection, run, "places")
    rows = connection.execute("SELECT shard, document, sentence, start, text, section FROM sentence_texts").fetchall()
    return {(shard, document, number): SentenceText(*text) for shard, document, number, *text in rows}
