"""The neighbourhood of concepts as a graph: the strongest neighbours, all their edges with the concepts asked for, and
of the edges between neighbours the strongest of each, so that the drawing can be read."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, Field

from bioweft.analyse.evidence import among
from bioweft.analyse.graph import LEAST_DOCUMENTS, PAIR_EDGE
from bioweft.analyse.query import by_id
from bioweft.analyse.reading import check_type
from bioweft.errors import NotFoundError
from bioweft.explore.pages import Kind, Name, Page, Probability, Query, common
from bioweft.explore.reader import View
from bioweft.explore.search import types_of
from bioweft.relate.predicates import SYMMETRIC, phrase

MOST_NODES = 150
_MOST_EDGES = 600
_FEW_EDGES = 2
"""Edges between neighbours: an edge is shown that is among so many strongest of one of its ends."""

Edges = Literal["all", "relations", "cooccurrence"]


class Node(BaseModel):
    """A concept; `is_seed` says that it was asked for."""

    id: str
    name: str
    type: str
    documents: int
    is_seed: bool


class Edge(BaseModel):
    """A relation or a co-occurrence; of the latter `a` and `b` are in no order, and it has no probability."""

    id: str
    a: str
    b: str
    kind: Literal["relation", "cooccurrence"]
    phrase: str
    is_directed: bool = Field(description="False where it says the same of both ends in either order")
    documents: int
    probability: float | None
    negated: int
    weight: float


class GraphQuery(Query):
    """The concepts whose neighbourhood is wanted, and how much of it."""

    id: Annotated[list[Annotated[str, Field(max_length=500)]], Field(min_length=1, max_length=40)]
    nodes: Annotated[int, Field(ge=1, le=MOST_NODES, description="The most nodes")] = 30
    edges: Edges = "all"
    type: Annotated[Name, Field(description="Only neighbours of this type")] = None
    least_probability: Probability = 0.0


class GraphPage(Page):
    """The neighbourhood of concepts; `left_out` and `edges_left_out` are how many neighbours and edges had no room."""

    template: ClassVar[str] = "graph.html"
    nodes: list[Node]
    edges: list[Edge]
    left_out: int
    edges_left_out: int
    types: list[str]

    @property
    def by_id(self) -> dict[str, Node]:
        """The nodes by their CURIE."""
        return {node.id: node for node in self.nodes}

    def header(self) -> Sequence[str]:
        """Return the columns."""
        return ("id", "kind", "a", "a_name", "phrase", "b", "b_name", "documents", "probability", "negated", "weight")

    def rows(self) -> Iterable[Sequence[object]]:
        """Return the edges."""
        names = {node.id: node.name for node in self.nodes}
        for e in self.edges:
            numbers = (e.documents, e.probability, e.negated, e.weight)
            yield (e.id, e.kind, e.a, names[e.a], e.phrase, e.b, names[e.b], *numbers)


# A relation that a document says counts more than standing together: its weight is raised.
_ALL = f"""
SELECT edge AS id, subject AS a, object AS b, subject_type AS a_type, object_type AS b_type, 'relation' AS kind,
    predicate, qualifiers, documents, probability, negated, documents * probability AS weight,
    5 * documents * probability AS strength
FROM relations WHERE documents > 0 AND probability >= $least AND $edges IN ('all', 'relations')
UNION ALL BY NAME
SELECT NULL AS id, a, b, a_type, b_type, 'cooccurrence' AS kind, '' AS predicate, '' AS qualifiers, documents,
    NULL AS probability, 0 AS negated, documents * npmi_documents AS weight, documents * npmi_documents AS strength
FROM cooccurrence
WHERE documents >= {LEAST_DOCUMENTS} AND npmi_documents > 0 AND $edges IN ('all', 'cooccurrence')
"""
_NEIGHBOURS = """
SELECT id, sum(strength) AS strength FROM (
    SELECT b AS id, b_type AS type, strength FROM ({all}) WHERE a IN {seeds}
    UNION ALL SELECT a, a_type, strength FROM ({all}) WHERE b IN {seeds}
) WHERE id NOT IN {seeds} AND ($type IS NULL OR type = $type) GROUP BY id ORDER BY strength DESC, id
"""
_EDGES = """
SELECT coalesce(id, {pair_edge}) AS id, a, b, kind, predicate, qualifiers, documents, probability, negated, weight
FROM ({all}) WHERE a IN {nodes} AND b IN {nodes} AND a <> b
ORDER BY strength DESC, id
"""


def graph(view: View, query: GraphQuery) -> GraphPage:
    """Return the page of a neighbourhood.

    Raises:
        NotFoundError: the run has none of the concepts.
    """
    seeds = {concept.id: concept for concept in by_id(view.connection, list(dict.fromkeys(query.id)))}
    if not seeds:
        raise NotFoundError(f"no concept {query.id[0]!r} in this run; search for its name")
    type_ = None if query.type is None else check_type(view.connection, query.type, run=view.run)
    parameters = {"least": query.least_probability, "edges": query.edges}
    listed = among(sorted(seeds))
    rows = view.connection.execute(_NEIGHBOURS.format(all=_ALL, seeds=listed), parameters | {"type": type_}).fetchall()
    room = max(query.nodes - len(seeds), 0)
    neighbours = [id_ for id_, _ in rows[:room]]
    nodes = {**seeds, **{concept.id: concept for concept in by_id(view.connection, neighbours)}}
    edges = _EDGES.format(all=_ALL, nodes=among(sorted(nodes)), seeds=listed, pair_edge=PAIR_EDGE)
    every = [_edge(row) for row in view.connection.execute(edges, parameters).fetchall()]
    shown = strongest(every, seeds)
    order = {id_: place for place, id_ in enumerate([*seeds, *neighbours])}
    return GraphPage(
        **common(view, "Graph of " + ", ".join(concept.name for concept in seeds.values())),
        nodes=[
            Node(id=c.id, name=c.name, type=c.type, documents=c.documents, is_seed=c.id in seeds)
            for c in sorted(nodes.values(), key=lambda concept: order[concept.id])
        ],
        edges=shown,
        left_out=len(rows) - len(neighbours),
        edges_left_out=len(every) - len(shown),
        types=types_of(view),
    )


def strongest(edges: Sequence[Edge], seeds: Collection[str]) -> list[Edge]:
    """Return of edges, the strongest first, those with a seed, and of the others the strongest of each concept.

    A pair of which something is said is not drawn once more as a co-occurrence.
    """
    said = {frozenset((edge.a, edge.b)) for edge in edges if edge.kind == "relation"}
    drawn: Counter[str] = Counter()
    shown = []
    for edge in edges:
        if edge.kind == "cooccurrence" and {edge.a, edge.b} in said:
            continue
        if edge.a in seeds or edge.b in seeds:
            shown.append(edge)
        elif drawn[edge.a] < _FEW_EDGES or drawn[edge.b] < _FEW_EDGES:
            drawn.update((edge.a, edge.b))
            shown.append(edge)
    return shown[:_MOST_EDGES]


def _edge(row: Sequence[object]) -> Edge:
    names = ("id", "a", "b", "kind", "predicate", "qualifiers", "documents", "probability", "negated", "weight")
    values = dict(zip(names, row, strict=True))
    predicate, qualifiers = str(values.pop("predicate")), str(values.pop("qualifiers"))
    said = phrase(predicate, qualifiers) if predicate else "in the same documents"
    is_directed = bool(predicate) and (bool(qualifiers) or predicate not in SYMMETRIC)
    return Edge.model_validate({**values, "phrase": said, "is_directed": is_directed})


GRAPH = Kind("/graph", "The neighbourhood of concepts", GraphQuery, GraphPage, graph)
