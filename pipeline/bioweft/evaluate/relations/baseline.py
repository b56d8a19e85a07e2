"""Relations by co-occurrence alone: what any model has to be better than."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from bioweft.evaluate.relations.pairs import Pair, RelationExample, sentence_of
from bioweft.evaluate.relations.protocols import Fact, facts

Rule = Callable[[RelationExample, Pair], bool]


def sharing_sentence(example: RelationExample, pair: Pair) -> bool:
    """Say whether a mention of the subject and a mention of the object are in one sentence."""
    subject, object_ = (
        {sentence_of(example.document, place) for place in example.entities[end].mentions}
        for end in (pair.subject, pair.object)
    )
    return not subject.isdisjoint(object_)


def subject_in_title(example: RelationExample, pair: Pair) -> bool:
    """Say whether the title names the subject."""
    document = example.document.document
    end = len(document.title) if document.passages and document.passages[0].kind == "title" else 0
    return any(example.document.mentions[place].start < end for place in example.entities[pair.subject].mentions)


def anywhere(example: RelationExample, pair: Pair) -> bool:
    """Say that every candidate is related."""
    del example, pair
    return True


def commonest(examples: Iterable[RelationExample], labels: Sequence[str]) -> Mapping[tuple[str, str], str]:
    """Return the commonest of these labels among the pairs of each subject's and object's types, in training."""
    counts: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for example in examples:
        for pair in example.pairs:
            types = example.entities[pair.subject].type, example.entities[pair.object].type
            counts[types].update(sorted(pair.labels.intersection(labels)))
    return {types: counter.most_common(1)[0][0] for types, counter in counts.items() if counter}


def co_occurring(
    examples: Iterable[RelationExample], rule: Rule, label: Mapping[tuple[str, str], str]
) -> frozenset[Fact]:
    """Return the facts that each pair for which the rule holds has the label of its types."""

    def probabilities(example: RelationExample, pair: Pair) -> dict[str, float]:
        types = example.entities[pair.subject].type, example.entities[pair.object].type
        return {label[types]: 1.0} if types in label and rule(example, pair) else {}

    return facts((example, [probabilities(example, pair) for pair in example.pairs]) for example in examples)
