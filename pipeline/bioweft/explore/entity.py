"""The page of a concept: what it is, how often it is written of, what is said of it, and together with what."""

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Annotated, ClassVar

from pydantic import BaseModel, Field

from bioweft.analyse.evidence import Wanted
from bioweft.analyse.query import CoMention, Form, FoundConcept, by_id, comentions, sentences, years
from bioweft.analyse.reading import check_type
from bioweft.analyse.relations import Triple, predicate_counts, select
from bioweft.errors import NotFoundError
from bioweft.explore.pages import (
    Curie,
    Flag,
    Kind,
    ListQuery,
    Name,
    Page,
    Probability,
    Query,
    Year,
    common,
)
from bioweft.explore.plot import Plot, plot_of
from bioweft.explore.reader import View
from bioweft.explore.search import in_order, species_names, types_of
from bioweft.explore.sentences import Sentence, marked
from bioweft.export import prefixes
from bioweft.relate.predicates import phrase

_FEW_PARTNERS = 8
_FEW_TRIPLES = 12
_FEW_SENTENCES = 6


class Identifier(BaseModel):
    """A CURIE, and where it leads."""

    id: str
    link: str | None


class ConceptCard(BaseModel):
    """A concept as the head of a page has it."""

    id: str
    name: str
    type: str
    taxon: str | None
    species: str | None = Field(description="The name of the taxon, where the run has it")
    identifiers: list[Identifier]
    forms: list[Form]
    documents: int
    mentions: int
    first_year: int | None
    last_year: int | None


class PredicateLine(BaseModel):
    """A predicate in words, and how many relations have it."""

    predicate: str
    qualifiers: str
    phrase: str
    relations: int


class RelationLine(BaseModel):
    """A relation with its best sentence for it and its best against."""

    edge: str
    subject: str
    subject_name: str
    subject_type: str
    predicate: str
    qualifiers: str
    phrase: str
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
    evidence: list[Sentence]


RELATION_COLUMNS = tuple(name for name in RelationLine.model_fields if name != "evidence")
PARTNER_COLUMNS = ("id", "name", "type", "documents", "sentences", "npmi_documents", "npmi_sentences")
SENTENCE_COLUMNS = ("document", "title", "year", "journal", "flags", "section", "text", "probability", "negated",
                    "speculative", "link")  # fmt: skip


def card(view: View, concept: FoundConcept) -> ConceptCard:
    """Return a concept as the head of a page has it."""
    species = species_names(view, [concept.taxon]).get(concept.taxon or "")
    identifiers = [Identifier(id=curie, link=prefixes.address(curie)) for curie in [concept.id, *concept.xrefs]]
    fields = ("id", "name", "type", "taxon", "forms", "documents", "mentions", "first_year", "last_year")
    return ConceptCard(identifiers=identifiers, species=species, **{field: getattr(concept, field) for field in fields})


def concept_of(view: View, id: str) -> FoundConcept:
    """Return the concept of a CURIE.

    Raises:
        NotFoundError: the run does not have it.
    """
    concepts = by_id(view.connection, [id])
    if not concepts:
        raise NotFoundError(f"no concept {id!r} in this run; search for its name")
    return concepts[0]


def relation_lines(view: View, triples: Sequence[Triple]) -> list[RelationLine]:
    """Return triples with their evidence marked."""
    return _lines(triples, marked(view, [statement for triple in triples for statement in triple.evidence]))


def _lines(triples: Sequence[Triple], marked_statements: Iterable[Sentence]) -> list[RelationLine]:
    evidence = iter(marked_statements)
    return [
        RelationLine(
            evidence=[next(evidence) for _ in triple.evidence],
            phrase=triple.phrase,
            **{name: getattr(triple, name) for name in RELATION_COLUMNS if name != "phrase"},
        )
        for triple in triples
    ]


def cells(item: BaseModel | CoMention, columns: Iterable[str]) -> list[object]:
    """Return the values of an item as a row of CSV."""
    values = [getattr(item, column) for column in columns]
    return [" ".join(map(str, value)) if isinstance(value, list) else value for value in values]


class TablePage(Page):
    """A page whose CSV is one of its lists: `table` names the list, `columns` what is told of each of its items."""

    columns: ClassVar[tuple[str, ...]]
    table: ClassVar[str]

    def header(self) -> Sequence[str]:
        """Return the columns."""
        return self.columns

    def rows(self) -> Iterable[Sequence[object]]:
        """Return the items of the list."""
        return (cells(item, self.columns) for item in getattr(self, self.table))


class SentencesQuery(Query):
    """Which sentences are wanted, by the year, journal and section that they are from."""

    since: Year = None
    until: Year = None
    journal: Name = None
    section: Name = None

    @property
    def wanted(self) -> Wanted:
        """Which sentences are wanted."""
        return Wanted(self.since, self.until, self.journal, self.section)


class EntityQuery(SentencesQuery):
    """A concept, and which of its relations and sentences are wanted."""

    id: Curie
    predicate: Name = None
    qualifiers: Name = None
    least_probability: Probability = 0.0
    negated: Flag = None


class EntityPage(Page):
    """A concept with the first of its relations, partners and documents; the pages of these have all."""

    template: ClassVar[str] = "entity.html"
    concept: ConceptCard
    years: list[tuple[int, int]] = Field(description="Documents by year")
    predicates: list[PredicateLine]
    relations: list[RelationLine]
    partners: dict[str, list[CoMention]]
    documents: list[Sentence]
    plot: Plot | None = Field(exclude=True)

    def header(self) -> Sequence[str]:
        """Return the columns."""
        return ("kind", "id", "name", "type", "documents", "detail")

    def rows(self) -> Iterable[Sequence[object]]:
        """Return the concept, its forms, years, predicates, relations and partners, a row each."""
        c = self.concept
        yield ("concept", c.id, c.name, c.type, c.documents, f"{c.mentions} mentions")
        for identifier in c.identifiers:
            yield ("identifier", identifier.id, "", "", None, identifier.link)
        for form in c.forms:
            yield ("form", "", form.text, "", None, f"{form.mentions} mentions")
        for year, documents in self.years:
            yield ("year", year, "", "", documents, "")
        for line in self.relations:
            said = f"{line.subject_name} {line.phrase} {line.object_name}"
            yield ("relation", line.edge, said, "", line.documents, f"probability {line.probability}")
        for partners in self.partners.values():
            for p in partners:
                yield ("partner", p.id, p.name, p.type, p.documents, f"npmi {p.npmi_documents:.3f}")


def _relations(
    view: View, query: "EntityQuery | RelationsQuery", *, limit: int, offset: int = 0, statements: int = 1
) -> list[Triple]:
    partner_type = getattr(query, "type", None)
    return select(
        view.connection,
        view.run,
        either=None if query.id is None else [query.id],
        partner_type=None if partner_type is None else check_type(view.connection, partner_type, run=view.run),
        predicate=query.predicate,
        qualifiers=query.qualifiers,
        least_probability=query.least_probability,
        negated=query.negated,
        since=query.since,
        until=query.until,
        limit=limit,
        offset=offset,
        statements=statements,
    )


def entity(view: View, query: EntityQuery) -> EntityPage:
    """Return the page of a concept."""
    concept = concept_of(view, query.id)
    partners: dict[str, list[CoMention]] = {}
    for partner in comentions(view.connection, concept.id, limit=_FEW_PARTNERS, by_type=True):
        partners.setdefault(partner.type, []).append(partner)
    by_year = years(view.connection, [concept.id])
    triples = _relations(view, query, limit=_FEW_TRIPLES)
    statements = [statement for triple in triples for statement in triple.evidence]
    documents = sentences(view.connection, view.run, [concept.id], limit=_FEW_SENTENCES, wanted=query.wanted)
    shown = marked(view, [*statements, *documents.items], [concept.id])  # at once: it reads all mentions of documents
    return EntityPage(
        **common(view, concept.name),
        concept=card(view, concept),
        years=by_year,
        plot=plot_of(by_year),
        predicates=predicate_lines(view, concept.id),
        relations=_lines(triples, shown[: len(statements)]),
        partners={type_: partners[type_] for type_ in in_order(partners)},
        documents=shown[len(statements) :],
    )


def predicate_lines(view: View, concept: str | None) -> list[PredicateLine]:
    """Return the predicates of relations, of all or of those with a concept."""
    return [
        PredicateLine(
            predicate=count.predicate,
            qualifiers=count.qualifiers,
            phrase=phrase(count.predicate, count.qualifiers),
            relations=count.triples,
        )
        for count in predicate_counts(view.connection, concept)
    ]


class RelationsQuery(ListQuery):
    """Which relations are wanted: of a concept, which may be at either end, or of all."""

    id: Annotated[str | None, Field(max_length=500)] = None
    type: Name = None
    predicate: Name = None
    qualifiers: Name = None
    least_probability: Probability = 0.0
    negated: Flag = None
    since: Year = None
    until: Year = None


class RelationsPage(TablePage):
    """Relations, those of most documents first."""

    template: ClassVar[str] = "relations.html"
    columns: ClassVar[tuple[str, ...]] = RELATION_COLUMNS
    table: ClassVar[str] = "relations"
    concept: ConceptCard | None
    types: list[str]
    predicates: list[PredicateLine]
    relations: list[RelationLine]


def relations(view: View, query: RelationsQuery, *, statements: int = 1) -> RelationsPage:
    """Return the page of relations, each with the best of its statements."""
    offset = query.offset(view)
    concept = None if query.id is None else concept_of(view, query.id)
    triples = _relations(view, query, limit=query.limit + 1, offset=offset, statements=statements)
    following = offset + query.limit if len(triples) > query.limit else None
    return RelationsPage(
        **common(view, f"Relations of {concept.name}" if concept else "Relations"),
        next=query.token(view, following),
        concept=card(view, concept) if concept else None,
        types=types_of(view),
        predicates=predicate_lines(view, query.id),
        relations=relation_lines(view, triples[: query.limit]),
    )


class PartnersQuery(ListQuery):
    """A concept, and the type of the partners that are wanted."""

    id: Curie
    type: Name = None


class PartnersPage(TablePage):
    """The concepts that a concept is written of together with, the strongest first: documents times NPMI."""

    template: ClassVar[str] = "partners.html"
    columns: ClassVar[tuple[str, ...]] = PARTNER_COLUMNS
    table: ClassVar[str] = "partners"
    concept: ConceptCard
    partners: list[CoMention]


def partners(view: View, query: PartnersQuery) -> PartnersPage:
    """Return the page of the partners of a concept."""
    offset = query.offset(view)
    concept = concept_of(view, query.id)
    type_ = None if query.type is None else check_type(view.connection, query.type, run=view.run)
    rows = comentions(view.connection, concept.id, type=type_, limit=query.limit + 1, offset=offset)
    return PartnersPage(
        **common(view, f"Partners of {concept.name}"),
        next=query.token(view, offset + query.limit if len(rows) > query.limit else None),
        concept=card(view, concept),
        partners=rows[: query.limit],
    )


class DocumentsQuery(ListQuery, SentencesQuery):
    """A concept, the concept that is to be with it, and which documents are wanted."""

    id: Curie
    with_: Annotated[str | None, Field(alias="with", max_length=500)] = None


class DocumentsPage(TablePage):
    """Documents that name a concept, or two in a sentence, the newest first, each with its first such sentence."""

    template: ClassVar[str] = "documents.html"
    columns: ClassVar[tuple[str, ...]] = SENTENCE_COLUMNS
    table: ClassVar[str] = "documents"
    concept: ConceptCard
    other: ConceptCard | None
    documents: list[Sentence]


def documents(view: View, query: DocumentsQuery) -> DocumentsPage:
    """Return the page of documents with a concept."""
    offset = query.offset(view)
    concept = concept_of(view, query.id)
    other = None if query.with_ is None else concept_of(view, query.with_)
    answer = sentences(
        view.connection,
        view.run,
        [concept.id],
        other.id if other else None,
        limit=query.limit,
        offset=offset,
        wanted=query.wanted,
    )
    names = f"{concept.name} and {other.name}" if other else concept.name
    return DocumentsPage(
        **common(view, f"Documents with {names}"),
        next=query.token(view, answer.next),
        concept=card(view, concept),
        other=card(view, other) if other else None,
        documents=marked(view, answer.items, [concept.id, *([other.id] if other else [])]),
    )


ENTITY = Kind("/entity", "A concept", EntityQuery, EntityPage, entity)
RELATIONS = Kind("/relations", "Relations", RelationsQuery, RelationsPage, relations, partial(relations, statements=0))
PARTNERS = Kind(
    "/partners", "Concepts that are mentioned together with a concept", PartnersQuery, PartnersPage, partners
)
DOCUMENTS = Kind("/documents", "Documents with a concept", DocumentsQuery, DocumentsPage, documents)
