"""The tagger that knows what is in dictionaries."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np

from bioweft.lexicon import cache
from bioweft.lexicon.matcher import STATUSES, Hits, Matcher
from bioweft.lexicon.normalise import PART
from bioweft.records import Document, Mention
from bioweft.tag import resolve
from bioweft.text import abbreviations

_CHARACTERS_AT_ONCE = 1 << 17
"""Arrays of this length stay in a processor's cache."""

VERSION = 1
"""Counts up whenever the same dictionaries could give other mentions."""


class DictionaryTagger:
    """Finds the terms of dictionaries.

    `dictionaries` are names of shipped ones or paths of the user's own, the most important first: a concept that
    several hold has the type that the first gives it.
    """

    name = "dictionary"

    def __init__(self, dictionaries: Sequence[str | Path]) -> None:
        self._dictionaries = tuple(dictionaries)
        self._matcher: Matcher | None = None

    @cached_property
    def digest(self) -> str:
        """Changes with the dictionaries and with the code that matches them."""
        return hashlib.sha256(f"{VERSION}\n{cache.key(self._dictionaries)}".encode()).hexdigest()[:16]

    def load(self) -> None:
        """Open the compiled dictionaries, or compile them."""
        if self._matcher is None:
            self._matcher = cache.matcher(self._dictionaries)

    def tag(self, documents: Iterable[Document]) -> Iterator[list[Mention]]:
        """Yield the mentions of each document, in order of start, none overlapping within a type."""
        batch: list[Document] = []
        size = 0
        for document in documents:
            batch.append(document)
            size += len(document.text)
            if size >= _CHARACTERS_AT_ONCE:
                yield from self._tag(batch)
                batch, size = [], 0
        if batch:
            yield from self._tag(batch)

    def _tag(self, documents: Sequence[Document]) -> Iterator[list[Mention]]:
        self.load()
        assert self._matcher is not None
        texts = [document.text for document in documents]
        # No match spans two passages, nor two documents.
        hits = self._matcher.find(PART.join(PART.join(p.text for p in document.passages) for document in documents))
        begins = np.cumsum([0, *(len(text) + 1 for text in texts)])
        bounds = np.searchsorted(hits.start, begins)
        for number, text in enumerate(texts):
            chosen = _candidates(hits, int(bounds[number]), int(bounds[number + 1]), int(begins[number]), self._matcher)
            chosen = resolve.with_abbreviations(text, chosen, abbreviations.find(text))
            chosen = resolve.one_type_each(resolve.leftmost_longest(chosen))
            yield [resolve.mention(text, candidate) for candidate in chosen]


def _candidates(hits: Hits, low: int, high: int, begin: int, matcher: Matcher) -> list[resolve.Candidate]:
    """Return the hits of one document, of each stretch and type the best."""
    groups: dict[tuple[int, int, int], list[int]] = {}
    starts, ends, types = hits.start[low:high].tolist(), hits.end[low:high].tolist(), hits.type[low:high].tolist()
    for number, key in enumerate(zip(starts, ends, types, strict=True), low):
        groups.setdefault(key, []).append(number)
    candidates = []
    for (start, end, type_), numbers in groups.items():
        ranked: dict[int, int] = {}
        for number in numbers:
            rank = int(hits.status[number]) * 4 + 2 * (not hits.same_case[number]) + (not hits.same_form[number])
            concept = int(hits.concept[number])
            ranked[concept] = min(rank, ranked.get(concept, rank))
        best = min(ranked, key=lambda concept: (ranked[concept], concept))
        equals = sum(rank == ranked[best] for rank in ranked.values())
        status = STATUSES[ranked[best] // 4]
        candidates.append(
            resolve.Candidate(
                start - begin,
                end - begin,
                matcher.types[type_],
                matcher.concepts[best].as_py(),
                ranked[best],
                1 / equals,
                "name" if status == "name" else "synonym",
            )  # fmt: skip
        )
    return candidates
