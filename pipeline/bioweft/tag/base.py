"""The interface of every tagger."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Protocol

from bioweft.records import AnnotatedDocument

_DOCUMENTS_AT_ONCE = 64


class Tagger(Protocol):
    """Finds mentions in documents."""

    name: str
    """The value of `Mention.tagger`."""

    @property
    def on_gpu(self) -> bool:
        """True where it works on a GPU, once loaded: processes that are forked after that cannot use it."""
        ...

    @property
    def digest(self) -> str:
        """Digest of all that the mentions depend on: versions of dictionaries, model and code."""
        ...

    def load(self) -> None:
        """Prepare to tag, which may take a while, unlike making a tagger. `tag` calls it if need be."""
        ...

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
