"""A few sentences that a small network learns by heart."""

import re

from bioweft.train.corpora import LABELS, Example, Span


def example(text: str, **spans: str) -> Example:
    found = (
        Span(match.start(), match.end(), label) for label, name in spans.items() for match in re.finditer(name, text)
    )
    return Example("One", text, tuple(found), frozenset(LABELS))


WORDS = "abc1 binds sanirin in the rx2 a fever of mice".split()
NAMED = {"gene": "abc1", "chemical": "sanirin", "cell_line": "rx2", "disease": "fever", "species": "mice"}

EXAMPLES = [
    example("abc1 binds sanirin.", gene="abc1", chemical="sanirin"),
    example("the sanirin in the mice", chemical="sanirin", species="mice"),
    example("rx2 mice: fever (abc1).", cell_line="rx2", species="mice", disease="fever", gene="abc1"),
    example("the gene in the fever", disease="fever"),
    example("fever binds the rx2 in a gene.", disease="fever", cell_line="rx2"),
    *(example(" ".join((WORDS * 3)[begin : begin + 20]), **NAMED) for begin in range(10)),
]
