"""Answers to questions about a name: counts by year, relations, co-mentions, and the sentences that hold them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import duckdb

from bioweft.analyse import likeness, measures
from bioweft.analyse.evidence import ALL, Evidence, Piece, Stretch, Wanted, among, apart, sentence_texts, stretch
from bioweft.analyse.graph import PAIR_EDGE
from bioweft.analyse.reading import check_type, tables
from bioweft.analyse.relations import Triple, between, of_edge, select
from bioweft.errors import NotFoundError, SettingsError
from bioweft.store.run import RunFolder

Pair = tuple[str, str]
"""The CURIEs of two concepts."""


@dataclass(frozen=True, slots=True)
class Form:
    """A string that names a concept in the texts, and how often."""

    text: str
    mentions: int


@dataclass(frozen=True, slots=True)
class FoundConcept:
    """A concept that the run found, and how often; `forms` are the strings that name it, the most frequent first.

    Of a gene `taxon` is the species, and `homologs` the group of genes that are its homologs.
    """

    id: str
    name: str
    type: str
    xrefs: list[str]
    taxon: str | None
    homologs: str | None
    forms: list[Form]
    documents: int
    mentions: int
    first_year: int | None
    last_year: int | None


@dataclass(frozen=True, slots=True)
class CoMention:
    """A concept that is in the same documents, and in how many of the same sentences.

    `npmi_sentences` is None where homologs were asked for together.
    """

    id: str
    name: str
    type: str
    documents: int
    sentences: int
    npmi_documents: float
    npmi_sentences: float | None


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a question about a concept.

    `same_name` are others that the name could mean; `homologs` the concept's homologs of other species where these were
    asked for too: then years, co-mentions and sentences are of all of them together. `relations` is what the texts say
    of both concepts where two were asked for. `years` are pairs of year and documents; `comentions` by type, the
    strongest first (documents times NPMI). `other` is the second concept where two were asked for: then `comentions`
    has it alone, and every sentence holds both. `sentences` are one a document, the newest document first.
    """

    concept: FoundConcept
    same_name: list[FoundConcept]
    homologs: list[FoundConcept]
    relations: list[Triple]
    years: list[tuple[int, int]]
    comentions: dict[str, list[CoMention]]
    other: FoundConcept | None
    sentences: list[Evidence]


def ask(
    run: RunFolder,
    name: str,
    *,
    other: str | None = None,
    type: str | None = None,
    limit: int = 5,
    homologs: bool = False,
) -> Answer:
    """Return what a run knows of the concept that is called `name`: a name, synonym, CURIE, or a string in the texts.

    An exact match wins over one that differs in case, and that over one that is written otherwise (`TNF alpha` for
    `TNF-α`, `tumour` for `tumor`).

    `other` asks for the sentences with both; `type` for co-mentions of one type; `limit` is the most sentences, and
    the most co-mentions of each type; `homologs` for the homologous genes of all species together.

    Raises:
        NotFoundError: the run has no such concept or type; carries the nearest names.
        RunError: the run is missing or unfinished.
    """
    with tables(run) as connection:
        if type is not None:
            type = check_type(connection, type, run=run)
        concept, *same_name = resolve(connection, name, run=run)
        partner = None if other is None else resolve(connection, other, run=run)[0]
        group = _homologs(connection, concept) if homologs else []
        ids = [concept.id, *(homolog.id for homolog in group)]
        related = _related if group else _comentions
        return Answer(
            concept=concept,
            same_name=[namesake for namesake in same_name if namesake.id not in ids],
            homologs=group,
            relations=between(connection, run, ids, [partner.id], limit=limit) if partner else [],
            years=years(connection, ids),
            comentions=related(connection, ids, partner=partner, type=type, limit=limit),
            other=partner,
            sentences=sentences(connection, run, ids, partner.id if partner else None, limit=limit).items,
        )


def ask_relations(
    run: RunFolder,
    *,
    subject: str | None = None,
    predicate: str | None = None,
    object: str | None = None,
    object_type: str | None = None,
    least_probability: float = 0.0,
    negated: bool | None = None,
    limit: int = 20,
) -> list[Triple]:
    """Return what the texts of a run say of concepts, those triples of most documents first, each with its evidence.

    `subject` and `object` are names as `ask` takes them, `predicate` is a CURIE or its end (`treats`). `negated` asks
    for triples that a document denies, or, if false, for those that none does.

    Raises:
        NotFoundError: the run has no such concept, type or predicate; carries the nearest names.
        RunError: the run is missing or unfinished.
    """
    with tables(run) as connection:
        if object_type is not None:
            object_type = check_type(connection, object_type, run=run)
        subjects, objects = (
            None if name is None else [resolve(connection, name, run=run)[0].id] for name in (subject, object)
        )
        return select(
            connection,
            run,
            subjects=subjects,
            predicate=predicate,
            objects=objects,
            object_type=object_type,
            least_probability=least_probability,
            negated=negated,
            limit=limit,
        )


_COLUMNS = "id, name, type, xrefs, taxon, homologs, forms, documents, mentions, first_year, last_year"

_RESOLVE = f"""
SELECT {_COLUMNS} FROM (
    SELECT *, CASE
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


def ask_edge(run: RunFolder, edge: str, *, limit: int = 20) -> Triple | Answer:
    """Return the sentences behind an edge of an export, by its identifier: `urn:bioweft:edge:…`, or the end of that.

    Of a relation it is the triple, with at most `limit` statements that say it and as many that deny it; of
    co-occurrence the answer to a question about both concepts.

    Raises:
        NotFoundError: the run has no such edge.
        RunError: the run is missing or unfinished.
    """
    with tables(run) as connection:
        wanted, pair = find_edge(connection, edge, run=run)
        if pair is None:
            return of_edge(connection, run, wanted, limit=limit)
    return ask(run, pair[0], other=pair[1], limit=limit)


def find_edge(connection: duckdb.DuckDBPyConnection, edge: str, *, run: RunFolder) -> tuple[str, Pair | None]:
    """Return the end of an edge's identifier, and both CURIEs where it is a pair that co-occurs, not a relation.

    Raises:
        NotFoundError: the run has no such edge.
    """
    wanted = edge.strip().rpartition(":")[2]
    if connection.execute("SELECT 1 FROM relations WHERE edge = ?", [wanted]).fetchone():
        return wanted, None
    pair = connection.execute(f"SELECT a, b FROM cooccurrence WHERE {PAIR_EDGE} = ?", [wanted]).fetchone()
    if pair is None:
        raise NotFoundError(f"no edge {edge!r} in {run.path}; `bioweft relations --json` and exports have their ids")
    return wanted, (pair[0], pair[1])


def by_id(connection: duckdb.DuckDBPyConnection, ids: Sequence[str]) -> list[FoundConcept]:
    """Return the concepts of these CURIEs that the run found, in any order."""
    if not ids:
        return []
    rows = connection.execute(f"SELECT {_COLUMNS} FROM concepts WHERE id IN {among(ids)}").fetchall()
    return list(map(_concept, rows))


def resolve(connection: duckdb.DuckDBPyConnection, name: str, *, run: RunFolder) -> list[FoundConcept]:
    """Return the concepts of `run` that `name` may mean, the likeliest first; at least one.

    Raises:
        SettingsError: the name is empty.
        NotFoundError: there is none; carries the nearest names.
    """
    if not name.strip():
        raise SettingsError("the name is empty; give a name, a synonym or a CURIE: BECN1, p53, mesh:D001943")
    rows = connection.execute(_RESOLVE, {"name": name.strip()}).fetchall()
    concepts = list(map(_concept, rows)) or written_otherwise(connection, name)
    if not concepts:
        suggestions = suggest(connection, name)
        advice = "" if suggestions else "; `bioweft rank` lists what it holds, and --in asks another run"
        raise NotFoundError(f"nothing called {name!r} was found in {run.path}{advice}", suggestions=suggestions)
    return concepts


def _concept(row: Sequence[Any]) -> FoundConcept:
    """Return the concept of a row of `_COLUMNS`."""
    values = dict(zip(_COLUMNS.split(", "), row, strict=True))
    return FoundConcept(**values | {"forms": [Form(**form) for form in values["forms"]]})


def written_otherwise(connection: duckdb.DuckDBPyConnection, name: str) -> list[FoundConcept]:
    """Return the concepts whose terms or strings in the texts are the same name as the linker sees it."""
    from bioweft.link.keys import keys_of  # imports NumPy, which an exact match does without

    key = int(keys_of([name]).key[0])
    if not key:  # it has no word: "?"
        return []
    query = f"""
        SELECT {_COLUMNS} FROM concepts WHERE list_contains(keys, $key::UBIGINT)
        ORDER BY documents DESC, mentions DESC, id
    """
    return list(map(_concept, connection.execute(query, {"key": key}).fetchall()))


def _homologs(connection: duckdb.DuckDBPyConnection, concept: FoundConcept) -> list[FoundConcept]:
    """Return the homologs of a gene that the run found, those in most documents first."""
    query = f"""
        SELECT {_COLUMNS} FROM concepts WHERE homologs = $group AND id <> $id ORDER BY documents DESC, mentions DESC, id
    """
    rows = connection.execute(query, {"group": concept.homologs, "id": concept.id}).fetchall()
    return list(map(_concept, rows))


_TERMS_OF_LIKE_LENGTH = f"""
SELECT term, id, documents, term = name FROM (
    SELECT DISTINCT id, name, documents, unnest(list_append(terms, name)) AS term FROM concepts
) WHERE 200 * least(length(term), $length) >= {likeness.LEAST} * (length(term) + $length)
ORDER BY documents DESC, id, term
"""
"""Terms too long or too short to be like enough are left out (`bioweft.analyse.likeness.is_near`)."""

_TERMS_AT_ONCE = 2_000


def suggest(connection: duckdb.DuckDBPyConnection, name: str) -> list[str]:
    """Return the terms that `name` may have meant, the likeliest first, one a concept."""
    result = connection.execute(_TERMS_OF_LIKE_LENGTH, {"length": len(name)})
    chunks = iter(lambda: result.fetchmany(_TERMS_AT_ONCE), [])
    return likeness.suggestions(name, chain.from_iterable(chunks))


def years(connection: duckdb.DuckDBPyConnection, ids: Sequence[str]) -> list[tuple[int, int]]:
    """Return how many documents name any of these concepts, by year."""
    query = f"""
        SELECT year, count(DISTINCT document) FROM mentions
        WHERE concept IN {among(ids)} AND year IS NOT NULL GROUP BY year ORDER BY year
    """
    return connection.execute(query).fetchall()


_COMENTIONS = """
SELECT * EXCLUDE place FROM (
    SELECT *, row_number() OVER (
        PARTITION BY CASE WHEN $apart THEN type END
        ORDER BY documents * npmi_documents DESC, documents DESC, id) AS place
    FROM (
        SELECT b AS id, b_name AS name, b_type AS type, documents, sentences, npmi_documents, npmi_sentences
        FROM cooccurrence WHERE a = $concept
        UNION ALL
        SELECT a, a_name, a_type, documents, sentences, npmi_documents, npmi_sentences
        FROM cooccurrence WHERE b = $concept
    ) WHERE ($type IS NULL OR type = $type) AND ($partner IS NULL OR id = $partner)
) WHERE place > $offset AND place <= $offset + $limit ORDER BY CASE WHEN $apart THEN type END, place
"""


def comentions(
    connection: duckdb.DuckDBPyConnection,
    concept: str,
    *,
    partner: str | None = None,
    type: str | None = None,
    limit: int,
    offset: int = 0,
    by_type: bool = False,
) -> list[CoMention]:
    """Return the concepts that are in documents with a concept, the strongest first, at most `limit` after `offset`.

    With `by_type` the limit is that of each type.
    """
    parameters = {"concept": concept, "partner": partner, "type": type, "limit": limit, "offset": offset}
    rows = connection.execute(_COMENTIONS, parameters | {"apart": by_type}).fetchall()
    return [CoMention(*row) for row in rows]


def _comentions(
    connection: duckdb.DuckDBPyConnection,
    ids: Sequence[str],
    *,
    partner: FoundConcept | None,
    type: str | None,
    limit: int,
) -> dict[str, list[CoMention]]:
    """Return the strongest co-mentions of a concept by type."""
    (concept,) = ids
    return _by_type(
        comentions(connection, concept, partner=partner.id if partner else None, type=type, limit=limit, by_type=True)
    )


_RELATED = """
WITH own AS (SELECT DISTINCT document, sentence FROM mentions WHERE concept IN {ids}),
own_documents AS (SELECT DISTINCT document FROM own),
total AS (
    SELECT (SELECT count(*) FROM documents) AS documents, (SELECT count(*) FROM own_documents) AS own_documents
),
joint AS (
    SELECT m.concept AS id, count(DISTINCT m.document) AS documents,
        count(DISTINCT (m.document, m.sentence)) FILTER (o.document IS NOT NULL) AS sentences
    FROM mentions m SEMI JOIN own_documents d USING (document) LEFT JOIN own o USING (document, sentence)
    WHERE m.concept IS NOT NULL AND m.concept NOT IN {ids} GROUP BY m.concept
),
measured AS (
    SELECT c.id, c.name, c.type, j.documents, j.sentences,
        npmi(j.documents, t.own_documents, c.documents, t.documents) AS npmi_documents, NULL::DOUBLE AS npmi_sentences
    FROM joint j JOIN concepts c USING (id) CROSS JOIN total t
    WHERE ($type IS NULL OR c.type = $type) AND ($partner IS NULL OR c.id = $partner)
)
SELECT * EXCLUDE place FROM (
    SELECT *, row_number() OVER (
        PARTITION BY type ORDER BY documents * npmi_documents DESC, documents DESC, id) AS place
    FROM measured
) WHERE place <= $limit ORDER BY type, place
"""


def _related(
    connection: duckdb.DuckDBPyConnection,
    ids: Sequence[str],
    *,
    partner: FoundConcept | None,
    type: str | None,
    limit: int,
) -> dict[str, list[CoMention]]:
    """Return the strongest co-mentions of several concepts together: a document with two of them counts once."""
    measures.register(connection)
    parameters = {"partner": partner.id if partner else None, "type": type, "limit": limit}
    rows = connection.execute(_RELATED.format(ids=among(ids)), parameters).fetchall()
    return _by_type(CoMention(*row) for row in rows)


def _by_type(comentions: Iterable[CoMention]) -> dict[str, list[CoMention]]:
    by_type: dict[str, list[CoMention]] = {}
    for comention in comentions:
        by_type.setdefault(comention.type, []).append(comention)
    return by_type


_SENTENCES = """
WITH holding AS (
    SELECT DISTINCT document, year, sentence FROM mentions WHERE concept IN {ids} AND (
        $other IS NULL OR (document, sentence) IN (SELECT (document, sentence) FROM mentions WHERE concept = $other))
        AND ($since IS NULL OR year >= $since) AND ($until IS NULL OR year <= $until)
        AND ($journal IS NULL OR document IN (SELECT id FROM documents WHERE lower(journal) = lower($journal)))
),
chosen AS (
    SELECT document, year, sentence FROM holding
    QUALIFY $each OR row_number() OVER (PARTITION BY document ORDER BY sentence) = 1
    ORDER BY year DESC NULLS LAST, document DESC, sentence LIMIT $limit OFFSET $offset
),
marked AS (
    SELECT document, sentence, any_value(shard) AS shard, list_sort(list(DISTINCT [start, "end"])) AS spans
    FROM mentions SEMI JOIN chosen USING (document, sentence)
    WHERE concept IN {ids} OR concept = $other GROUP BY document, sentence
)
SELECT document, c.year, d.journal, d.flags, m.shard, sentence, m.spans
FROM chosen c JOIN marked m USING (document, sentence) JOIN documents d ON d.id = document
ORDER BY c.year DESC NULLS LAST, document DESC, sentence
"""


def sentences(
    connection: duckdb.DuckDBPyConnection,
    run: RunFolder,
    ids: Sequence[str],
    other: str | None = None,
    *,
    limit: int,
    offset: int = 0,
    wanted: Wanted = ALL,
) -> Stretch[Evidence]:
    """Return sentences that name one of these concepts, and `other` with it: the first of each document, newest first.

    With a section, it is the first sentence of each document there.
    """
    query = _SENTENCES.format(ids=among(ids))
    parameters = {"other": other, "each": wanted.section is not None, **wanted.of_documents}

    def read(limit: int, offset: int) -> list[Evidence]:
        rows = connection.execute(query, {**parameters, "limit": limit, "offset": offset}).fetchall()
        return _evidence(connection, run, rows)

    return stretch(read, wanted, limit=limit, offset=offset)


def _evidence(connection: duckdb.DuckDBPyConnection, run: RunFolder, rows: Sequence[Sequence[Any]]) -> list[Evidence]:
    texts = sentence_texts(connection, run, {(shard, document, n) for document, _, _, _, shard, n, _ in rows})
    evidence = []
    for document, year, journal, flags, shard, number, spans in rows:
        offset, text, section = texts[shard, document, number]
        inside = [(start - offset, min(end - offset, len(text))) for start, end in spans]
        pieces = (Piece(number, offset, section, 0, len(text)),)
        evidence.append(Evidence(document, year, journal, flags, text, apart(inside), pieces=pieces))
    return evidence
