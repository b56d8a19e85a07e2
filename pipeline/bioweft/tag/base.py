"""The interface of every tagger."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Protocol

from bioweft.records import AnnotatedDocument
from bioweft.tool import Tool

_DOCUMENTS_AT_ONCE = 64


class Tagger(Tool, Protocol):
    """Finds mentions in documents."""

    def tag(self, documents: Iterable[AnnotatedDocument]) -> Iterator[AnnotatedDocument]:
        """Yield each document in turn with its mentions, in order of start, none overlapping within a type.

        The documents come with their sentences. The mentions of a document do not depend on which other documents
        come with it.
        """
        ...


def batches(documents: Iterable[AnnotatedDocument]) -> Iterator[list[AnnotatedDocument]]:
    """Yield documents in turn, as many at a time as a network tags together."""
    stream = iter(documents)
    while batch := list(islice(stream, _DOCUMENTS_AT_ONCE)):
        yield batch
