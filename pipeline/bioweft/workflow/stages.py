"""The stages between reading and the results: pure functions from the tables of a shard to its next table.

Each has a version that counts up when it would give other rows for the same tables; it is part of the digests in the
names of the files. A document that breaks a tagger becomes a reject and keeps no other from being tagged.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import asdict, fields
from itertools import groupby
from operator import itemgetter
from typing import Any

import pyarrow as pa

from bioweft.link import linker
from bioweft.link.linker import hits_by_end, hits_of, links_of
from bioweft.records import AnnotatedDocument, DictionaryHit, Link, Mention, Reject, Span
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
    ready = [kept(row) for row in records]
    documents = [
        AnnotatedDocument(from_row(row), tuple(spans.get(row["id"], ())))
        for row, annotated in zip(records, ready, strict=True)
        if annotated is None
    ]
    rejects: list[Reject] = []
    try:
        tagged = iter(list(tagger.tag(documents)))
    except Exception:  # one document broke the tagger: find out which, and keep the others
        tagged = iter([_tag_one(document, tagger, rejects) for document in documents])
    rows: list[dict[str, object]] = []
    for row, annotated in zip(records, ready, strict=True):
        starts = [start for start, _ in spans.get(row["id"], ())]
        rows += _found(next(tagged), starts) if annotated is None else _kept(annotated, starts)
    return pa.Table.from_pylist(rows, schema=FOUND), rejects


def _found(annotated: AnnotatedDocument, starts: Sequence[int]) -> Iterator[dict[str, object]]:
    """Yield a row for each mention that was found; `starts` is where the sentences begin."""
    by_end = hits_by_end(annotated.dictionary_hits)
    for mention in annotated.mentions:
        hits = [
            {"start": hit.start, **({} if hit.link is None else asdict(hit.link))} for hit in hits_of(mention, by_end)
        ]
        yield {**_row(annotated, mention, starts), "hits": hits}


def _kept(annotated: AnnotatedDocument, starts: Sequence[int]) -> Iterator[dict[str, object]]:
    """Yield a row for each mention that came with the document."""
    for mention, links in annotated.linked():
        yield {**_row(annotated, mention, starts), "hits": [], "links": [asdict(link) for link in links]}


def _row(annotated: AnnotatedDocument, mention: Mention, starts: Sequence[int]) -> dict[str, object]:
    sentence = max(bisect_right(starts, mention.start) - 1, 0)
    return {"document": annotated.document.id, "sentence": sentence, **asdict(mention)}


def link(found: pa.Table) -> tuple[pa.Table, list[Reject]]:
    """Say what the mentions of a shard mean: from a table of `FOUND` to one of `MENTIONS`."""
    rows: list[dict[str, Any]] = []
    for _, group in groupby(found.to_pylist(), key=itemgetter("document")):
        of_document = list(group)
        mentions = [Mention(**{name: row[name] for name in _MENTION_FIELDS}) for row in of_document]
        hits = (_hit(row, hit) for row in of_document for hit in row["hits"])
        for row, made in zip(of_document, links_of(mentions, hits), strict=True):
            links = made if row["links"] is None else [Link(**kept_link) for kept_link in row["links"]]
            rows += [
                {**row, "concept": one.concept, "link_score": one.score, "reason": one.reason} for one in links
            ] or [row]
    return pa.Table.from_pylist(rows, schema=MENTIONS), []


_MENTION_FIELDS = [field.name for field in fields(Mention)]


def _hit(mention: dict[str, Any], hit: dict[str, Any]) -> DictionaryHit:
    link = Link(hit["concept"], hit["score"], hit["reason"]) if hit["concept"] is not None else None
    return DictionaryHit(hit["start"], mention["end"], mention["type"], link)


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
