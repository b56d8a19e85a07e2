"""Precision, recall and F1 by three rules, with bootstrap intervals over documents.

- exact: the same span and type.
- overlap: any overlap and the same type, one to one (a maximum matching).
- identifier: the sets of concepts of each document are compared, as in BioCreative V; composite identifiers are split,
  annotations without one do not count, and identifiers are brought to one vocabulary by the concepts' cross-references.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bioweft.records import AnnotatedDocument, Link, Mention

RULES = ("exact", "overlap", "identifier")
_SAMPLES = 1000
_SEED = 7
ALL = "all"
"""The name under which all types are scored together (micro average)."""

Canonical = Callable[[str], str]
"""From a CURIE of any vocabulary to that of its concept."""


@dataclass(frozen=True, slots=True)
class Score:
    """Counts of right, surplus and missed ones, and what follows; `low` and `high` bound 95% of bootstrapped F1."""

    right: int
    surplus: int
    missed: int
    low: float
    high: float

    @property
    def precision(self) -> float:
        """Share of the predicted that is right; 0 where nothing is predicted."""
        return self.right / (self.right + self.surplus) if self.right + self.surplus else 0.0

    @property
    def recall(self) -> float:
        """Share of the gold that is found; 0 where there is none."""
        return self.right / (self.right + self.missed) if self.right + self.missed else 0.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        total = 2 * self.right + self.surplus + self.missed
        return 2 * self.right / total if total else 0.0


@dataclass
class Scorer:
    """Takes documents one by one; `scores` says how it went.

    `types` are those that are scored. `ignored` says for each of them which other gold types are neither right nor
    wrong: what was predicted and overlaps such a mention counts where it is right, and is not counted where it is not.
    `may_be_gold` says whether gold could have a concept for a type: what it could not have is not counted as surplus.
    """

    types: frozenset[str]
    ignored: Mapping[str, frozenset[str]] = field(default_factory=dict)
    canonical: Canonical = str
    may_be_gold: Callable[[str, str], bool] | None = None
    _counts: dict[tuple[str, str], list[tuple[int, int, int, int]]] = field(default_factory=lambda: defaultdict(list))
    _documents: int = 0

    def add(
        self, gold: AnnotatedDocument, predicted: AnnotatedDocument, *, alternatives: Sequence[Mention] = ()
    ) -> tuple[list[Mention], list[Mention]]:
        """Take one document; return what was predicted and is not gold, and what is gold and was not predicted (exact).

        `alternatives` are further spans that count as right, in place of the gold one that they overlap.
        """
        wrong: list[Mention] = []
        lacking: list[Mention] = []
        for type_ in sorted(self.types):
            expected_links = _distinct(gold, type_)
            expected = list(expected_links)
            ignored = self.ignored.get(type_, frozenset())
            unscored = [mention for mention in gold.mentions if mention.type in ignored]
            counted: dict[Mention, Sequence[Link]] = {}
            excused: dict[Mention, Sequence[Link]] = {}
            for mention, links in _distinct(predicted, type_).items():
                (excused if any(_overlap(mention, other) for other in unscored) else counted)[mention] = links
            predictions = [*counted, *excused]
            surplus, missed, right = _exact(expected, predictions, [m for m in alternatives if m.type == type_])
            surplus = [mention for mention in surplus if mention not in excused]
            wrong += surplus
            lacking += missed
            self._note(type_, "exact", right, len(surplus), len(missed))
            pairs = _pairs(expected, predictions)
            self._note(type_, "overlap", pairs, len(counted) - _pairs(expected, list(counted)), len(expected) - pairs)
            gold_concepts, predicted_concepts = self._concepts(expected_links), self._concepts(counted)
            right_concepts = gold_concepts & (predicted_concepts | self._concepts(excused))
            surplus_concepts = {
                c for c in predicted_concepts - gold_concepts if self.may_be_gold is None or self.may_be_gold(type_, c)
            }
            missed_concepts = gold_concepts - right_concepts
            self._note(type_, "identifier", len(right_concepts), len(surplus_concepts), len(missed_concepts))
        self._documents += 1
        return sorted(wrong, key=lambda m: m.start), sorted(lacking, key=lambda m: m.start)

    def scores(self) -> dict[tuple[str, str], Score]:
        """Return the score of each type, and of all together under `ALL`, by each rule that could be applied."""
        made: dict[tuple[str, str], NDArray[np.int64]] = {}
        for (type_, rule), rows in sorted(self._counts.items()):
            table = np.zeros((self._documents, 3), dtype=np.int64)
            for document, right, surplus, missed in rows:
                table[document] += right, surplus, missed
            if rule != "identifier" or table[:, [0, 2]].any():  # where gold names no concept, nothing can be said
                made[type_, rule] = table
        for rule in RULES:
            tables = [table for (_, table_rule), table in made.items() if table_rule == rule]
            if tables:
                made[ALL, rule] = np.sum(tables, axis=0)
        return {key: total(table) for key, table in made.items()}

    def _note(self, type_: str, rule: str, right: int, surplus: int, missed: int) -> None:
        if right or surplus or missed:
            self._counts[type_, rule].append((self._documents, right, surplus, missed))

    def _concepts(self, linked: Mapping[Mention, Sequence[Link]]) -> set[str]:
        return {self.canonical(link.concept) for links in linked.values() for link in links}


def _distinct(annotated: AnnotatedDocument, type_: str) -> dict[Mention, Sequence[Link]]:
    """Return the mentions of a type, one a stretch, with their links."""
    by_span = {(m.start, m.end): (m, links) for m, links in annotated.linked() if m.type == type_}
    return dict(by_span.values())


def _overlap(a: Mention, b: Mention) -> bool:
    return a.start < b.end and b.start < a.end


def _exact(
    expected: list[Mention], predicted: list[Mention], alternatives: list[Mention]
) -> tuple[list[Mention], list[Mention], int]:
    """Return the surplus, the missed and the number of right ones."""
    spans = {(mention.start, mention.end) for mention in predicted}
    gold = {(mention.start, mention.end) for mention in expected}
    other = {(mention.start, mention.end) for mention in alternatives} - gold
    missed = [mention for mention in expected if (mention.start, mention.end) not in spans]
    surplus = []
    for mention in predicted:
        span = (mention.start, mention.end)
        replaced = next((m for m in missed if _overlap(m, mention)), None) if span in other else None
        if replaced is not None:
            missed.remove(replaced)
        elif span not in gold:
            surplus.append(mention)
    return surplus, missed, len(expected) - len(missed)


def _pairs(expected: list[Mention], predicted: list[Mention]) -> int:
    """Return the size of a maximum one-to-one matching of overlapping mentions (Kuhn's augmenting paths)."""
    taken: dict[int, int] = {}

    def place(number: int, tried: set[int]) -> bool:
        for other, mention in enumerate(predicted):
            if other not in tried and _overlap(expected[number], mention):
                tried.add(other)
                if other not in taken or place(taken[other], tried):
                    taken[other] = number
                    return True
        return False

    return sum(place(number, set()) for number in range(len(expected)))


def total(table: NDArray[np.int64]) -> Score:
    """Return the score of documents together, from a row for each: right, surplus, missed.

    The documents are resampled for the interval. Of no documents all is 0.
    """
    documents = len(table)
    if not documents:
        return Score(0, 0, 0, 0.0, 0.0)
    right, surplus, missed = table.sum(axis=0).tolist()
    draws = np.random.default_rng(_SEED).multinomial(documents, np.full(documents, 1 / documents), size=_SAMPLES)
    sums = draws @ table
    weight = 2 * sums[:, 0] + sums[:, 1] + sums[:, 2]
    f1 = np.divide(2 * sums[:, 0], weight, out=np.zeros(_SAMPLES), where=weight > 0)
    low, high = np.quantile(f1, [0.025, 0.975]).tolist()
    return Score(right, surplus, missed, low, high)
