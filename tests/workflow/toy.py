"""A plan with a stage of our own in the middle, and one at the end; as a program it runs a workflow by that plan."""

import sys
from collections.abc import Sequence

import pyarrow as pa

from bioweft.records import Reject
from bioweft.workflow.engine import run
from bioweft.workflow.plan import LIVE, STAGES, Stage
from bioweft.workflow.settings import load

LENGTHS = pa.schema([("document", pa.string()), ("characters", pa.int64())])
LONGEST = pa.schema([("documents", pa.int64()), ("characters", pa.int64())])


def measure(sentences: pa.Table) -> tuple[pa.Table, list[Reject]]:
    """Sum up the lengths of each document's sentences; what is number 3 cannot be measured."""
    sums: dict[str, int] = {}
    rejects: dict[str, Reject] = {}
    for row in sentences.to_pylist():
        document = row["document"]
        if document == "made:3":
            rejects[document] = Reject(document, "lengths", "cannot be measured")
        else:
            sums[document] = sums.get(document, 0) + row["end"] - row["start"]
    return pa.table([pa.array(list(sums)), pa.array(list(sums.values()))], schema=LENGTHS), list(rejects.values())


def longest(lengths: pa.Table, live: pa.Table) -> tuple[pa.Table, list[Reject]]:
    """Return how many documents are live, and the length of the longest."""
    return pa.table([[live.num_rows], [max(lengths["characters"].to_pylist())]], schema=LONGEST), []


def toy_stages(*, version: int = 1) -> Sequence[Stage]:
    """Return the plan: a stage between `sentences` and `tag`, that no other needs but the last."""
    lengths = Stage(
        name="lengths", needs=("sentences",), schema=LENGTHS, version=version, run=measure, label="measuring"
    )
    last = Stage(name="longest", needs=("lengths", LIVE), schema=LONGEST, version=1, run=longest)
    return (*STAGES[:2], lengths, *STAGES[2:], last)


if __name__ == "__main__":
    run(load(sys.argv[1], overrides=sys.argv[2:]), stages=toy_stages(), quiet=True)
