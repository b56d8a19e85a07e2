"""Text in, mentions with identifiers and relations out: what `bioweft.load` gives."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from bioweft.link import prefer
from bioweft.link.registry import linking_dictionaries, open_linker
from bioweft.link.settings import LinkSettings
from bioweft.records import AnnotatedDocument, Document
from bioweft.relate.registry import open_relation_model
from bioweft.relate.settings import RelateSettings
from bioweft.sources.text import passages
from bioweft.tag.registry import open_tagger
from bioweft.tag.settings import TagSettings
from bioweft.text import sentences


class Annotator:
    """Splits texts into sentences, tags them, links the mentions and says how their concepts are related.

    It is loaded at the first text, which may take seconds, and kept; `bioweft tag` gives the same.
    """

    def __init__(self, tag: TagSettings, link: LinkSettings, relate: RelateSettings) -> None:
        self._dictionaries = linking_dictionaries(link, tag.dictionaries)
        self._prefer = link.prefer
        self._tagger = open_tagger(tag)
        self._linker = open_linker(link, tag.dictionaries)
        # Without a linker there are no concepts to relate.
        self._relation_model = None if self._linker is None else open_relation_model(relate)
        self._names: dict[str, str] | None = None

    def __call__(self, text: str | Document) -> AnnotatedDocument:
        """Return a text, or a document, with its sentences, mentions, their links, and relations."""
        return next(self.annotate([text]))

    def annotate(self, texts: Iterable[str | Document]) -> Iterator[AnnotatedDocument]:
        """Yield each of many texts in turn: faster than one by one."""
        split = (AnnotatedDocument(d, sentences.of_document(d)) for d in map(_document, texts))
        tagged = self._tagger.tag(split)
        linked = tagged if self._linker is None else self._linker.link(tagged)
        related = linked if self._relation_model is None else self._relation_model.relate(linked)
        return (replace(annotated, dictionary_hits=()) for annotated in related)

    def name(self, concept: str) -> str | None:
        """Return the preferred name of a concept, None where the dictionaries do not hold it."""
        if self._names is None:
            self._names = prefer.names(self._dictionaries, self._prefer)
        return self._names.get(concept)


def _document(text: str | Document) -> Document:
    return Document("text", passages(text)) if isinstance(text, str) else text
