"""Made-up sentences to learn from; needs torch, as `bioweft.train.examples` does."""

import re

from bioweft.train.examples import LABELS, Example, Span


def example(
    text: str,
    *spans: tuple[str, str],
    labels: tuple[str, ...] = ("gene", "chemical"),
    unsure: str = "",
    listed: tuple[Span, ...] = (),
) -> Example:
    places = tuple(Span(text.index(name), text.index(name) + len(name), label) for name, label in spans)
    doubt = (Span(text.index(unsure), text.index(unsure) + len(unsure), "gene"),) if unsure else ()
    return Example("One", text, places, frozenset(labels), doubt, listed)


EXAMPLES = [
    example("abc1 binds sanirin .", ("abc1", "gene"), ("sanirin", "chemical")),
    example("the gene in mice", labels=("gene",)),
    example("sanirin in fever", ("fever", "disease"), labels=("disease",)),
    example("the sanirin genes ( abc1 ) in the mice .", ("sanirin", "chemical"), ("abc1", "gene")),
]


NAMED = {"gene": "abc1", "chemical": "sanirin", "cell_line": "rx2", "disease": "fever", "species": "mice"}
WORDS = "abc1 binds sanirin in the rx2 a fever of mice".split()


def _named(text: str) -> Example:
    """Return a sentence in which all names of `NAMED` are annotated, of all types."""
    spans = (Span(m.start(), m.end(), label) for label, name in NAMED.items() for m in re.finditer(name, text))
    return Example("One", text, tuple(spans), frozenset(LABELS))


LEARNABLE = [
    _named("abc1 binds sanirin."),
    _named("the sanirin in the mice"),
    _named("rx2 mice: fever (abc1)."),
    _named("the gene in the fever"),
    _named("fever binds the rx2 in a gene."),
    *(_named(" ".join((WORDS * 3)[begin : begin + 20])) for begin in range(10)),
]
"""Enough for a small network to know the names by heart."""
