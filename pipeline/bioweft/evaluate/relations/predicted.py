"""What a relation model says of a corpus, as facts that the protocols score."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bioweft.errors import SettingsError
from bioweft.evaluate.relations.examples import LABELS, Entity, Pair, RelationExample
from bioweft.evaluate.relations.protocols import Fact, Standard
from bioweft.evaluate.scoring import Canonical
from bioweft.records import AnnotatedDocument
from bioweft.relate.network import Judged, NetworkRelationModel, probabilities
from bioweft.relate.predicates import MEANINGS
from bioweft.relate.questions import Question
from bioweft.relate.standing import pair_standing

FROM_TEXT: Mapping[str, tuple[str, str, str]] = {"BC5CDR": ("CID", "chemical", "disease")}
"""Corpora whose facts name concepts, so that those found in the text alone can be scored: label and types."""


def question(example: RelationExample, corpus: int) -> Question:
    """Return what a network is asked of an example; `corpus` is the network's number of the example's corpus."""
    return Question(
        example.document,
        [entity.mentions for entity in example.entities],
        [_concept(example, entity) for entity in example.entities],
        [(pair.subject, pair.object, corpus) for pair in example.pairs],
    )


def _concept(example: RelationExample, entity: Entity) -> str:
    """Return the concept of an entity; without identifiers, mentions that are written alike have one."""
    return entity.id if ":" in entity.id else example.document.mentions[entity.mentions[0]].text.casefold()


def judged(model: NetworkRelationModel, examples: Sequence[RelationExample]) -> list[list[dict[str, float]]]:
    """Return for each example the calibrated probability of each label of its corpus, pair by pair.

    A pair that the network cannot judge has none.
    """
    about = model.about
    answers = model.judge([question(example, about.corpora.index(example.corpus)) for example in examples])
    return [
        [
            probabilities(about, example.corpus, LABELS[example.corpus], answer.scores[place], _standing(answer, pair))
            if place in answer.scores
            else {}
            for place, pair in enumerate(example.pairs)
        ]
        for example, answer in zip(examples, answers, strict=True)
    ]


def _standing(answer: Judged, pair: Pair) -> NDArray[np.float64]:
    return pair_standing(answer.standings[pair.subject], answer.standings[pair.object])


def text_facts(corpus: str, documents: Iterable[AnnotatedDocument], canonical: Canonical) -> frozenset[Fact]:
    """Return what documents with relations say, as facts of a corpus.

    Raises:
        SettingsError: the facts of the corpus are about mentions, so that none found in the text is one.
    """
    if corpus not in FROM_TEXT:
        raise SettingsError(
            f"{corpus} cannot be scored from text, as its relations are between mentions; that is for "
            f"{', '.join(FROM_TEXT)}, and --mentions gold for the others"
        )
    label, subject_type, object_type = FROM_TEXT[corpus]
    return frozenset(
        (annotated.document.id, canonical(relation.subject), canonical(relation.object), label)
        for annotated in documents
        for relation in annotated.relations
        if relation.predicate == MEANINGS[label].predicate
        and not relation.negated
        and annotated.mentions[relation.subject_mention].type == subject_type
        and annotated.mentions[relation.object_mention].type == object_type
    )


def renamed(gold: Standard, canonical: Canonical) -> Standard:
    """Return the gold standard in the identifiers of today, in which those of texts are."""
    facts = frozenset((document, canonical(one), canonical(two), label) for document, one, two, label in gold.facts)
    return replace(gold, facts=facts)
