"""Sentences as pages show them: all mentions marked, the ends of a relation and its cue told apart."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel

from bioweft.analyse.evidence import Evidence, among, moved
from bioweft.analyse.relations import Statement
from bioweft.explore.reader import View
from bioweft.export import prefixes
from bioweft.records import Span

Role = Literal["subject", "object", "focus", "mention", "cue"]


class Mark(BaseModel):
    """A stretch of a text: a mention of a concept, or the cue (then without a type) of negation or speculation."""

    start: int
    end: int
    role: Role = "mention"
    type: str | None = None
    concept: str | None = None
    name: str | None = None


class Sentence(BaseModel):
    """A sentence of a document, or the two sentences of a relation, with its marks, none of which overlap."""

    document: str
    title: str | None
    year: int | None
    journal: str | None
    flags: list[str]
    link: str | None
    section: str
    text: str
    marks: list[Mark]
    probability: float | None = None
    negated: bool = False
    speculative: bool = False
    sentence: int | None = None

    @property
    def segments(self) -> list[tuple[str, Mark | None]]:
        """The text cut at its marks."""
        return cut(self.text, self.marks)


@dataclass(frozen=True, slots=True)
class Found:
    """A mention as the results have it, with offsets into its document."""

    document: str
    sentence: int
    start: int
    end: int
    type: str
    concept: str | None
    name: str | None


def cut(text: str, marks: Iterable[Mark]) -> list[tuple[str, Mark | None]]:
    """Return the pieces of a text, each with the mark that it is, or None."""
    pieces: list[tuple[str, Mark | None]] = []
    done = 0
    for mark in sorted(marks, key=lambda mark: mark.start):
        if mark.start > done:
            pieces.append((text[done : mark.start], None))
        pieces.append((text[mark.start : mark.end], mark))
        done = mark.end
    if done < len(text):
        pieces.append((text[done:], None))
    return pieces


_PRECEDENCE: dict[str, int] = {"subject": 0, "object": 0, "focus": 1, "cue": 2, "mention": 3}


def apart(marks: Iterable[Mark]) -> list[Mark]:
    """Return marks of which none overlap: of two, the one of the higher role stays, then the longer one."""
    chosen: list[Mark] = []
    for mark in sorted(marks, key=lambda m: (_PRECEDENCE[m.role], m.start - m.end, m.start, m.concept is None)):
        if mark.end > mark.start and all(mark.end <= c.start or c.end <= mark.start for c in chosen):
            chosen.append(mark)
    return sorted(chosen, key=lambda mark: mark.start)


_MENTIONS = """
SELECT m.document, m.sentence, m.start, m."end", m.type, m.concept, c.name
FROM (SELECT document, sentence, start, "end", type, concept FROM mentions WHERE document IN {documents} {inside}) m
LEFT JOIN (SELECT id, name FROM concepts) c ON c.id = m.concept
ORDER BY m.document, m.start, m."end" DESC, m.concept
"""
_INSIDE = "AND (document, sentence) IN (SELECT (unnest($documents), unnest($numbers)::INTEGER))"


def mentions_of(view: View, document: str) -> list[Found]:
    """Return all mentions of a document by their start."""
    query = _MENTIONS.format(documents=among([document]), inside="")
    return [Found(*row) for row in view.connection.execute(query).fetchall()]


def mentions_in(view: View, places: Collection[tuple[str, int]]) -> list[Found]:
    """Return the mentions that begin in these sentences (document and number), by document and start."""
    if not places:
        return []
    documents, numbers = map(list, zip(*sorted(places), strict=True))
    query = _MENTIONS.format(documents=among(sorted(set(documents))), inside=_INSIDE)
    rows = view.connection.execute(query, {"documents": documents, "numbers": numbers}).fetchall()
    return [Found(*row) for row in rows]


def marked(view: View, evidence: Sequence[Evidence], focus: Collection[str] = ()) -> list[Sentence]:
    """Return sentences with all their mentions marked; those of concepts of `focus` stand out."""
    places = {(item.document, piece.sentence) for item in evidence for piece in item.pieces}
    by_place: dict[tuple[str, int], list[Found]] = {}
    for mention in mentions_in(view, places):
        by_place.setdefault((mention.document, mention.sentence), []).append(mention)
    about = _about(view, sorted({item.document for item in evidence}))
    sentences = []
    for item in evidence:
        mentions = [m for piece in item.pieces for m in by_place.get((item.document, piece.sentence), [])]
        sentences.append(_sentence(item, mentions, about.get(item.document, {}), focus))
    return sentences


def _sentence(item: Evidence, mentions: Iterable[Found], about: dict[str, Any], focus: Collection[str]) -> Sentence:
    statement = item if isinstance(item, Statement) else None
    marks = []
    for mention in mentions:
        span = moved(item.pieces, mention.start, mention.end)
        if span is not None:
            role = _role(span, statement, mention.concept in focus)
            marks.append(Mark(start=span[0], end=span[1], role=role, type=mention.type, concept=mention.concept,
                              name=mention.name))  # fmt: skip
    if statement and statement.cue:
        marks.append(Mark(start=statement.cue[0], end=statement.cue[1], role="cue"))
    return Sentence(
        document=item.document,
        title=about.get("title"),
        year=item.year,
        journal=item.journal,
        flags=item.flags,
        link=document_link(item.document, about.get("pmid"), about.get("pmcid"), about.get("doi")),
        section=" … ".join(dict.fromkeys(piece.section for piece in item.pieces)),
        text=item.text,
        marks=apart(marks),
        probability=statement.probability if statement else None,
        negated=bool(statement and statement.negated),
        speculative=bool(statement and statement.speculative),
        sentence=item.pieces[0].sentence if item.pieces else None,
    )


def _role(span: Span, statement: Statement | None, is_focus: bool) -> Role:
    if statement and span == statement.subject:
        return "subject"
    if statement and span == statement.object:
        return "object"
    return "focus" if is_focus and not statement else "mention"


def _about(view: View, documents: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return title and identifiers of documents."""
    if not documents:
        return {}
    query = f"SELECT id, title, pmid, pmcid, doi FROM documents WHERE id IN {among(documents)}"
    rows = view.connection.execute(query).fetchall()
    return {id_: dict(zip(("title", "pmid", "pmcid", "doi"), rest, strict=True)) for id_, *rest in rows}


def document_link(id: str, pmid: str | None, pmcid: str | None, doi: str | None) -> str | None:
    """Return the address of a document's page: at PubMed, or else where its other identifiers lead."""
    curies = [f"pmid:{pmid}" if pmid else None, f"pmcid:{pmcid}" if pmcid else None, f"doi:{doi}" if doi else None, id]
    return next(filter(None, (prefixes.address(curie) for curie in curies if curie)), None)
