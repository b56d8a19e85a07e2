"""The interface of every linker."""

from collections.abc import Iterable, Iterator
from typing import Protocol

from bioweft.records import AnnotatedDocument
from bioweft.tool import Tool


class Linker(Tool, Protocol):
    """Says what mentions mean."""

    def link(self, documents: Iterable[AnnotatedDocument]) -> Iterator[AnnotatedDocument]:
        """Yield each document in turn with the links of its mentions, the surest first.

        The documents come with sentences and mentions. The links of a document do not depend on which other documents
        come with it.
        """
        ...
