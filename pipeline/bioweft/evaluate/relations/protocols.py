"""How the relations of each task are scored: against the gold standard of the files, never against candidates alone.

A fact is what a document says: (document, subject, object, label). Predictions are a set of facts; subjects and objects
are named as the gold standard names them. `facts` makes them from the probabilities of an example's pairs. Each
protocol returns scores with 95% intervals, from resampled documents, by name of what is scored; `all` is everything.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from bioweft.errors import SettingsError
from bioweft.evaluate.relations.chemical_gene import SCORED_GROUPS, chemprot_standard
from bioweft.evaluate.relations.documents import BIORED_TYPES, bc5cdr_standard
from bioweft.evaluate.relations.examples import Part, RelationExample, read_relations
from bioweft.evaluate.relations.pairs import TYPE_ORDER
from bioweft.evaluate.scoring import ALL, Score, total

Fact = tuple[str, str, str, str]
"""Document, subject, object, label: `("pmid:2234245", "mesh:D008790", "mesh:D007022", "CID")`."""


@dataclass(frozen=True, slots=True)
class Standard:
    """The gold standard of a part of a corpus.

    `documents` are those that were read for it, with a relation or not; `types` has the type of each argument that the
    gold mentions name, by document and argument.
    """

    corpus: str
    documents: tuple[str, ...]
    facts: frozenset[Fact]
    types: Mapping[tuple[str, str], str] = field(default_factory=dict)


def standard(corpus: str, part: Part, data: Path) -> Standard:
    """Return the gold standard of a part of a corpus: ChemProt's and BC5CDR's from their own lists of relations.

    Raises:
        SettingsError: there is no such corpus.
        InputError: its files are not there, or it has no such part.
    """
    made = of_examples(read_relations(corpus, part, data))
    readers: Mapping[str, Callable[[Part, Path], Iterator[Fact]]] = {
        "ChemProt": chemprot_standard,
        "BC5CDR": bc5cdr_standard,
    }
    if corpus not in readers:
        return made
    relations = ((f"pmid:{pmid}", *relation) for pmid, *relation in readers[corpus](part, data))
    listed = frozenset((document, subject, object_, label) for document, subject, object_, label in relations)
    return Standard(corpus, made.documents, listed, made.types)


def of_examples(examples: Sequence[RelationExample]) -> Standard:
    """Return the gold standard that the labels of the examples' pairs are; the examples are of one corpus."""
    return Standard(
        examples[0].corpus if examples else "",
        tuple(example.document.document.id for example in examples),
        facts((example, [dict.fromkeys(pair.labels, 1.0) for pair in example.pairs]) for example in examples),
        {(example.document.document.id, entity.id): entity.type for example in examples for entity in example.entities},
    )


def facts(
    predicted: Iterable[tuple[RelationExample, Sequence[Mapping[str, float]]]],
    thresholds: Mapping[str, float] | float = 0.5,
) -> frozenset[Fact]:
    """Return what is said with at least the threshold: for each pair of an example, the probability of each label.

    `thresholds` are by label, or are the same for all.
    """

    def reaches(label: str, probability: float) -> bool:
        return probability >= (thresholds if isinstance(thresholds, float) else thresholds[label])

    return frozenset(
        (example.document.document.id, example.entities[pair.subject].id, example.entities[pair.object].id, label)
        for example, probabilities in predicted
        for pair, labels in zip(example.pairs, probabilities, strict=True)
        for label, probability in labels.items()
        if reaches(label, probability)
    )


def chemprot(gold: Standard, predicted: Collection[Fact]) -> dict[str, Score]:
    """Score pairs of mentions over the groups CPR:3, 4, 5, 6 and 9, together (micro) and each alone.

    As in BioCreative VI: a pair may have more than one group, and each is a fact of its own; other groups are neither
    right nor wrong. A gold relation across sentences counts as missed if the candidates do not have it.
    """
    return _by_label(gold, predicted, SCORED_GROUPS)


def cid(gold: Standard, predicted: Collection[Fact]) -> dict[str, Score]:
    """Score unique (document, chemical, disease), as in BioCreative V.

    Composite identifiers are split, -1 is no concept, and pairs that share no sentence count. With gold mentions or
    with others: what is compared are identifiers.
    """
    return _by_label(gold, predicted, ("CID",))


def ade(gold: Standard, predicted: Collection[Fact]) -> dict[str, Score]:
    """Score pairs of a drug's and an effect's mention in one sentence of those that have an adverse effect.

    With gold mentions nearly all candidates are related, so that a figure tells nothing by itself: published ones are
    for mentions and relations found together.
    """
    return _by_label(gold, predicted, ("ADE",))


def biored(gold: Standard, predicted: Collection[Fact]) -> dict[str, Score]:
    """Score pairs of concepts of a document without order: related or not, with the label, and by types of the pair.

    `all` and each pair of types (`gene-disease`) are related or not; `label` and `label gene-disease` are with the
    label as well. Gold pairs of other types, as of variants, are left out. A predicted concept that no gold mention
    names is wrong under `all` and `label`.
    """

    def normal(fact: Fact) -> tuple[str, Fact] | None:
        document, one, two, label = fact
        if not {(document, one), (document, two)} <= gold.types.keys():
            return "", (document, min(one, two), max(one, two), label)
        known = [(gold.types[document, concept], concept) for concept in (one, two)]
        known.sort(key=lambda item: (TYPE_ORDER.index(item[0]) if item[0] in TYPE_ORDER else len(TYPE_ORDER), item[1]))
        (type_one, one), (type_two, two) = known
        allowed = (type_one, type_two) in BIORED_TYPES and one != two
        return (f"{type_one}-{type_two}", (document, one, two, label)) if allowed else None

    def named(all_facts: Iterable[Fact]) -> Iterator[tuple[str, Fact]]:
        for types, (document, one, two, label) in filter(None, map(normal, all_facts)):
            related = document, one, two, "related"
            labelled = document, one, two, label
            yield from ((ALL, related), ("label", labelled))
            if types:
                yield from ((types, related), (f"label {types}", labelled))

    return _scores(gold.documents, named(gold.facts), named(predicted))


def interaction(gold: Standard, predicted: Collection[Fact]) -> dict[str, Score]:
    """Score pairs of mentions without order, related or not, whatever the label: CPI-DS and protein interactions."""

    def named(all_facts: Iterable[Fact]) -> Iterator[tuple[str, Fact]]:
        for document, one, two, _ in all_facts:
            yield ALL, (document, min(one, two), max(one, two), "related")

    return _scores(gold.documents, named(gold.facts), named(predicted))


def labelled(gold: Standard, predicted: Collection[Fact]) -> dict[str, Score]:
    """Score pairs of mentions with their labels, together (micro) and each label alone: EU-ADR, CoMAGC, BioTriplex."""
    return _by_label(gold, predicted, sorted({fact[3] for fact in gold.facts}))


Protocol = Callable[[Standard, Collection[Fact]], dict[str, Score]]

_PROTOCOLS: Mapping[str, Protocol] = {
    "ChemProt": chemprot, "DrugProt": chemprot, "BC5CDR": cid, "BioRED": biored, "ADE": ade,
    "EU-ADR": labelled, "CoMAGC": labelled, "BioTriplex": labelled,
}  # fmt: skip


def protocol(corpus: str) -> Protocol:
    """Return the protocol by which a corpus is scored."""
    return _PROTOCOLS.get(corpus, interaction)


def _by_label(gold: Standard, predicted: Collection[Fact], labels: Sequence[str]) -> dict[str, Score]:
    def named(all_facts: Iterable[Fact]) -> Iterator[tuple[str, Fact]]:
        for fact in all_facts:
            if fact[3] in labels:
                yield from ((name, fact) for name in (ALL, *(() if len(labels) == 1 else (fact[3],))))

    return _scores(gold.documents, named(gold.facts), named(predicted))


def _scores(
    documents: Sequence[str], gold: Iterable[tuple[str, Fact]], predicted: Iterable[tuple[str, Fact]]
) -> dict[str, Score]:
    """Return the score of each name that facts have; a fact counts once a name.

    Raises:
        SettingsError: a fact is of a document that the gold standard does not have.
    """
    expected, said = set(gold), set(predicted)
    rows = {document: row for row, document in enumerate(documents)}
    if strangers := {fact[0] for _, fact in expected | said} - set(rows):
        raise SettingsError(f"not a document of the gold standard: {', '.join(sorted(strangers)[:3])}")
    counts: Counter[tuple[str, int, int]] = Counter()
    for column, counted in enumerate((expected & said, said - expected, expected - said)):
        counts.update((name, rows[fact[0]], column) for name, fact in counted)
    tables = {name: np.zeros((len(documents), 3), dtype=np.int64) for name in (ALL, *sorted({n for n, _, _ in counts}))}
    for (name, row, column), count in counts.items():
        tables[name][row, column] = count
    return {name: total(table) for name, table in tables.items()}
