"""The pages of a relation's sentences and of a pair of concepts."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from bioweft.analyse.query import CoMention, comentions, find_edge, sentences
from bioweft.analyse.relations import between, of_edge, statements
from bioweft.errors import NotFoundError
from bioweft.explore.entity import (
    RELATION_COLUMNS,
    SENTENCE_COLUMNS,
    ConceptCard,
    RelationLine,
    SentencesQuery,
    TablePage,
    card,
    cells,
    concept_of,
    relation_lines,
)
from bioweft.explore.pages import Curie, Flag, Kind, ListQuery, Page, Probability, Query, common
from bioweft.explore.reader import View
from bioweft.explore.sentences import Sentence, marked

_FEW_SENTENCES = 10
_MOST_RELATIONS = 40


class EvidenceQuery(ListQuery, SentencesQuery):
    """A relation by its edge, and which of its sentences are wanted."""

    edge: Curie
    negated: Flag = None
    speculative: Flag = None
    least_probability: Probability = 0.0


class EvidencePage(TablePage):
    """A relation and the sentences that say or deny it, the likeliest first."""

    template: ClassVar[str] = "evidence.html"
    columns: ClassVar[tuple[str, ...]] = SENTENCE_COLUMNS
    table: ClassVar[str] = "sentences"
    relation: RelationLine
    sentences: list[Sentence]


def evidence(view: View, query: EvidenceQuery) -> EvidencePage:
    """Return the page of the sentences of a relation."""
    offset = query.offset(view)
    edge, pair = find_edge(view.connection, query.edge, run=view.run)
    if pair is not None:
        raise NotFoundError(
            f"{query.edge!r} is no relation but a pair that occurs together: /pair?a={pair[0]}&b={pair[1]}"
        )
    triple = of_edge(view.connection, view.run, edge, limit=1)
    answer = statements(
        view.connection,
        view.run,
        triple.edge,
        negated=query.negated,
        speculative=query.speculative,
        least_probability=query.least_probability,
        wanted=query.wanted,
        limit=query.limit,
        offset=offset,
    )
    (line,) = relation_lines(view, [triple])
    return EvidencePage(
        **common(view, f"{line.subject_name} {line.phrase} {line.object_name}"),
        next=query.token(view, answer.next),
        relation=line,
        sentences=marked(view, answer.items),
    )


class PairQuery(Query):
    """Two concepts."""

    a: Curie
    b: Curie


class PairPage(Page):
    """The relations of two concepts, then how often they are written of together, with sentences."""

    template: ClassVar[str] = "pair.html"
    a: ConceptCard
    b: ConceptCard
    relations: list[RelationLine]
    together: CoMention | None
    sentences: list[Sentence]

    def header(self) -> Sequence[str]:
        """Return the columns."""
        return ("kind", *RELATION_COLUMNS, "text")

    def rows(self) -> Iterable[Sequence[object]]:
        """Return the relations, the co-occurrence, and the sentences with both."""
        blank = [None] * len(RELATION_COLUMNS)
        for line in self.relations:
            yield ("relation", *cells(line, RELATION_COLUMNS), line.evidence[0].text if line.evidence else None)
        if self.together:
            known = {
                "subject": self.a.id,
                "subject_name": self.a.name,
                "subject_type": self.a.type,
                "object": self.b.id,
                "object_name": self.b.name,
                "object_type": self.b.type,
                "documents": self.together.documents,
                "sentences": self.together.sentences,
            }
            yield ("cooccurrence", *(known.get(column) for column in RELATION_COLUMNS), None)
        for sentence in self.sentences:
            yield ("sentence", sentence.document, *blank[1:], sentence.text)


def pair(view: View, query: PairQuery) -> PairPage:
    """Return the page of two concepts."""
    a, b = concept_of(view, query.a), concept_of(view, query.b)
    triples = between(view.connection, view.run, [a.id], [b.id], limit=_MOST_RELATIONS)
    together = comentions(view.connection, a.id, partner=b.id, limit=1)
    answer = sentences(view.connection, view.run, [a.id], b.id, limit=_FEW_SENTENCES)
    return PairPage(
        **common(view, f"{a.name} with {b.name}"),
        a=card(view, a),
        b=card(view, b),
        relations=relation_lines(view, triples),
        together=together[0] if together else None,
        sentences=marked(view, answer.items, [a.id, b.id]),
    )


EVIDENCE = Kind("/evidence", "The sentences of a relation", EvidenceQuery, EvidencePage, evidence)
PAIR = Kind("/pair", "Two concepts", PairQuery, PairPage, pair)
