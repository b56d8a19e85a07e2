"""Candidate pairs of a linked document: which concepts, in which of its sentences, may be related at all."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bioweft.records import AnnotatedDocument
from bioweft.relate.model import Task

MOST_PAIRS = 200
"""Pairs of a document that are judged for a task, the nearest ones first: forty genes in an abstract make 780."""


@dataclass(frozen=True, slots=True)
class Argument:
    """A concept, and its mentions that count: those of one sentence, or those of the whole document."""

    concept: str
    mentions: tuple[int, ...]
    """Places in the document's mentions."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Two arguments that a task asks about, as places in the arguments, and their two mentions that stand nearest."""

    subject: int
    object: int
    task: int
    subject_mention: int
    object_mention: int


@dataclass(frozen=True, slots=True)
class Candidates:
    """The candidate pairs of a document."""

    arguments: tuple[Argument, ...]
    pairs: tuple[Candidate, ...]


def find_candidates(document: AnnotatedDocument, tasks: Sequence[Task]) -> Candidates:
    """Return the candidate pairs of a document with links, for each task in turn; of one without links, none.

    A concept is never paired with itself. Where subject and object have one type, the concept that is mentioned first
    is the subject.
    """
    if not document.links:
        return Candidates((), ())
    sentence = [sentence_of(document, place) for place in range(len(document.mentions))]
    arguments: dict[Argument, int] = {}
    pairs: list[Candidate] = []
    for number, task in enumerate(tasks):
        candidates = []
        for subjects, objects in _groups(document, task, sentence):
            for subject in subjects:
                for object_ in objects:
                    if subject.concept != object_.concept and (task.subject != task.object or
                                                               subject.mentions[0] < object_.mentions[0]):  # fmt: skip
                        candidates.append((*_nearest(document, sentence, subject, object_), subject, object_))
        candidates.sort(key=lambda candidate: candidate[0])
        for _, s, o, subject, object_ in candidates[:MOST_PAIRS]:
            places = [arguments.setdefault(argument, len(arguments)) for argument in (subject, object_)]
            pairs.append(Candidate(places[0], places[1], number, s, o))
    return Candidates(tuple(arguments), tuple(pairs))


def sentence_of(document: AnnotatedDocument, place: int) -> int:
    """Return the place of the sentence in which a mention begins."""
    start = document.mentions[place].start
    return max(0, bisect_right(document.sentences, start, key=lambda span: span[0]) - 1)


def _groups(
    document: AnnotatedDocument, task: Task, sentence: Sequence[int]
) -> Iterable[tuple[list[Argument], list[Argument]]]:
    """Yield subjects and objects that may be related: of the whole document, or of each sentence in turn."""
    if task.scope == "document":
        everywhere = range(len(document.mentions))
        yield _arguments(document, task.subject, everywhere), _arguments(document, task.object, everywhere)
        return
    by_sentence: dict[int, list[int]] = {}
    for place, number in enumerate(sentence):
        by_sentence.setdefault(number, []).append(place)
    for places in by_sentence.values():
        yield _arguments(document, task.subject, places), _arguments(document, task.object, places)


def _arguments(document: AnnotatedDocument, type_: str, places: Iterable[int]) -> list[Argument]:
    """Return the concepts that some mentions of a type name, by first mention."""
    mentions: dict[str, list[int]] = {}
    for place in places:
        if document.mentions[place].type == type_:
            for link in document.links[place]:
                mentions.setdefault(link.concept, []).append(place)
    return [Argument(concept, tuple(concept_places)) for concept, concept_places in mentions.items()]


def _nearest(
    document: AnnotatedDocument, sentence: Sequence[int], subject: Argument, object_: Argument
) -> tuple[tuple[int, int], int, int]:
    """Return how far the two mentions are that stand nearest, in sentences then in characters, and their places."""
    mentions = document.mentions
    return min(
        ((abs(sentence[s] - sentence[o]), abs(mentions[s].start - mentions[o].start)), s, o)
        for s in subject.mentions
        for o in object_.mentions
    )
