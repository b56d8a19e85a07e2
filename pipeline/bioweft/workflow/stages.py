"""The stages between reading and the results: pure functions from the tables of a shard to its next table.

Each has a version that counts up when it would give other rows for the same tables; it is part of the digests in the
names of the files. A document that breaks a tagger becomes a reject and keeps no other from being tagged.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import fields
from itertools import groupby
from typing import Any

import pyarrow as pa

from bioweft.link import linker
from bioweft.link.linker import hits_by_end, hits_of, links_of
from bioweft.records import AnnotatedDocument, DictionaryHit, Document, Link, Mention, Reject, Span
from bioweft.store.documents import current, current_rows, from_row, kept
from bioweft.store.schemas import FOUND, MENTIONS, SENTENCES
from bioweft.tag.base import Tagger
from bioweft.text import sentences as splitter

READ_VERSION = 2
SENTENCES_VERSION = 1
TAG_VERSION = 1
LINK_VERSION = linker.VERSION
COUNT_VERSION = 2


def sentences(read: pa.Table) -> tuple[pa.Table, list[Reject]]:
    """Split the current documents of a shard into sentences; no sentence spans two passages."""
    columns: dict[str, list[object]] = {name: [] for name in SENTENCES.names}
    for document in current(read):
        for number, (start, end) in enumerate(splitter.of_document(document)):
            columns["document"].append(document.id)
            columns["sentence"].append(number)
            columns["start"].append(start)
            columns["end"].append(end)
    return pa.table(columns, schema=SENTENCES), []


def tag(read: pa.Table, sentences: pa.Table, tagger: Tagger) -> tuple[pa.Table, list[Reject]]:
    """Find the mentions in the current documents of a shard, or keep those that came with them; a table of `FOUND`."""
    spans = _spans(sentences)
    records = current_rows(read)
    kept_documents = [kept(row) for row in records]
    documents = [
        AnnotatedDocument(from_row(row), tuple(spans.get(row["id"], ())))
        for row, annotated in zip(records, kept_documents, strict=True)
        if annotated is None
    ]
    rejects: list[Reject] = []
    try:
        tagged = iter(list(tagger.tag(documents)))
    except Exception:  # one document broke the tagger: find out which, and keep the others
        tagged = iter([_tag_one(document, tagger, rejects) for document in documents])
    rows: list[_Row] = []
    for row, annotated in zip(records, kept_documents, strict=True):
        starts = [start for start, _ in spans.get(row["id"], ())]
        rows += _found(next(tagged), starts) if annotated is None else _kept(annotated, starts)
    columns = map(list, zip(*rows, strict=True)) if rows else ([] for _ in FOUND)
    return pa.table(dict(zip(FOUND.names, columns, strict=True)), schema=FOUND), rejects


_Row = tuple[object, ...]
"""A row of `FOUND`."""


def _found(annotated: AnnotatedDocument, starts: Sequence[int]) -> Iterator[_Row]:
    """Yield a row for each mention that was found; `starts` is where the sentences begin."""
    by_end = hits_by_end(annotated.dictionary_hits)
    for mention in annotated.mentions:
        hits = [(hit.start, *_values(hit.link)) for hit in hits_of(mention, by_end)]
        yield *_mention_row(annotated.document, mention, starts), hits, None


def _kept(annotated: AnnotatedDocument, starts: Sequence[int]) -> Iterator[_Row]:
    """Yield a row for each mention that came with the document."""
    for mention, links in annotated.linked():
        yield *_mention_row(annotated.document, mention, starts), [], [_values(kept_link) for kept_link in links]


def _mention_row(document: Document, m: Mention, starts: Sequence[int]) -> _Row:
    sentence = max(bisect_right(starts, m.start) - 1, 0)
    return document.id, sentence, m.start, m.end, m.text, m.type, m.tagger, m.score


_LinkValues = tuple[str | None, float | None, str | None]


def _values(link: Link | None) -> _LinkValues:
    """Return concept, score and reason."""
    return (None, None, None) if link is None else (link.concept, link.score, link.reason)


def link(found: pa.Table) -> tuple[pa.Table, list[Reject]]:
    """Say what the mentions of a shard mean: from a table of `FOUND` to one of `MENTIONS`."""
    mentions = [Mention(*values) for values in zip(*_lists(found, *_MENTION_COLUMNS), strict=True)]
    ids, hits, kept_links = _lists(found, "document", "hits", "links")
    places: list[int] = []
    values: list[_LinkValues] = []
    for _, group in groupby(range(len(ids)), key=ids.__getitem__):
        rows = list(group)
        of_document = mentions[rows[0] : rows[-1] + 1]
        in_document = (_hit(mentions[row], hit) for row in rows for hit in hits[row])
        for row, made_links in zip(rows, links_of(of_document, in_document), strict=True):
            links = made_links if kept_links[row] is None else [Link(**kept_link) for kept_link in kept_links[row]]
            for made_link in links or (None,):  # a mention that names nothing is a row too
                places.append(row)
                values.append(_values(made_link))
    linked = found.select(MENTIONS.names[:-3]).take(pa.array(places, pa.int64()))
    columns = zip(*values, strict=True) if values else ([], [], [])
    for field, column in zip(list(MENTIONS)[-3:], columns, strict=True):
        linked = linked.append_column(field, pa.array(column, field.type))
    return linked, []


_MENTION_COLUMNS = [field.name for field in fields(Mention)]


def _lists(table: pa.Table, *names: str) -> list[list[Any]]:
    return [table.column(name).to_pylist() for name in names]


def _hit(mention: Mention, hit: dict[str, Any]) -> DictionaryHit:
    link = Link(hit["concept"], hit["score"], hit["reason"]) if hit["concept"] is not None else None
    return DictionaryHit(hit["start"], mention.end, mention.type, link)


def _tag_one(annotated: AnnotatedDocument, tagger: Tagger, rejects: list[Reject]) -> AnnotatedDocument:
    try:
        return next(iter(tagger.tag([annotated])))
    except Exception as error:
        rejects.append(Reject(annotated.document.id, "tag", f"{type(error).__name__}: {error}"))
        return annotated


def _spans(sentences: pa.Table) -> dict[str, list[Span]]:
    """Return the sentences of each document."""
    spans: dict[str, list[Span]] = {}
    columns = (sentences.column(name).to_pylist() for name in ("document", "start", "end"))
    for document, start, end in zip(*columns, strict=True):
        spans.setdefault(document, []).append((start, end))
    return spans
