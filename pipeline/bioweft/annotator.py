"""Text in, mentions with identifiers and relations out: what `bioweft.load` gives."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Literal

from bioweft.errors import SettingsError
from bioweft.link import prefer
from bioweft.link.registry import linking_dictionaries, open_linker
from bioweft.link.settings import LinkSettings
from bioweft.records import AnnotatedDocument, Document
from bioweft.relate.predicates import canonical
from bioweft.relate.registry import open_relation_model
from bioweft.relate.settings import RelateSettings
from bioweft.sources.text import passages
from bioweft.tag.registry import open_tagger
from bioweft.tag.settings import TagSettings
from bioweft.text import sentences

if TYPE_CHECKING:
    import pandas as pd

Table = Literal["mentions", "relations"]

_COLUMNS = {
    "mentions": (
        "document", "sentence", "start", "end", "text", "type", "score", "concept", "name", "link_score", "reason",
    ),
    "relations": (
        "document", "sentence", "subject", "subject_name", "predicate", "qualifiers", "object", "object_name",
        "probability", "negated", "speculative", "subject_text", "object_text", "cue", "sentence_text",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class AnnotatedText(AnnotatedDocument):
    """An annotated document that an annotator made; a notebook shows it with its mentions highlighted."""

    annotator: "Annotator | None" = field(default=None, compare=False, repr=False)

    def to_df(self, table: Table = "mentions") -> "pd.DataFrame":
        """Return the mentions, a row each and concept, or the relations, a row each."""
        return _frame([self], table)

    def rows(self, table: Table) -> Iterator[dict[str, Any]]:
        """Yield the rows of a table."""
        yield from _mention_rows(self) if table == "mentions" else _relation_rows(self)

    def name(self, concept: str) -> str | None:
        """Return the preferred name of a concept, None where it is not known."""
        return None if self.annotator is None else self.annotator.name(concept)

    def _repr_html_(self) -> str:
        from bioweft.export.html import fragment

        concepts = {link.concept for links in self.links for link in links}
        return fragment(self, names={concept: name for concept in concepts if (name := self.name(concept))})


class Annotations(Iterator[AnnotatedText]):
    """Annotated documents, made one by one as they are asked for."""

    def __init__(self, documents: Iterator[AnnotatedText]) -> None:
        self._documents = documents

    def __next__(self) -> AnnotatedText:
        """Return the next document."""
        return next(self._documents)

    def to_df(self, table: Table = "mentions") -> "pd.DataFrame":
        """Return the mentions or relations of all documents that are left."""
        return _frame(self, table)


def _frame(documents: Iterable[AnnotatedText], table: Table) -> "pd.DataFrame":
    import pandas as pd

    if table not in _COLUMNS:
        raise SettingsError(f"table must be mentions or relations; got {table!r}")
    rows = [row for annotated in documents for row in annotated.rows(table)]
    return pd.DataFrame(rows, columns=list(_COLUMNS[table]))


def _mention_rows(annotated: AnnotatedText) -> Iterator[dict[str, Any]]:
    starts = [start for start, _ in annotated.sentences]
    for mention, links in annotated.linked():
        about = {name: getattr(mention, name) for name in ("start", "end", "text", "type", "score")}
        about |= {"document": annotated.document.id, "sentence": max(bisect_right(starts, mention.start) - 1, 0)}
        for link in links or (None,):
            linked = {} if link is None else {"concept": link.concept, "name": annotated.name(link.concept)}
            yield about | linked | ({} if link is None else {"link_score": link.score, "reason": link.reason})


def _relation_rows(annotated: AnnotatedText) -> Iterator[dict[str, Any]]:
    text = annotated.document.text
    for relation in annotated.relations:
        start, end = annotated.sentences[relation.sentence]
        ends = {"subject": relation.subject_mention, "object": relation.object_mention}
        yield {
            "document": annotated.document.id,
            **{name: getattr(relation, name) for name in _COLUMNS["relations"] if hasattr(relation, name)},
            "qualifiers": canonical(relation.qualifiers),
            **{f"{name}_name": annotated.name(getattr(relation, name)) for name in ends},
            **{f"{name}_text": annotated.mentions[place].text for name, place in ends.items()},
            "cue": None if relation.cue is None else text[slice(*relation.cue)],
            "sentence_text": text[start:end],
        }


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

    def __call__(self, text: str | Document) -> AnnotatedText:
        """Return a text, or a document, with its sentences, mentions, their links, and relations."""
        return next(self.annotate([_document(text, "text")]))

    def __repr__(self) -> str:
        tools = {"tagger": self._tagger, "linker": self._linker, "relation_model": self._relation_model}
        names = (f"{role}={getattr(tool, 'name', None)!r}" for role, tool in tools.items())
        return f"Annotator({', '.join(names)})"

    def annotate(self, texts: str | Document | Iterable[str | Document]) -> Annotations:
        """Return a text or many, each as it is asked for: faster than one by one. `.to_df()` makes a table of them.

        Of many, those that are no documents have the ids `text-1`, `text-2` … by their place.
        """
        documents = (
            iter([_document(texts, "text")])
            if isinstance(texts, str | Document)
            else (_document(text, f"text-{number}") for number, text in enumerate(texts, 1))
        )
        split = (AnnotatedDocument(d, sentences.of_document(d)) for d in documents)
        tagged = self._tagger.tag(split)
        linked = tagged if self._linker is None else self._linker.link(tagged)
        related = linked if self._relation_model is None else self._relation_model.relate(linked)
        return Annotations(self._annotated(annotated) for annotated in related)

    def _annotated(self, annotated: AnnotatedDocument) -> AnnotatedText:
        values = {field.name: getattr(annotated, field.name) for field in fields(AnnotatedDocument)}
        return AnnotatedText(**values | {"dictionary_hits": ()}, annotator=self)

    def name(self, concept: str) -> str | None:
        """Return the preferred name of a concept, None where the dictionaries do not hold it."""
        if self._names is None:
            self._names = prefer.names(self._dictionaries, self._prefer)
        return self._names.get(concept)


def _document(text: str | Document, id: str) -> Document:
    return Document(id, passages(text)) if isinstance(text, str) else text
