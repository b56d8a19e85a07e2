"""Dictionaries and a model together: the model says what is a mention, dictionaries say of what."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import chain, tee

from bioweft.records import ENTITY_TYPES, Document, Mention
from bioweft.tag.apart import by_type, in_order
from bioweft.tag.base import Tagger
from bioweft.tag.dictionary import DictionaryTagger

VERSION = 3
"""Counts up whenever the same mentions could be combined to others."""


class CombinedTagger:
    """Finds mentions with a model and gives them the concepts of dictionaries.

    Where both find the same stretch and type the mention is the model's, with the dictionaries' concept. Where the
    model's is longer and ends with the same word (`familial breast cancer`), the concept is a wider one, and its score
    the share that the dictionaries' part has of the mention.

    Of what only the dictionaries find, that stays which overlaps nothing of the model's; of other types than the six,
    what overlaps nothing of the same type. With `judged`, dictionaries that the model has seen, it is another matter:
    what one of them finds and the model did not take is left out, and what only the user's own find stays, in the place
    of the model's.
    """

    def __init__(self, dictionaries: DictionaryTagger, model: Tagger, judged: Sequence[DictionaryTagger] = ()) -> None:
        self.name = f"{model.name}+{dictionaries.name}"
        self._dictionaries = dictionaries
        self._model = model
        self._judged = tuple(judged)

    @property
    def on_gpu(self) -> bool:
        """Whether the model works on a GPU."""
        return self._model.on_gpu

    @cached_property
    def digest(self) -> str:
        """Changes with the dictionaries, the model and the rules that combine them."""
        parts = (self._dictionaries.digest, self._model.digest, *(judged.digest for judged in self._judged))
        return hashlib.sha256(f"{VERSION}\n{parts}".encode()).hexdigest()[:16]

    def load(self) -> None:
        """Make both ready."""
        self._dictionaries.load()
        self._model.load()

    def tag(self, documents: Iterable[Document]) -> Iterator[list[Mention]]:
        """Yield the mentions of each document, in order of start, none overlapping within a type."""
        others = [judged for judged in self._judged if judged is not self._dictionaries]  # these are run in any case
        taggers = (self._model, self._dictionaries, *others)
        streams = [tagger.tag(copy) for tagger, copy in zip(taggers, tee(documents, len(taggers)), strict=True)]
        for found, listed, *shown in zip(*streams, strict=True):
            if self._dictionaries in self._judged:
                shown.append(listed)
            yield combine(found, listed, judged=[*chain(*shown)] if self._judged else None)


def combine(
    found: Sequence[Mention], listed: Sequence[Mention], *, judged: Sequence[Mention] | None = None
) -> list[Mention]:
    """Return what a model found, with concepts, and of what dictionaries list what stays, in order of start.

    `judged` is what the model was shown, where it was shown anything.
    """
    if judged is None:
        of_model = by_type(found)
        types = list(of_model)
        rivals = {m.type: types if m.type in ENTITY_TYPES else [m.type] for m in listed}
        alone = [m for m in listed if not any(of_model[type_].over(m.start, m.end) for type_ in rivals[m.type])]
    else:
        seen = {(m.start, m.end, m.type) for m in judged}
        alone = [m for m in listed if (m.start, m.end, m.type) not in seen]
        own = by_type(alone)
        found = [m for m in found if not own[m.type].over(m.start, m.end)]
    ending: defaultdict[tuple[str, int], list[Mention]] = defaultdict(list)
    for mention in listed:
        ending[mention.type, mention.end].append(mention)
    linked = [_linked(mention, best) if (best := _named(mention, ending)) else mention for mention in found]
    concepts: dict[tuple[str, str], Mention] = {}
    for mention in linked:
        if mention.link_score == 1.0:
            concepts.setdefault((mention.type, mention.text), mention)
    same = [  # a name means the same throughout a document
        _linked(m, concepts.get((m.type, m.text), m)) if m.concept is None else m for m in linked
    ]
    return in_order([*same, *alone])


def _named(mention: Mention, ending: Mapping[tuple[str, int], Sequence[Mention]]) -> Mention | None:
    """Return the longest of the type that ends where the mention ends and does not begin before it."""
    fitting = [m for m in ending.get((mention.type, mention.end), ()) if m.start >= mention.start]
    return min(fitting, key=lambda m: m.start, default=None)


def _linked(mention: Mention, named: Mention) -> Mention:
    share = len(named.text) / len(mention.text)
    score = (named.link_score or 0.0) * min(share, 1.0) if named.concept else None
    return replace(mention, concept=named.concept, link_score=score, reason=named.reason)
