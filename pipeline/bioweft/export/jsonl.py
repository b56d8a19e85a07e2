"""JSON lines: a document a line with its passages, mentions and relations, everything that is known of them."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import IO

from bioweft.records import AnnotatedDocument, Link, Mention, Relation
from bioweft.relate.predicates import canonical
from bioweft.shown import as_json


def write(documents: Iterable[AnnotatedDocument], stream: IO[str]) -> None:
    """Write documents as JSON lines; offsets are code points into the passages joined by one newline each."""
    for annotated in documents:
        row = {
            **asdict(annotated.document),
            "mentions": [_mention(*linked) for linked in annotated.linked()],
            "relations": [_relation(annotated, relation) for relation in annotated.relations],
        }
        stream.write(as_json(row, indent=None) + "\n")


def _mention(mention: Mention, links: Sequence[Link]) -> dict[str, object]:
    """Return a mention with all its links, and what the first of them says beside its own fields."""
    first = links[0] if links else None
    return {
        **asdict(mention),
        "concept": first and first.concept,
        "link_score": first and first.score,
        "reason": first and first.reason,
        "links": [asdict(link) for link in links],
    }


def _relation(annotated: AnnotatedDocument, relation: Relation) -> dict[str, object]:
    """Return a relation with the stretches of its mentions, its sentence and what negates it, each start and end."""
    subject, object_ = (annotated.mentions[place] for place in (relation.subject_mention, relation.object_mention))
    return {
        "subject": relation.subject,
        "predicate": relation.predicate,
        "object": relation.object,
        "qualifiers": canonical(relation.qualifiers),
        "subject_span": [subject.start, subject.end],
        "object_span": [object_.start, object_.end],
        "sentence": list(annotated.sentences[relation.sentence]),
        "probability": relation.probability,
        "negated": relation.negated,
        "speculative": relation.speculative,
        "cue": relation.cue and list(relation.cue),
        "model": relation.model,
    }
