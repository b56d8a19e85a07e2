"""Questions about what the texts of a run say of two concepts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import duckdb

from bioweft.analyse.evidence import (
    ALL,
    GAP,
    Evidence,
    Piece,
    Place,
    SentenceText,
    Stretch,
    Wanted,
    among,
    apart,
    moved,
    sentence_texts,
    stretch,
)
from bioweft.errors import NotFoundError, nearest
from bioweft.records import Span
from bioweft.relate.predicates import SYMMETRIC, phrase
from bioweft.store.columns import TRIPLE, TripleColumns
from bioweft.store.run import RunFolder


@dataclass(frozen=True, slots=True)
class Statement(Evidence):
    """A sentence that says or denies a triple, or the two sentences of its subject and its object.

    `spans` are subject and object in the order of the text, which `subject` and `object` tell apart; `cue` is the
    stretch that denies it or makes it a guess.
    """

    probability: float
    negated: bool
    speculative: bool
    cue: Span | None
    subject: Span | None = field(default=None, kw_only=True, compare=False, repr=False)
    object: Span | None = field(default=None, kw_only=True, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Triple(TripleColumns):
    """A relation of a subject and an object, added up; the columns are those of the result `relations`.

    `evidence` is the best statement that says it, then the best that denies it, or as many of each as were asked for:
    those of documents that are not retracted come first, then those of the highest probability, then the newest.
    """

    evidence: list[Statement]

    @property
    def phrase(self) -> str:
        """The predicate with its qualifiers in words."""
        return phrase(self.predicate, self.qualifiers)


COLUMNS = TRIPLE

_ENDS = """
(($subjects IS NULL OR list_contains($subjects, {subject})) AND ($objects IS NULL OR list_contains($objects, {object}))
    AND ($object_type IS NULL OR {object}_type = $object_type))
"""
_TRIPLES = f"""
SELECT {", ".join(COLUMNS)} FROM relations
WHERE ({_ENDS.format(subject="subject", object="object")}
    OR (qualifiers = '' AND predicate IN {among(sorted(SYMMETRIC))}
        AND {_ENDS.format(subject="object", object="subject")}))
AND ($predicate IS NULL OR predicate = $predicate)
AND ($least = 0 OR probability >= $least)
AND ($negated IS NULL OR (negated > 0) = $negated)
AND ($either IS NULL OR (list_contains($either, subject) AND ($partner_type IS NULL OR object_type = $partner_type))
    OR (list_contains($either, object) AND ($partner_type IS NULL OR subject_type = $partner_type)))
AND ($since IS NULL OR last_year >= $since) AND ($until IS NULL OR first_year <= $until)
AND ($qualifiers IS NULL OR qualifiers = $qualifiers)
ORDER BY documents DESC, probability DESC NULLS LAST, negated DESC, subject_name, object_name, edge
LIMIT $limit OFFSET $offset
"""
"""A predicate that is the same in either order holds of an object as of a subject."""

_STATEMENT = """
e.edge, e.shard, e.document, e.year, d.journal, d.flags, e.sentence, e.object_sentence,
e.subject_start, e.subject_end, e.object_start, e.object_end,
e.probability, e.negated, e.speculative, e.cue_start, e.cue_end
"""
_BEST_FIRST = """
retracted, probability DESC, year DESC NULLS LAST, document DESC, sentence,
subject_start, object_start, subject_end, object_end
"""
_EVIDENCE = f"""
SELECT {_STATEMENT} FROM (
    SELECT *, row_number() OVER (PARTITION BY edge, negated ORDER BY {_BEST_FIRST}) AS place
    FROM evidence WHERE edge IN {{edges}} QUALIFY place <= {{most}}
) e JOIN documents d ON d.id = e.document ORDER BY e.edge, e.negated, e.place
"""
_STATEMENTS = f"""
SELECT {_STATEMENT} FROM (
    SELECT *, row_number() OVER (ORDER BY {_BEST_FIRST}) AS place
    FROM evidence WHERE edge = $edge AND ($negated IS NULL OR negated = $negated)
    AND ($speculative IS NULL OR speculative = $speculative) AND probability >= $least
    AND ($since IS NULL OR year >= $since) AND ($until IS NULL OR year <= $until)
    AND ($journal IS NULL OR document IN (SELECT id FROM documents WHERE lower(journal) = lower($journal)))
    QUALIFY place > $offset AND place <= $offset + $limit
) e JOIN documents d ON d.id = e.document ORDER BY e.place
"""


@dataclass(frozen=True, slots=True)
class PredicateCount:
    """A predicate with its qualifiers, and how many triples have it."""

    predicate: str
    qualifiers: str
    triples: int

    @property
    def phrase(self) -> str:
        """The predicate with its qualifiers in words."""
        return phrase(self.predicate, self.qualifiers)


def predicate_counts(connection: duckdb.DuckDBPyConnection, concept: str | None = None) -> list[PredicateCount]:
    """Return the predicates of triples, of all or of those with a concept, the most frequent first."""
    query = """
        SELECT predicate, qualifiers, count(*) FROM relations
        WHERE $concept IS NULL OR subject = $concept OR object = $concept GROUP BY ALL
        ORDER BY count(*) DESC, predicate, qualifiers
    """
    return [PredicateCount(*row) for row in connection.execute(query, {"concept": concept}).fetchall()]


def statements(
    connection: duckdb.DuckDBPyConnection,
    run: RunFolder,
    edge: str,
    *,
    negated: bool | None = None,
    speculative: bool | None = None,
    least_probability: float = 0.0,
    wanted: Wanted = ALL,
    limit: int,
    offset: int = 0,
) -> Stretch[Statement]:
    """Return the statements of a triple: those of documents that are not retracted first, then the likeliest."""
    parameters = {
        "edge": edge,
        "negated": negated,
        "speculative": speculative,
        "least": least_probability,
        **wanted.of_documents,
    }

    def read(limit: int, offset: int) -> list[Statement]:
        result = connection.execute(_STATEMENTS, {**parameters, "limit": limit, "offset": offset})
        return [statement for _, statement in _shown(connection, run, result)]

    return stretch(read, wanted, limit=limit, offset=offset)


def select(
    connection: duckdb.DuckDBPyConnection,
    run: RunFolder,
    *,
    subjects: Sequence[str] | None = None,
    predicate: str | None = None,
    objects: Sequence[str] | None = None,
    object_type: str | None = None,
    least_probability: float = 0.0,
    negated: bool | None = None,
    either: Sequence[str] | None = None,
    partner_type: str | None = None,
    qualifiers: str | None = None,
    since: int | None = None,
    until: int | None = None,
    limit: int = 20,
    offset: int = 0,
    statements: int = 1,
) -> list[Triple]:
    """Return triples with their evidence, those of most documents first, at most `limit` after `offset`.

    `subjects` and `objects` are CURIEs, one of which it must be. `predicate` is a CURIE or its end (`treats`).
    `negated` asks for triples that a document denies, or, if false, for those that none does. `either` are CURIEs, one
    of which must be the subject or the object, and `partner_type` is then the type of the other end. `since` and
    `until` are years: a document that says the triple may be of these. The evidence of each triple is at most
    `statements` that say it and as many that deny it.

    Raises:
        NotFoundError: the run has no such predicate; carries the nearest.
    """
    parameters = {
        "subjects": None if subjects is None else list(subjects),
        "objects": None if objects is None else list(objects),
        "object_type": object_type,
        "predicate": None if predicate is None else _predicate(connection, predicate, run=run),
        "least": least_probability,
        "negated": negated,
        "either": None if either is None else list(either),
        "partner_type": partner_type,
        "qualifiers": qualifiers,
        "since": since,
        "until": until,
        "limit": limit,
        "offset": offset,
    }
    rows = connection.execute(_TRIPLES, parameters).fetchall()
    evidence = _evidence(connection, run, [row[0] for row in rows] if statements else [], most=statements)
    return [Triple(**dict(zip(COLUMNS, row, strict=True)), evidence=evidence.get(row[0], [])) for row in rows]


def between(
    connection: duckdb.DuckDBPyConnection, run: RunFolder, some: Sequence[str], others: Sequence[str], *, limit: int
) -> list[Triple]:
    """Return what the texts say of a concept of `some` and one of `others`, whichever is the subject."""
    triples = {
        triple.edge: triple
        for subjects, objects in ((some, others), (others, some))
        for triple in select(connection, run, subjects=subjects, objects=objects, limit=limit)
    }
    return sorted(triples.values(), key=lambda t: (-t.documents, -(t.probability or 0), t.edge))[:limit]


def of_edge(connection: duckdb.DuckDBPyConnection, run: RunFolder, edge: str, *, limit: int) -> Triple:
    """Return the triple of an edge with at most `limit` statements that say it and as many that deny it, best first."""
    (row,) = connection.execute(f"SELECT {', '.join(COLUMNS)} FROM relations WHERE edge = ?", [edge]).fetchall()
    evidence = _evidence(connection, run, [edge], most=limit)
    return Triple(**dict(zip(COLUMNS, row, strict=True)), evidence=evidence.get(edge, []))


def of_edges(
    connection: duckdb.DuckDBPyConnection, run: RunFolder, edges: Sequence[str], *, most: int = 1
) -> list[Triple]:
    """Return the triples of some edges in their order, each with its `most` best statements for and against."""
    if not edges:
        return []
    rows = connection.execute(f"SELECT {', '.join(COLUMNS)} FROM relations WHERE edge IN {among(edges)}").fetchall()
    evidence = _evidence(connection, run, edges, most=most)
    triples = [Triple(**dict(zip(COLUMNS, row, strict=True)), evidence=evidence.get(row[0], [])) for row in rows]
    places = {edge: place for place, edge in enumerate(edges)}
    return sorted(triples, key=lambda triple: places[triple.edge])


def _predicate(connection: duckdb.DuckDBPyConnection, name: str, *, run: RunFolder) -> str:
    """Return the predicate of the run that is called so: `treats`, `biolink:treats`, `is substrate of`."""
    predicates = [row[0] for row in connection.sql("SELECT DISTINCT predicate FROM relations ORDER BY ALL").fetchall()]
    wanted = name.strip().replace(" ", "_")
    for predicate in predicates:
        if wanted in (predicate, predicate.partition(":")[2]):
            return str(predicate)
    ends = [predicate.partition(":")[2] for predicate in predicates]
    raise NotFoundError(
        f"no predicate {name!r} in {run.path}; it has: {', '.join(predicates) or 'none'}",
        suggestions=nearest(wanted.partition(":")[2] or wanted, ends),
    )


def _evidence(
    connection: duckdb.DuckDBPyConnection, run: RunFolder, edges: Sequence[str], *, most: int = 1
) -> dict[str, list[Statement]]:
    """Return by edge the best statements that say it and the best that deny it, at most so many of each."""
    if not edges:
        return {}
    by_edge: dict[str, list[Statement]] = {}
    result = connection.execute(_EVIDENCE.format(edges=among(edges), most=most))
    for edge, statement in _shown(connection, run, result):
        by_edge.setdefault(edge, []).append(statement)
    return by_edge


def _shown(
    connection: duckdb.DuckDBPyConnection, run: RunFolder, result: duckdb.DuckDBPyConnection
) -> list[tuple[str, Statement]]:
    """Return the edge and the statement of each row of `_STATEMENT`."""
    names = [column[0] for column in result.description or ()]
    rows = [dict(zip(names, row, strict=True)) for row in result.fetchall()]
    places = {(row["shard"], row["document"], row[key]) for row in rows for key in ("sentence", "object_sentence")}
    texts = sentence_texts(connection, run, places)
    return [(row["edge"], _statement(row, texts)) for row in rows]


def _statement(row: Mapping[str, Any], texts: Mapping[Place, SentenceText]) -> Statement:
    pieces: list[Piece] = []
    shown: list[str] = []
    for number in sorted({row["sentence"], row["object_sentence"]}):
        start, text, section = texts[row["shard"], row["document"], number]
        place = sum(map(len, shown)) + len(GAP) * len(shown)
        pieces.append(Piece(number, start, section, place, len(text)))
        shown.append(text)

    ends = [moved(pieces, row[f"{end}_start"], row[f"{end}_end"]) for end in ("subject", "object")]
    return Statement(
        document=row["document"],
        year=row["year"],
        journal=row["journal"],
        flags=row["flags"],
        text=GAP.join(shown),
        spans=apart(span for span in ends if span is not None),
        probability=row["probability"],
        negated=row["negated"],
        speculative=row["speculative"],
        cue=moved(pieces, row["cue_start"], row["cue_end"]),
        subject=ends[0],
        object=ends[1],
        pieces=tuple(pieces),
    )
