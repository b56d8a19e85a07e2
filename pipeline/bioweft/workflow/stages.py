"""The functions of the stages between reading and the results: from the tables of a shard to its next table.

They are pure: what they give depends on their arguments alone, and `bioweft.workflow.plan` says which those are.
Each has a version that counts up when it would give another file for the same tables; it is part of the digests in the
names of the files. A document that breaks a tagger becomes a reject and keeps no other from being tagged; where the
machine is short of memory or disk, the task fails and is tried again.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import fields
from itertools import groupby
from typing import Any

import numpy as np
import pyarrow as pa

from bioweft.analyse import count as counting
from bioweft.link.base import Linker
from bioweft.records import AnnotatedDocument, Document, Link, Mention, Reject, Span
from bioweft.sources import Source
from bioweft.store.documents import current, current_rows, from_row, kept, to_table
from bioweft.store.schemas import MENTIONS, READ, SENTENCES, TAGGED
from bioweft.tag.base import Tagger
from bioweft.text import sentences as splitter
from bioweft.workflow.batches import Batch, shards

READ_VERSION = 4
SENTENCES_VERSION = 3
TAG_VERSION = 2
LINK_VERSION = 2
COUNT_VERSION = 5


def read(source: Source, batch: Batch) -> Iterator[tuple[pa.Table, list[Reject]]]:
    """Yield the table of each shard of a batch, with what could not be read on the way to it.

    What could not be read after the last shard comes with an empty table.
    """
    rejects: list[Reject] = []
    for rows in shards(source, batch, rejects):
        yield to_table(rows), rejects.copy()
        rejects.clear()
    if rejects:
        yield READ.empty_table(), rejects


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
    """Find the mentions in the current documents of a shard, or keep those that came with them; a table of `TAGGED`."""
    spans = spans_of(sentences)
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
    except Exception as error:  # one document broke the tagger: find out which, and keep the others
        raise_if_shortage(error)
        tagged = iter([_tag_one(document, tagger, rejects) for document in documents])
    rows: list[_Row] = []
    for row, annotated in zip(records, kept_documents, strict=True):
        starts = [start for start, _ in spans.get(row["id"], ())]
        rows += _tagged_rows(next(tagged), starts) if annotated is None else _kept_rows(annotated, starts)
    columns = map(list, zip(*rows, strict=True)) if rows else ([] for _ in TAGGED)
    return pa.table(dict(zip(TAGGED.names, columns, strict=True)), schema=TAGGED), rejects


_Row = tuple[object, ...]
"""A row of `TAGGED`."""


def _tagged_rows(annotated: AnnotatedDocument, starts: Sequence[int]) -> Iterator[_Row]:
    """Yield a row for each mention that was found; `starts` is where the sentences begin."""
    for mention in annotated.mentions:
        yield *_mention_row(annotated.document, mention, starts), None


def _kept_rows(annotated: AnnotatedDocument, starts: Sequence[int]) -> Iterator[_Row]:
    """Yield a row for each mention that came with the document."""
    for mention, links in annotated.linked():
        yield *_mention_row(annotated.document, mention, starts), [_values(kept_link) for kept_link in links]


def _mention_row(document: Document, m: Mention, starts: Sequence[int]) -> _Row:
    sentence = max(bisect_right(starts, m.start) - 1, 0)
    return document.id, sentence, m.start, m.end, m.text, m.type, m.tagger, m.score


_LinkValues = tuple[str | None, float | None, str | None, Sequence[str]]


def _values(link: Link | None) -> _LinkValues:
    """Return concept, score, reason and candidates."""
    return (None, None, None, ()) if link is None else (link.concept, link.score, link.reason, link.candidates)


def link(
    read: pa.Table, sentences: pa.Table, tagged: pa.Table, linker: Linker | None = None
) -> tuple[pa.Table, list[Reject]]:
    """Say what the mentions of a shard mean: from a table of `TAGGED` to one of `MENTIONS`."""
    mentions = [Mention(*values) for values in zip(*_lists(tagged, *_MENTION_COLUMNS), strict=True)]
    ids, kept_links = _lists(tagged, "document", "links")
    rows_by_id = {id_: list(group) for id_, group in groupby(range(len(ids)), key=ids.__getitem__)}
    spans = spans_of(sentences)
    documents = [
        AnnotatedDocument(document, tuple(spans[document.id]), tuple(mentions[row] for row in rows_by_id[document.id]))
        for document in current(read)
        if document.id in rows_by_id
    ]
    rejects: list[Reject] = []
    places: list[int] = []
    values: list[_LinkValues] = []
    for annotated in _linked(documents, linker, rejects):
        rows = rows_by_id[annotated.document.id]
        for row, (_, made_links) in zip(rows, annotated.linked(), strict=True):
            links = made_links if kept_links[row] is None else [Link(**kept_link) for kept_link in kept_links[row]]
            for made_link in links or (None,):  # a mention that names nothing is a row too
                places.append(row)
                values.append(_values(made_link))
    linked = tagged.select([field.name for field in MENTIONS if field not in _LINK_FIELDS])
    linked = linked.take(pa.array(places, pa.int64()))
    columns = zip(*values, strict=True) if values else ([] for _ in _LINK_FIELDS)
    for field, column in zip(_LINK_FIELDS, columns, strict=True):
        linked = linked.append_column(field, pa.array(column, field.type))
    return linked, rejects


_MENTION_COLUMNS = [field.name for field in fields(Mention)]
_LINK_FIELDS = [MENTIONS.field(name) for name in ("concept", "link_score", "reason", "candidates")]


def _lists(table: pa.Table, *names: str) -> list[list[Any]]:
    return [table.column(name).to_pylist() for name in names]


def _linked(
    documents: Sequence[AnnotatedDocument], linker: Linker | None, rejects: list[Reject]
) -> Sequence[AnnotatedDocument]:
    """Return documents with their links; one that breaks the linker has none and is a reject."""
    if linker is None:
        return documents
    try:
        return list(linker.link(documents))
    except Exception as error:  # one document broke the linker: find out which, and keep the others
        raise_if_shortage(error)
        return [_link_one(annotated, linker, rejects) for annotated in documents]


def _link_one(annotated: AnnotatedDocument, linker: Linker, rejects: list[Reject]) -> AnnotatedDocument:
    try:
        return next(iter(linker.link([annotated])))
    except Exception as error:
        raise_if_shortage(error)
        rejects.append(Reject(annotated.document.id, "link", f"{type(error).__name__}: {error}"))
        return annotated


def _tag_one(annotated: AnnotatedDocument, tagger: Tagger, rejects: list[Reject]) -> AnnotatedDocument:
    try:
        return next(iter(tagger.tag([annotated])))
    except Exception as error:
        raise_if_shortage(error)
        rejects.append(Reject(annotated.document.id, "tag", f"{type(error).__name__}: {error}"))
        return annotated


_SHORTAGES = re.compile(r"failed to allocate|bad[_ ]alloc|out of memory|cannot allocate memory", re.IGNORECASE)
"""Words of libraries whose errors have no class for it: ONNX Runtime, torch and what is below them."""


def raise_if_shortage(error: BaseException) -> None:
    """Raise an error again that says that the machine is short of something, which is no fact about a document."""
    reasons: list[BaseException] = [error]
    while (cause := reasons[-1].__cause__ or reasons[-1].__context__) is not None and cause not in reasons:
        reasons.append(cause)
    for reason in reasons:
        if isinstance(reason, MemoryError | OSError) or _SHORTAGES.search(str(reason)):
            raise error


def spans_of(sentences: pa.Table) -> dict[str, list[Span]]:
    """Return the sentences of each document."""
    spans: dict[str, list[Span]] = {}
    columns = (sentences.column(name).to_pylist() for name in ("document", "start", "end"))
    for document, start, end in zip(*columns, strict=True):
        spans.setdefault(document, []).append((start, end))
    return spans


def count(read: pa.Table, sentences: pa.Table, mentions: pa.Table, live: pa.Table) -> tuple[pa.Table, list[Reject]]:
    """Return the partial sums over the live documents of a shard."""
    is_live = np.zeros(read.num_rows, dtype=bool)
    is_live[live["row"].to_numpy()] = True
    return counting.count(read, sentences, mentions, is_live), []
