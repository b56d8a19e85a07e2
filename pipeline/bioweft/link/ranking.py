"""Which candidate a mention means, and how sure that is.

A candidate's features are weighed and added; the weights are learnt for each type from training parts, by a conditional
logit (McFadden 1974): the chance that a candidate is the right one of its set is the softmax of the sums. Whether the
best is right at all, since none may be, is the calibrated score: a logistic regression (Platt 1999) over that chance
and the best one's features. `bioweft train linker` learns both.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import compress
from math import exp, log, log1p
from pathlib import Path

from bioweft.checksums import verify_sums
from bioweft.link.candidates import Candidate, words_of
from bioweft.link.context import HUMAN, Context
from bioweft.link.index import STATUSES, NameIndex
from bioweft.records import Mention

Features = dict[str, float]
"""The features of a candidate that are not zero."""

WEIGHTS = "weights.json"
_FIRST_VOCABULARY = {"disease": "mesh:", "chemical": "mesh:", "cell_type": "cl:"}
"""The vocabulary whose concepts come first where a type has several (docs/design.md)."""
_ANY_TYPE = "*"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a document tells of the candidates of a mention.

    `long_form` holds the concepts that the long form of an abbreviation could mean, and is None where the mention is no
    abbreviation that the document defines. `agreement` says by how many other names the document names each concept.
    Both have concepts by the number that they share with their homologs (`NameIndex.kin`).
    """

    context: Context
    mention: Mention
    long_form: frozenset[int] | None
    agreement: Mapping[int, int]


def features_of(candidates: Sequence[Candidate], evidence: Evidence, index: NameIndex) -> list[Features]:
    """Return the features of each candidate of a mention."""
    publications = [log1p(int(index.publications[c.concept])) for c in candidates]
    most = max(publications)
    told = _words_told(candidates, evidence, index)
    rows = []
    for candidate, count, words in zip(candidates, publications, told, strict=True):
        row: Features = {STATUSES[candidate.status]: 1.0, candidate.step: 1.0}
        row["other form"] = float(not candidate.same_form)
        row["other case"] = float(not candidate.same_case)
        row["homolog"] = float(candidate.is_homolog)
        row["far homolog"] = float(candidate.is_far)
        row["similarity"] = candidate.similarity
        row["publications"] = count / 10
        row["fewer publications"] = (most - count) / 10
        row["words"] = words
        kin = index.kin(candidate.concept)
        row["agreement"] = min(2, evidence.agreement.get(kin, 0)) / 2
        curie = index.ids[candidate.concept].as_py()
        row["first vocabulary"] = float(curie.startswith(_FIRST_VOCABULARY.get(evidence.mention.type, "-")))
        row["heading"] = float(index.headings[candidate.concept].as_py() in evidence.context.headings)
        if evidence.long_form is not None:
            row["long form"] = float(kin in evidence.long_form)
            row["against long form"] = float(bool(evidence.long_form) and kin not in evidence.long_form)
            row["unknown long form"] = float(not evidence.long_form)
        rows.append(row)
    of_taxa = _taxon_rows(candidates, evidence, index)
    return [
        {name: value for name, value in {**row, **of_taxon}.items() if value}
        for row, of_taxon in zip(rows, of_taxa, strict=True)
    ]


def _taxon_rows(candidates: Sequence[Candidate], evidence: Evidence, index: NameIndex) -> list[Features]:
    """Return the features of species.

    A family has what speaks for members that have its name but weakly (`Wnt`), so that its name decides; but where just
    one human gene has it so, and a famous one (`AKT`, of AKT1), what corpora say of such names does.
    """
    rows = [_taxon_features(candidate, evidence, index) for candidate in candidates]
    is_weak = [STATUSES[candidate.status] == "weak" for candidate in candidates]
    weak = list(compress(rows, is_weak))
    papers_of = [int(index.publications[candidate.concept]) for candidate in compress(candidates, is_weak)]
    if [papers > _FAMOUS for papers, row in zip(papers_of, weak, strict=True) if row.get("people")] == [True]:
        return [{**row, "family": 0.0, "family or gene": 1.0} if row.get("family") else row for row in rows]
    best: Features = {}
    for row in weak:
        best |= {name: max(value, best.get(name, value)) for name, value in row.items() if name in _FOR_TAXON}
    return [{**best, **row} if row.get("family") else row for row in rows]


_WORD = re.compile(r"\b[a-z]{4}")
"""A word in small letters, by which a gene's name describes it, as names of classes do: `tyrosine kinase`."""
_FAMOUS = 1000
"""Publications of a gene that is meant by the name of its family more often than not."""
_FOR_TAXON = (
    "nearest taxon", "taxon in sentence", "taxon in title", "taxon in headings", "taxon in document", "taxon share",
    "people", "people by default",
)  # fmt: skip


def _taxon_features(candidate: Candidate, evidence: Evidence, index: NameIndex) -> Features:
    number = int(index.taxon[candidate.concept])
    if number < 0:
        if evidence.mention.type != "gene":
            return {}
        is_class = index.ids[candidate.concept].as_py().startswith("mesh:")
        is_weak = STATUSES[candidate.status] == "weak"
        is_family = not is_class and not is_weak
        is_plural = not candidate.same_form and evidence.mention.text.endswith(("s", "S"))
        return {
            "class": float(is_class),
            "family": float(is_family),
            "family in plural": float(is_family and is_plural and not candidate.same_case),
            "no taxon": float(is_weak),
        }
    if evidence.mention.type != "gene":
        return {}
    taxon, context = index.taxa[number].as_py(), evidence.context
    in_words = _WORD.search(evidence.mention.text) is not None
    nearest, near = context.near_taxa(evidence.mention)
    return {
        "told taxon": float(candidate.taxon == taxon),
        "against told taxon": float(candidate.taxon not in (None, taxon)),
        "nearest taxon": float(nearest == taxon),
        "taxon in sentence": float(taxon in near),
        "taxon in title": float(taxon in context.title_taxa),
        "taxon in headings": float(taxon in context.heading_taxa),
        "taxon in document": float(taxon in context.taxa),
        "taxon share": context.taxa.get(taxon, 0.0),
        "untold taxon": float(taxon not in context.taxa and taxon != candidate.taxon),
        "untold taxon not people": float(taxon not in (HUMAN, candidate.taxon) and taxon not in context.taxa),
        "in words": float(in_words),
        "in words, plural": float(in_words and evidence.mention.text.endswith("s") and not candidate.same_form),
        "far homolog, in words": float(in_words and candidate.is_far),
        "people": float(taxon == HUMAN),
        "people by default": float(taxon == HUMAN and not context.taxa),
    }


def _words_told(candidates: Sequence[Candidate], evidence: Evidence, index: NameIndex) -> list[float]:
    """Return how much of the words of each candidate's names stands in the document, in thirds of the rarest word."""
    if len(candidates) < 2:
        return [0.0] * len(candidates)
    around = evidence.context.words - _words_of_name(evidence.mention.text)
    sums = []
    for candidate in candidates:
        weights = index.weights(candidate.concept)
        told = sum(weight for word, weight in weights.items() if word in around)
        sums.append(told / (10 + sum(weights.values()) ** 0.5))
    return sums


_words_of_name = lru_cache(maxsize=1 << 14)(words_of)
"""As `words_of`, of names, which come again."""


@dataclass(frozen=True, slots=True)
class Weights:
    """The weights of a type: `choice` for the choice between candidates, `trust` for whether the best one is right."""

    choice: Mapping[str, float]
    trust: Mapping[str, float]
    threshold: float


@cache
def shipped() -> Mapping[str, Weights]:
    """Return the shipped weights by type; those of `*` are for types that nothing was learnt of.

    Raises:
        InputError: their file is damaged.
    """
    folder = Path(__file__).parent
    verify_sums(folder)
    read = json.loads((folder / WEIGHTS).read_text(encoding="utf-8"))
    return {type_: Weights(**weights) for type_, weights in read.items()}


def weights_of(type_: str) -> Weights:
    """Return the weights of a type."""
    weights = shipped()
    return weights.get(type_, weights[_ANY_TYPE])


def total(features: Features, weights: Mapping[str, float]) -> float:
    """Return the weighted sum of features."""
    return sum(weights.get(name, 0.0) * value for name, value in features.items())


def chances(rows: Sequence[Features], weights: Weights) -> list[float]:
    """Return the chance of each candidate to be the right one, if one is: they add up to 1."""
    totals = [total(row, weights.choice) for row in rows]
    most = max(totals)
    powers = [exp(value - most) for value in totals]
    return [power / sum(powers) for power in powers]


def trust_features(features: Features, chance: float, mention: Mention) -> Features:
    """Return the features by which the score of the best candidate is calibrated."""
    bounded = min(max(chance, 0.01), 0.99)
    return {
        **features,
        "always": 1.0,
        "only one": float(chance == 1.0),
        "odds": log(bounded / (1 - bounded)) / 10,
        "length": 1 / len(mention.text),
    }


def trust(features: Features, chance: float, mention: Mention, weights: Weights) -> float:
    """Return the probability that the best candidate is right."""
    return 1 / (1 + exp(-total(trust_features(features, chance, mention), weights.trust)))
