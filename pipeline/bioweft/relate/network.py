"""The relation model that is a network: reads with ONNX Runtime what `bioweft.train` has made. Needs no torch."""

import hashlib
import math
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bioweft.errors import InputError
from bioweft.inference import NETWORK, TOKENIZER, Calibration, batches_of_like_length, is_on_gpu, open_model
from bioweft.records import AnnotatedDocument, Relation
from bioweft.relate.candidates import Candidate, Candidates, find_candidates, sentence_of
from bioweft.relate.features import INPUTS, Features, by_stretch, padded
from bioweft.relate.hierarchy import HIERARCHY, Hierarchy, read_hierarchy
from bioweft.relate.model import ABOUT, About, read_about
from bioweft.relate.negation import Cue, find_cues, polarity
from bioweft.relate.parser import Parse, Parser
from bioweft.relate.predicates import MEANINGS
from bioweft.relate.questions import Question, prepare
from bioweft.relate.standing import STANDINGS, pair_standing, standings

VERSION = 3
"""Version of the code; counts up whenever the same model could give other relations."""

_DOCUMENTS_AT_ONCE = 64

_AT_ONCE = {"cpu": 1024, "cuda": 16384}
"""Word pieces, with padding, that go through the network together."""

_UNCALIBRATED = Calibration()


@dataclass(frozen=True, slots=True)
class Judged:
    """The answer to a question: by the place of a pair, its scores, shape (labels,); and the trees of its sentences.

    `standings` tell of each of the e entities how its concept stands in the document, shape (e, `STANDINGS`). A pair
    whose arguments do not stand within what the network reads at a time has no scores.
    """

    parses: dict[int, Parse]
    scores: dict[int, NDArray[np.float32]]
    standings: NDArray[np.uint8]


class NetworkRelationModel:
    """Finds relations with the model of a folder and the trees of a parser.

    Those of a calibrated probability below `threshold` are left out.

    Raises:
        InputError: there is no model in the folder.
    """

    def __init__(self, folder: Path, parser: Parser, *, threshold: float, device: str | None = None) -> None:
        self.about = read_about(folder)
        self.name = self.about.name
        for name in self._files():
            if not (folder / name).is_file():
                raise InputError(f"the relation model in {folder} has no {name}; train it anew")
        self._folder = folder
        self._parser = parser
        self._threshold = threshold
        self._device = device
        self._process = 0
        self._session: Any = None
        self._tokenizer: Any = None
        self._hierarchy: Hierarchy | None = None

    @cached_property
    def digest(self) -> str:
        """Digest of the files of the model, the parser, the threshold, and the code that reads them."""
        digest = hashlib.sha256(f"{VERSION}\n{self._threshold}\n{self._parser.digest}\n".encode())
        for name in (*self._files(), ABOUT):
            digest.update((self._folder / name).read_bytes())
        return digest.hexdigest()[:16]

    def _files(self) -> tuple[str, ...]:
        return (NETWORK, TOKENIZER, HIERARCHY) if self.about.standing else (NETWORK, TOKENIZER)

    @property
    def on_gpu(self) -> bool:
        """True where the network is on a GPU, once loaded."""
        return self._session is not None and is_on_gpu(self._session)

    def load(self) -> None:
        """Open the model and the parser, in a forked process anew: threads do not survive a fork.

        Raises:
            InputError: a file of the model or the parser is damaged.
        """
        self._parser.load()
        if self._process != os.getpid():
            self._session, self._tokenizer = open_model(self._folder, self._device)
            self._hierarchy = read_hierarchy(self._folder) if self.about.standing else None
            self._process = os.getpid()

    def relate(self, documents: Iterable[AnnotatedDocument]) -> Iterator[AnnotatedDocument]:
        """Yield each document with its relations, by task, then by how near the mentions of a pair stand."""
        stream = iter(documents)
        corpora = [self.about.corpora.index(task.corpus) for task in self.about.tasks]
        while batch := list(islice(stream, _DOCUMENTS_AT_ONCE)):
            candidates = [find_candidates(document, self.about.tasks) for document in batch]
            questions = [
                Question(
                    document,
                    [argument.mentions for argument in found.arguments],
                    [argument.concept for argument in found.arguments],
                    [(pair.subject, pair.object, corpora[pair.task]) for pair in found.pairs],
                )
                for document, found in zip(batch, candidates, strict=True)
            ]
            for document, found, judged in zip(batch, candidates, self.judge(questions), strict=True):
                yield replace(document, relations=tuple(self._relations(document, found, judged)))

    def judge(self, questions: Sequence[Question]) -> list[Judged]:
        """Return the answer to each question."""
        self.load()
        answers: list[Judged] = []
        stretches: list[tuple[int, Features]] = []
        for number, prepared in enumerate(prepare(questions, self._parser, self._tokenizer)):
            answers.append(Judged(prepared.parses, {}, self._standings(questions[number])))
            stretches += ((number, stretch) for stretch in prepared.stretches)
        for batch in batches_of_like_length(stretches, _pieces, _AT_ONCE["cuda" if self.on_gpu else "cpu"]):
            together = [stretch for _, stretch in batch]
            (outputs,) = self._session.run(None, dict(zip(INPUTS, padded(together), strict=True)))
            for (number, stretch), rows in zip(batch, by_stretch(outputs, together), strict=True):
                scores = answers[number].scores
                for place, row in zip(stretch.places.tolist(), rows, strict=True):
                    scores[place] = np.maximum(scores.get(place, row), row)
        return answers

    def _standings(self, question: Question) -> NDArray[np.uint8]:
        if self._hierarchy is None or not question.pairs:
            return np.zeros((len(question.entities), STANDINGS), np.uint8)
        return standings(question.document, question.entities, question.concepts, self._hierarchy)

    def _relations(self, document: AnnotatedDocument, candidates: Candidates, judged: Judged) -> Iterator[Relation]:
        cues: dict[int, tuple[Cue, ...]] = {}
        for place, pair in enumerate(candidates.pairs):
            if place in judged.scores:
                task = self.about.tasks[pair.task]
                standing = pair_standing(judged.standings[pair.subject], judged.standings[pair.object])
                by_label = probabilities(self.about, task.corpus, task.labels, judged.scores[place], standing)
                for label, probability in by_label.items():
                    if probability >= self._threshold:
                        relation = self._relation(document, candidates, pair, label, probability)
                        yield _with_polarity(relation, document, judged.parses, cues)

    def _relation(
        self, document: AnnotatedDocument, candidates: Candidates, pair: Candidate, label: str, probability: float
    ) -> Relation:
        meaning = MEANINGS[label]
        return Relation(
            subject=candidates.arguments[pair.subject].concept,
            predicate=meaning.predicate,
            object=candidates.arguments[pair.object].concept,
            subject_mention=pair.subject_mention,
            object_mention=pair.object_mention,
            sentence=sentence_of(document, pair.subject_mention),
            probability=probability,
            negated=meaning.negated,
            speculative=meaning.speculative,
            model=self.name,
            qualifiers=tuple(sorted(meaning.qualifiers.items())),
        )


def _with_polarity(
    relation: Relation, document: AnnotatedDocument, parses: Mapping[int, Parse], cues: dict[int, tuple[Cue, ...]]
) -> Relation:
    """Return the relation with what its sentence says of it: denied, or supposed.

    Where its mentions stand in two sentences, neither of them is asked. `cues` are those of the sentences so far.
    """
    number = relation.sentence
    if sentence_of(document, relation.object_mention) != number or number not in parses:
        return relation
    if number not in cues:
        cues[number] = find_cues(document.document.text, parses[number])
    subject, object_ = (document.mentions[place] for place in (relation.subject_mention, relation.object_mention))
    spans = (subject.start, subject.end), (object_.start, object_.end)
    negated, speculative, cue = polarity(cues[number], *spans, parses[number])
    return replace(
        relation,
        negated=relation.negated or negated,
        speculative=relation.speculative or speculative,
        cue=cue,
    )


def probabilities(
    about: About, corpus: str, labels: Sequence[str], scores: NDArray[np.float32], standing: NDArray[np.float64]
) -> dict[str, float]:
    """Return the calibrated probability of labels of a corpus.

    Args:
        about: the model.
        corpus: in whose manner is judged.
        labels: whose probabilities are wanted.
        scores: of the pair, shape (labels,).
        standing: of the pair, as `pair_standing` gives it.
    """
    evidence = float(standing @ np.array(about.standing[corpus])) if corpus in about.standing else 0.0
    calibration = about.calibration.get(corpus, {})
    columns = ((label, float(scores[about.labels.index(label)])) for label in labels)
    return {
        label: calibration.get(label, _UNCALIBRATED).calibrated(1 / (1 + math.exp(-score)), evidence)
        for label, score in columns
    }


def _pieces(stretch: tuple[int, Features]) -> int:
    return len(stretch[1].pieces)
