"""The functions of the stages between reading and the results: from the tables of a shard to its next table.

They are pure: what they give depends on their arguments alone, and `bioweft.workflow.plan` says which those are.
Each has a version that counts up when it would give another file for the same tables; it is part of the digests in the
names of the files. A document that breaks a tagger becomes a reject and keeps no other from being tagged.
"""

from bisect import bisect_right
from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from bioweft.analyse import count as counting
from bioweft.records import Document, Mention, Reject
from bioweft.sources import Source
from bioweft.store.documents import current, to_table
from bioweft.store.schemas import MENTIONS, READ, SENTENCES
from bioweft.tag.base import Tagger
from bioweft.text import sentences as splitter
from bioweft.workflow.batches import Batch, shards

READ_VERSION = 1
SENTENCES_VERSION = 1
TAG_VERSION = 1
COUNT_VERSION = 3


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
        number = 0
        for start, passage in zip(document.starts, document.passages, strict=True):
            for begin, end in splitter.split(passage.text):
                columns["document"].append(document.id)
                columns["sentence"].append(number)
                columns["start"].append(start + begin)
                columns["end"].append(start + end)
                number += 1
    return pa.table(columns, schema=SENTENCES), []


def tag(read: pa.Table, sentences: pa.Table, tagger: Tagger) -> tuple[pa.Table, list[Reject]]:
    """Find the mentions in the current documents of a shard."""
    documents = current(read)
    rejects: list[Reject] = []
    try:
        found = list(tagger.tag(documents))
    except Exception:  # one document broke the tagger: find out which, and keep the others
        found = [_tag_one(document, tagger, rejects) for document in documents]
    starts = _sentence_starts(sentences)
    columns: dict[str, list[object]] = {name: [] for name in MENTIONS.names}
    for document, mentions in zip(documents, found, strict=True):
        begins = starts.get(document.id, [])
        for mention in mentions:
            columns["document"].append(document.id)
            columns["sentence"].append(max(bisect_right(begins, mention.start) - 1, 0))
            for name in MENTIONS.names[2:]:
                columns[name].append(getattr(mention, name))
    return pa.table(columns, schema=MENTIONS), rejects


def _tag_one(document: Document, tagger: Tagger, rejects: list[Reject]) -> list[Mention]:
    try:
        return next(iter(tagger.tag([document])))
    except Exception as error:
        rejects.append(Reject(document.id, "tag", f"{type(error).__name__}: {error}"))
        return []


def _sentence_starts(sentences: pa.Table) -> dict[str, list[int]]:
    starts: dict[str, list[int]] = {}
    for document, start in zip(
        sentences.column("document").to_pylist(), sentences.column("start").to_pylist(), strict=True
    ):
        starts.setdefault(document, []).append(start)
    return starts


def count(read: pa.Table, sentences: pa.Table, mentions: pa.Table, live: pa.Table) -> tuple[pa.Table, list[Reject]]:
    """Return the partial sums over the live documents of a shard."""
    is_live = np.zeros(read.num_rows, dtype=bool)
    is_live[live["row"].to_numpy()] = True
    return counting.count(read, sentences, mentions, is_live), []
