"""Scoring links of gold mentions: is the first concept that a linker gives a mention one of its gold concepts?

A mention with several gold identifiers (a composite, or a gene of several species) counts as right where the concept is
any of them, as BELB and BELHD count. Mentions without a gold identifier do not count at all.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Container
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from bioweft.evaluate.scoring import Canonical
from bioweft.records import AnnotatedDocument

_SAMPLES = 1000
_SEED = 7


class LinkError(NamedTuple):
    """A mention that got another concept than its gold one, or none (`predicted` is empty)."""

    text: str
    gold: tuple[str, ...]
    predicted: str
    reason: str
    candidate: bool
    """Whether a gold concept was among the candidates that were not chosen."""


@dataclass(frozen=True, slots=True)
class LinkScore:
    """Counts of the mentions with a gold identifier; `low` and `high` bound 95% of the bootstrapped accuracy.

    `covered` have an identifier that the dictionaries know, `linked` got a concept, `right` the right one.
    """

    mentions: int
    covered: int
    linked: int
    right: int
    low: float
    high: float

    @property
    def coverage(self) -> float:
        """Share of the mentions whose meaning is in the dictionaries."""
        return self.covered / self.mentions

    @property
    def accuracy(self) -> float:
        """Share of all mentions that got the right concept: with a threshold, the recall."""
        return self.right / self.mentions

    @property
    def accuracy_covered(self) -> float:
        """Share of the covered mentions that got the right concept; 0 where none is covered."""
        return self.right / self.covered if self.covered else 0.0

    @property
    def precision(self) -> float:
        """Share of the linked mentions that got the right concept; 0 where none is linked."""
        return self.right / self.linked if self.linked else 0.0


@dataclass
class LinkScorer:
    """Takes documents one by one; `score` says how it went, `errors` where it went wrong.

    `contained` says of each type which concepts the dictionaries have.
    """

    canonical: Canonical
    contained: Callable[[str], Container[str]]
    errors: dict[str, Counter[LinkError]] = field(default_factory=lambda: defaultdict(Counter))
    _documents: list[dict[str, Counter[str]]] = field(default_factory=list)

    def add(self, gold: AnnotatedDocument, predicted: AnnotatedDocument) -> None:
        """Take one document: its mentions with gold links, and with a linker's.

        Types are those of the gold mentions, whatever they were called for the linker.
        """
        counts: dict[str, Counter[str]] = defaultdict(Counter)
        for (mention, gold_links), (_, links) in zip(gold.linked(), predicted.linked(), strict=True):
            if not gold_links:
                continue
            concepts = {self.canonical(link.concept) for link in gold_links}
            first = self.canonical(links[0].concept) if links else ""
            contained = self.contained(mention.type)
            of_type = counts[mention.type]
            of_type["mentions"] += 1
            of_type["covered"] += any(concept in contained for concept in concepts)
            of_type["linked"] += bool(links)
            of_type["right"] += first in concepts
            if first not in concepts:
                candidates = {self.canonical(curie) for link in links for curie in (link.concept, *link.candidates)}
                reason = links[0].reason if links else ""
                error = LinkError(
                    mention.text, tuple(sorted(concepts)), first, reason, not concepts.isdisjoint(candidates)
                )
                self.errors[mention.type][error] += 1
        self._documents.append(dict(counts))

    @property
    def types(self) -> list[str]:
        """The types of which mentions have gold identifiers, by name."""
        return sorted({type_ for counts in self._documents for type_ in counts})

    def score(self, *types: str) -> LinkScore:
        """Return the score of the mentions of one or several types, of which there must be any."""
        columns = ("mentions", "covered", "linked", "right")
        counts = [sum((document.get(type_, Counter()) for type_ in types), Counter()) for document in self._documents]
        table = np.array([[row[column] for column in columns] for row in counts], dtype=np.int64)
        size = len(table)
        draws = np.random.default_rng(_SEED).multinomial(size, np.full(size, 1 / size), size=_SAMPLES)
        sums = draws @ table[:, [0, 3]]
        accuracy = np.divide(sums[:, 1], sums[:, 0], out=np.zeros(_SAMPLES), where=sums[:, 0] > 0)
        low, high = np.quantile(accuracy, [0.025, 0.975]).tolist()
        mentions, covered, linked, right = table.sum(axis=0).tolist()
        return LinkScore(mentions, covered, linked, right, low, high)
