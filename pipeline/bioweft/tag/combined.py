"""Dictionaries and a model together: the model says what is a mention, dictionaries say of what."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import tee

from bioweft.records import ENTITY_TYPES, Document, Mention
from bioweft.tag.base import Tagger
from bioweft.tag.dictionary import DictionaryTagger

VERSION = 2
"""Counts up whenever the same mentions could be combined to others."""


class CombinedTagger:
    """Finds mentions with a model and gives them the concepts of dictionaries.

    Where both find the same stretch and type the mention is the model's, with the dictionaries' concept. Where the
    model's is longer and ends with the same word (`familial breast cancer`), the concept is a wider one, and its score
    the share that the dictionaries' part has of the mention.

    Of what only the dictionaries find, that stays which overlaps nothing of the model's; of other types than the six,
    what overlaps nothing of the same type. With `judged`, the dictionaries that the model is shown, it is another
    matter: what they find and the model did not take is left out, and what only the user's own find stays, in the place
    of the model's.
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
        judging = self._judged if self._judged is not self._dictionaries else None
        copies = tee(documents, 2 if judging is None else 3)
        found, listed = self._model.tag(copies[0]), self._dictionaries.tag(copies[1])
        if judging is None:
            for mentions, named in zip(found, listed, strict=True):
                yield combine(mentions, named, judged=None if self._judged is None else named)
        else:
            for mentions, named, judged in zip(found, listed, judging.tag(copies[2]), strict=True):
                yield combine(mentions, named, judged=judged)


def combine(
    found: Sequence[Mention], listed: Sequence[Mention], *, judged: Sequence[Mention] | None = None
) -> list[Mention]:
    """Return what a model found, with concepts, and of what dictionaries list what stays, in order of start.

    `judged` is what the model was shown, where it was shown anything.
    """
    if judged is None:
        rivals = {type_: [m for m in found if m.type == type_] for type_ in {m.type for m in listed}}
        alone = [m for m in listed if not _overlaps(m, found if m.type in ENTITY_TYPES else rivals[m.type])]
    else:
        seen = {(m.start, m.end, m.type) for m in judged}
        alone = [m for m in listed if (m.start, m.end, m.type) not in seen]
        found = [m for m in found if not _overlaps(m, [own for own in alone if own.type == m.type])]
    linked = [_linked(mention, best) if (best := _named(mention, listed)) else mention for mention in found]
    concepts: dict[tuple[str, str], Mention] = {}
    for mention in linked:
        if mention.link_score == 1.0:
            concepts.setdefault((mention.type, mention.text), mention)
    same = [  # a name means the same throughout a document
        _linked(m, concepts.get((m.type, m.text), m)) if m.concept is None else m for m in linked
    ]
    return sorted([*same, *alone], key=lambda m: (m.start, m.end, m.type))


def _overlaps(mention: Mention, others: Sequence[Mention]) -> bool:
    return any(mention.start < other.end and other.start < mention.end for other in others)


def _named(mention: Mention, listed: Sequence[Mention]) -> Mention | None:
    """Return the longest of the type that ends where the mention ends and does not begin before it."""
    ending = [m for m in listed if m.type == mention.type and m.end == mention.end and m.start >= mention.start]
    return min(ending, key=lambda m: m.start, default=None)


def _linked(mention: Mention, named: Mention) -> Mention:
    share = len(named.text) / len(mention.text)
    score = (named.link_score or 0.0) * min(share, 1.0) if named.concept else None
    return replace(mention, concept=named.concept, link_score=score, reason=named.reason)
