"""A component of spaCy pipelines: `nlp.add_pipe("bioweft")`, found by spaCy through an entry point.

    import spacy

    nlp = spacy.blank("en")
    nlp.add_pipe("bioweft", config={"relation_model": "default"})
    doc = nlp("Aspirin inhibits PTGS2.")
    [(span.text, span.label_, span.kb_id_) for span in doc.spans["bioweft"]]
    [(r.subject.text, r.predicate, r.object.text) for r in doc._.bioweft_relations]

What it adds is kept as plain values in `doc.user_data`, so that documents are stored, and travel between processes.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.util import filter_spans, minibatch

import bioweft
from bioweft.annotator import Annotator
from bioweft.records import AnnotatedDocument, Document, Link, Mention, Passage
from bioweft.relate.predicates import canonical

_DATA = "bioweft"


@dataclass(frozen=True, slots=True)
class SpanRelation:
    """Something that a text says of two spans.

    `predicate` is one of the Biolink model, `qualifiers` are `name=value` joined by `;`. `subject_id` and `object_id`
    are CURIEs. `cue` is what denies it (`negated`) or makes it a guess (`speculative`), None where there is nothing.
    """

    subject: Span
    predicate: str
    object: Span
    qualifiers: str
    subject_id: str
    object_id: str
    probability: float
    negated: bool
    speculative: bool
    cue: Span | None


@Language.factory(
    "bioweft",
    assigns=["doc.spans"],
    default_config={
        "dictionaries": None,
        "tagger": "default",
        "linker": "default",
        "genes": None,
        "threshold": None,
        "prefer": {},
        "relation_model": "none",
        "spans_key": "bioweft",
        "set_ents": False,
    },
)
def make(
    nlp: Language,
    name: str,
    dictionaries: list[str] | None,
    tagger: str,
    linker: str,
    genes: list[str] | None,
    threshold: float | None,
    prefer: dict[str, str],
    relation_model: str,
    spans_key: str,
    set_ents: bool,
) -> "Component":
    """Return the component; the settings up to `relation_model` are those of `bioweft.load`.

    `spans_key` is where the spans go in `doc.spans`. With `set_ents` the longest of them are the entities of the
    document too, for displaCy.
    """
    del nlp, name
    annotator = bioweft.load(
        dictionaries=dictionaries,
        tagger=tagger,
        linker=linker,
        genes=genes,
        threshold=threshold,
        prefer=prefer,
        relation_model=relation_model,
    )
    return Component(annotator, spans_key=spans_key, set_ents=set_ents)


class Component:
    """Adds mentions, their identifiers, and relations to documents of spaCy."""

    def __init__(self, annotator: Annotator, *, spans_key: str = "bioweft", set_ents: bool = False) -> None:
        self._annotator = annotator
        self._key = spans_key
        self._set_ents = set_ents
        _add_extensions()

    def __call__(self, doc: Doc) -> Doc:
        """Return the document with what is found in it."""
        return next(self.pipe([doc]))

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 64) -> Iterator[Doc]:
        """Yield each document in turn with what is found in it."""
        for docs in minibatch(stream, batch_size):
            annotated = self._annotator.annotate([_document(doc) for doc in docs])
            for doc, annotations in zip(docs, annotated, strict=True):
                yield self._added(doc, annotations)

    def _added(self, doc: Doc, annotated: AnnotatedDocument) -> Doc:
        spans = [_span(doc, mention, links) for mention, links in annotated.linked()]
        doc.spans[self._key] = spans
        if self._set_ents:
            doc.ents = filter_spans([*spans, *doc.ents])
        doc.user_data[_DATA] = {
            "key": self._key,
            "scores": [mention.score for mention in annotated.mentions],
            "links": [[_values(link) for link in links] for _, links in annotated.linked()],
            "relations": [
                {
                    "subject": relation.subject_mention,
                    "predicate": relation.predicate,
                    "object": relation.object_mention,
                    "qualifiers": canonical(relation.qualifiers),
                    "subject_id": relation.subject,
                    "object_id": relation.object,
                    "probability": relation.probability,
                    "negated": relation.negated,
                    "speculative": relation.speculative,
                    "cue": None if relation.cue is None else list(relation.cue),
                }
                for relation in annotated.relations
            ],
        }
        return doc


def _document(doc: Doc) -> Document:
    """Return the document of a text whose offsets are spaCy's."""
    return Document("text", (Passage("paragraph", doc.text),))


def _span(doc: Doc, mention: Mention, links: tuple[Link, ...]) -> Span:
    """Return the span of a mention: the tokens that it is in, as it may end within one."""
    concept = links[0].concept if links else ""
    return doc.char_span(mention.start, mention.end, label=mention.type, kb_id=concept, alignment_mode="expand")


def _values(link: Link) -> dict[str, Any]:
    return {
        "concept": link.concept,
        "score": link.score,
        "reason": link.reason,
        "candidates": list(link.candidates),
    }


def _add_extensions() -> None:
    for name, getter in (("bioweft_links", _links), ("bioweft_score", _score), ("bioweft_relations", _of_span)):
        if not Span.has_extension(name):
            Span.set_extension(name, getter=getter)
    if not Doc.has_extension("bioweft_relations"):
        Doc.set_extension("bioweft_relations", getter=_relations)


def _place(span: Span) -> int | None:
    """Return the place of a span among those that the component added, None where it is none of them."""
    data = _data(span.doc)
    spans = span.doc.spans[data["key"]] if data else ()
    return next(
        (
            place
            for place, own in enumerate(spans)
            if (own.start, own.end, own.label) == (span.start, span.end, span.label)
        ),
        None,
    )


def _data(doc: Doc) -> Mapping[str, Any]:
    data: Mapping[str, Any] = doc.user_data.get(_DATA, {})
    return data


def _links(span: Span) -> list[Link]:
    """Return the concepts that a span names, as `bioweft.Link`."""
    place = _place(span)
    links = [] if place is None else _data(span.doc)["links"][place]
    return [Link(**{**values, "candidates": tuple(values["candidates"])}) for values in links]


def _score(span: Span) -> float | None:
    """Return how likely it is that a span names something of its type."""
    place = _place(span)
    return None if place is None else float(_data(span.doc)["scores"][place])


def _relations(doc: Doc) -> list[SpanRelation]:
    """Return what a text says of its spans."""
    data = _data(doc)
    if not data:
        return []
    spans = doc.spans[data["key"]]
    return [
        SpanRelation(
            **{
                **values,
                "subject": spans[values["subject"]],
                "object": spans[values["object"]],
                "cue": values["cue"] and doc.char_span(*values["cue"], alignment_mode="expand"),
            }
        )
        for values in data["relations"]
    ]


def _of_span(span: Span) -> list[SpanRelation]:
    """Return what a text says of a span."""
    place = _place(span)
    relations = zip(_data(span.doc).get("relations", ()), _relations(span.doc), strict=True)
    return [relation for values, relation in relations if place in (values["subject"], values["object"])]
