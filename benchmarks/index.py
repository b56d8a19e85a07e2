"""Index and counting of a large run: time and memory of a first run, and of a night that brings one new file.

    python benchmarks/index.py [--rows 1000000 4000000 16000000] [--folder FOLDER]

The records are generated, in files of 30,000 and shards of 2,000 as PubMed's are, a twentieth of them revisions of
earlier records. The new file has 30,000 records, half of them revisions of earlier ones: as in pubmed21n1298.xml most
of those are recent, and one in a hundred is any record. `full` is `Job.index` without an earlier index, `night` with
one; `MiB` is how much memory the process took at most. Then the shards of which that file replaced a record, and those
of the file itself, are counted by one process: 150 of them, from which the time for all follows. They have texts,
sentences and mentions, eight and ten a document; the
tables of all other shards have only what the index needs.

Times are by the clock and, after the stroke, of the processor: on a busy machine the first say little.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from bioweft.store.run import RunFolder
from bioweft.store.schemas import MENTIONS, READ, SENTENCES, write
from bioweft.workflow.batches import Batch
from bioweft.workflow.job import Job
from bioweft.workflow.plan import FIRST
from bioweft.workflow.settings import parse

FILE, SHARD = 30_000, 2_000
REVISIONS = 0.05
"""The share of the records of a file that replace an earlier one."""
RECENT = 0.03
"""How far back a revised record is on average, as a share of all: further than in that real file."""
COUNTED = 150
"""So many of the shards that changed are counted; the time for all follows from theirs."""
SENTENCES_EACH, MENTIONS_EACH = 8, 10
WORDS = pa.array([f"word{number}" for number in range(5_000)])

Numbers = NDArray[np.int64]


def job_of(folder: Path, files: int) -> Job:
    """Return a job over so many files, all of which have been read."""
    dictionary = folder / "names.tsv"
    dictionary.write_text("curie\tname\tsynonyms\nx:1\tgout\t\n", encoding="utf-8")
    settings = {
        "name": "large",
        "output": str(folder / "run"),
        "sources": [{"kind": "pubmed-files", "path": str(folder)}],
        "tag": {"model": "none", "dictionaries": [str(dictionary)]},
    }
    job = Job(parse(settings, origin="generated"), RunFolder(folder / "run"))
    job.batches = [Batch(number, f"0-file{number:05d}", 0, (), f"{number:016x}") for number in range(files)]
    return job


def records_of(file: int, random: np.random.Generator, *, is_new: bool) -> Numbers:
    """Return the numbers of the documents of a file: most of them new, the others revised."""
    numbers = np.arange(file * FILE, (file + 1) * FILE)
    revised = random.random(FILE) < (0.5 if is_new else REVISIONS)
    if file and is_new:
        back = random.exponential(RECENT * file * FILE, FILE)
        anywhere = random.random(FILE) < 0.01
        back = np.where(anywhere, random.random(FILE) * file * FILE, back)
        numbers = np.where(revised, np.maximum(file * FILE - 1 - back.astype(np.int64), 0), numbers)
    elif file:
        numbers = np.where(revised, random.integers(0, file * FILE, FILE), numbers)
    return numbers


def ids_of(numbers: Numbers) -> pa.Array:
    return pc.binary_join_element_wise("pmid:", pa.array(numbers).cast(pa.string()), "")


def make_file(job: Job, batch: Batch, *, is_new: bool) -> None:
    """Write the tables of the stage `read` of a file, and say that it has been read."""
    random = np.random.default_rng(batch.number)
    numbers = records_of(batch.number, random, is_new=is_new)
    shards = []
    for start in range(0, FILE, SHARD):
        name = f"{batch.name}-{len(shards):04d}"
        part = numbers[start : start + SHARD]
        filled = {
            "id": ids_of(part),
            "deleted": pa.array(random.random(len(part)) < 0.001),
            "input": pa.repeat(pa.scalar(0, pa.int32()), len(part)),
            "year": pa.array(1990 + part % 30, pa.int16()),
            "version": pa.repeat(pa.scalar(1, pa.int16()), len(part)),
        }
        columns = [filled.get(field.name, pa.nulls(len(part), field.type)) for field in READ]
        path = job.shard_file(FIRST, batch, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        write(pa.table(columns, schema=READ), path)
        shards.append({"name": name, "records": len(part), "abstracts": len(part)})
    marker = job.marker(FIRST, batch)
    marker.parent.mkdir(parents=True, exist_ok=True)
    marker.write_text(json.dumps({"shards": shards, "rejects": []}), encoding="utf-8")


def make_texts(job: Job, batch: Batch, shard: str) -> None:
    """Give the documents of a shard texts, and write its sentences and mentions."""
    path = job.shard_file(FIRST, batch, shard)
    read = pq.read_table(path)
    random = np.random.default_rng([batch.number, int(shard[-4:])])
    words = WORDS.take(pa.array(random.integers(0, len(WORDS), len(read) * 200)))
    lists = pa.ListArray.from_arrays(pa.array(range(0, len(words) + 1, 200), pa.int32()), words)
    type_ = READ.field("passages").type.value_type
    passages = pa.StructArray.from_arrays(
        [pa.repeat("abstract", len(read)), pa.nulls(len(read), pa.string()), pc.binary_join(lists, " ")],
        fields=list(type_),
    )
    offsets = pa.array(range(len(read) + 1), pa.int32())
    at = READ.get_field_index("passages")
    write(read.set_column(at, READ.field(at), pa.ListArray.from_arrays(offsets, passages)), path)

    def table(schema: pa.Schema, each: int, **columns: pa.Array) -> pa.Table:
        rows = len(read) * each
        document = read["id"].take(pa.array(np.repeat(np.arange(len(read)), each)))
        start = pa.array(np.tile(np.arange(each) * 100, len(read)), pa.int32())
        filled = {"document": document, "start": start, "end": pc.add(start, pa.scalar(9, pa.int32())), **columns}
        return pa.table([filled.get(f.name, pa.nulls(rows, f.type)) for f in schema], schema=schema)

    numbers = pa.array(np.tile(np.arange(SENTENCES_EACH), len(read)), pa.int32())
    mentions = len(read) * MENTIONS_EACH
    concepts = pc.binary_join_element_wise(
        "mesh:D", pa.array(random.zipf(1.3, mentions) % 20_000).cast(pa.string()), ""
    )
    tables = {
        "sentences": table(SENTENCES, SENTENCES_EACH, sentence=numbers),
        "link": table(
            MENTIONS,
            MENTIONS_EACH,
            sentence=pa.array(random.integers(0, SENTENCES_EACH, mentions), pa.int32()),
            text=pa.repeat("a mention", mentions),
            type=pa.repeat("disease", mentions),
            tagger=pa.repeat("dictionary", mentions),
            concept=concepts,
        ),
    }
    for stage, made in tables.items():
        file = job.shard_file(stage, batch, shard)
        file.parent.mkdir(parents=True, exist_ok=True)
        write(made, file)


def index(folder: Path, files: int) -> dict[str, float]:
    """Make the index; return how long it took and the most memory that this process has taken."""
    job = job_of(folder, files)
    began = time.perf_counter(), time.process_time()
    job.index()
    return {**since(*began), "mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def count(folder: Path, files: int) -> dict[str, float]:
    """Count the shards of which the last file replaced a record, and its own; return how many and how long it took."""
    before, now = job_of(folder, files - 1), job_of(folder, files)
    stage = now.plan["count"]
    changed = []
    for batch in now.batches:
        is_new = batch.number == files - 1
        for shard in now.shard_names(batch):
            if is_new or before._live_shards[shard]["digest"] != now._live_shards[shard]["digest"]:
                changed.append((batch, shard))
    sample = changed[:: max(len(changed) // COUNTED, 1)]
    for batch, shard in sample:
        if not now.shard_file("link", batch, shard).exists():
            make_texts(now, batch, shard)
    began = time.perf_counter(), time.process_time()
    for batch, shard in sample:
        now._make(stage, batch, shard)
    times = {name: spent / len(sample) * len(changed) for name, spent in since(*began).items()}
    return {**times, "shards": len(changed)}


def since(clock: float, processor: float) -> dict[str, float]:
    """Return the seconds by the clock and of the processor that have gone since then."""
    return {"seconds": time.perf_counter() - clock, "cpu": time.process_time() - processor}


STEPS = {"index": index, "count": count}


def step(name: str, folder: Path, files: int) -> dict[str, float]:
    """Return what a step says, done in a process of its own."""
    call = [sys.executable, __file__, "--step", name, str(files), "--folder", str(folder)]
    answer: dict[str, float] = json.loads(subprocess.run(call, check=True, capture_output=True, text=True).stdout)
    return answer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000, 4_000_000, 16_000_000])
    parser.add_argument("--folder", type=Path, help="Keep the generated records here, for the next time.")
    parser.add_argument("--step", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.step:
        print(json.dumps(STEPS[arguments.step[0]](arguments.folder, int(arguments.step[1]))))
        return
    table = Table("rows", "shards", "full s", "MiB", "night s", "MiB", "shards counted", "count s")
    for rows in arguments.rows:
        with tempfile.TemporaryDirectory() as temporary:
            folder, files = (arguments.folder or Path(temporary)) / str(rows), rows // FILE
            folder.mkdir(parents=True, exist_ok=True)
            job = job_of(folder, files + 1)
            for batch in job.batches:
                if not job.is_read(batch):
                    make_file(job, batch, is_new=batch.number == files)
            full, night = (step("index", folder, number) for number in (files, files + 1))
            counted = step("count", folder, files + 1)
        times = [f"{done['seconds']:.1f} / {done['cpu']:.1f}" for done in (full, night, counted)]
        table.add_row(
            f"{files * FILE:,}",
            f"{files * FILE // SHARD:,}",
            times[0],
            f"{full['mib']:,.0f}",
            times[1],
            f"{night['mib']:,.0f}",
            f"{counted['shards']:,}",
            times[2],
        )
    Console().print(table)


if __name__ == "__main__":
    main()
