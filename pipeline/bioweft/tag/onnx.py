"""The tagger that is a network: reads with ONNX Runtime what `bioweft.train` has made. Needs no torch."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bioweft.errors import InputError
from bioweft.records import Document, Mention
from bioweft.tag.decode import decode
from bioweft.tag.dictionary import DictionaryTagger
from bioweft.tag.features import INPUTS, Features, Listed, features, padded
from bioweft.text import sentences

VERSION = 1
"""Counts up whenever the same model could give other mentions."""

MODEL, TOKENIZER, ABOUT = "model.onnx", "tokenizer.json", "model.json"
"""The files of a model folder."""

LONGEST = 256
"""Word pieces that the network sees at a time."""

_OVERLAP = 64
"""Tokens that two windows of a longer sentence share; each is tagged by the window that shows more around it."""

_PIECES_AT_ONCE = 4096
_DOCUMENTS_AT_ONCE = 64


@dataclass(frozen=True, slots=True)
class _Sentence:
    document: int
    start: int
    features: Features


class OnnxTagger:
    """Finds mentions with the model of a folder.

    `guideline` names the corpus in whose manner to annotate; without it the model uses what all have in common.
    """

    def __init__(self, folder: Path, *, guideline: str | None = None, threads: int = 1) -> None:
        self._folder = folder
        self._guideline = guideline
        self._threads = threads
        self._session: Any = None
        self._tokenizer: Any = None
        if not (folder / ABOUT).exists():
            raise InputError(f"no model in {folder}: it has no {ABOUT}")
        self._about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
        self.name: str = self._about["name"]
        guidelines = self._about["guidelines"]
        if guideline is not None and guideline not in guidelines:
            raise InputError(f"{self.name} knows no guideline {guideline!r}; it knows: {', '.join(guidelines)}")
        self._asked = 1 + guidelines.index(guideline) if guideline is not None else 0
        names = tuple(self._about["dictionaries"])
        self._dictionaries = DictionaryTagger(names) if names else None

    @cached_property
    def digest(self) -> str:
        """Changes with the files of the model, its dictionaries, the guideline, and the code that reads them."""
        listed = self._dictionaries.digest if self._dictionaries else ""
        digest = hashlib.sha256(f"{VERSION}\n{self._guideline}\n{listed}\n".encode())
        for name in (MODEL, TOKENIZER, ABOUT):
            digest.update((self._folder / name).read_bytes())
        return digest.hexdigest()[:16]

    def load(self) -> None:
        """Open the model and its dictionaries."""
        if self._dictionaries is not None:
            self._dictionaries.load()
        if self._session is None:
            import onnxruntime
            from tokenizers import Tokenizer

            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = self._threads
            options.inter_op_num_threads = 1
            self._session = onnxruntime.InferenceSession(
                str(self._folder / MODEL), options, providers=["CPUExecutionProvider"]
            )
            self._tokenizer = Tokenizer.from_file(str(self._folder / TOKENIZER))
            self._tokenizer.no_truncation()
            self._tokenizer.no_padding()

    def tag(self, documents: Iterable[Document]) -> Iterator[list[Mention]]:
        """Yield the mentions of each document, in order of start, none overlapping within a type."""
        batch: list[Document] = []
        for document in documents:
            batch.append(document)
            if len(batch) == _DOCUMENTS_AT_ONCE:
                yield from self._tag(batch)
                batch = []
        if batch:
            yield from self._tag(batch)

    def _tag(self, documents: Sequence[Document]) -> list[list[Mention]]:
        self.load()
        found: list[list[Mention]] = [[] for _ in documents]
        split = list(self._sentences(documents))
        for sentence, emissions in zip(split, self._emissions([s.features for s in split]), strict=True):
            text = documents[sentence.document].text
            for begin, end, label, score in decode(emissions):
                type_ = self._about["labels"][label]
                if type_ in self._about["types"]:
                    start = sentence.start + int(sentence.features.starts[begin])
                    stop = sentence.start + int(sentence.features.ends[end - 1])
                    mention = Mention(start, stop, text[start:stop], self._about["types"][type_], self.name, score)
                    found[sentence.document].append(mention)
        return [_apart(mentions) for mentions in found]

    def _sentences(self, documents: Sequence[Document]) -> Iterator[_Sentence]:
        terms = self._dictionaries.tag(documents) if self._dictionaries else ([] for _ in documents)
        places: list[tuple[int, int]] = []
        texts: list[str] = []
        listed: list[list[Listed]] = []
        for number, (document, named) in enumerate(zip(documents, terms, strict=True)):
            for begin, passage in zip(document.starts, document.passages, strict=True):
                for low, high in sentences.split(passage.text):
                    start, end = begin + low, begin + high
                    places.append((number, start))
                    texts.append(passage.text[low:high])
                    within = [m for m in named if start <= m.start and m.end <= end]
                    listed.append([(m.start - start, m.end - start, m.type) for m in within])
        found = features(texts, self._tokenizer, listed)
        return (_Sentence(number, start, of) for (number, start), of in zip(places, found, strict=True))

    def _emissions(self, found: Sequence[Features]) -> list[NDArray[np.float32]]:
        """Return the emissions of each sentence, shape (t, labels, 3)."""
        parts = [(number, low, high, of) for number, one in enumerate(found) for low, high, of in _windows(one)]
        shape = (len(self._about["labels"]), 3)
        emissions = [np.zeros((len(one.starts), *shape), np.float32) for one in found]
        parts.sort(key=lambda part: len(part[3].pieces))
        begin = 0
        while begin < len(parts):
            end = begin + 1
            while end < len(parts) and len(parts[end][3].pieces) * (end + 1 - begin) <= _PIECES_AT_ONCE:
                end += 1
            some = [of for _, _, _, of in parts[begin:end]]
            inputs = dict(zip(INPUTS, padded(some, [self._asked] * len(some)), strict=True))
            (given,) = self._session.run(None, inputs)
            for (number, low, high, of), one in zip(parts[begin:end], given, strict=True):
                offset = low - _before(of, found[number])
                emissions[number][low:high] = one[offset : offset + high - low]
            begin = end
        return emissions


def _windows(of: Features) -> Iterator[tuple[int, int, Features]]:
    """Yield the windows of a sentence: the tokens for which each speaks, and what it shows."""
    if len(of.pieces) <= LONGEST:
        if len(of.starts):
            yield 0, len(of.starts), of
        return
    begin, spoken = 0, 0
    total = len(of.starts)
    ends = np.append(of.first[1:], len(of.pieces) - 1)
    while spoken < total:
        end = begin + 1
        while end < total and ends[end] - of.first[begin] + 2 <= LONGEST:
            end += 1
        until = total if end == total else max(spoken + 1, end - _OVERLAP // 2)
        yield spoken, until, _slice(of, begin, end, ends)
        spoken, begin = until, max(begin + 1, end - _OVERLAP)


def _slice(of: Features, begin: int, end: int, ends: NDArray[np.integer[Any]]) -> Features:
    inner = of.pieces[of.first[begin] : ends[end - 1]][: LONGEST - 2]
    return Features(
        of.starts[begin:end],
        of.ends[begin:end],
        np.concatenate((of.pieces[:1], inner, of.pieces[-1:])),
        np.minimum(of.first[begin:end] - of.first[begin] + 1, LONGEST - 1),
        of.characters[begin:end],
        of.shapes[begin:end],
        of.listed[begin:end],
    )


def _before(of: Features, whole: Features) -> int:
    """Return how many tokens of the sentence stand before a window."""
    return int(np.searchsorted(whole.starts, of.starts[0])) if len(of.starts) else 0


def _apart(mentions: list[Mention]) -> list[Mention]:
    """Return mentions by start; of two of a type that overlap, the longer stays."""
    kept: list[Mention] = []
    for mention in sorted(mentions, key=lambda m: (m.start - m.end, m.start)):
        if not any(m.type == mention.type and m.start < mention.end and mention.start < m.end for m in kept):
            kept.append(mention)
    return sorted(kept, key=lambda m: (m.start, m.end, m.type))
