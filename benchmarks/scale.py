"""The reduce of a large run: time and memory of index, counting and results, and of a night into it.

    python benchmarks/scale.py RUN [--times 1 3 10 30 100] [--folder FOLDER] [--memory 1GB] [--workers 1]
        [--table FILE] [--plot FILE]

RUN is a finished run. Its documents are drawn again with new ids, shard by shard, as many times as `--times` says, with
their sentences, mentions and relations. One in `MIXED` mentions gets the concept of another mention of its type, drawn
from the whole run: without that there would be no new pairs of concepts after the first few copies. Then the index is
made, all shards are counted, and the results made, each in a process of its own; with `--workers` by so many processes
or threads. `night` is what follows when a file of
5,000 records comes, half of them revisions of earlier ones, most of these recent.

Tables that none of these steps reads (those of the stage `tag`, whose mentions are in those of `link`) are left empty.
The table has a row a size and step, with seconds by the clock and of the processor, and the most memory that the
process took. Rows that are in the table already are not measured again, so that long measurements can be split. The
plot shows time and memory against documents.
"""

import argparse
import json
import logging
import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import astuple, dataclass, fields
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from bioweft.store.run import RunFolder
from bioweft.store.schemas import read, write
from bioweft.store.seals import seal_of, write_sealed
from bioweft.store.sets import LISTING, result_sets
from bioweft.workflow.batches import Batch
from bioweft.workflow.job import ALL, Job
from bioweft.workflow.plan import FIRST
from bioweft.workflow.settings import parse

MIXED = 10
"""One in so many mentions gets another concept."""
NIGHT = 5_000
RECENT = 0.03
"""How far back a revised record is on average, as a share of all."""
UNREAD = ("tag",)
"""Stages of whose tables a copy has no rows."""
COPY = 1_000_000
"""More than the documents of a run: the numbers of the documents of a copy begin at its number times this."""

Numbers = NDArray[np.int64]
Tables = dict[str, pa.Table]


@dataclass(frozen=True)
class Row:
    """A row of the table: what a step took."""

    times: int
    documents: int
    step: str
    seconds: float
    cpu: float
    mib: float


def original_shards(run: RunFolder) -> list[dict[str, Path]]:
    """Return for each shard of a finished run the files of its stages, but for counting."""
    shards: dict[str, dict[str, Path]] = {}
    listing = read(run.results / LISTING)
    for row in listing.filter(pc.field("shard").is_valid()).to_pylist():
        if row["stage"] != "count":
            shards.setdefault(row["shard"], {})[row["stage"]] = run.path / row["file"]
    return [shards[name] for name in sorted(shards)]


def job_of(run: RunFolder, folder: Path, times: int, *, night: bool = False, **engine: Any) -> Job:
    """Return a job over so many copies of a run, with a night's file after them."""
    settings = dict(run.manifest["settings"])
    settings |= {"output": str(folder / "run"), "sources": [{"kind": "pubmed-files", "path": str(folder)}]}
    settings |= {"export": {}, "engine": engine}
    job = Job(parse(settings, origin=str(run.manifest_file)), RunFolder(folder / "run"))
    names = [f"0-copy{number:05d}" for number in range(times)] + ["0-night"] * night
    job.batches = [Batch(number, name, 0, (), f"{number:016x}") for number, name in enumerate(names)]
    return job


def drawn(tables: Tables, numbers: Numbers, ids: pa.Array) -> Tables:
    """Return the tables of a shard for documents drawn from it: rows `numbers` of the stage `read`, under new ids."""
    original = tables[FIRST]["id"].combine_chunks()
    copies = {FIRST: tables[FIRST].take(pa.array(numbers)).set_column(0, "id", ids)}
    for stage, table in tables.items():
        if stage == FIRST:
            continue
        places = pc.index_in(table["document"].combine_chunks(), value_set=original).to_numpy(zero_copy_only=False)
        order = np.argsort(places, kind="stable")
        sorted_places = places[order]
        begin, end = (np.searchsorted(sorted_places, numbers, side=side) for side in ("left", "right"))
        lengths = end - begin
        offsets = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        rows = order[np.repeat(begin, lengths) + offsets]
        documents = ids.take(pa.array(np.repeat(np.arange(len(numbers)), lengths)))
        column = table.schema.get_field_index("document")
        copies[stage] = table.take(pa.array(rows)).set_column(column, table.schema.field(column), documents)
    return copies


class Pool:
    """The concepts of all mentions of a run by type, to draw others from."""

    def __init__(self, shards: list[dict[str, Path]]) -> None:
        mentions = pa.concat_tables(read(files["link"], columns=["type", "concept"]) for files in shards)
        mentions = mentions.filter(pc.field("concept").is_valid())
        self._by_type = {
            type_: mentions.filter(pc.field("type") == type_)["concept"].combine_chunks()
            for type_ in pc.unique(mentions["type"]).to_pylist()
        }

    def mix(self, mentions: pa.Table, random: np.random.Generator) -> pa.Table:
        """Return mentions of which one in `MIXED` has another concept."""
        mixed = (random.random(len(mentions)) < 1 / MIXED) & pc.is_valid(mentions["concept"]).to_numpy()
        concepts = mentions["concept"].combine_chunks()
        types = mentions["type"].to_numpy(zero_copy_only=False)
        for type_, pool in self._by_type.items():
            mask = mixed & (types == type_)
            others = pool.take(pa.array(random.integers(0, len(pool), int(mask.sum()))))
            concepts = pc.replace_with_mask(concepts, pa.array(mask), others)
        return mentions.set_column(
            mentions.schema.get_field_index("concept"), mentions.schema.field("concept"), concepts
        )


def ids_of(numbers: Numbers) -> pa.Array:
    return pc.binary_join_element_wise("pmid:", pa.array(numbers).cast(pa.string()), "")


@cache
def original(path: Path) -> pa.Table:
    """Return a table of the run; of those that index, counts and results never read, no row."""
    table = read(path)
    return table.slice(0, 0) if path.parent.name in UNREAD else table


def copy(job: Job, batch: Batch, shards: list[dict[str, Path]], pool: Pool) -> None:
    """Write all stages of a copy before the index, and say that it has been read."""
    random = np.random.default_rng(batch.number)
    first = batch.number * COPY
    originals = shards
    if batch.name == "0-night":
        originals = [shards[-1]] * -(-NIGHT // read(shards[-1][FIRST], columns=["id"]).num_rows)
    done = []
    for files in originals:
        tables = {stage: original(path) for stage, path in files.items()}
        rows = tables[FIRST].num_rows
        numbers = np.arange(first, first + rows)
        if batch.name == "0-night":
            numbers = numbers_of_night(numbers, batch.number, documents_of(shards), random)
        first += rows
        made = drawn(tables, random.integers(0, rows, rows), ids_of(numbers))
        if batch.number:
            made["link"] = pool.mix(made["link"], random)
        name = f"{batch.name}-{len(done):04d}"
        for stage, table in made.items():
            path = job.shard_file(stage, batch, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            write(table.cast(job.plan[stage].schema), path)
        done.append({"name": name, "records": rows, "abstracts": rows})
    write_sealed(job.marker(FIRST, batch), {"shards": done, "files": {}, "rejects": []})


def vouch(job: Job, batch: Batch) -> None:
    """Write the markers of a batch that has been made, as groups are larger where there are more batches."""
    for stage in job.plan.before_index:
        for group in job.groups_of(stage, batch):
            marker = job.marker(stage.name, batch, group)
            if not marker.exists():
                paths = [job.shard_file(stage.name, batch, shard) for shard in job.shard_names(batch, group)]
                files = {path.relative_to(job.folder.path).as_posix(): seal_of(path) for path in paths}
                write_sealed(marker, {"files": files, "rejects": []})


def documents_of(shards: list[dict[str, Path]]) -> int:
    return sum(read(files[FIRST], columns=["id"]).num_rows for files in shards)


def numbers_of_night(new: Numbers, copies: int, documents: int, random: np.random.Generator) -> Numbers:
    """Return the numbers of a night's documents, half of which revise earlier ones."""
    back = random.exponential(RECENT * copies * documents, len(new)).astype(np.int64)
    anywhere = random.integers(0, copies * documents, len(new))
    back = np.minimum(np.where(random.random(len(new)) < 0.01, anywhere, back), copies * documents - 1)
    earlier = copies * documents - 1 - back
    earlier = earlier // documents * COPY + earlier % documents
    revised = np.where(random.random(len(new)) < 0.5, earlier, new)
    _, first = np.unique(revised, return_index=True)  # a document is once in a file
    return np.where(np.isin(np.arange(len(new)), first), revised, new)


def step_index(job: Job) -> None:
    job.index()


def step_count(job: Job) -> None:
    stage = job.plan["count"]
    left = [batch for batch in job.batches if not job.is_done(stage, batch, ALL)]
    in_processes(job.workflow.engine.workers, partial(count, job), left)


def count(job: Job, batch: Batch) -> None:
    for _ in job.work(job.plan["count"], batch, ALL):
        pass


def in_processes(processes: int, work: Callable[[Batch], None], batches: list[Batch]) -> None:
    """Do some work on batches, in processes that are forked from this one."""
    if processes == 1:
        for batch in batches:
            work(batch)
        return
    with ProcessPoolExecutor(processes, mp_context=get_context("fork")) as pool:
        for _ in pool.map(work, batches):
            pass


def step_results(job: Job) -> None:
    logging.basicConfig(level=logging.DEBUG, format="%(relativeCreated)d %(message)s", stream=sys.stderr)
    for noisy in ("matplotlib", "PIL"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    if job.batches[-1].name != "0-night":  # to begin with there is nothing to add to
        for results in result_sets(job.folder.path):
            shutil.rmtree(results)
    job.make_results()


STEPS = {"index": step_index, "count": step_count, "results": step_results}


def measure(job: Job, step: str) -> dict[str, float]:
    """Return what a step took."""
    began = time.perf_counter(), processor_seconds()
    STEPS[step](job)
    whose = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    peak = max(resource.getrusage(who).ru_maxrss for who in whose) / 1024  # of the largest process
    return {"seconds": time.perf_counter() - began[0], "cpu": processor_seconds() - began[1], "mib": peak}


def processor_seconds() -> float:
    """Return the seconds of the processor that this process and its children have taken."""
    return sum(os.times()[:4])


def rows_of(table: Path) -> list[Row]:
    """Return the rows of a table that has been begun."""
    if not table.exists():
        return []
    _, *lines = table.read_text(encoding="utf-8").splitlines()
    cells = [line.split("\t") for line in lines]
    return [Row(int(c[0]), int(c[1]), c[2], *(float(cell) for cell in c[3:])) for c in cells]


def measured(arguments: argparse.Namespace, run: RunFolder, done: set[tuple[int, str]]) -> Iterator[Row]:
    """Yield the rows that are not in the table."""
    shards = original_shards(run)
    documents = documents_of(shards)
    pool = Pool(shards)
    for times in arguments.times:
        folder = arguments.folder / str(times)
        folder.mkdir(parents=True, exist_ok=True)
        for night in (False, True):
            job = job_of(run, folder, times, night=night)
            missing = [batch for batch in job.batches if not job.is_read(batch)]
            for path in (path for files in shards if missing for path in files.values()):
                original(path)  # once, and not in each process
            in_processes(arguments.workers, partial(copy, job, shards=shards, pool=pool), missing)
            for batch in job.batches:
                vouch(job, batch)
            for step in STEPS:
                name = f"night {step}" if night else step
                if (times, name) in done:
                    continue
                call = [sys.executable, __file__, str(run.path), "--folder", str(folder), "--times", str(times)]
                call += ["--step", step, *(["--night"] if night else [])]
                call += ["--memory", arguments.memory, "--workers", str(arguments.workers)]
                answer = subprocess.run(call, check=True, stdout=subprocess.PIPE, text=True).stdout
                yield Row(times, times * documents, name, **json.loads(answer))


def plot(rows: list[Row], file: Path) -> None:
    """Draw time and memory against documents, a line a step."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 4), layout="constrained")
    for axes, value, label in zip(figure.subplots(1, 2), ("cpu", "mib"), ("processor seconds", "MiB"), strict=True):
        for step in dict.fromkeys(row.step for row in rows):
            points = sorted((row.documents, getattr(row, value)) for row in rows if row.step == step)
            axes.plot(*zip(*points, strict=True), marker="o", label=step)
        axes.set(xscale="log", yscale="log", xlabel="documents", ylabel=label)
        axes.grid(visible=True, alpha=0.3)
    axes.legend()
    figure.savefig(file, metadata={"Date": None} if file.suffix == ".svg" else None)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("--times", type=int, nargs="+", default=[1, 3, 10, 30, 100])
    parser.add_argument("--folder", type=Path, required=True, help="Keep the generated runs here.")
    parser.add_argument("--memory", default="1GB", help="As the setting `engine.memory`.")
    parser.add_argument("--workers", type=int, default=1, help="As the setting `engine.workers`.")
    parser.add_argument("--table", type=Path, default=Path("scale.tsv"))
    parser.add_argument("--plot", type=Path, default=Path("scale.svg"))
    parser.add_argument("--step", choices=STEPS, help=argparse.SUPPRESS)
    parser.add_argument("--night", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    run = RunFolder(arguments.run)
    if arguments.step:
        engine = {"memory": arguments.memory, "workers": arguments.workers}
        job = job_of(run, arguments.folder, arguments.times[0], night=arguments.night, **engine)
        print(json.dumps(measure(job, arguments.step)))
        return
    rows = rows_of(arguments.table)
    for row in measured(arguments, run, {(row.times, row.step) for row in rows}):
        rows.append(row)
        print(row)
        lines = [[field.name for field in fields(Row)], *(list(astuple(row)) for row in rows)]
        text = ("\t".join(f"{cell:.1f}" if isinstance(cell, float) else str(cell) for cell in line) for line in lines)
        arguments.table.write_text("".join(f"{line}\n" for line in text), encoding="utf-8")
    plot(rows, arguments.plot)


if __name__ == "__main__":
    main()
