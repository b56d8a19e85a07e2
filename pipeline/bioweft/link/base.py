"""The interface of every linker."""

from collections.abc import Iterable, Iterator
from typing import Protocol

from bioweft.records import AnnotatedDocument


class Linker(Protocol):
    """Says what mentions mean."""

    name: str

    @property
    def on_gpu(self) -> bool:
        """True where it works on a GPU, once loaded: processes that are forked after that cannot use it."""
        ...

    @property
    def digest(self) -> str:
        """Digest of all that the links depend on: versions of dictionaries, weights and code."""
        ...

    def load(self) -> None:
        """Prepare to link, which may take a while, unlike making a linker. `link` calls it if need be."""
        ...

    def link(self, documents: Iterable[AnnotatedDocument]) -> Iterator[AnnotatedDocument]:
        """Yield each document in turn with the links of its mentions, the surest first.

        The documents come with sentences and mentions. The links of a document do not depend on which other documents
        come with it.
        """
        ...
