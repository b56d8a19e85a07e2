"""The stages between reading and the results: pure functions from the tables of a shard to its next table.

Each has a version that counts up when it would give other rows for the same tables; it is part of the digests in the
names of the files. A document that breaks a tagger becomes a reject and keeps no other from being tagged.
"""

from bisect import bisect_right

import pyarrow as pa

from bioweft.records import AnnotatedDocument, Reject, Span
from bioweft.store.documents import current
from bioweft.store.schemas import MENTIONS, SENTENCES
from bioweft.tag.base import Tagger
from bioweft.text import sentences as splitter

READ_VERSION = 1
SENTENCES_VERSION = 1
TAG_VERSION = 1
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
    """Find the mentions in the current documents of a shard."""
    spans = _spans(sentences)
    documents = [AnnotatedDocument(document, tuple(spans.get(document.id, ()))) for document in current(read)]
    rejects: list[Reject] = []
    try:
        tagged = list(tagger.tag(documents))
    except Exception:  # one document broke the tagger: find out which, and keep the others
        tagged = [_tag_one(document, tagger, rejects) for document in documents]
    columns: dict[str, list[object]] = {name: [] for name in MENTIONS.names}
    for annotated in tagged:
        starts = [start for start, _ in annotated.sentences]
        for mention in annotated.mentions:
            columns["document"].append(annotated.document.id)
            columns["sentence"].append(max(bisect_right(starts, mention.start) - 1, 0))
            for name in MENTIONS.names[2:]:
                columns[name].append(getattr(mention, name))
    return pa.table(columns, schema=MENTIONS), rejects


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
