"""Groups of shards: small where there are few batches, so that no worker idles."""

from pathlib import Path

import pytest

from bioweft.store.run import RunFolder
from bioweft.workflow.batches import Batch
from bioweft.workflow.job import Job
from bioweft.workflow.plan import Plan
from bioweft.workflow.settings import parse


def job_of(batches: int) -> Job:
    raw = {
        "name": "w",
        "sources": [{"kind": "text", "path": "in"}],
        "tag": {"model": "none", "dictionaries": ["covid19"]},
    }
    job = Job(parse(raw, origin="test"), RunFolder(Path("nowhere")))
    job.batches = [Batch(number, str(number), 0, (), "0") for number in range(batches)]
    return job


@pytest.mark.parametrize(("batches", "shards"), [(1, 2), (100, 2), (101, 16), (1334, 16)])
def test_shards_of_a_group(batches: int, shards: int) -> None:
    assert job_of(batches).group_size == shards


def test_all_of_pubmed_stays_below_ten_thousand_tasks() -> None:
    files, of_a_file = 1334, 15  # 30,000 records, 2,000 a shard
    groups = -(-of_a_file // job_of(files).group_size)
    plan = Plan()
    per_batch = ["read", "staged", *plan.after_index] + plan.before_index * groups
    assert files * len(per_batch) < 10_000
