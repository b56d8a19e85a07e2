"""The interface of every relation model."""

from collections.abc import Iterable, Iterator
from typing import Protocol

from bioweft.records import AnnotatedDocument
from bioweft.tool import Tool


class RelationModel(Tool, Protocol):
    """Says how the concepts of a document are related."""

    def relate(self, documents: Iterable[AnnotatedDocument]) -> Iterator[AnnotatedDocument]:
        """Yield each document in turn with its relations.

        The documents come with sentences, mentions and links. The relations of a document do not depend on which other
        documents come with it.
        """
        ...
