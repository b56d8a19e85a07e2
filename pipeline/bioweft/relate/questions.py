"""Questions to the relation network: the pairs of a document that it is asked about, parsed and made into features."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bioweft.records import AnnotatedDocument
from bioweft.relate.candidates import sentence_of
from bioweft.relate.features import Features, features
from bioweft.relate.parser import Parse, Parser

if TYPE_CHECKING:
    from tokenizers import Tokenizer


@dataclass(frozen=True, slots=True)
class Question:
    """Pairs of a document.

    `entities` are the mentions of each entity, as places in the document's mentions; `concepts` say which are one
    concept. `pairs` are subject and object, as
    places in `entities`, and the number of the corpus in whose manner the pair is to be judged.
    """

    document: AnnotatedDocument
    entities: Sequence[Sequence[int]]
    concepts: Sequence[str]
    pairs: Sequence[tuple[int, int, int]]

    def sentences(self) -> list[int]:
        """Return the places of the sentences that hold an argument of a pair; no other is parsed."""
        arguments = {entity for subject, object_, _ in self.pairs for entity in (subject, object_)}
        mentions = {place for entity in arguments for place in self.entities[entity]}
        return sorted({sentence_of(self.document, place) for place in mentions})


@dataclass(frozen=True, slots=True)
class Prepared:
    """What the network is shown of a question, stretch by stretch, and the trees by the places of their sentences."""

    parses: dict[int, Parse]
    stretches: tuple[Features, ...]


def prepare(questions: Sequence[Question], parser: Parser, tokenizer: "Tokenizer") -> Iterator[Prepared]:
    """Yield what the network is shown of each question; of one without pairs, nothing."""
    wanted = [question.sentences() for question in questions]
    trees = parser.parse((question.document, places) for question, places in zip(questions, wanted, strict=True))
    for question, places, sentence_trees in zip(questions, wanted, trees, strict=True):
        parses = dict(zip(places, sentence_trees, strict=True))
        made = features(question.document, parses, question.entities, question.pairs, tokenizer) if places else ()
        yield Prepared(parses, tuple(made))
