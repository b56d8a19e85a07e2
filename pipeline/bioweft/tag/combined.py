"""Dictionaries and a model together: which mentions of each stay, and the concepts of those that do.

A model of another library knows nothing of dictionaries: their mentions stand beside its own (`beside`). A model of
ours is shown what dictionaries find and judges it; only what it was not shown can add to its mentions (`own_first`).
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import chain, tee
from typing import Protocol

from bioweft.records import ENTITY_TYPES, AnnotatedDocument, Mention
from bioweft.tag.apart import by_type, in_order
from bioweft.tag.base import Tagger, batches
from bioweft.tag.dictionary import DictionaryTagger

VERSION = 3
"""Counts up whenever the same mentions could be combined to others."""


class InformedModel(Tagger, Protocol):
    """A model that is shown what dictionaries find."""

    def find(
        self, documents: Sequence[AnnotatedDocument], dictionary_hits: Sequence[Sequence[Mention]]
    ) -> Iterator[AnnotatedDocument]:
        """Yield each document with its mentions; `dictionary_hits` is what the dictionaries find in each."""
        ...


class _Together:
    """What the taggers below share."""

    def __init__(self, dictionaries: DictionaryTagger, model: Tagger) -> None:
        self.name = f"{model.name}+{dictionaries.name}"
        self._dictionaries = dictionaries
        self._model = model

    @property
    def on_gpu(self) -> bool:
        """Whether the model works on a GPU."""
        return self._model.on_gpu

    @cached_property
    def digest(self) -> str:
        """Changes with the dictionaries, the model and the rules that combine them."""
        parts = (self._dictionaries.digest, self._model.digest, *(judge.digest for judge in self._judges()))
        return hashlib.sha256(f"{VERSION}\n{parts}".encode()).hexdigest()[:16]

    def load(self) -> None:
        """Make both ready."""
        self._dictionaries.load()
        self._model.load()

    def _judges(self) -> Sequence[DictionaryTagger]:
        return ()


class SideBySideTagger(_Together):
    """Finds mentions with a model that knows nothing of dictionaries, and with dictionaries beside it."""

    def tag(self, documents: Iterable[AnnotatedDocument]) -> Iterator[AnnotatedDocument]:
        """Yield each document with its mentions, in order of start, none overlapping within a type."""
        for_model, for_dictionaries = tee(documents)
        matched = self._dictionaries.tag(for_dictionaries)
        for annotated, hits in zip(self._model.tag(for_model), (m.mentions for m in matched), strict=True):
            mentions = beside(annotated.mentions, hits)
            yield replace(annotated, mentions=tuple(with_concepts(mentions, hits)))


class InformedTagger(_Together):
    """Finds mentions with a model that is shown what dictionaries find, and gives them concepts of dictionaries.

    `dictionaries` are those whose concepts are wanted, `shown` those that the model is shown. It has judged what
    `judged` find: what it did not take of that is left out, although a dictionary has it.
    """

    def __init__(
        self,
        dictionaries: DictionaryTagger,
        model: InformedModel,
        *,
        shown: DictionaryTagger,
        judged: Sequence[DictionaryTagger],
    ) -> None:
        super().__init__(dictionaries, model)
        self._informed = model
        self._shown = shown
        self._judged = tuple(judged)

    def tag(self, documents: Iterable[AnnotatedDocument]) -> Iterator[AnnotatedDocument]:
        """Yield each document with its mentions, in order of start, none overlapping within a type."""
        # Equal sets of dictionaries match a document once.
        matchers = {tagger.digest: tagger for tagger in (self._dictionaries, *self._judged, self._shown)}
        for batch in batches(documents):
            hits = {digest: [a.mentions for a in tagger.tag(batch)] for digest, tagger in matchers.items()}
            judged = zip(*(hits[tagger.digest] for tagger in self._judged), strict=True)
            tagged = self._informed.find(batch, hits[self._shown.digest])
            for annotated, wanted, refused in zip(tagged, hits[self._dictionaries.digest], judged, strict=True):
                mentions = own_first(annotated.mentions, wanted, judged=chain(*refused))
                yield replace(annotated, mentions=tuple(with_concepts(mentions, wanted)))

    def _judges(self) -> Sequence[DictionaryTagger]:
        return self._judged


def beside(mentions: Sequence[Mention], hits: Sequence[Mention]) -> list[Mention]:
    """Return a model's mentions and those dictionary hits that overlap none of them, in order of start.

    A hit of another type than the six gives way only to a mention of its own type.
    """
    of_model = by_type(mentions)
    types = list(of_model)
    rivals = {hit.type: types if hit.type in ENTITY_TYPES else [hit.type] for hit in hits}
    alone = [hit for hit in hits if not any(of_model[type_].over(hit.start, hit.end) for type_ in rivals[hit.type])]
    return in_order([*mentions, *alone])


def own_first(mentions: Sequence[Mention], hits: Sequence[Mention], *, judged: Iterable[Mention]) -> list[Mention]:
    """Return a model's mentions and those dictionary hits that it has not judged, in order of start.

    Such a hit is the user's own, and stands in the place of the mentions of its type that it overlaps.
    """
    seen = {(hit.start, hit.end, hit.type) for hit in judged}
    own = [hit for hit in hits if (hit.start, hit.end, hit.type) not in seen]
    own_by_type = by_type(own)
    return in_order([*(m for m in mentions if not own_by_type[m.type].over(m.start, m.end)), *own])


def with_concepts(mentions: Sequence[Mention], hits: Sequence[Mention]) -> list[Mention]:
    """Return mentions with the concepts of dictionary hits.

    Where a mention is longer than a hit and ends with the same word (`familial breast cancer`), the concept is a wider
    one, and its score the share that the hit has of the mention. A name means the same throughout a document.
    """
    ending: defaultdict[tuple[str, int], list[Mention]] = defaultdict(list)
    for hit in hits:
        ending[hit.type, hit.end].append(hit)
    linked = [_linked(mention, longest) if (longest := _longest(mention, ending)) else mention for mention in mentions]
    concepts: dict[tuple[str, str], Mention] = {}
    for mention in linked:
        if mention.link_score == 1.0 and mention.tagger != DictionaryTagger.name:
            concepts.setdefault((mention.type, mention.text), mention)
    return [
        _linked(m, concepts.get((m.type, m.text), m)) if m.concept is None and m.tagger != DictionaryTagger.name else m
        for m in linked
    ]


def _longest(mention: Mention, ending: Mapping[tuple[str, int], Sequence[Mention]]) -> Mention | None:
    """Return the longest hit of the type that ends where the mention ends and does not begin before it."""
    fitting = [hit for hit in ending.get((mention.type, mention.end), ()) if hit.start >= mention.start]
    return min(fitting, key=lambda hit: hit.start, default=None)


def _linked(mention: Mention, hit: Mention) -> Mention:
    share = len(hit.text) / len(mention.text)
    score = (hit.link_score or 0.0) * min(share, 1.0) if hit.concept else None
    return replace(mention, concept=hit.concept, link_score=score, reason=hit.reason)
