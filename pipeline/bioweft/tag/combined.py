"""Dictionaries and a model together: the model says what is a mention, dictionaries say of what."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import tee

from bioweft.records import Document, Mention
from bioweft.tag.base import Tagger
from bioweft.tag.dictionary import DictionaryTagger

VERSION = 1
"""Counts up whenever the same mentions could be combined to others."""


class CombinedTagger:
    """Finds mentions with a model and gives them the concepts of dictionaries.

    Where both find the same stretch and type the mention is the model's, with the dictionaries' concept. Where the
    model's is longer and ends with the same word (`familial breast cancer`), the concept is a wider one, and its score
    the share that the dictionaries' part has of the mention. What only the dictionaries find is left out where the
    model was shown it and did not take it (`judged`), and kept where it overlaps nothing of the model's otherwise.
    """

    def __init__(self, dictionaries: DictionaryTagger, model: Tagger, judged: DictionaryTagger | None = None) -> None:
        self.name = f"{model.name}+{dictionaries.name}"
        self._dictionaries = dictionaries
        self._model = model
        self._judged = judged

    @cached_property
    def digest(self) -> str:
        """Changes with the dictionaries, the model and the rules that combine them."""
        parts = (self._dictionaries.digest, self._model.digest, self._judged.digest if self._judged else "")
        return hashlib.sha256(f"{VERSION}\n{parts}".encode()).hexdigest()[:16]

    def load(self) -> None:
        """Make both ready."""
        self._dictionaries.load()
        self._model.load()

    def tag(self, documents: Iterable[Document]) -> Iterator[list[Mention]]:
        """Yield the mentions of each document, in order of start, none overlapping within a type."""
        for_model, for_dictionaries, for_judged = tee(documents, 3)
        listed = self._dictionaries.tag(for_dictionaries)
        found = self._model.tag(for_model)
        if self._judged is None:
            for named, mentions in zip(listed, found, strict=True):
                yield combine(mentions, named)
        elif self._judged.digest == self._dictionaries.digest:
            for named, mentions in zip(listed, found, strict=True):
                yield combine(mentions, named, judged=named)
        else:
            for named, mentions, judged in zip(listed, found, self._judged.tag(for_judged), strict=True):
                yield combine(mentions, named, judged=judged)


def combine(found: Sequence[Mention], listed: Sequence[Mention], *, judged: Sequence[Mention] = ()) -> list[Mention]:
    """Return what a model found, with concepts, and what only dictionaries list, in order of start.

    `judged` is what the model was shown.
    """
    seen = {(m.start, m.end, m.type) for m in judged}
    concepts: dict[str, Mention] = {}
    combined = []
    for mention in found:
        best = _named(mention, listed)
        combined.append(_linked(mention, best) if best else mention)
    for mention in combined:  # a name means the same throughout a document
        if mention.concept is not None and mention.link_score == 1.0:
            concepts.setdefault(f"{mention.type}\t{mention.text}", mention)
    combined = [
        _linked(m, concepts[f"{m.type}\t{m.text}"]) if m.concept is None and f"{m.type}\t{m.text}" in concepts else m
        for m in combined
    ]
    for mention in listed:
        apart = all(m.end <= mention.start or mention.end <= m.start for m in found)
        if apart and (mention.start, mention.end, mention.type) not in seen:
            combined.append(mention)
    return sorted(combined, key=lambda m: (m.start, m.end, m.type))


def _named(mention: Mention, listed: Sequence[Mention]) -> Mention | None:
    """Return the longest of the type that ends where the mention ends and does not begin before it."""
    ending = [m for m in listed if m.type == mention.type and m.end == mention.end and m.start >= mention.start]
    return min(ending, key=lambda m: m.start, default=None)


def _linked(mention: Mention, named: Mention) -> Mention:
    share = len(named.text) / len(mention.text)
    score = (named.link_score or 0.0) * min(share, 1.0) if named.concept else None
    return replace(mention, concept=named.concept, link_score=score, reason=named.reason)
