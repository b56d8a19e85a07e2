"""Tagging documents as tests do: whole documents in, their mentions out."""

from collections.abc import Iterable, Iterator

from bioweft.records import AnnotatedDocument, Document, Mention
from bioweft.tag.base import Tagger
from bioweft.text import sentences


def split(document: Document) -> AnnotatedDocument:
    """Return a document with its sentences."""
    return AnnotatedDocument(document, sentences.of_document(document))


def mentions_of(tagger: Tagger, documents: Iterable[Document]) -> Iterator[list[Mention]]:
    """Yield the mentions of each document."""
    for annotated in tagger.tag(map(split, documents)):
        yield list(annotated.mentions)
