"""The Luigi tasks: what needs what, and which files say that it is done.

    Fetch(source)
    Read(batch) <- Sentences(batch, part) <- Tag(batch, part) <- Tagged(batch)
    Index <- every Read(batch);  Count(batch) <- Index, Tagged(batch);  Results <- every Count(batch)

A part is some shards of a batch (`Context.part`); how many there are is known when the batch has been read, so `Tagged`
asks for them as dynamic dependencies. Every task works shard by shard and skips those whose file is there.
"""

import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from math import ceil
from pathlib import Path
from typing import Any, ClassVar

import luigi
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from bioweft.analyse import count, results
from bioweft.errors import BioweftError
from bioweft.records import Reject
from bioweft.store.documents import to_table
from bioweft.store.index import Shard, find_live
from bioweft.store.run import RunFolder, atomic, disk_errors, write_json
from bioweft.store.schemas import write
from bioweft.store.views import connect, register
from bioweft.tag.base import Tagger
from bioweft.workflow import stages
from bioweft.workflow.batches import Batch, digest_of, shards
from bioweft.workflow.channel import Channel
from bioweft.workflow.settings import Workflow

_FEW = 100
"""Batches that are cut into small parts, so that all workers have something to tag until the end."""

_SMALL, _LARGE = 2, 16
"""Shards of a part: of all of PubMed there must not be more tasks than Luigi bears."""

Rejects = list[dict[str, str]]
_REJECTS = "rejects"
"""The key of a shard file's metadata under which lies, as JSON, what a stage could not do."""


@dataclass
class Context:
    """What the tasks of one run share; worker processes inherit it when they are forked."""

    workflow: Workflow
    folder: RunFolder
    tagger: Tagger
    channel: Channel
    concepts: Callable[[], pa.Table]
    background: Path | None
    results_digest: str
    batches: list[Batch] = field(default_factory=list)
    token: str = ""

    @property
    def part(self) -> int:
        """How many shards of a batch a task tags."""
        return _SMALL if len(self.batches) <= _FEW else _LARGE

    owner: int = field(default_factory=os.getpid)

    def digest(self, stage: str, batch: Batch) -> str:
        """Return the digest of a batch at a stage: of its bytes and all that the stages so far depend on."""
        parts: list[object] = [batch.digest, stages.SENTENCES_VERSION]
        if stage == "read":
            return batch.digest
        if stage == "tag":
            parts += [self.tagger.digest, stages.TAG_VERSION, stages.LINK_VERSION]
        return digest_of(parts)

    def check_owner(self) -> None:
        """End this worker process if the process that forked it is gone, so that another run can have the folder."""
        if os.getpid() != self.owner and os.getppid() != self.owner:
            os._exit(1)


_contexts: dict[str, Context] = {}


def use(context: Context) -> str:
    """Make a context known to the tasks, which name it by the string returned.

    It is another string for each run, since Luigi gives the same task object for the same parameters.
    """
    key = f"{context.folder.path.absolute()}@{context.token}"
    _contexts[key] = context
    return key


class _Task(luigi.Task):  # type: ignore[misc]
    """A task of one run."""

    run_key: str = luigi.Parameter()

    @property
    def context(self) -> Context:
        return _contexts[self.run_key]

    @property
    def retry_count(self) -> int:
        return self.context.workflow.engine.retries + 1

    def run(self) -> Iterator[Any] | None:
        try:
            with disk_errors(self.context.folder.path):
                return self.work()
        except BioweftError as error:
            self.context.channel.send(event="failure", task=str(self), message=str(error))
            raise

    def work(self) -> Iterator[Any] | None:
        """Do what the task is for; yield tasks that turn out to be needed."""
        raise NotImplementedError

    def on_failure(self, exception: BaseException) -> str:
        if not isinstance(exception, BioweftError):
            message = f"{type(exception).__name__}: {exception}"
            self.context.channel.send(event="failure", task=str(self), message=message)
        return str(super().on_failure(exception))

    def done(self, stage: str, began: float, **counts: int) -> None:
        """Tell of a shard that is there, and see that this process is still wanted."""
        self.context.channel.send(event="shard", stage=stage, seconds=time.monotonic() - began, **counts)
        self.context.check_owner()


class Fetch(_Task):
    """What is new of a remote source, brought into the run folder; asked anew in every run."""

    source: int = luigi.IntParameter()

    def output(self) -> luigi.LocalTarget:
        """Name the file that says that this run has fetched."""
        return luigi.LocalTarget(str(self.context.folder.batch_file("fetch", str(self.source), self.context.token)))

    def work(self) -> None:
        context = self.context
        began = time.monotonic()
        rejects = context.workflow.sources[self.source].fetch(context.folder.fetched(self.source))
        write_json(Path(self.output().path), {"rejects": _as_json(rejects)})
        self.done("fetch", began)


class _BatchTask(_Task):
    stage: ClassVar[str]
    number: int = luigi.IntParameter()

    @cached_property
    def batch(self) -> Batch:
        return self.context.batches[self.number]

    def file(self, stage: str, shard: str) -> Path:
        return self.context.folder.shard_file(stage, shard, self.context.digest(stage, self.batch))

    @cached_property
    def read_marker(self) -> Path:
        return self.context.folder.batch_file("read", self.batch.name, self.batch.digest)

    def shard_names(self) -> list[str]:
        """Return the shards of the batch, which must have been read."""
        return [shard["name"] for shard in json.loads(self.read_marker.read_text())["shards"]]


class Read(_BatchTask):
    """The records of a batch, cut into shards."""

    stage = "read"

    def output(self) -> luigi.LocalTarget:
        """Name the file that says that the batch has been read."""
        return luigi.LocalTarget(str(self.read_marker))

    def work(self) -> None:
        source = self.context.workflow.sources[self.batch.source]
        rejects: list[Reject] = []
        made: list[dict[str, Any]] = []
        began = time.monotonic()
        for number, rows in enumerate(shards(source, self.batch, rejects)):
            name = f"{self.batch.name}-{number:04d}"
            path = self.file("read", name)
            if not path.exists():
                with atomic(path) as part:
                    write(to_table(rows), part)
            abstracts = sum(any(p["kind"] == "abstract" and p["text"] for p in row.get("passages", ())) for row in rows)
            made.append({"name": name, "records": len(rows), "abstracts": abstracts})
            self.done("read", began, documents=len(rows))
            began = time.monotonic()
        write_json(self.read_marker, {"shards": made, "rejects": _as_json(rejects)})


class _PartTask(_BatchTask):
    """Some shards of a batch, through one stage."""

    part: int = luigi.IntParameter()

    @property
    def marker(self) -> Path:
        digest = self.context.digest(self.stage, self.batch)
        return self.context.folder.batch_file(self.stage, f"{self.batch.name}.{self.part}x{self.context.part}", digest)

    def output(self) -> luigi.LocalTarget:
        """Name the file that says that the part is done."""
        return luigi.LocalTarget(str(self.marker))

    def work(self) -> None:
        rejects: Rejects = []
        size = self.context.part
        for shard in self.shard_names()[self.part * size : (self.part + 1) * size]:
            path = self.file(self.stage, shard)
            if not path.exists():
                began = time.monotonic()
                table, refused = self.make(shard)
                with atomic(path) as part:
                    write(table.replace_schema_metadata({_REJECTS: json.dumps(_as_json(refused))}), part)
                self.done(self.stage, began, rows=table.num_rows)
            rejects += json.loads(pq.read_schema(path).metadata[_REJECTS.encode()])
        write_json(self.marker, {"rejects": rejects})

    def make(self, shard: str) -> tuple[pa.Table, list[Reject]]:
        raise NotImplementedError


class Sentences(_PartTask):
    """The sentences of a part."""

    stage = "sentences"

    def requires(self) -> luigi.Task:
        """Need the batch read."""
        return Read(self.run_key, self.number)

    def make(self, shard: str) -> tuple[pa.Table, list[Reject]]:
        return stages.sentences(pq.read_table(self.file("read", shard)))


class Tag(_PartTask):
    """The mentions of a part."""

    stage = "tag"

    def requires(self) -> luigi.Task:
        """Need the sentences."""
        return Sentences(self.run_key, self.number, self.part)

    def make(self, shard: str) -> tuple[pa.Table, list[Reject]]:
        read = pq.read_table(self.file("read", shard))
        found, rejects = stages.tag(read, pq.read_table(self.file("sentences", shard)), self.context.tagger)
        mentions, unlinked = stages.link(found)
        return mentions, rejects + unlinked


class Tagged(_BatchTask):
    """All parts of a batch through all stages before the index."""

    stage = "tag"

    def requires(self) -> luigi.Task:
        """Need the batch read: only then is it known how many parts it has."""
        return Read(self.run_key, self.number)

    def parts(self) -> list[Tag]:
        """Return the tasks of the parts of the batch, which must have been read."""
        parts = ceil(len(self.shard_names()) / self.context.part)
        return [Tag(self.run_key, self.number, part) for part in range(parts)]

    def complete(self) -> bool:
        """Say whether every part is there."""
        return self.read_marker.exists() and all(part.complete() for part in self.parts())

    def work(self) -> Iterator[Any]:
        yield self.parts()


class _WholeTask(_Task):
    """A task over all batches."""

    def tagged(self) -> list[Tagged]:
        return [Tagged(self.run_key, batch.number) for batch in self.context.batches]

    def shards(self) -> list[Shard]:
        """Return all shards in the order in which they apply; all must have been read."""
        found = []
        for task in self.tagged():
            for name in task.shard_names():
                files = {stage: task.file(stage, name) for stage in ("read", "sentences", "tag")}
                found.append(Shard(name, files))
        return found


class Index(_WholeTask):
    """Which records are live: the newest of every document id."""

    def requires(self) -> list[luigi.Task]:
        """Need every batch read."""
        return [Read(self.run_key, batch.number) for batch in self.context.batches]

    @cached_property
    def digest(self) -> str:
        return digest_of([(batch.name, batch.digest) for batch in self.context.batches])

    def live_file(self) -> Path:
        return self.context.folder.index / f"live-{self.digest}.parquet"

    def output(self) -> luigi.LocalTarget:
        """Name the file with each shard's number of live records and their digest, written last."""
        return luigi.LocalTarget(str(self.context.folder.batch_file("index", "live", self.digest)))

    def work(self) -> None:
        began = time.monotonic()
        live = find_live(connect(temporary=_temporary(self.context.folder)), self.shards())
        with atomic(self.live_file()) as part:
            write(live, part)
        digests = {}
        for shard in self.shards():
            rows = live.filter(pa.compute.equal(live["shard"], shard.name))["row"].to_numpy()
            digests[shard.name] = {"documents": len(rows), "digest": digest_of(rows.tolist())}
        write_json(Path(self.output().path), digests)
        self.done("index", began)


class Count(_WholeTask):
    """The partial sums over the live documents of a batch's shards."""

    number: int = luigi.IntParameter()

    def requires(self) -> list[luigi.Task]:
        """Need the index, and the batch tagged: other dictionaries leave the index as it is."""
        return [self.index, self.tagged_batch]

    @property
    def index(self) -> Index:
        return Index(self.run_key)

    @property
    def tagged_batch(self) -> Tagged:
        return Tagged(self.run_key, self.number)

    def files(self) -> dict[str, Path]:
        """Return the file of each shard, by shard; the index must be there."""
        live = json.loads(Path(self.index.output().path).read_text())
        digest = self.context.digest("tag", self.tagged_batch.batch)
        return {
            name: self.context.folder.shard_file(
                "count", name, digest_of(digest, live[name]["digest"], stages.COUNT_VERSION)
            )
            for name in self.tagged_batch.shard_names()
        }

    def complete(self) -> bool:
        """Say whether every shard has been counted."""
        return all(task.complete() for task in self.requires()) and all(p.exists() for p in self.files().values())

    def work(self) -> None:
        tagged = self.tagged_batch
        live = pq.read_table(self.index.live_file())
        for name, path in self.files().items():
            if path.exists():
                continue
            began = time.monotonic()
            read = pq.read_table(tagged.file("read", name))
            mask = np.zeros(read.num_rows, dtype=bool)
            mask[live.filter(pa.compute.equal(live["shard"], name))["row"].to_numpy()] = True
            sentences, mentions = (pq.read_table(tagged.file(stage, name)) for stage in ("sentences", "tag"))
            with atomic(path) as part:
                write(count.count(read, sentences, mentions, mask), part)
            self.done("count", began)


class Results(_WholeTask):
    """Rankings, co-occurrence, graph and plots from the partial sums, and the tables that queries read."""

    def requires(self) -> list[luigi.Task]:
        """Need every batch counted."""
        return [Count(self.run_key, batch.number) for batch in self.context.batches]

    @property
    def _stamp(self) -> Path:
        return self.context.folder.results / "complete.json"

    def counted(self) -> list[Shard]:
        """Return all shards with the files of every stage."""
        counts: dict[str, Path] = {}
        for task in self.requires():
            counts |= task.files()
        return [Shard(shard.name, {**shard.files, "count": counts[shard.name]}) for shard in self.shards()]

    def _digest(self) -> str:
        names = [[path.name for path in shard.files.values()] for shard in self.counted()]
        return digest_of(names, self.context.results_digest, results.RESULTS_VERSION)

    def complete(self) -> bool:
        """Say whether the results that are there are those of these counts and settings."""
        if not self._stamp.exists() or not all(task.complete() for task in self.requires()):
            return False
        return bool(json.loads(self._stamp.read_text())["digest"] == self._digest())

    def work(self) -> None:
        context = self.context
        began = time.monotonic()
        self._stamp.unlink(missing_ok=True)
        live = pq.read_table(Index(self.run_key).live_file())
        counted = self.counted()
        connection = connect(temporary=_temporary(context.folder))
        register(connection, counted, live=live, concepts=context.concepts())
        settings = context.workflow.results
        totals = results.build(
            connection, context.folder.results, background=context.background, top=settings.top, edges=settings.edges
        )
        root = context.folder.path
        rows = [
            {"stage": stage, "shard": shard.name, "file": path.relative_to(root).as_posix()}
            for shard in counted
            for stage, path in shard.files.items()
        ]
        with atomic(context.folder.index / "shards.parquet") as part:
            write(pa.Table.from_pylist(rows, schema=_SHARD_FILES), part)
        write_json(self._stamp, {"digest": self._digest(), "totals": totals})
        self.done("results", began)


_SHARD_FILES = pa.schema([("stage", pa.string()), ("shard", pa.string()), ("file", pa.string())])


def _temporary(folder: RunFolder) -> Path:
    return folder.path / "spill.part"


def _as_json(rejects: list[Reject]) -> Rejects:
    return [{"source": r.source, "position": r.position, "reason": r.reason} for r in rejects]
