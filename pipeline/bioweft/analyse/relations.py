"""Questions about what the texts of a run say of two concepts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import duckdb

from bioweft.analyse.evidence import GAP, Evidence, Place, among, apart, sentence_texts
from bioweft.errors import NotFoundError, nearest
from bioweft.records import Span
from bioweft.relate.predicates import SYMMETRIC, phrase
from bioweft.store.run import RunFolder


@dataclass(frozen=True, slots=True)
class Statement(Evidence):
    """A sentence that says or denies a triple, or the two sentences of its subject and its object.

    `spans` are subject and object in the order of the text; `cue` is the stretch that denies it or makes it a guess.
    """

    probability: float
    negated: bool
    speculative: bool
    cue: Span | None


@dataclass(frozen=True, slots=True)
class Triple:
    """A relation of a subject and an object, added up; the columns are those of the result `relations`.

    `evidence` is the best statement that says it, then the best that denies it, or as many of each as were asked for:
    those of documents that are not retracted come first, then those of the highest probability, then the newest.
    """

    edge: str
    subject: str
    subject_name: str
    subject_type: str
    predicate: str
    qualifiers: str
    object: str
    object_name: str
    object_type: str
    documents: int
    sentences: int
    probability: float | None
    negated: int
    speculative: int
    retracted: int
    first_year: int | None
    last_year: int | None
    evidence: list[Statement]

    @property
    def phrase(self) -> str:
        """The predicate with its qualifiers in words."""
        return phrase(self.predicate, self.qualifiers)


COLUMNS = tuple(field.name for field in fields(Triple) if field.name != "evidence")

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
ORDER BY documents DESC, probability DESC NULLS LAST, negated DESC, subject_name, object_name, edge LIMIT $limit
"""
"""A predicate that is the same in either order holds of an object as of a subject."""

_EVIDENCE = """
SELECT e.edge, e.shard, e.document, e.year, d.journal, d.flags, e.sentence, e.object_sentence,
    e.subject_start, e.subject_end, e.object_start, e.object_end,
    e.probability, e.negated, e.speculative, e.cue_start, e.cue_end
FROM (
    SELECT *, row_number() OVER (
        PARTITION BY edge, negated ORDER BY retracted, probability DESC, year DESC NULLS LAST, document DESC, sentence,
        subject_start, object_start, subject_end, object_end) AS place
    FROM evidence WHERE edge IN {edges} QUALIFY place <= {most}
) e JOIN documents d ON d.id = e.document ORDER BY e.edge, e.negated, e.place
"""


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
    limit: int = 20,
) -> list[Triple]:
    """Return triples with their evidence, those of most documents first, at most `limit`.

    `subjects` and `objects` are CURIEs, one of which it must be. `predicate` is a CURIE or its end (`treats`).
    `negated` asks for triples that a document denies, or, if false, for those that none does.

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
        "limit": limit,
    }
    rows = connection.execute(_TRIPLES, parameters).fetchall()
    evidence = _evidence(connection, run, [row[0] for row in rows])
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


def of_edges(connection: duckdb.DuckDBPyConnection, run: RunFolder, edges: Sequence[str]) -> list[Triple]:
    """Return the triples of some edges in their order, each with its best statement for and its best against."""
    if not edges:
        return []
    rows = connection.execute(f"SELECT {', '.join(COLUMNS)} FROM relations WHERE edge IN {among(edges)}").fetchall()
    evidence = _evidence(connection, run, edges)
    triples = [Triple(**dict(zip(COLUMNS, row, strict=True)), evidence=evidence.get(row[0], [])) for row in rows]
    return sorted(triples, key=lambda triple: edges.index(triple.edge))


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
    result = connection.execute(_EVIDENCE.format(edges=among(edges), most=most))
    names = [column[0] for column in result.description or ()]
    rows = [dict(zip(names, row, strict=True)) for row in result.fetchall()]
    places = {(row["shard"], row["document"], row[key]) for row in rows for key in ("sentence", "object_sentence")}
    texts = sentence_texts(connection, run, places)
    statements: dict[str, list[Statement]] = {}
    for row in rows:
        statements.setdefault(row["edge"], []).append(_statement(row, texts))
    return statements


def _statement(row: Mapping[str, Any], texts: Mapping[Place, tuple[int, str]]) -> Statement:
    pieces: list[tuple[int, int, str]] = []  # offset in the document, offset in what is shown, text
    shown = 0
    for number in sorted({row["sentence"], row["object_sentence"]}):
        offset, text = texts[row["shard"], row["document"], number]
        pieces.append((offset, shown, text))
        shown += len(text) + len(GAP)

    def moved(start: int | None, end: int | None) -> Span | None:
        if start is None or end is None:
            return None
        for offset, place, text in pieces:
            if offset <= start < offset + len(text):  # a mention may end outside its sentence
                return start - offset + place, min(end - offset, len(text)) + place
        return None

    ends = [moved(row[f"{end}_start"], row[f"{end}_end"]) for end in ("subject", "object")]
    return Statement(
        document=row["document"],
        year=row["year"],
        journal=row["journal"],
        flags=row["flags"],
        text=GAP.join(text for _, _, text in pieces),
        spans=apart(span for span in ends if span is not None),
        probability=row["probability"],
        negated=row["negated"],
        speculative=row["speculative"],
        cue=moved(row["cue_start"], row["cue_end"]),
    )
