"""Learns the weights of the linker (`bioweft.link.ranking`) from mentions whose identifiers people gave."""

import json
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import tee
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from bioweft.atomic import atomic
from bioweft.checksums import write_sums
from bioweft.link import ranking
from bioweft.link.linker import Choice, DictionaryLinker
from bioweft.records import AnnotatedDocument, Mention
from bioweft.train.examples import FAMILY, as_genes

_log = logging.getLogger(__name__)

_PENALTY = 0.5
"""Weight of the squared distance of weights from their prior values, against the likelihood of all examples."""
_PRIOR_CHOICE = {
    "heading": 3.0, "long form": 3.0, "against long form": -3.0, "told taxon": 4.0, "against told taxon": -4.0,
    "untold taxon not people": -3.0, "agreement": 1.0, "publications": 1.0, "name": 1.0, "weak": -1.0,
    "first vocabulary": 1.0, "family": 2.8, "family in plural": -3.0, "class": 1.0,
}  # fmt: skip
_PRIOR_TRUST = {
    "heading": 1.0, "family": 1.0, "class": 1.0, "people by default": 1.0, "unknown long form": -1.0, "head": -1.0,
}  # fmt: skip
"""Weights before anything is learnt; what corpora seldom show (none has MeSH headings) keeps them."""
_LEAST_EXAMPLES = 50

_F64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Example:
    """A choice and which of its candidates are right; `weight` is less for what is said often."""

    choice: Choice
    right: tuple[int, ...]
    weight: float


def examples(
    documents: Iterable[AnnotatedDocument], linker: DictionaryLinker, canonical: Callable[[str], str]
) -> Iterator[Example]:
    """Yield what documents teach: the choice of each mention that has identifiers and names one thing.

    `canonical` brings identifiers to those of the dictionaries. A name that has the same meaning n times weighs
    the square root of n in all, so that a few famous ones do not outweigh the rest. A family of genes without an
    identifier teaches that no single gene is right.
    """
    taught: list[tuple[Mention, Choice, frozenset[str]]] = []
    for_choices, for_gold = tee(documents)
    for annotated, (_, choices) in zip(for_gold, linker.choices(map(as_genes, for_choices)), strict=True):
        for (mention, links), (_, of_mention) in zip(annotated.linked(), choices, strict=True):
            gold = frozenset(canonical(link.concept) for link in links)
            is_taught = bool(gold) != (mention.type == FAMILY)
            if is_taught and len(of_mention) == 1 and not _names_family(of_mention[0]):
                taught.append((mention, of_mention[0], gold))
    counts = Counter((mention.type, mention.text.casefold(), gold) for mention, _, gold in taught)
    for mention, choice, gold in taught:
        concepts = [linker.concept(candidate) for candidate in choice.candidates]
        right = tuple(number for number, concept in enumerate(concepts) if concept in gold)
        yield Example(choice, right, counts[mention.type, mention.text.casefold(), gold] ** -0.5)


def _names_family(choice: Choice) -> bool:
    """Say whether a gene's name is that of a family or class: corpora list members, and we want the family."""
    return any("family" in features or "class" in features for features in choice.features)


def learn(taught: Sequence[Example]) -> dict[str, ranking.Weights]:
    """Return weights for each type that has enough examples, and for any other type those of all types but genes."""
    by_type: dict[str, list[Example]] = {}
    for example in taught:
        by_type.setdefault(example.choice.mention.type, []).append(example)
    learnt = {type_: _learn(of_type) for type_, of_type in sorted(by_type.items()) if len(of_type) >= _LEAST_EXAMPLES}
    for type_, of_type in by_type.items():
        _log.info("%s: %d choices, of which %d can be right", type_, len(of_type), sum(bool(e.right) for e in of_type))
    return {**learnt, "*": _learn([example for example in taught if example.choice.mention.type != "gene"])}


def write(weights: dict[str, ranking.Weights], path: Path) -> None:
    """Write weights, whole or not at all."""
    rows = {
        type_: {"choice": of_type.choice, "trust": of_type.trust, "threshold": of_type.threshold}
        for type_, of_type in weights.items()
    }
    with atomic(path) as unfinished:
        unfinished.write_text(json.dumps(rows, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    if path.name == ranking.WEIGHTS:
        write_sums(path.parent, [path])


def _learn(taught: Sequence[Example]) -> ranking.Weights:
    choice = _choice_weights([example for example in taught if 0 < len(example.right) < len(example.choice.candidates)])
    half = ranking.Weights(choice, {}, 0.0)
    rows, right, weight = [], [], []
    for example in taught:
        chances = ranking.chances(example.choice.features, half)
        best = max(range(len(chances)), key=chances.__getitem__)
        if not _may_be_gold(example.choice, best):
            continue
        rows.append(ranking.trust_features(example.choice.features[best], chances[best], example.choice.mention))
        right.append(best in example.right)
        weight.append(example.weight)
    trust = _trust_weights(rows, np.array(right), np.array(weight))
    is_gene = taught[0].choice.mention.type == "gene"
    return ranking.Weights(choice, trust, _GENE_THRESHOLD if is_gene else _THRESHOLD)


_THRESHOLD, _GENE_THRESHOLD = 0.4, 0.32
"""Least score of a link. That of genes is less since corpora of genes hold more animals than the literature does: the
score of a human gene is too low where a text tells no species."""


def _may_be_gold(choice: Choice, best: int) -> bool:
    """Say whether corpora could have the best candidate: diseases and chemicals have identifiers of MeSH alone.

    What MONDO or ChEBI alone have is not wrong where gold has a wider heading.
    """
    return choice.mention.type not in ("disease", "chemical") or "first vocabulary" in choice.features[best]


def _choice_weights(taught: Sequence[Example]) -> dict[str, float]:
    """Fit the conditional logit by the penalised likelihood (L-BFGS)."""
    names = sorted({name for example in taught for row in example.choice.features for name in row})
    rows = [row for example in taught for row in example.choice.features]
    if not rows:
        return _PRIOR_CHOICE
    matrix = _matrix(rows, names)
    sizes = np.array([len(example.choice.features) for example in taught])
    first = np.cumsum(sizes) - sizes
    group = np.repeat(np.arange(len(taught)), sizes)
    right = np.zeros(len(rows))
    for start, example in zip(first, taught, strict=True):
        right[start + np.array(example.right)] = 1.0
    weight = np.array([example.weight for example in taught])

    def loss(values: _F64) -> tuple[float, _F64]:
        totals = matrix @ values
        totals -= np.maximum.reduceat(totals, first)[group]
        powers = np.exp(totals)
        share = powers / np.add.reduceat(powers, first)[group]
        right_share = powers * right / np.add.reduceat(powers * right, first)[group]
        likelihood = weight @ np.log(np.add.reduceat(share * right, first))
        slope = matrix.T @ ((right_share - share) * weight[group])
        return float(-likelihood), -slope

    return _fitted(loss, names, _PRIOR_CHOICE)


def _trust_weights(rows: Sequence[ranking.Features], right: NDArray[np.bool_], weight: _F64) -> dict[str, float]:
    """Fit the logistic regression by the penalised likelihood (L-BFGS)."""
    names = sorted({name for row in rows for name in row})
    matrix = _matrix(rows, names)
    sign = np.where(right, 1.0, -1.0)

    def loss(values: _F64) -> tuple[float, _F64]:
        margin = sign * (matrix @ values)
        likelihood = -(weight @ np.logaddexp(0, -margin))
        slope = matrix.T @ (weight * sign / (1 + np.exp(np.minimum(margin, 50))))
        return float(-likelihood), -slope

    return _fitted(loss, names, _PRIOR_TRUST)


def _fitted(
    loss: Callable[[_F64], tuple[float, _F64]], names: Sequence[str], prior: Mapping[str, float]
) -> dict[str, float]:
    """Return the weights at the least sum of loss and penalty."""
    middle = np.array([prior.get(name, 0.0) for name in names])

    def penalised(values: _F64) -> tuple[float, _F64]:
        value, slope = loss(values)
        return value + _PENALTY * float((values - middle) @ (values - middle)), slope + 2 * _PENALTY * (values - middle)

    values = minimize(penalised, middle, jac=True, method="L-BFGS-B", options={"maxiter": 500}).x
    return {**prior, **{name: round(float(value), 3) for name, value in zip(names, values, strict=True)}}


def _matrix(rows: Sequence[ranking.Features], names: Sequence[str]) -> _F64:
    place = {name: number for number, name in enumerate(names)}
    matrix = np.zeros((len(rows), len(names)))
    for number, row in enumerate(rows):
        for name, value in row.items():
            matrix[number, place[name]] = value
    return matrix
