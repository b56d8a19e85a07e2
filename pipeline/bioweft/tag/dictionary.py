"""The tagger that knows what is in dictionaries."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from bioweft.lexicon import cache
from bioweft.lexicon.matcher import STATUSES, Hits, Matcher
from bioweft.lexicon.normalise import SEPARATOR, with_beta
from bioweft.records import DICTIONARY, AnnotatedDocument, DictionaryHit, Document, Mention
from bioweft.tag import resolve
from bioweft.tag.brackets import rewritten
from bioweft.text import abbreviations

_CHARACTERS_AT_ONCE = 1 << 16
"""Arrays of this length stay in a processor's cache."""

VERSION = 8
"""Version of the code; counts up whenever the same dictionaries could give other mentions."""


class DictionaryTagger:
    """Finds the terms of dictionaries.

    `dictionaries` are names of shipped ones or paths of the user's own, the most important first: a concept that
    several hold has the type that the first gives it.
    """

    name = DICTIONARY
    on_gpu = False

    def __init__(self, dictionaries: Sequence[str | Path]) -> None:
        self._dictionaries = tuple(dictionaries)
        self._matcher: Matcher | None = None

    @cached_property
    def digest(self) -> str:
        """Digest of the dictionaries and the code that matches them."""
        return hashlib.sha256(f"{VERSION}\n{cache.key(self._dictionaries)}".encode()).hexdigest()[:16]

    def load(self) -> None:
        """Open the compiled dictionaries, or compile them."""
        if self._matcher is None:
            self._matcher = cache.matcher(self._dictionaries)

    def tag(self, documents: Iterable[AnnotatedDocument]) -> Iterator[AnnotatedDocument]:
        """Yield each document with its mentions, in order of start, none overlapping within a type."""
        batch: list[AnnotatedDocument] = []
        size = 0
        for annotated in documents:
            batch.append(annotated)
            size += len(annotated.document.text)
            if size >= _CHARACTERS_AT_ONCE:
                yield from self._tag(batch)
                batch, size = [], 0
        if batch:
            yield from self._tag(batch)

    def _tag(self, batch: Sequence[AnnotatedDocument]) -> Iterator[AnnotatedDocument]:
        for annotated, hits in zip(batch, self._hits([a.document for a in batch]), strict=True):
            yield annotated.tagged((mention(annotated.document.text, hit) for hit in hits), hits)

    def _hits(self, documents: Sequence[Document]) -> Iterator[tuple[DictionaryHit, ...]]:
        self.load()
        assert self._matcher is not None
        texts = [document.text for document in documents]
        # No match spans two passages, nor two documents.
        passages = SEPARATOR.join(SEPARATOR.join(p.text for p in document.passages) for document in documents)
        passages = with_beta(passages)
        without_brackets = rewritten(passages)
        if without_brackets is None:
            hits = self._matcher.find(passages)
        else:
            hits = self._matcher.find(passages + SEPARATOR + without_brackets.text)
            hits = without_brackets.in_place(hits, len(passages) + 1)
        begins = np.cumsum([0, *(len(text) + 1 for text in texts)])
        bounds = np.searchsorted(hits.start, begins)
        matcher = self._matcher
        candidates = _candidates(hits, np.repeat(begins[:-1], np.diff(bounds)), matcher)

        def fits(candidate: resolve.Candidate, long: str) -> bool:
            return matcher.shares_word(candidate.number, long)

        for number, text in enumerate(texts):
            remaining = candidates[bounds[number] : bounds[number + 1]]
            remaining = resolve.best_concepts(text, resolve.supported(text, remaining))
            remaining = resolve.with_abbreviations(text, remaining, abbreviations.find(text), fits)
            remaining = resolve.one_type_each(text, resolve.leftmost_longest(remaining))
            yield tuple(map(resolve.hit, remaining))


def mention(text: str, hit: DictionaryHit) -> Mention:
    """Return the mention that a hit in a text is by itself."""
    return Mention(hit.start, hit.end, text[hit.start : hit.end], hit.type, DICTIONARY)


def _candidates(hits: Hits, begin: NDArray[np.int64], matcher: Matcher) -> list[resolve.Candidate]:
    """Return the hits as candidates; `begin` says where the document of each begins."""
    name = STATUSES.index("name")
    types = [matcher.types[number] for number in hits.type.tolist()]
    concepts = matcher.concepts.take(pa.array(hits.concept)).to_pylist()
    reasons: list[str] = ["name" if status == name else "synonym" for status in hits.status.tolist()]
    starts, ends = (hits.start - begin).tolist(), (hits.end - begin).tolist()
    columns = (starts, ends, types, concepts, hits.rank.tolist(), hits.rule.tolist(), reasons)
    return list(map(resolve.Candidate, *columns, hits.concept.tolist()))
