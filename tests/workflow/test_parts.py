"""Parts of a batch: small where there are few batches, so that no worker idles."""

from typing import Any

import pytest

from bioweft.workflow.tasks import Context


@pytest.mark.parametrize(("batches", "shards"), [(1, 2), (100, 2), (101, 16), (1334, 16)])
def test_shards_of_a_part(batches: int, shards: int) -> None:
    nothing: Any = None
    context = Context(nothing, nothing, nothing, nothing, nothing, None, "", batches=[nothing] * batches)
    assert context.part == shards


def test_all_of_pubmed_stays_below_ten_thousand_tasks() -> None:
    nothing: Any = None
    files, of_a_file = 1334, 15  # 30,000 records, 2,000 a shard
    part = Context(nothing, nothing, nothing, nothing, nothing, None, "", batches=[nothing] * files).part
    per_batch = ["read", "tagged", "count"] + ["sentences", "tag"] * -(-of_a_file // part)
    assert files * len(per_batch) < 10_000
