"""Answers to questions about a name: counts by year, co-mentions, and the sentences that hold them."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from bioweft.analyse.reading import check_type, parquet, tables
from bioweft.errors import NotFoundError, SettingsError
from bioweft.store.run import RunFolder

_SUGGESTIONS = 3
_LIKENESS = 70
"""The least per cent of characters that a suggestion shares, in order, with what was asked for."""


@dataclass(frozen=True, slots=True)
class FoundConcept:
    """A concept that the run found, and how often."""

    id: str
    name: str
    type: str
    xrefs: list[str]
    documents: int
    mentions: int
    first_year: int | None
    last_year: int | None


@dataclass(frozen=True, slots=True)
class CoMention:
    """A concept that is in the same documents, and in how many of the same sentences."""

    id: str
    name: str
    type: str
    documents: int
    sentences: int
    npmi_documents: float
    npmi_sentences: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sentence of a document; `spans` are the mentions in it, as offsets into its text."""

    document: str
    year: int | None
    journal: str | None
    flags: list[str]
    text: str
    spans: list[tuple[int, int]]

    def highlighted(self, before: str = "**", after: str = "**") -> str:
        """Return the text with every mention between marks."""
        pieces, done = [], 0
        for start, end in self.spans:
            pieces += [self.text[done:start], before, self.text[start:end], after]
            done = end
        return "".join([*pieces, self.text[done:]])


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a question about a concept.

    `same_name` are others that the name could mean; `years` pairs of year and documents; `comentions` by type, the
    strongest first (documents times NPMI). `other` is the second concept where two were asked for: then `comentions`
    has it alone, and every sentence holds both. `sentences` are one a document, the newest document first.
    """

    concept: FoundConcept
    same_name: list[FoundConcept]
    years: list[tuple[int, int]]
    comentions: dict[str, list[CoMention]]
    other: FoundConcept | None
    sentences: list[Evidence]


def ask(run: RunFolder, name: str, *, other: str | None = None, type: str | None = None, limit: int = 5) -> Answer:
    """Return what a run knows of the concept that is called `name`: a name, synonym or CURIE.

    An exact match wins over one that differs in case.

    `other` asks for the sentences with both; `type` for co-mentions of one type; `limit` is the most sentences, and
    the most co-mentions of each type.

    Raises:
        NotFoundError: the run has no such concept or type; carries the nearest names.
        RunError: the run is missing or unfinished.
    """
    with tables(run) as connection:
        if type is not None:
            check_type(connection, type, run=run)
        concept, *same_name = resolve(connection, name, run=run)
        partner = None if other is None else resolve(connection, other, run=run)[0]
        return Answer(
            concept=concept,
            same_name=same_name,
            years=_years(connection, concept.id),
            comentions=_comentions(connection, concept.id, partner=partner, type=type, limit=limit),
            other=partner,
            sentences=_evidence(connection, run, concept.id, partner.id if partner else None, limit=limit),
        )


_RESOLVE = """
SELECT * EXCLUDE how FROM (
    SELECT id, name, type, xrefs, documents, mentions, first_year, last_year, CASE
        WHEN id = $name THEN 0
        WHEN name = $name THEN 1
        WHEN list_contains(terms, $name) OR list_contains(xrefs, $name) THEN 2
        WHEN lower(id) = lower($name) THEN 3
        WHEN lower(name) = lower($name) THEN 4
        WHEN list_contains(list_transform(list_concat(terms, xrefs), lambda x: lower(x)), lower($name)) THEN 5
        END AS how
    FROM concepts
) WHERE how IS NOT NULL ORDER BY how, documents DESC, mentions DESC, id
"""


def resolve(connection: duckdb.DuckDBPyConnection, name: str, *, run: RunFolder) -> list[FoundConcept]:
    """Return the concepts of `run` that `name` may mean, the likeliest first; at least one.

    Raises:
        SettingsError: the name is empty.
        NotFoundError: there is none; carries the nearest names.
    """
    if not name.strip():
        raise SettingsError("the name is empty; give a name, a synonym or a CURIE: BECN1, p53, mesh:D001943")
    rows = connection.execute(_RESOLVE, {"name": name.strip()}).fetchall()
    if not rows:
        suggestions = _suggest(connection, name)
        advice = "" if suggestions else "; `bioweft rank` lists what it holds, and --in asks another run"
        raise NotFoundError(f"nothing called {name!r} was found in {run.path}{advice}", suggestions=suggestions)
    return [FoundConcept(*row) for row in rows]


_TERMS_OF_LIKE_LENGTH = f"""
SELECT term, lower(term), id FROM (
    SELECT DISTINCT id, documents, unnest(list_append(terms, name)) AS term FROM concepts
) WHERE 200 * least(length(term), $length) >= {_LIKENESS} * (length(term) + $length)
ORDER BY documents DESC, id, term
"""
"""Terms too long or too short to be like enough are left out: likeness is 200 * shared characters / both lengths."""


def _suggest(connection: duckdb.DuckDBPyConnection, name: str) -> list[str]:
    """Return the terms most like `name`, the nearest first, one a concept."""
    from rapidfuzz import fuzz, process

    rows = connection.execute(_TERMS_OF_LIKE_LENGTH, {"length": len(name)}).fetchall()
    lowered = [row[1] for row in rows]
    near = process.extract(name.lower(), lowered, scorer=fuzz.ratio, score_cutoff=_LIKENESS, limit=20)
    best: dict[str, str] = {}
    for _, _, place in near:
        term, _, concept = rows[place]
        best.setdefault(concept, term)
    return list(dict.fromkeys(best.values()))[:_SUGGESTIONS]


def _years(connection: duckdb.DuckDBPyConnection, concept: str) -> list[tuple[int, int]]:
    query = "SELECT unnest(years, recursive := true) FROM rankings WHERE concept = ?"
    return connection.execute(query, [concept]).fetchall()


_COMENTIONS = """
SELECT * EXCLUDE place FROM (
    SELECT *, row_number() OVER (
        PARTITION BY type ORDER BY documents * npmi_documents DESC, documents DESC, id) AS place
    FROM (
        SELECT b AS id, b_name AS name, b_type AS type, documents, sentences, npmi_documents, npmi_sentences
        FROM cooccurrence WHERE a = $concept
        UNION ALL
        SELECT a, a_name, a_type, documents, sentences, npmi_documents, npmi_sentences
        FROM cooccurrence WHERE b = $concept
    ) WHERE ($type IS NULL OR type = $type) AND ($partner IS NULL OR id = $partner)
) WHERE place <= $limit ORDER BY type, place
"""


def _comentions(
    connection: duckdb.DuckDBPyConnection, concept: str, *, partner: FoundConcept | None, type: str | None, limit: int
) -> dict[str, list[CoMention]]:
    parameters = {"concept": concept, "partner": partner.id if partner else None, "type": type, "limit": limit}
    by_type: dict[str, list[CoMention]] = {}
    for row in connection.execute(_COMENTIONS, parameters).fetchall():
        comention = CoMention(*row)
        by_type.setdefault(comention.type, []).append(comention)
    return by_type


_SENTENCES = """
WITH holding AS (
    SELECT document, year, sentence FROM mentions WHERE concept = $concept AND (
        $other IS NULL OR (document, sentence) IN (SELECT (document, sentence) FROM mentions WHERE concept = $other))
),
chosen AS (
    SELECT document, year, min(sentence) AS sentence FROM holding GROUP BY document, year
    ORDER BY year DESC NULLS LAST, document DESC LIMIT $limit
),
marked AS (
    SELECT document, sentence, any_value(shard) AS shard, list_sort(list(DISTINCT [start, "end"])) AS spans
    FROM mentions SEMI JOIN chosen USING (document, sentence)
    WHERE concept IN ($concept, coalesce($other, $concept)) GROUP BY document, sentence
)
SELECT document, c.year, d.journal, d.flags, m.shard, sentence, m.spans
FROM chosen c JOIN marked m USING (document, sentence) JOIN documents d ON d.id = document
ORDER BY c.year DESC NULLS LAST, document DESC
"""


def _evidence(
    connection: duckdb.DuckDBPyConnection, run: RunFolder, concept: str, other: str | None, *, limit: int
) -> list[Evidence]:
    parameters = {"concept": concept, "other": other, "limit": limit}
    rows = connection.execute(_SENTENCES, parameters).fetchall()
    places = {(shard, document): sentence for document, _, _, _, shard, sentence, _ in rows}
    texts = _sentence_texts(connection, run, places)
    evidence = []
    for document, year, journal, flags, shard, _, spans in rows:
        offset, text = texts[shard, document]
        inside = [(start - offset, min(end - offset, len(text))) for start, end in spans]
        evidence.append(Evidence(document, year, journal, flags, text, _apart(inside)))
    return evidence


def _apart(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Join spans that overlap (a mention within another of the same concept), so that each can be marked."""
    apart: list[tuple[int, int]] = []
    for start, end in spans:
        if apart and start < apart[-1][1]:
            apart[-1] = (apart[-1][0], max(apart[-1][1], end))
        else:
            apart.append((start, end))
    return apart


_TEXTS = """
SELECT id, filename, list_transform(passages, lambda passage: passage.text) FROM {read}
WHERE id IN (SELECT unnest($documents)) AND NOT deleted
QUALIFY row_number() OVER (
    PARTITION BY filename, id ORDER BY input DESC, version DESC NULLS LAST, file_row_number DESC) = 1
"""
"""Where a shard has several records of one id, the last is the live one (see `bioweft.store.documents.current`)."""

_OFFSETS = """
SELECT document, filename, start, "end" FROM {sentences}
JOIN (SELECT unnest($documents) AS document, unnest($sentences) AS sentence) USING (document, sentence)
"""


def _sentence_texts(
    connection: duckdb.DuckDBPyConnection, run: RunFolder, places: dict[tuple[str, str], int]
) -> dict[tuple[str, str], tuple[int, str]]:
    """Return by shard and document the offset and text of its sentence of the number given."""
    if not places:
        return {}
    shards = sorted({shard for shard, _ in places})
    documents = [document for _, document in places]

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
        (shard, document): (start, texts[shard, document][start:end])
        for shard, document, start, end in rows("sentences", _OFFSETS, "filename = true", sentences=[*places.values()])
        if (shard, document) in places
    }
