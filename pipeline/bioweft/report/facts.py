"""The numbers of a report, read from the result tables of a run; how they look is not its business."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import duckdb

from bioweft.analyse import rankings, relations
from bioweft.analyse.graph import LEAST_DOCUMENTS
from bioweft.analyse.plots import Trend
from bioweft.analyse.rankings import PEOPLE, Ranked
from bioweft.analyse.snapshots import RETRACTED
from bioweft.store.run import RunFolder

MOST_TYPES = 8
"""The types that plots show: those of most mentions. Users' dictionaries may bring many."""

_LEAST_IN_A_YEAR = (100, 20)
"""A share of fewer documents of a year says little; where fewer than two years have so many, the next number holds."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """The documents that count: how many by year and journal, how many have a flag (`retracted`, `preprint`)."""

    documents: int
    years: Mapping[int, int]
    undated: int
    journals: Sequence[tuple[str, int]]
    journal_count: int
    flags: Sequence[tuple[str, int]]
    retracted: int


def corpus(connection: duckdb.DuckDBPyConnection, *, journals: int = 8) -> Corpus:
    """Return what was read."""

    def counts(query: str) -> list[tuple[Any, int]]:
        return connection.execute(query).fetchall()

    years = counts("SELECT year, count(*) FROM documents GROUP BY year ORDER BY year")
    named = counts(
        "SELECT journal, count(*) AS n FROM documents WHERE journal IS NOT NULL "
        "GROUP BY journal ORDER BY n DESC, journal"
    )
    flags = "SELECT unnest(flags) AS flag, count(*) AS n FROM documents GROUP BY flag ORDER BY n DESC, flag"
    ((retracted,),) = connection.execute(f"SELECT count(*) FROM documents WHERE {RETRACTED}").fetchall()
    return Corpus(
        documents=sum(number for _, number in years),
        years={year: number for year, number in years if year is not None},
        undated=sum(number for year, number in years if year is None),
        journals=named[:journals],
        journal_count=len(named),
        flags=counts(flags),
        retracted=retracted,
    )


@dataclass(frozen=True, slots=True)
class RejectReason:
    """Why records could not be read: how many, and the first of them."""

    reason: str
    count: int
    examples: Sequence[str]


def rejects(run: RunFolder, *, most: int = 10, examples: int = 3) -> list[RejectReason]:
    """Return the reasons of the rejects, the most frequent first, at most so many."""
    counts: Counter[str] = Counter()
    first: dict[str, list[str]] = {}
    for reject in _reject_lines(run):
        reason = str(reject.get("reason", ""))
        counts[reason] += 1
        if len(places := first.setdefault(reason, [])) < examples:
            places.append(f"{reject.get('source', '')}, {reject.get('position', '')}")
    return [RejectReason(reason, count, first[reason]) for reason, count in counts.most_common(most)]


def _reject_lines(run: RunFolder) -> Iterator[dict[str, Any]]:
    if run.rejects_file.exists():
        with run.rejects_file.open(encoding="utf-8") as lines:
            yield from (json.loads(line) for line in lines if line.strip())


@dataclass(frozen=True, slots=True)
class TypeRanking:
    """The concepts of a type that most documents name, and how many concepts of the type there are."""

    type: str
    concepts: int
    first: Sequence[Ranked]


def type_rankings(connection: duckdb.DuckDBPyConnection, *, top: int) -> list[TypeRanking]:
    """Return the head of the ranking of each type, the type of most mentions first."""
    query = "SELECT type, count(*), sum(mentions) AS n FROM rankings GROUP BY type ORDER BY n DESC, type"
    sizes = {type_: count for type_, count, _ in connection.execute(query).fetchall()}
    heads = {type_: list(ranked) for type_, ranked in groupby(rankings.read(connection, top=top), key=lambda r: r.type)}
    return [TypeRanking(type_, sizes[type_], heads[type_]) for type_ in sizes]


def trends(corpus: Corpus, ranking: TypeRanking, *, most: int) -> list[Trend]:
    """Return the trends of the first concepts of a ranking that are not people.

    A share is of the documents of its year. Years of few documents are left out.
    """
    years = trend_years(corpus)
    ranked = [entry for entry in ranking.first if entry.concept not in PEOPLE][:most]
    histories = [{year["year"]: year["documents"] for year in entry.years} for entry in ranked]
    return [
        Trend(entry.name, {year: history.get(year, 0) / corpus.years[year] for year in years})
        for entry, history in zip(ranked, histories, strict=True)
    ]


def trend_years(corpus: Corpus) -> list[int]:
    """Return the years that have enough documents for a share of them to say something."""
    for least in _LEAST_IN_A_YEAR:
        years = [year for year, documents in corpus.years.items() if documents >= least]
        if len(years) > 1:
            return years
    return list(corpus.years)


@dataclass(frozen=True, slots=True)
class TypesTogether:
    """Documents that name concepts of two types; `documents[a][a]` are those that name one of the type at all."""

    types: Sequence[str]
    documents: Sequence[Sequence[int]]


_TYPES_OF_DOCUMENTS = """
SELECT types, count(*) FROM (
    SELECT document, bit_or(1::UINTEGER << list_position($types, type)) AS types
    FROM mentions WHERE concept IS NOT NULL AND list_contains($types, type) GROUP BY document
) GROUP BY types
"""
"""Each set of types is a number with a bit for each, so that little is kept of each document."""


def types_together(connection: duckdb.DuckDBPyConnection, types: Sequence[str]) -> TypesTogether:
    """Return which of some types are named in the same documents."""
    sets = connection.execute(_TYPES_OF_DOCUMENTS, {"types": list(types)}).fetchall() if types else []
    both = [
        [sum(n for bits, n in sets if bits >> a + 1 & 1 and bits >> b + 1 & 1) for b in range(len(types))]
        for a in range(len(types))
    ]
    return TypesTogether(types, both)


@dataclass(frozen=True, slots=True)
class Node:
    """A concept in the picture of the network."""

    id: str
    name: str
    type: str
    documents: int


@dataclass(frozen=True, slots=True)
class Network:
    """The strongest co-occurring pairs: nodes, and for each edge both their places and its documents."""

    nodes: Sequence[Node]
    edges: Sequence[tuple[int, int, int]]


_PAIRS = f"""
SELECT a, b, documents FROM cooccurrence
WHERE documents >= {LEAST_DOCUMENTS} AND npmi_documents > 0 AND a NOT IN $people AND b NOT IN $people
ORDER BY documents * npmi_documents DESC, a, b LIMIT $most
"""


def network(connection: duckdb.DuckDBPyConnection, *, nodes: int) -> Network:
    """Return the pairs of most weight (documents times NPMI) that have no more than so many nodes."""
    pairs = connection.execute(_PAIRS, {"people": list(PEOPLE), "most": nodes * 3}).fetchall()
    places: dict[str, int] = {}
    edges = []
    for a, b, documents in pairs:
        if len(places) + sum(end not in places for end in (a, b)) <= nodes:
            edges.append((places.setdefault(a, len(places)), places.setdefault(b, len(places)), documents))
    query = "SELECT id, name, type, documents FROM concepts WHERE list_contains($ids, id)"
    concepts = {row[0]: Node(*row) for row in connection.execute(query, {"ids": list(places)}).fetchall()}
    return Network([concepts[id_] for id_ in places], edges)


@dataclass(frozen=True, slots=True)
class TypedRelations:
    """The relations between concepts of two types that most documents say, and how many there are."""

    subject_type: str
    object_type: str
    count: int
    first: Sequence[relations.Triple]


_BEST = """
SELECT subject_type, object_type, n, edge FROM (
    SELECT subject_type, object_type, edge, count(*) OVER types AS n, row_number() OVER (
        types ORDER BY documents DESC, probability DESC NULLS LAST, subject_name, object_name, edge
        ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS place
    FROM relations WHERE documents > 0 AND probability >= $least
    WINDOW types AS (PARTITION BY subject_type, object_type)
) WHERE place <= $top ORDER BY n DESC, subject_type, object_type, place
"""


def typed_relations(
    connection: duckdb.DuckDBPyConnection, run: RunFolder, *, top: int, least_probability: float
) -> list[TypedRelations]:
    """Return the relations of each two types that most documents say, with their best sentences for and against."""
    rows = connection.execute(_BEST, {"top": top, "least": least_probability}).fetchall()
    triples = {triple.edge: triple for triple in relations.of_edges(connection, run, [row[3] for row in rows])}
    return [
        TypedRelations(subject_type, object_type, count, [triples[row[3]] for row in group])
        for (subject_type, object_type, count), group in groupby(rows, key=lambda row: row[:3])
    ]
