"""A relation model of the user's own: one class with one method, found by an entry point.

class Treats:
    def relate(self, text, subject, object):  # of one sentence; two mentions, with offsets into its text
        between = text[subject.end : object.start]
        if subject.type == "chemical" and object.type == "disease" and "cures" in between:
            yield "biolink:treats", 0.9, "never cures" in between

[project.entry-points."bioweft.relation_models"]
treats = "my_package:Treats"

It is asked of each two mentions of a sentence that name different concepts and do not overlap, in both orders. It
yields a predicate of the Biolink model, then what it knows of it: probability (1.0 where it says none), whether the
sentence negates it, and whether it is a guess.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from importlib.metadata import EntryPoint
from itertools import permutations

from bioweft import own
from bioweft.errors import InputError
from bioweft.records import AnnotatedDocument, Mention, Relation
from bioweft.relate.candidates import sentence_of

GROUP = "bioweft.relation_models"


def installed() -> dict[str, EntryPoint]:
    """Return the entry points of relation models by name."""
    return own.installed(GROUP)


class OwnRelationModel(own.OwnTool):
    """Finds relations with a user's class; those of a probability below `threshold` are left out."""

    kind = "relation model"
    method = "relate"

    def __init__(self, entry: EntryPoint, argument: str = "", *, threshold: float) -> None:
        self._threshold = threshold
        super().__init__(entry, argument, threshold)

    def relate(self, documents: Iterable[AnnotatedDocument]) -> Iterator[AnnotatedDocument]:
        """Yield each document with its relations, by sentence, then by the places of subject and object.

        Raises:
            InputError: the class gives something else than a predicate and a probability from 0 to 1.
        """
        self.load()
        for annotated in documents:
            relations = tuple(self._relations(annotated)) if annotated.links and annotated.sentences else ()
            yield replace(annotated, relations=relations)

    def _relations(self, annotated: AnnotatedDocument) -> Iterator[Relation]:
        by_sentence: dict[int, list[int]] = {}
        for place, links in enumerate(annotated.links):
            if links:
                by_sentence.setdefault(sentence_of(annotated, place), []).append(place)
        for sentence, places in by_sentence.items():
            for subject, object_ in permutations(places, 2):
                if _are_apart(annotated.mentions[subject], annotated.mentions[object_]):
                    yield from self._of_pair(annotated, sentence, subject, object_)

    def _of_pair(self, annotated: AnnotatedDocument, sentence: int, subject: int, object_: int) -> Iterator[Relation]:
        concepts = [
            (a.concept, b.concept)
            for a in annotated.links[subject]
            for b in annotated.links[object_]
            if a.concept != b.concept
        ]
        if not concepts:
            return
        start, end = annotated.sentences[sentence]
        arguments = [_moved(annotated.mentions[place], -start) for place in (subject, object_)]
        for predicate, *rest in self._own.relate(annotated.document.text[start:end], *arguments):
            probability, negated, speculative = _said(*rest)
            if not (":" in predicate and 0.0 <= probability <= 1.0):
                raise InputError(
                    f"the relation model {self.name} should give predicates such as biolink:treats and probabilities"
                    f" from 0 to 1; it gives {predicate!r} with {probability}"
                )
            if probability >= self._threshold:
                for a, b in concepts:
                    yield Relation(
                        a, predicate, b, subject, object_, sentence, probability, negated, speculative,
                        model=self.name,
                    )  # fmt: skip


def _said(probability: float = 1.0, negated: bool = False, speculative: bool = False) -> tuple[float, bool, bool]:
    """Return what a user's class says beside the predicate, with what it leaves out."""
    return float(probability), bool(negated), bool(speculative)


def _are_apart(a: Mention, b: Mention) -> bool:
    return a.end <= b.start or b.end <= a.start


def _moved(mention: Mention, by: int) -> Mention:
    return replace(mention, start=mention.start + by, end=mention.end + by)
