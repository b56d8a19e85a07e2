"""The page of a document: its whole text annotated, its relations, its identifiers."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from pydantic import BaseModel, Field

from bioweft.errors import DamagedError, NotFoundError
from bioweft.explore.entity import Identifier
from bioweft.explore.pages import Curie, Kind, Page, Query, common
from bioweft.explore.reader import View
from bioweft.explore.sentences import Mark, apart, cut, document_link, mentions_of
from bioweft.export import prefixes
from bioweft.records import Document, Passage
from bioweft.relate.predicates import phrase
from bioweft.store.sql import parquet


class AnnotatedPassage(BaseModel):
    """A passage of a document, the offset at which it begins, and its marks as offsets into its text."""

    kind: str
    label: str | None
    start: int
    text: str
    marks: list[Mark]

    @property
    def segments(self) -> list[tuple[str, Mark | None]]:
        """The text cut at its marks."""
        return cut(self.text, self.marks)


class NamedConcept(BaseModel):
    """A concept that a document names, and how often."""

    id: str | None
    name: str
    type: str
    mentions: int
    is_in_run: bool = True
    link: str | None


class DocumentRelation(BaseModel):
    """A relation that a document says or denies."""

    edge: str | None
    subject: str
    subject_name: str
    subject_type: str
    phrase: str
    object: str
    object_name: str
    object_type: str
    probability: float
    negated: bool
    speculative: bool
    sentence: int


def annotated_passages(document: Document, marks: Sequence[Mark]) -> list[AnnotatedPassage]:
    """Return the passages of a document with the marks that lie in them, none of which overlap."""
    passages = []
    for start, passage in zip(document.starts, document.passages, strict=True):
        end = start + len(passage.text)
        inside = [
            mark.model_copy(update={"start": mark.start - start, "end": mark.end - start})
            for mark in marks
            if start <= mark.start and mark.end <= end
        ]
        passages.append(
            AnnotatedPassage(
                kind=passage.kind, label=passage.label, start=start, text=passage.text, marks=apart(inside)
            )
        )
    return passages


class DocumentQuery(Query):
    """A document by its CURIE."""

    id: Curie


class DocumentPage(Page):
    """A document of the run."""

    template: ClassVar[str] = "document.html"
    id: str
    year: int | None
    journal: str | None
    authors: list[str]
    flags: list[str]
    licence: str | None
    identifiers: list[Identifier]
    link: str | None
    passages: list[AnnotatedPassage]
    concepts: list[NamedConcept]
    relations: list[DocumentRelation]
    mesh: list[str] = Field(description="MeSH headings of the indexers")

    def header(self) -> Sequence[str]:
        """Return the columns."""
        return ("start", "end", "text", "type", "concept", "name")

    def rows(self) -> Iterable[Sequence[object]]:
        """Return the mentions that are marked, with offsets into the text of the document."""
        return mention_rows(self.passages)


def mention_rows(passages: Iterable[AnnotatedPassage]) -> Iterable[Sequence[object]]:
    """Yield a row for each mark of passages, with offsets into the text of the document."""
    for passage in passages:
        for m in passage.marks:
            text = passage.text[m.start : m.end]
            yield (passage.start + m.start, passage.start + m.end, text, m.type, m.concept, m.name)


_ABOUT = (
    "SELECT * EXCLUDE (mesh), list_transform(mesh, lambda heading: heading.name) AS mesh FROM documents WHERE id = ?"
)
_RELATIONS = """
SELECT e.edge, r.subject, r.subject_name, r.subject_type, r.predicate, r.qualifiers, r.object, r.object_name,
    r.object_type, e.probability, e.negated, e.speculative, e.sentence
FROM (SELECT * FROM evidence WHERE document = ?) e JOIN relations r USING (edge)
ORDER BY e.sentence, e.probability DESC, e.edge
"""


# Where a shard has several records of one id, the last is the live one (see `bioweft.store.documents.current`).
_PASSAGES = """
SELECT passages FROM {shard} WHERE id = $id AND NOT deleted
QUALIFY row_number() OVER (ORDER BY input DESC, version DESC NULLS LAST, file_row_number DESC) = 1
"""


def text_of(view: View, shard: str, id: str) -> Document:
    """Return a document of a shard with its text and no more.

    DuckDB reads it: the libraries of Arrow would take 60 MB more.

    Raises:
        DamagedError: the shard does not have it.
    """
    path = view.run.stage_file("read", shard)
    query = _PASSAGES.format(shard=parquet(path, columns="file_row_number = true"))
    row = view.connection.execute(query, {"id": id}).fetchone()
    if row is None:
        raise DamagedError(path, f"it has no document {id!r}")
    return Document(id, tuple(Passage(p["kind"], p["text"], p["label"]) for p in row[0]))


def document(view: View, query: DocumentQuery) -> DocumentPage:
    """Return the page of a document.

    Raises:
        NotFoundError: the run does not have it.
    """
    result = view.connection.execute(_ABOUT, [query.id])
    row = result.fetchone()
    if row is None:
        raise NotFoundError(f"no document {query.id!r} in this run")
    about: dict[str, Any] = dict(zip([column[0] for column in result.description or ()], row, strict=True))
    record = text_of(view, about["shard"], query.id)
    mentions = mentions_of(view, query.id)
    marks = [Mark(start=m.start, end=m.end, type=m.type, concept=m.concept, name=m.name) for m in mentions]
    concepts: dict[tuple[str | None, str], NamedConcept] = {}
    for m in mentions:
        if m.concept is not None:
            link = prefixes.address(m.concept)
            fresh = NamedConcept(id=m.concept, name=m.name or m.concept, type=m.type, mentions=0, link=link)
            concepts.setdefault((m.concept, m.type), fresh).mentions += 1
    return DocumentPage(
        **common(view, about["title"] or query.id),
        id=query.id,
        year=about["year"],
        journal=about["journal"],
        authors=about["authors"] or [],
        flags=about["flags"] or [],
        licence=about["licence"],
        identifiers=_identifiers(about),
        link=document_link(query.id, about["pmid"], about["pmcid"], about["doi"]),
        passages=annotated_passages(record, marks),
        concepts=sorted(concepts.values(), key=lambda c: (c.type, -c.mentions, c.name)),
        relations=_relations(view, query.id),
        mesh=about["mesh"] or [],
    )


def _identifiers(about: Mapping[str, Any]) -> list[Identifier]:
    own = {"pmid": about["pmid"], "pmcid": about["pmcid"], "doi": about["doi"]}
    curies = [about["id"], *(f"{prefix}:{value}" for prefix, value in own.items() if value), *about["other_ids"]]
    return [Identifier(id=curie, link=prefixes.address(curie)) for curie in dict.fromkeys(curies)]


def _relations(view: View, id: str) -> list[DocumentRelation]:
    relations = []
    for row in view.connection.execute(_RELATIONS, [id]).fetchall():
        edge, subject, subject_name, subject_type, predicate, qualifiers, *rest = row
        object_, object_name, object_type, probability, negated, speculative, sentence = rest
        relations.append(
            DocumentRelation(
                edge=edge,
                subject=subject,
                subject_name=subject_name,
                subject_type=subject_type,
                phrase=phrase(predicate, qualifiers),
                object=object_,
                object_name=object_name,
                object_type=object_type,
                probability=probability,
                negated=negated,
                speculative=speculative,
                sentence=sentence,
            )
        )
    return relations


DOCUMENT = Kind("/document", "A document", DocumentQuery, DocumentPage, document)
