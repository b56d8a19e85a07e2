"""What a relation model says of a corpus, as facts that the protocols score."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bioweft.errors import SettingsError
from bioweft.evaluate.relations.examples import LABELS, RelationExample
from bioweft.evaluate.relations.pairs import sentence_of
from bioweft.evaluate.relations.protocols import Fact, Standard
from bioweft.evaluate.scoring import Canonical
from bioweft.inference import Calibration, batches_of_like_length, open_model
from bioweft.records import AnnotatedDocument
from bioweft.relate.features import INPUTS, Features, features, padded
from bioweft.relate.model import About
from bioweft.relate.parser import Parser
from bioweft.relate.predicates import MEANINGS

FROM_TEXT: Mapping[str, tuple[str, str, str]] = {"BC5CDR": ("CID", "chemical", "disease")}
"""Corpora whose facts name concepts, so that those found in the text alone can be scored: label and types."""

_AT_ONCE = 1024
"""Word pieces, with padding, that go through the network together."""


# SEAM: this asks the network about the pairs of an example. It is to become a method of `NetworkRelationModel`, which
# asks about the pairs that it finds itself by the same steps.
def probabilities(
    folder: Path, about: About, parser: Parser, examples: Sequence[RelationExample]
) -> Iterator[list[dict[str, float]]]:
    """Yield for each example the calibrated probability of each label of its corpus, pair by pair.

    A pair that the network cannot judge has none.
    """
    session, tokenizer = open_model(folder)
    sentences = [_sentences(example) for example in examples]
    parses = parser.parse((example.document, places) for example, places in zip(examples, sentences, strict=True))
    stretches: list[tuple[int, Features]] = []
    for number, (example, places, trees) in enumerate(zip(examples, sentences, parses, strict=True)):
        corpus = about.corpora.index(example.corpus)
        pairs = [(pair.subject, pair.object, corpus) for pair in example.pairs]
        entities = [entity.mentions for entity in example.entities]
        made = features(example.document, dict(zip(places, trees, strict=True)), entities, pairs, tokenizer)
        stretches += ((number, stretch) for stretch in made)
    scores: list[dict[int, NDArray[np.float32]]] = [{} for _ in examples]
    for batch in batches_of_like_length(stretches, lambda item: len(item[1].pieces), _AT_ONCE):
        inputs = padded([stretch for _, stretch in batch])
        (outputs,) = session.run(None, dict(zip(INPUTS, inputs, strict=True)))
        for (number, stretch), rows in zip(batch, outputs, strict=True):
            for place, row in zip(stretch.places.tolist(), rows, strict=False):  # padding follows the pairs
                scores[number][place] = np.maximum(scores[number].get(place, row), row)
    for example, scored in zip(examples, scores, strict=True):
        yield [_of_pair(about, example.corpus, scored.get(place)) for place in range(len(example.pairs))]


def _sentences(example: RelationExample) -> list[int]:
    """Return the sentences that hold an argument of a pair."""
    entities = {place for pair in example.pairs for place in (pair.subject, pair.object)}
    mentions = {place for entity in entities for place in example.entities[entity].mentions}
    return sorted({sentence_of(example.document, place) for place in mentions})


def _of_pair(about: About, corpus: str, scores: NDArray[np.float32] | None) -> dict[str, float]:
    if scores is None:
        return {}
    calibrations = {label: c for task in about.tasks if task.corpus == corpus for label, c in task.calibration.items()}
    return {
        label: calibrations.get(label, Calibration()).calibrated(
            1 / (1 + float(np.exp(-scores[about.labels.index(label)])))
        )
        for label in LABELS[corpus]
    }


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
