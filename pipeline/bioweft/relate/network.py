"""The relation model that is a network: reads with ONNX Runtime what `bioweft.train` has made. Needs no torch."""

import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
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
from bioweft.relate.features import INPUTS, Features, by_stretch, features, padded
from bioweft.relate.model import ABOUT, Task, read_about
from bioweft.relate.parser import Parse, Parser
from bioweft.relate.predicates import MEANINGS

VERSION = 1
"""Version of the code; counts up whenever the same model could give other relations."""

_DOCUMENTS_AT_ONCE = 64

_AT_ONCE = {"cpu": 1024, "cuda": 16384}
"""Word pieces, with padding, that go through the network together."""

_UNCALIBRATED = Calibration()


@dataclass(frozen=True, slots=True)
class _Judged:
    """A document with its candidate pairs, the trees that they stand in, and the scores of each, shape (labels,)."""

    document: AnnotatedDocument
    candidates: Candidates
    parses: dict[int, Parse]
    scores: dict[int, NDArray[np.float32]]


class NetworkRelationModel:
    """Finds relations with the model of a folder and the trees of a parser.

    Those of a calibrated probability below `threshold` are left out.

    Raises:
        InputError: there is no model in the folder.
    """

    def __init__(self, folder: Path, parser: Parser, *, threshold: float, device: str | None = None) -> None:
        self.about = read_about(folder)
        self.name = self.about.name
        for name in (NETWORK, TOKENIZER):
            if not (folder / name).is_file():
                raise InputError(f"the relation model in {folder} has no {name}; train it anew")
        self._folder = folder
        self._parser = parser
        self._threshold = threshold
        self._device = device
        self._process = 0
        self._session: Any = None
        self._tokenizer: Any = None

    @cached_property
    def digest(self) -> str:
        """Digest of the files of the model, the parser, the threshold, and the code that reads them."""
        digest = hashlib.sha256(f"{VERSION}\n{self._threshold}\n{self._parser.digest}\n".encode())
        for name in (NETWORK, TOKENIZER, ABOUT):
            digest.update((self._folder / name).read_bytes())
        return digest.hexdigest()[:16]

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
            self._process = os.getpid()

    def relate(self, documents: Iterable[AnnotatedDocument]) -> Iterator[AnnotatedDocument]:
        """Yield each document with its relations, by task, then by how near the mentions of a pair stand."""
        self.load()
        stream = iter(documents)
        while batch := list(islice(stream, _DOCUMENTS_AT_ONCE)):
            for judged in self._judge(batch):
                yield replace(judged.document, relations=tuple(self._relations(judged)))

    def _judge(self, documents: Sequence[AnnotatedDocument]) -> list[_Judged]:
        candidates = [find_candidates(document, self.about.tasks) for document in documents]
        wanted = [_sentences(document, found) for document, found in zip(documents, candidates, strict=True)]
        trees = self._parser.parse(zip(documents, wanted, strict=True))
        judged = [
            _Judged(document, pairs, dict(zip(places, parses, strict=True)), {})
            for document, pairs, places, parses in zip(documents, candidates, wanted, trees, strict=True)
        ]
        stretches = [(item, stretch) for item in judged for stretch in self._features(item)]
        for batch in batches_of_like_length(stretches, _pieces, _AT_ONCE["cuda" if self.on_gpu else "cpu"]):
            together = [stretch for _, stretch in batch]
            (outputs,) = self._session.run(None, dict(zip(INPUTS, padded(together), strict=True)))
            for (item, stretch), rows in zip(batch, by_stretch(outputs, together), strict=True):
                for place, row in zip(stretch.places.tolist(), rows, strict=True):
                    item.scores[place] = np.maximum(item.scores.get(place, row), row)
        return judged

    def _features(self, judged: _Judged) -> Iterator[Features]:
        corpora = [self.about.corpora.index(task.corpus) for task in self.about.tasks]
        pairs = [(pair.subject, pair.object, corpora[pair.task]) for pair in judged.candidates.pairs]
        entities = [argument.mentions for argument in judged.candidates.arguments]
        if pairs:
            yield from features(judged.document, judged.parses, entities, pairs, self._tokenizer)

    def _relations(self, judged: _Judged) -> Iterator[Relation]:
        for place, candidate in enumerate(judged.candidates.pairs):
            if place in judged.scores:
                task = self.about.tasks[candidate.task]
                for label, probability in self._probabilities(task, judged.scores[place]):
                    if probability >= self._threshold:
                        yield self._relation(judged, candidate, label, probability)

    def _probabilities(self, task: Task, scores: NDArray[np.float32]) -> Iterator[tuple[str, float]]:
        """Yield the calibrated probability of each label of a task."""
        for label in task.labels:
            score = float(scores[self.about.labels.index(label)])
            yield label, task.calibration.get(label, _UNCALIBRATED).calibrated(1 / (1 + float(np.exp(-score))))

    def _relation(self, judged: _Judged, candidate: Candidate, label: str, probability: float) -> Relation:
        meaning = MEANINGS[label]
        arguments = judged.candidates.arguments
        return Relation(
            subject=arguments[candidate.subject].concept,
            predicate=meaning.predicate,
            object=arguments[candidate.object].concept,
            subject_mention=candidate.subject_mention,
            object_mention=candidate.object_mention,
            sentence=sentence_of(judged.document, candidate.subject_mention),
            probability=probability,
            negated=meaning.negated,
            speculative=meaning.speculative,
            model=self.name,
            qualifiers=tuple(sorted(meaning.qualifiers.items())),
        )


def _sentences(document: AnnotatedDocument, candidates: Candidates) -> list[int]:
    """Return the places of the sentences that hold an argument of a pair; no other is parsed."""
    places = {place for argument in candidates.arguments for place in argument.mentions}
    return sorted({sentence_of(document, place) for place in places})


def _pieces(stretch: tuple[_Judged, Features]) -> int:
    return len(stretch[1].pieces)
