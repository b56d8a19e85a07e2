"""The tagger that is a network: reads with ONNX Runtime what `bioweft.train` has made. Needs no torch."""

import hashlib
import os
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bioweft.errors import InputError
from bioweft.inference import NETWORK, TOKENIZER, Calibration, batches_of_like_length, is_on_gpu, open_model
from bioweft.records import ENTITY_TYPES, AnnotatedDocument, DictionaryHit, Document, Mention
from bioweft.tag.base import batches
from bioweft.tag.consistency import consistent
from bioweft.tag.decode import INSIDE, TokenSpan, decode
from bioweft.tag.dictionary import DictionaryTagger
from bioweft.tag.features import INPUTS, LISTED, Features, Listed, Words, features, padded
from bioweft.tag.model import ABOUT, read_about
from bioweft.tag.windows import Window, windows
from bioweft.text import sentences as splitter

VERSION = 7
"""Version of the code; counts up whenever the same model could give other mentions."""

_AT_ONCE = {"cpu": 512, "cuda": 8192}
"""Word pieces, with padding, that go through the network together: as many as a cache holds, or as fill a GPU."""

_DECODED_AT_ONCE = 4096
"""Tokens, with padding."""

_UNCALIBRATED = Calibration()
_START = attrgetter("start")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence as the network is to see it."""

    document: int
    """Number of its document."""
    start: int
    """Offset in the document's text."""
    features: Features


class OnnxTagger:
    """Finds mentions with the model of a folder.

    `guideline` names the corpus in whose manner to annotate; without it the model uses what all have in common.

    Raises:
        InputError: there is no model in the folder, it knows no such guideline, or ONNX Runtime finds no such device.
    """

    def __init__(self, folder: Path, *, guideline: str | None = None, device: str | None = None) -> None:
        self.about = read_about(folder)
        self.name = self.about.name
        if guideline is not None and guideline not in self.about.guidelines:
            raise InputError(
                f"{self.name} knows no guideline {guideline!r}; it knows: {', '.join(self.about.guidelines)}"
            )
        self.dictionaries = DictionaryTagger(self.about.dictionaries) if self.about.dictionaries else None
        for name in (NETWORK, TOKENIZER):
            if not (folder / name).is_file():
                raise InputError(f"the model in {folder} has no {name}; fetch or train it anew")
        self._folder = folder
        self._guideline = guideline
        self._guideline_number = 1 + self.about.guidelines.index(guideline) if guideline is not None else 0
        self._device = device
        self._process = 0
        self._session: Any = None
        self._words: Words

    @cached_property
    def digest(self) -> str:
        """Digest of the files of the model, its dictionaries, the guideline, and the code that reads them."""
        of_dictionaries = self.dictionaries.digest if self.dictionaries else ""
        digest = hashlib.sha256(f"{VERSION}\n{self._guideline}\n{of_dictionaries}\n".encode())
        for name in (NETWORK, TOKENIZER, ABOUT):
            digest.update((self._folder / name).read_bytes())
        return digest.hexdigest()[:16]

    def load(self) -> None:
        """Open the model and its dictionaries, in a forked process anew: threads do not survive a fork.

        Raises:
            InputError: a file of the model is damaged, or of another form than its name says.
        """
        if self._process == os.getpid():
            return
        if self.dictionaries is not None:
            self.dictionaries.load()
        session, tokenizer = open_model(self._folder, self._device)
        (output,) = session.get_outputs()
        labels = output.shape[-2] if len(output.shape) > 1 else 0
        if isinstance(labels, int) and labels != len(self.about.labels):
            raise InputError(
                f"{self._folder / ABOUT} names {len(self.about.labels)} labels and the network has {labels}; "
                "fetch or train the model anew"
            )
        self._session = session
        self._words = Words(tokenizer)
        self._process = os.getpid()

    @property
    def on_gpu(self) -> bool:
        """True where the network is on a GPU, once loaded."""
        return self._session is not None and is_on_gpu(self._session)

    def tag(self, documents: Iterable[AnnotatedDocument]) -> Iterator[AnnotatedDocument]:
        """Yield each document with its mentions, in order of start, none overlapping within a type."""
        for batch in batches(documents):
            yield from self.find(batch, self._dictionary_hits(batch))

    def find(
        self, documents: Sequence[AnnotatedDocument], dictionary_hits: Sequence[Sequence[DictionaryHit]]
    ) -> Iterator[AnnotatedDocument]:
        """Yield each document with its mentions; `dictionary_hits` is what `dictionaries` find in each."""
        texts = [annotated.document for annotated in documents]
        sentences = self._sentences(documents, dictionary_hits)
        emissions = self.emissions([sentence.features for sentence in sentences])
        for annotated, mentions in zip(documents, self.mentions(texts, sentences, emissions), strict=True):
            yield annotated.tagged(mentions)

    def _dictionary_hits(self, documents: Sequence[AnnotatedDocument]) -> list[tuple[DictionaryHit, ...]]:
        if self.dictionaries is None:
            return [()] * len(documents)
        return [annotated.dictionary_hits for annotated in self.dictionaries.tag(documents)]

    def mentions(
        self, documents: Sequence[Document], sentences: Sequence[Sentence], emissions: Sequence[NDArray[np.float32]]
    ) -> Iterator[list[Mention]]:
        """Yield the mentions of each document from the emissions of its sentences."""
        by_document: list[list[Mention]] = [[] for _ in documents]
        for sentence, spans in zip(sentences, self._spans(sentences, emissions), strict=True):
            text = documents[sentence.document].text
            for begin, end, label, score in spans:
                name = self.about.labels[label]
                if type_ := self.about.types.get(name):
                    start = sentence.start + int(sentence.features.starts[begin])
                    stop = sentence.start + int(sentence.features.ends[end - 1])
                    calibrated = self.about.calibration.get(name, _UNCALIBRATED).calibrated(score)
                    mention = Mention(start, stop, text[start:stop], type_, self.name, calibrated)
                    by_document[sentence.document].append(mention)
        for document, mentions in zip(documents, by_document, strict=True):
            about = self.about
            yield consistent(document.text, mentions, fill=about.fill, drop=about.drop, widen=about.widen)

    def read(self, documents: Sequence[Document]) -> list[Sentence]:
        """Split documents into sentences and return these, in order, as the network is to see them."""
        annotated = [AnnotatedDocument(document, splitter.of_document(document)) for document in documents]
        return self._sentences(annotated, self._dictionary_hits(annotated))

    def _sentences(
        self, documents: Sequence[AnnotatedDocument], dictionary_hits: Sequence[Sequence[DictionaryHit]]
    ) -> list[Sentence]:
        self.load()
        places: list[tuple[int, int]] = []
        texts: list[str] = []
        terms: list[list[Listed]] = []
        for number, (annotated, hits) in enumerate(zip(documents, dictionary_hits, strict=True)):
            text = annotated.document.text
            for start, end in annotated.sentences:
                places.append((number, start))
                texts.append(text[start:end])
                within = hits[bisect_left(hits, start, key=_START) : bisect_left(hits, end, key=_START)]
                terms.append([(hit.start - start, hit.end - start, hit.type) for hit in within if hit.end <= end])
        rows = features(texts, self._words, terms)
        return [Sentence(number, start, row) for (number, start), row in zip(places, rows, strict=True)]

    def _spans(self, sentences: Sequence[Sentence], emissions: Sequence[NDArray[np.float32]]) -> list[list[TokenSpan]]:
        """Return the spans of each sentence."""
        spans: list[list[TokenSpan]] = [[] for _ in sentences]
        inside, adjoining = self._by_label(self.about.inside), self._by_label(self.about.adjoining)
        numbers = range(len(sentences))
        for batch in batches_of_like_length(numbers, lambda number: len(emissions[number]), _DECODED_AT_ONCE):
            lengths = np.array([len(emissions[number]) for number in batch])
            padded_emissions = np.zeros((len(batch), lengths.max(), len(self.about.labels), 3), np.float32)
            flags = np.zeros((len(batch), lengths.max(), LISTED), np.uint8)
            for row, number in enumerate(batch):
                padded_emissions[row, : lengths[row]] = emissions[number]
                flags[row, : lengths[row]] = sentences[number].features.listed
            padded_emissions[..., INSIDE] += inside
            decoded = decode(padded_emissions, lengths, self._outside(flags), adjoining)
            for number, sentence_spans in zip(batch, decoded, strict=True):
                spans[number] = sentence_spans
        return spans

    def _outside(self, flags: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return offsets for the emissions of outside, shape (..., labels), for flags of shape (..., LISTED)."""
        labels = self.about.labels
        by_type = np.zeros((len(ENTITY_TYPES), len(labels)), np.float32)
        for number, label in enumerate(labels):
            if (type_ := self.about.types.get(label)) in ENTITY_TYPES:
                by_type[ENTITY_TYPES.index(type_), number] = self.about.listed.get(label, 0.0)
        # A type has two flags, where a term begins and where it goes on; either counts.
        has_term = flags[..., ::2] | flags[..., 1::2]
        added: NDArray[np.float32] = self._by_label(self.about.outside) + has_term @ by_type
        return added

    def _by_label(self, values: Mapping[str, float]) -> NDArray[np.float32]:
        return np.array([values.get(label, 0.0) for label in self.about.labels], np.float32)

    def emissions(self, sentences: Sequence[Features]) -> list[NDArray[np.float32]]:
        """Return the emissions of each sentence of t tokens, shape (t, labels, 3)."""
        self.load()
        numbered = [(number, window) for number, sentence in enumerate(sentences) for window in windows(sentence)]
        emissions = [np.zeros((len(sentence.starts), len(self.about.labels), 3), np.float32) for sentence in sentences]
        for batch in batches_of_like_length(numbered, _pieces, _AT_ONCE["cuda" if self.on_gpu else "cpu"]):
            inputs = padded([window.features for _, window in batch], [self._guideline_number] * len(batch))
            (outputs,) = self._session.run(None, dict(zip(INPUTS, inputs, strict=True)))
            for (number, window), output in zip(batch, outputs, strict=True):
                emissions[number][window.low : window.high] = window.spoken(output)
        return emissions


def _pieces(numbered_window: tuple[int, Window]) -> int:
    return len(numbered_window[1].features.pieces)
