"""Changes of a run: against its results of an earlier day, or against another run."""

from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Generic, TypeVar

import duckdb

from bioweft.analyse import relations, snapshots
from bioweft.analyse.query import resolve
from bioweft.analyse.reading import parquet, tables
from bioweft.errors import NotFoundError
from bioweft.relate.predicates import phrase
from bioweft.store.run import RunFolder

FALSE_DISCOVERIES = 0.05
"""The share of concepts that are called rising by chance, at most."""

_LEAST_P = 1e-15

_MOST_EXACT = 20_000
"""Documents of a concept up to which `scipy.stats.poisson_means_test` is quick."""

_Entry = TypeVar("_Entry")


@dataclass(frozen=True, slots=True)
class Section(Generic[_Entry]):
    """The changes of one kind: how many there are, and the first of them."""

    count: int = 0
    first: list[_Entry] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ConceptChange:
    """A concept that texts mention; `documents` are those that do now."""

    id: str
    name: str
    type: str
    documents: int


@dataclass(frozen=True, slots=True)
class RisingConcept(ConceptChange):
    """A concept of which new documents speak more often than those before did.

    `ratio` is its share of the new documents over that of those before, `p` the adjusted p-value.
    """

    new_documents: int
    ratio: float
    p: float

    @property
    def rounded_p(self) -> str:
        """The p-value in a few characters; below 1e-15 it is no more than rounding."""
        return f"p {self.p:.2g}" if self.p >= _LEAST_P else f"p < {_LEAST_P:g}"


@dataclass(frozen=True, slots=True)
class LostSupport:
    """A relation that fewer documents say than before; None is for a probability of what no document says."""

    edge: str
    subject: str
    subject_name: str
    predicate: str
    qualifiers: str
    object: str
    object_name: str
    documents: int
    documents_before: int
    probability: float | None
    probability_before: float | None
    negated: int
    negated_before: int

    @property
    def phrase(self) -> str:
        """The predicate with its qualifiers in words."""
        return phrase(self.predicate, self.qualifiers)


@dataclass(frozen=True, slots=True)
class KnownRelation:
    """A relation that was said before, and how many documents that are not retracted say it now."""

    edge: str
    subject_name: str
    phrase: str
    object_name: str
    documents: int


@dataclass(frozen=True, slots=True)
class RetractedPaper:
    """A document that is retracted (or the notice of it) and was not before, and the known relations it speaks of."""

    document: str
    title: str | None
    year: int | None
    journal: str | None
    flags: list[str]
    relations: list[KnownRelation]


@dataclass(frozen=True, slots=True)
class Changes:
    """The changes of a run since a state before.

    `before` says which that is: when a snapshot was taken, or the folder of another run; None where the run has had no
    results before, so that nothing is compared. `unknown` are names of the watch list that are not in the run.
    """

    run: str
    before: str | None
    documents: int
    documents_before: int
    watched: list[str]
    unknown: list[str]
    new_concepts: Section[ConceptChange]
    rising: Section[RisingConcept]
    new_relations: Section[relations.Triple]
    lost_support: Section[LostSupport]
    retracted: Section[RetractedPaper]

    @property
    def is_empty(self) -> bool:
        """True where nothing is new."""
        sections = (self.new_concepts, self.rising, self.new_relations, self.lost_support, self.retracted)
        return not any(section.count for section in sections)


def changes(
    run: RunFolder,
    *,
    since: date | None = None,
    against: RunFolder | None = None,
    watch: Iterable[str] = (),
    least: int = 5,
    least_probability: float = 0.0,
    limit: int = 20,
    reader: duckdb.DuckDBPyConnection | None = None,
) -> Changes:
    """Return what has changed in a run since its results before the current ones.

    With `since` that is since the last results before that day, with `against` it is what another run does not have.
    `watch` are names, synonyms or CURIEs of the concepts to tell of, all where there are none. A concept is rising if
    it was there before, at least `least` new documents name it, and `scipy.stats.poisson_means_test` says that it is
    more frequent in these than in those before, at a share of false discoveries of 0.05
    (`scipy.stats.false_discovery_control`, Benjamini and Hochberg 1995). A relation is new if it has now at least
    `least_probability`, and had not before. Each section has at most `limit` entries.
    `reader`, where there is one already, is connected to the run's tables, and gets temporary tables.

    Raises:
        RunError: a run is missing or unfinished, or a snapshot damaged.
    """
    with tables(run) if reader is None else nullcontext(reader) as connection:
        before = _register_before(connection, run, since=since, against=against)
        if before is None:
            (documents,) = connection.execute("SELECT count(*) FROM documents").fetchall()[0]
            nothing: Section[Any] = Section()
            return Changes(str(run.path), None, documents, 0, [], [], *[nothing] * 5)
        watched, unknown = _watched(connection, run, watch)
        connection.execute("CREATE TEMP TABLE watched (id VARCHAR)")
        if watched:
            connection.executemany("INSERT INTO watched VALUES (?)", [[id_] for id_ in watched])
        is_watched = bool(watched or unknown)
        counted = "SELECT (SELECT count(*) FROM documents), (SELECT documents FROM before WHERE kind = 'total')"
        ((documents, documents_before),) = connection.execute(counted).fetchall()
        parameters = {"all": not is_watched}
        new = [ConceptChange(*row) for row in connection.execute(_NEW_CONCEPTS, parameters).fetchall()]
        rising = _rising(connection, parameters, least)
        edges = connection.execute(_NEW_RELATIONS, parameters | {"probability": least_probability}).fetchall()
        first_edges = [edge for (edge,) in edges[:limit]]
        lost = [LostSupport(*row) for row in connection.execute(_LOST_SUPPORT, parameters).fetchall()]
        retracted = _retracted(connection, parameters)
        return Changes(
            str(run.path),
            before,
            documents,
            documents_before,
            watched,
            unknown,
            Section(len(new), new[:limit]),
            Section(len(rising), rising[:limit]),
            Section(len(edges), relations.of_edges(connection, run, first_edges)),
            Section(len(lost), lost[:limit]),
            Section(len(retracted), retracted[:limit]),
        )


# `fresh` has by concept how many new documents name it. Of a snapshot, which has no documents, that is the difference
# of the counts; of two runs the documents of one that the other lacks, whichever others that has.
_FRESH_SINCE = """
CREATE TEMP VIEW fresh_total AS
SELECT (SELECT count(*) FROM documents) - (SELECT documents FROM before WHERE kind = 'total') AS documents;
CREATE TEMP VIEW fresh AS
SELECT c.id, c.documents - coalesce(b.documents, 0) AS documents
FROM concepts c LEFT JOIN before b ON b.kind = 'concept' AND b.id = c.id;
"""
_FRESH_AGAINST = """
CREATE TEMP TABLE fresh_documents AS SELECT id FROM documents ANTI JOIN {documents} o USING (id);
CREATE TEMP VIEW fresh_total AS SELECT count(*) AS documents FROM fresh_documents;
CREATE TEMP VIEW fresh AS
SELECT concept AS id, count(DISTINCT document) AS documents
FROM mentions WHERE document IN (SELECT id FROM fresh_documents) AND concept IS NOT NULL GROUP BY concept;
"""


def _register_before(
    connection: duckdb.DuckDBPyConnection, run: RunFolder, *, since: date | None, against: RunFolder | None
) -> str | None:
    """Make the tables `before`, `fresh` and `fresh_total`; return what is compared with, None where nothing is."""
    if against is not None:
        against.require_finished()
        connection.execute(f"CREATE TEMP TABLE before AS {snapshots.table_of(against.results)}")
        documents = parquet(against.results / "documents.parquet")
        connection.execute(_FRESH_AGAINST.format(documents=documents))
        return str(against.path)
    snapshot = snapshots.choose(run, since)
    if snapshot is None:
        return None
    file, taken = snapshot
    connection.execute(f"CREATE TEMP TABLE before AS FROM {parquet(file)}")
    connection.execute(_FRESH_SINCE)
    return taken


def _watched(
    connection: duckdb.DuckDBPyConnection, run: RunFolder, names: Iterable[str]
) -> tuple[list[str], list[str]]:
    """Return the CURIEs of names, and the names that the run does not have: no text may speak of them yet."""
    watched: list[str] = []
    unknown: list[str] = []
    for name in dict.fromkeys(names):
        try:
            watched.append(resolve(connection, name, run=run)[0].id)
        except NotFoundError:
            row = connection.execute(_BEFORE_ONLY, {"name": name}).fetchone()
            (watched if row else unknown).append(row[0] if row else name)
    return watched, unknown


_BEFORE_ONLY = """
SELECT id FROM before WHERE kind = 'concept' AND (id = $name OR lower(name) = lower($name))
ORDER BY documents DESC, id LIMIT 1
"""

_NEW_CONCEPTS = """
SELECT id, name, type, documents FROM concepts c ANTI JOIN (FROM before WHERE kind = 'concept') b USING (id)
WHERE $all OR id IN (FROM watched) ORDER BY documents DESC, mentions DESC, id
"""

_RISING = """
SELECT c.id, c.name, c.type, c.documents, f.documents, b.documents, t.documents,
    (SELECT documents FROM before WHERE kind = 'total')
FROM concepts c JOIN fresh f USING (id) JOIN before b ON b.kind = 'concept' AND b.id = c.id CROSS JOIN fresh_total t
WHERE f.documents >= $least AND t.documents > 0 AND ($all OR c.id IN (FROM watched)) ORDER BY c.id
"""


def _rising(connection: duckdb.DuckDBPyConnection, parameters: dict[str, Any], least: int) -> list[RisingConcept]:
    rows = connection.execute(_RISING, parameters | {"least": least}).fetchall()
    adjusted = adjusted_p([row[4:] for row in rows])
    rising = []
    for (id_, name, type_, documents, *counts), p in zip(rows, adjusted, strict=True):
        new, before, all_new, all_before = counts
        if p <= FALSE_DISCOVERIES:
            ratio = (new / all_new) / (before / all_before)
            rising.append(RisingConcept(id_, name, type_, documents, new, ratio, p))
    return sorted(rising, key=lambda concept: (concept.p, -concept.ratio, concept.id))


def adjusted_p(counts: Sequence[tuple[int, int, int, int]]) -> list[float]:
    """Return the p-values of `rising_p` for the arguments of each concept, adjusted for their number."""
    if not counts:
        return []
    from scipy.stats import false_discovery_control  # takes half a second to import

    return [float(p) for p in false_discovery_control([rising_p(*numbers) for numbers in counts])]


def rising_p(new: int, before: int, all_new: int, all_before: int) -> float:
    """Return how likely it is that a concept is in so many new documents if it is as frequent as before.

    That is the one-sided p-value of `scipy.stats.poisson_means_test` (Krishnamoorthy & Thomson 2004). Its time grows
    with the counts: of many documents it is that of the conditional test, a binomial one, which is hardly larger then.
    A concept that is not more frequent has the p-value 1.
    """
    from scipy.stats import binom, poisson_means_test

    if new * all_before <= before * all_new:
        return 1.0
    if new + before <= _MOST_EXACT:
        return float(poisson_means_test(new, all_new, before, all_before, alternative="greater").pvalue)
    return float(binom.sf(new - 1, new + before, all_new / (all_new + all_before)))


_NEW_RELATIONS = """
SELECT r.edge FROM relations r LEFT JOIN before b ON b.kind = 'triple' AND b.id = r.edge
WHERE r.documents > 0 AND r.probability >= $probability
    AND NOT coalesce(b.documents > 0 AND b.probability >= $probability, false)
    AND ($all OR r.subject IN (FROM watched) OR r.object IN (FROM watched))
ORDER BY r.documents DESC, r.probability DESC, r.edge
"""

_LOST_SUPPORT = """
WITH names AS (
    SELECT id, name FROM concepts
    UNION ALL SELECT id, name FROM before ANTI JOIN concepts USING (id) WHERE kind = 'concept'
)
SELECT b.id, b.subject, coalesce(s.name, b.subject), b.predicate, b.qualifiers, b.object, coalesce(o.name, b.object),
    coalesce(r.documents, 0), b.documents, r.probability, b.probability, coalesce(r.negated, 0), b.negated
FROM before b LEFT JOIN relations r ON r.edge = b.id
LEFT JOIN names s ON s.id = b.subject LEFT JOIN names o ON o.id = b.object
WHERE b.kind = 'triple' AND coalesce(r.documents, 0) < b.documents
    AND ($all OR b.subject IN (FROM watched) OR b.object IN (FROM watched))
ORDER BY b.documents - coalesce(r.documents, 0) DESC, b.probability DESC, b.id
"""

# A relation is known if a document said it before.
_RETRACTED = f"""
SELECT d.id, d.title, d.year, d.journal, d.flags,
    r.edge, r.subject_name, r.predicate, r.qualifiers, r.object_name, r.documents
FROM (SELECT DISTINCT document, edge FROM evidence) e
JOIN (SELECT * FROM documents WHERE {snapshots.RETRACTED}) d ON d.id = e.document
JOIN relations r USING (edge)
JOIN (FROM before WHERE kind = 'triple' AND documents > 0) b ON b.id = r.edge
WHERE d.id NOT IN (SELECT id FROM before WHERE kind = 'retracted')
    AND ($all OR r.subject IN (FROM watched) OR r.object IN (FROM watched))
ORDER BY d.id, r.documents, r.edge
"""


def _retracted(connection: duckdb.DuckDBPyConnection, parameters: dict[str, Any]) -> list[RetractedPaper]:
    papers: dict[str, RetractedPaper] = {}
    for row in connection.execute(_RETRACTED, parameters).fetchall():
        document, title, year, journal, flags, edge, subject, predicate, qualifiers, object_, documents = row
        paper = papers.setdefault(document, RetractedPaper(document, title, year, journal, flags, []))
        paper.relations.append(KnownRelation(edge, subject, phrase(predicate, qualifiers), object_, documents))
    return sorted(papers.values(), key=lambda paper: (-len(paper.relations), paper.document))
