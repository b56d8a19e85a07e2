"""The stage `relate`: from the mentions of a shard, with their concepts, to what its documents say of two of these.

A document that breaks the model becomes a reject and keeps no other from its relations. One that names fewer than two
concepts is neither read nor handed to the model.
"""

from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from bioweft.records import AnnotatedDocument, Link, Mention, Reject
from bioweft.relate.base import RelationModel
from bioweft.relate.candidates import sentence_of
from bioweft.relate.predicates import canonical
from bioweft.store.documents import current
from bioweft.store.schemas import RELATIONS
from bioweft.workflow.stages import spans_of

RELATE_VERSION = 1
"""Counts up when the stage would give another table for the same tables and model."""

_Rows = list[tuple[object, ...]]
"""Rows of `RELATIONS`."""


def relate(
    read: pa.Table, sentences: pa.Table, mentions: pa.Table, model: RelationModel | None = None
) -> tuple[pa.Table, list[Reject]]:
    """Return the relations of a shard: from a table of `MENTIONS` to one of `RELATIONS`."""
    rejects: list[Reject] = []
    rows: _Rows = []
    if model is not None and (documents := _documents(read, sentences, mentions)):
        try:
            rows = _related(documents, model)
        except Exception:  # one document broke the model: find out which, and keep the others
            rows = [row for annotated in documents for row in _related_one(annotated, model, rejects)]
    columns = map(list, zip(*rows, strict=True)) if rows else ([] for _ in RELATIONS)
    return pa.table(dict(zip(RELATIONS.names, columns, strict=True)), schema=RELATIONS), rejects


def _documents(read: pa.Table, sentences: pa.Table, mentions: pa.Table) -> list[AnnotatedDocument]:
    """Return the documents that name two concepts or more, with sentences, mentions and links."""
    concepts = mentions.select(["document", "concept"]).group_by("document").aggregate([("concept", "count_distinct")])
    ids = concepts.filter(pc.greater(concepts["concept_count_distinct"], 1))["document"].combine_chunks()
    if not len(ids):
        return []
    rows = mentions.filter(pc.is_in(mentions["document"], ids)).to_pylist()
    annotations = {id_: _annotations(group) for id_, group in groupby(rows, itemgetter("document"))}
    spans = spans_of(sentences)
    return [
        AnnotatedDocument(document, tuple(spans[document.id]), *annotations[document.id])
        for document in current(read.filter(pc.is_in(read["id"], ids)))
    ]


_MENTION = itemgetter("start", "end", "text", "type", "tagger", "score")


def _annotations(rows: Iterable[dict[str, Any]]) -> tuple[tuple[Mention, ...], tuple[tuple[Link, ...], ...]]:
    """Return the mentions of a document and the links of each: one that names several concepts has several rows."""
    mentions, links = [], []
    for values, group in groupby(rows, _MENTION):
        mentions.append(Mention(*values))
        links.append(
            tuple(
                Link(row["concept"], row["link_score"], row["reason"], tuple(row["candidates"] or ()))
                for row in group
                if row["concept"] is not None
            )
        )
    return tuple(mentions), tuple(links)


def _related(documents: Sequence[AnnotatedDocument], model: RelationModel) -> _Rows:
    return [row for annotated in model.relate(documents) for row in _rows(annotated)]


def _related_one(annotated: AnnotatedDocument, model: RelationModel, rejects: list[Reject]) -> _Rows:
    try:
        return _related([annotated], model)
    except Exception as error:
        rejects.append(Reject(annotated.document.id, "relate", f"{type(error).__name__}: {error}"))
        return []


def _rows(annotated: AnnotatedDocument) -> Iterable[tuple[object, ...]]:
    """Yield the row of each relation of a document, in the order of `RELATIONS`."""
    for r in annotated.relations:
        subject, object_ = annotated.mentions[r.subject_mention], annotated.mentions[r.object_mention]
        yield (
            annotated.document.id, r.sentence, r.subject, r.predicate, r.object, canonical(r.qualifiers),
            subject.start, subject.end, subject.type,
            object_.start, object_.end, object_.type, sentence_of(annotated, r.object_mention),
            r.probability, r.negated, r.speculative, *(r.cue or (None, None)), r.model,
        )  # fmt: skip
