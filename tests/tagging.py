"""Tagging documents as tests do: whole documents in, their mentions out."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from bioweft.link.linker import DictionaryLinker
from bioweft.records import AnnotatedDocument, Document, Mention
from bioweft.tag.base import Tagger
from bioweft.tag.dictionary import DictionaryTagger
from bioweft.text import sentences


class LinkedMention(NamedTuple):
    """A mention and what its only link says."""

    start: int
    end: int
    text: str
    type: str
    tagger: str
    score: float
    concept: str | None
    link_score: float | None
    reason: str | None


def split(document: Document) -> AnnotatedDocument:
    """Return a document with its sentences."""
    return AnnotatedDocument(document, sentences.of_document(document))


def mentions_of(tagger: Tagger, documents: Iterable[Document]) -> Iterator[list[Mention]]:
    """Yield the mentions of each document."""
    for annotated in tagger.tag(map(split, documents)):
        yield list(annotated.mentions)


def linked_mentions_of(
    tagger: Tagger, documents: Iterable[Document], dictionaries: Sequence[str | Path]
) -> Iterator[list[LinkedMention]]:
    """Yield the mentions of each document with what they name by the dictionaries."""
    for annotated in DictionaryLinker(dictionaries).link(tagger.tag(map(split, documents))):
        linked = []
        for m, links in annotated.linked():
            assert len(links) <= 1
            said = (links[0].concept, links[0].score, links[0].reason) if links else (None, None, None)
            linked.append(LinkedMention(m.start, m.end, m.text, m.type, m.tagger, m.score, *said))
        yield linked


def matched_mentions_of(tagger: DictionaryTagger, documents: Iterable[Document]) -> Iterator[list[LinkedMention]]:
    """Yield the mentions of each document with what the term that was matched names."""
    for annotated in tagger.tag(map(split, documents)):
        matched = []
        for m, hit in zip(annotated.mentions, annotated.dictionary_hits, strict=True):
            said = (hit.concept, None, hit.reason)
            matched.append(LinkedMention(m.start, m.end, m.text, m.type, m.tagger, m.score, *said))
        yield matched
