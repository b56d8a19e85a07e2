"""One run of a plan: which files it makes, under which digests, and the work on each.

An engine decides when and where the work is done; what is done, and what is there already, is known here alone. Nothing
in this module depends on how processes are started, or tells another process anything.

    <stage>/<shard>-<digest>.parquet            a shard
    <stage>/<batch>.<group>x<size>-<digest>.json  a marker: the group's shards are all there; holds seals and rejects

A group is some shards of a batch, worked on together; a stage that depends on which records are live takes all shards
of a batch as one.
"""

import json
import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from functools import cached_property
from itertools import chain
from math import ceil
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from bioweft import lexicon
from bioweft.analyse import background as backgrounds
from bioweft.analyse import results
from bioweft.analyse.count import abstracts
from bioweft.atomic import atomic
from bioweft.errors import DamagedError
from bioweft.link.prefer import preferred, renamed
from bioweft.link.registry import linking_dictionaries
from bioweft.records import Reject
from bioweft.shown import without_secrets
from bioweft.store.check import Fault, faults, remove_damaged
from bioweft.store.increment import Increment, earlier_sets, find_increment
from bioweft.store.index import (
    MOST_LATER,
    LiveRows,
    Shard,
    add_later,
    find_live,
    read_live,
    shards_view,
    write_live,
    written,
)
from bioweft.store.layout import digest_files
from bioweft.store.newest import NEWEST, add_among, find_newest, live_of
from bioweft.store.papers import find_twins
from bioweft.store.run import RunFolder, disk_fault
from bioweft.store.schemas import CONCEPTS, FILES, is_whole, read_in_pieces, write
from bioweft.store.schemas import read as read_table
from bioweft.store.seals import Seal, fault_of, read_sealed, seal_of, write_sealed
from bioweft.store.sets import LISTING, STAMP, is_whole_set, remove_set, result_sets, seal_set, texts_of
from bioweft.store.sql import parquet
from bioweft.store.views import connect, register
from bioweft.tool import Tool
from bioweft.workflow.batches import Batch, FileDigests, digest_of, make_batches
from bioweft.workflow.plan import FIRST, LIVE, STAGES, Plan, Stage
from bioweft.workflow.settings import Workflow

_FEW_BATCHES = 100
"""Up to so many batches are cut into small groups, so that all workers have something to do until the end."""

_SMALL_GROUP, _LARGE_GROUP = 2, 16
"""Shards of a group: of all of PubMed there must not be more tasks than Luigi bears."""

_INDEX_VERSION = 3
"""Counts up when the form of the index changes."""

_NOT_IN_RESULTS = ("sentences", "tag")
"""Stages of whose tables results take nothing, but for a few sentences to show."""

ALL = -1
"""In place of a group's number: all shards of a batch."""

JsonRejects = list[dict[str, str]]
_REJECTS = "rejects"
"""The key of a shard file's metadata under which lies, as JSON, what a stage could not do."""


class Job:
    """A workflow that is being run; the batches are known once `plan_batches` has been called.

    Raises:
        BioweftError: a stage's tool cannot be opened, or there is no background as the settings name it.
    """

    def __init__(self, workflow: Workflow, folder: RunFolder, stages: Sequence[Stage] = STAGES) -> None:
        self.workflow = workflow
        self.folder = folder
        self.plan = Plan(stages)
        self.batches: list[Batch] = []
        self.tools: dict[str, Tool] = {
            stage.name: tool for stage in self.plan if (tool := stage.open(workflow)) is not None
        }
        self.token = digest_of(os.getpid(), time.time_ns())
        """Another one for each run."""
        digests = [self.plan[name].digest(tool) for name, tool in self.tools.items()]
        settings = workflow.results
        self._results_settings = digest_of(
            settings.model_dump(mode="json"), backgrounds.digest(settings.background), *digests
        )
        self._digests: dict[tuple[str, int], str] = {}
        self._read_markers: dict[int, dict[str, Any]] = {}

    def plan_batches(self, *, verify: bool = False) -> None:
        """See what the sources have to read, and group it into batches; `verify` reads every file for that.

        Raises:
            InputError: a source has nothing to read.
        """
        memory = self.folder.index / "inputs.json"
        digests = FileDigests(memory, verify=verify)
        folders = [self.folder.fetched(number) for number in range(len(self.workflow.sources))]
        self.batches = make_batches(self.workflow.sources, folders, digests, version=self.plan[FIRST].version)
        digests.remember()

    # What belongs together, and under which digest.

    @property
    def group_size(self) -> int:
        """The number of shards of a batch that make a group."""
        return _SMALL_GROUP if len(self.batches) <= _FEW_BATCHES else _LARGE_GROUP

    def groups(self, batch: Batch) -> range:
        """Return the numbers of the groups of a batch, which must have been read."""
        return range(ceil(len(self.shard_names(batch)) / self.group_size))

    def groups_of(self, stage: Stage, batch: Batch) -> Sequence[int]:
        """Return the groups in which a stage takes the shards of a batch, which must have been read."""
        return [ALL] if stage in self.plan.after_index else self.groups(batch)

    def shard_names(self, batch: Batch, group: int = ALL) -> list[str]:
        """Return the shards of a batch or of one of its groups; the batch must have been read."""
        names = [shard["name"] for shard in self.read_marker(batch)["shards"]]
        return names if group == ALL else names[group * self.group_size : (group + 1) * self.group_size]

    def read_marker(self, batch: Batch) -> dict[str, Any]:
        """Return what reading the batch came to: its shards, their numbers of records and abstracts, and rejects."""
        if batch.number not in self._read_markers:
            self._read_markers[batch.number] = read_sealed(self.marker(FIRST, batch))
        return self._read_markers[batch.number]

    def _stage_digest(self, name: str, batch: Batch) -> str:
        """Return the digest of a batch at a stage: of its bytes and of all that the stages so far depend on.

        Of a stage after the index it is without the index, and without the stages after that.
        """
        if name == FIRST:
            return batch.digest
        key = name, batch.number
        if key not in self._digests:
            before = [stage for stage in self.plan.lineage(name) if stage in self.plan.before_index]
            self._digests[key] = digest_of([batch.digest, *self._settings_of(before)])
        return self._digests[key]

    def _settings_of(self, stages: Sequence[Stage]) -> list[object]:
        """Return the versions of stages, each after what it depends on of its tool, if it has one."""
        values = ((stage.digest(self.tools.get(stage.name)), stage.version) for stage in stages)
        return [value for pair in values for value in pair if value is not None]

    def _digest_after_index(self, name: str, batch: Batch, live: object) -> str:
        after = [stage for stage in self.plan.lineage(name) if stage in self.plan.after_index]
        return digest_of(self._stage_digest(name, batch), live, *self._settings_of(after))

    def shard_file(self, name: str, batch: Batch, shard: str) -> Path:
        """Return where a stage puts the table of a shard; after the index that must be there."""
        digest = self._stage_digest(name, batch)
        if name != FIRST and self.plan[name] in self.plan.after_index:
            digest = self._digest_after_index(name, batch, self._live_shards[shard]["digest"])
        return self.folder.shard_file(name, shard, digest)

    def marker(self, name: str, batch: Batch, group: int = ALL) -> Path:
        """Return the file that says that a stage is through with a group; after the index that must be there."""
        digest = self._stage_digest(name, batch)
        if name == FIRST:
            return self.folder.batch_file(name, batch.name, digest)
        if self.plan[name] in self.plan.after_index:
            live = [self._live_shards[shard]["digest"] for shard in self.shard_names(batch)]
            return self.folder.batch_file(name, batch.name, self._digest_after_index(name, batch, live))
        return self.folder.batch_file(name, f"{batch.name}.{group}x{self.group_size}", digest)

    def fetch_marker(self, source: int) -> Path:
        """Return the file that says that this run has fetched what is new of a source."""
        return self.folder.batch_file("fetch", str(source), self.token)

    def fetching(self) -> list[int]:
        """Return the numbers of the sources that are remote."""
        return [number for number, source in enumerate(self.workflow.sources) if source.remote]

    # What is there.

    def is_read(self, batch: Batch) -> bool:
        """Say whether all shards of a batch have been read."""
        return self.marker(FIRST, batch).exists()

    def is_done(self, stage: Stage, batch: Batch, group: int) -> bool:
        """Say whether a stage is through with a group."""
        if not self.is_read(batch) or (stage in self.plan.after_index and not self.is_indexed()):
            return False
        files = (self.shard_file(stage.name, batch, shard) for shard in self.shard_names(batch, group))
        return self.marker(stage.name, batch, group).exists() and all(file.exists() for file in files)

    def is_batch_done(self, stages: Sequence[Stage], batch: Batch) -> bool:
        """Say whether some stages are through with a batch."""
        return self.is_read(batch) and all(
            self.is_done(stage, batch, group) for stage in stages for group in self.groups_of(stage, batch)
        )

    def is_indexed(self) -> bool:
        """Say whether it is known which records are live."""
        return self.index_marker.exists()

    def is_complete(self) -> bool:
        """Say whether the results that are there are those of these inputs, stages and settings."""
        if not self.is_indexed():
            return False
        if not all(self.is_batch_done(self.plan.stages[1:], batch) for batch in self.batches):
            return False
        return is_whole_set(self.result_set)

    # The work.

    def fetch(self, source: int) -> None:
        """Bring what is new of a remote source into the run folder; asked anew in every run.

        Raises:
            FetchError: the remote side gave up.
        """
        rejects = self.workflow.sources[source].fetch(self.folder.fetched(source))
        write_sealed(self.fetch_marker(source), {"rejects": _as_json(rejects)})

    def read(self, batch: Batch) -> Iterator[int]:
        """Read a batch; yield the number of records of each shard when it is there."""
        source = self.workflow.sources[batch.source]
        shards: list[dict[str, Any]] = []
        files: dict[str, Seal] = {}
        rejects: JsonRejects = []
        for table, refused in self.plan[FIRST].run(source, batch):
            rejects += _as_json(refused)
            if not table.num_rows:
                continue
            name = f"{batch.name}-{len(shards):04d}"
            path = self.shard_file(FIRST, batch, name)
            if not _holds(path, table):
                with atomic(path) as unfinished:
                    write(table, unfinished)
            files[self._name(path)] = seal_of(path)
            shards.append({"name": name, "records": table.num_rows, "abstracts": abstracts(table)})
            yield table.num_rows
        write_sealed(self.marker(FIRST, batch), {"shards": shards, "files": files, "rejects": rejects})

    def work(self, stage: Stage, batch: Batch, group: int) -> Iterator[int]:
        """Bring a group through a stage; yield the number of rows of each shard when it is there.

        Shards whose file is there, whole, are left as they are.
        """
        files: dict[str, Seal] = {}
        rejects: JsonRejects = []
        for shard in self.shard_names(batch, group):
            path = self.shard_file(stage.name, batch, shard)
            if not is_whole(path):
                yield self._put(stage, batch, shard).num_rows
            files[self._name(path)] = seal_of(path)
            rejects += json.loads((pq.read_schema(path).metadata or {}).get(_REJECTS.encode(), "[]"))
        write_sealed(self.marker(stage.name, batch, group), {"files": files, "rejects": rejects})

    def _put(self, stage: Stage, batch: Batch, shard: str) -> pa.Table:
        """Bring a shard through a stage, write its table, and return that."""
        table, refused = self._make(stage, batch, shard)
        with atomic(self.shard_file(stage.name, batch, shard)) as unfinished:
            write(table.replace_schema_metadata({_REJECTS: json.dumps(_as_json(refused))}), unfinished)
        return table

    def _table(self, name: str, batch: Batch, shard: str) -> pa.Table:
        """Return the table of a shard at a stage that is through with it; one that is damaged is made again."""
        path = self.shard_file(name, batch, shard)
        try:
            return read_table(path)
        except DamagedError:
            path.unlink(missing_ok=True)
        if name == FIRST:
            for _ in self.read(batch):
                pass
        else:
            self._put(self.plan[name], batch, shard)
        return read_table(path)

    def _name(self, path: Path) -> str:
        return path.relative_to(self.folder.path).as_posix()

    def _make(self, stage: Stage, batch: Batch, shard: str) -> tuple[pa.Table, list[Reject]]:
        tables = [self._live_rows(shard) if need == LIVE else self._table(need, batch, shard) for need in stage.needs]
        tool = self.tools.get(stage.name)
        table, rejects = stage.run(*tables) if tool is None else stage.run(*tables, tool)
        if not table.schema.equals(stage.schema):
            raise TypeError(f"stage {stage.name!r} made a table of {table.schema}, its schema is {stage.schema}")
        return table, rejects

    # The index: which records are live.

    @property
    def _index_digest(self) -> str:
        return digest_of(self._indexed_batches, _INDEX_VERSION)

    @property
    def _indexed_batches(self) -> list[list[str]]:
        return [[batch.name, batch.digest] for batch in self.batches]

    @property
    def live_file(self) -> Path:
        """The table of live records; all batches must be planned."""
        return self.folder.index / f"live-{self._index_digest}.parquet"

    @property
    def index_marker(self) -> Path:
        """Each shard's number of live records and their digest, written last."""
        return self.folder.batch_file("index", "live", self._index_digest)

    @cached_property
    def _live_shards(self) -> dict[str, dict[str, Any]]:
        shards: dict[str, dict[str, Any]] = read_sealed(self.index_marker)["shards"]
        return shards

    def _live_rows(self, shard: str) -> pa.Table:
        return read_live(self.live_file, LiveRows(**self._live_shards[shard]))

    def index(self) -> None:
        """Find the newest record of every document id; all batches must have been read."""
        shards = self.shards([self.plan[FIRST]])
        connection = self._connect()
        with self._looking_for_damage():
            live = self._find_live(connection, shards)
            with atomic(self.live_file) as unfinished:
                rows = write_live(unfinished, live, digest_of)
        nothing = LiveRows(0, 0, digest_of([]))
        places = {shard.name: asdict(rows.get(shard.name, nothing)) for shard in shards}
        files = {self._name(path): seal_of(path) for path in self._index_files}
        write_sealed(self.index_marker, {"batches": self._indexed_batches, "files": files, "shards": places})

    def _connect(self) -> duckdb.DuckDBPyConnection:
        engine = self.workflow.engine
        return connect(temporary=self.folder.scratch, threads=engine.threads, memory=engine.memory)

    def _find_live(self, connection: duckdb.DuckDBPyConnection, shards: Sequence[Shard]) -> Iterable[pa.Table]:
        """Return the live records; with several sources each paper once."""
        if len(self.workflow.sources) > 1:
            return self._find_papers(connection, shards)
        earlier, done = self._earlier_index()
        return find_live(connection, shards) if earlier is None else add_later(connection, earlier, shards[done:])

    def _find_papers(self, connection: duckdb.DuckDBPyConnection, shards: Sequence[Shard]) -> Iterable[pa.Table]:
        """Return the live records, of each paper that documents of several sources are of one."""
        earlier, later = self._earlier_newest(shards)
        if earlier is None:
            newest = find_newest(connection, shards)
        else:
            newest = add_among(connection, earlier, later, {shard.name: n for n, shard in enumerate(shards)})
        with atomic(self._newest_file) as unfinished:
            for _ in written(unfinished, newest, NEWEST):
                pass
        twins, papers = find_twins(connection, self._newest_file)
        with atomic(self._papers_file) as unfinished:
            write(papers, unfinished)
        return live_of(read_in_pieces(self._newest_file), twins["id"].combine_chunks())

    def _earlier_newest(self, shards: Sequence[Shard]) -> tuple[Path | None, list[Shard]]:
        """Return the newest records of an earlier run whose batches are all in this one, and the shards of the rest."""
        best: Path | None = None
        had: set[str] = set()
        for earlier, marker in self._earlier_markers():
            file = self.folder.index / f"{marker.stem.replace('live', 'newest', 1)}.parquet"
            batches = {name for name, _ in earlier["batches"]}
            seal = earlier["files"].get(self._name(file))
            if len(batches) <= len(had) or seal is None or not _is_within(earlier["batches"], self._indexed_batches):
                continue
            if fault_of(file, seal, deep=True) is None:
                best, had = file, batches
        later = [shard for shard in shards if shard.name.rpartition("-")[0] not in had]
        return (best, later) if len(later) <= MOST_LATER else (None, [])

    def _earlier_markers(self) -> Iterator[tuple[dict[str, Any], Path]]:
        """Yield the markers of the indexes that are there, as far as they are whole, with their files."""
        for marker in sorted(self.index_marker.parent.glob("live-*.json")):
            with suppress(DamagedError, KeyError):  # or of an older form
                earlier = read_sealed(marker)
                _ = earlier["batches"], earlier["files"]
                yield earlier, marker

    @property
    def _index_files(self) -> list[Path]:
        """The files of the index, but for its marker."""
        more = [path for path in (self._papers_file, self._newest_file) if path.exists()]
        return [self.live_file, *more]

    @property
    def _papers_file(self) -> Path:
        """The live records that stand for others of the same paper; there where a run has several sources."""
        return self.folder.index / f"papers-{self._index_digest}.parquet"

    @property
    def _newest_file(self) -> Path:
        """The newest records before papers are told apart; there where a run has several sources."""
        return self.folder.index / f"newest-{self._index_digest}.parquet"

    def _earlier_index(self) -> tuple[Path | None, int]:
        """Return the index of an earlier run that is of the first batches of this one, and how many shards these have.

        So a night that brings one file does not go through all records.
        """
        batches = self._indexed_batches
        best: Path | None = None
        most = 0
        for earlier, marker in self._earlier_markers():
            file, size = self.folder.index / f"{marker.stem}.parquet", len(earlier["batches"])
            is_first = most < size < len(batches) and earlier["batches"] == batches[:size]
            if is_first and fault_of(file, earlier["files"][self._name(file)], deep=True) is None:
                best, most = file, size
        done = sum(len(self.shard_names(batch)) for batch in self.batches[:most])
        later = sum(len(self.shard_names(batch)) for batch in self.batches[most:])
        return (best, done) if later <= MOST_LATER else (None, 0)

    # The results.

    def shards(self, stages: Sequence[Stage]) -> list[Shard]:
        """Return all shards in the order in which they apply, with the files of some stages, which must be through."""
        return [
            Shard(name, {stage.name: self.shard_file(stage.name, batch, name) for stage in stages})
            for batch in self.batches
            for name in self.shard_names(batch)
        ]

    @property
    def result_set(self) -> Path:
        """The folder of the set of results of these inputs, stages and settings; all stages must be through."""
        names = [[path.name for path in shard.files.values()] for shard in self.shards(self.plan.stages)]
        return self.folder.result_set(digest_of(names, self._results_settings, results.RESULTS_VERSION))

    def make_results(self) -> None:
        """Make the rankings, graph, plots and tables that queries read; all stages must be through."""
        shards = self.shards(self.plan.stages)
        pa.default_memory_pool().release_unused()  # by what this process may have worked on before
        with self._looking_for_damage():
            try:
                unfinished, totals = self._build(shards, add_to_earlier=True)
            except (results.RetypedError, DamagedError):
                unfinished, totals = self._build(shards, add_to_earlier=False)
        with atomic(unfinished / LISTING) as file:
            write(self._files(shards), file)
        seal_set(unfinished, totals, settings=self._set_settings)
        self.folder.publish(unfinished, self.result_set)

    def _build(self, shards: Sequence[Shard], *, add_to_earlier: bool) -> tuple[Path, dict[str, int]]:
        """Make the result tables in an unfinished folder; return that, and how many rows they have."""
        unfinished = self.folder.begin(self.result_set.name)
        settings = self.workflow.results
        with self._connect() as connection:
            self._view_live(connection)
            increment = self._increment(connection, shards) if add_to_earlier else None
            self._verify(shards, shards if increment is None else increment.later)
            register(
                connection,
                shards,
                stages=self.plan.stages,
                live="live" if increment is None else "come",
                concepts=_concepts(self.workflow, _counted(connection, shards)),
                later=None if increment is None else increment.later,
            )
            totals = results.build(
                connection,
                unfinished,
                earlier=None if increment is None else increment.results,
                background=settings.background,
                top=settings.top,
                edges=settings.edges,
                unlinked=settings.unlinked,
                people=settings.people,
            )
        return unfinished, totals

    def _view_live(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Make the view `live`: the live records, with the ids of others of the same paper."""
        rows = f"SELECT *, []::VARCHAR[] AS other_ids FROM {parquet(self.live_file)}"
        if self._papers_file.exists():
            rows = f"""
                SELECT l.*, coalesce(p.other_ids, []) AS other_ids
                FROM {parquet(self.live_file)} l LEFT JOIN {parquet(self._papers_file)} p USING (id)
            """
        connection.execute(f"CREATE TEMP VIEW live AS {rows}")

    def _verify(self, shards: Sequence[Shard], later: Sequence[Shard]) -> None:
        """See that the files that DuckDB reads are as they were written, as it looks at no checksum of a page.

        These are the index, all counts, and what the results take from `later` shards. What is damaged is removed.

        Raises:
            DamagedError: one is not.
        """
        after = {stage.name for stage in self.plan.after_index}
        paths = {path for shard in later for stage, path in shard.files.items() if stage not in _NOT_IN_RESULTS}
        paths |= {path for shard in shards for stage, path in shard.files.items() if stage in after}
        markers = [self.index_marker, *(marker for batch in self.batches for marker in self._markers(batch))]
        for marker in markers:
            for name, seal in read_sealed(marker).get("files", {}).items():
                path = self.folder.path / name
                if path not in paths and marker != self.index_marker:
                    continue
                if reason := fault_of(path, seal, deep=True):
                    remove_damaged(self.folder, [Fault(path, reason, marker)])
                    raise DamagedError(path, reason)

    def _increment(self, connection: duckdb.DuckDBPyConnection, shards: Sequence[Shard]) -> Increment | None:
        """Return what has changed since the set of results that is the current one, if there is one to add to."""
        sets = [path for path in earlier_sets(self.folder.path, self._set_settings) if path != self.result_set]
        # The files of the newest set are all there, those of the set before it need not be.
        newest = sorted(sets, key=lambda path: (path / STAMP).stat().st_mtime_ns)[-1:]
        for path in newest:
            return find_increment(connection, self.folder.path, path, shards)
        return None

    @property
    def _set_settings(self) -> str:
        """A digest of all that a set of results depends on besides its files, and of the libraries that make it."""
        return digest_of(self._results_settings, results.RESULTS_VERSION, duckdb.__version__, pa.__version__)

    def _files(self, shards: Sequence[Shard]) -> pa.Table:
        """Return the files that results are made of: those of shards, and, without a shard, markers and index."""
        rows: list[dict[str, str | None]] = [
            {"stage": stage, "shard": shard.name, "file": self._name(path)}
            for shard in shards
            for stage, path in shard.files.items()
        ]
        markers = [marker for batch in self.batches for marker in self._markers(batch)]
        rows += [
            {"stage": path.parent.name, "shard": None, "file": self._name(path)}
            for path in (*markers, *self._index_files, self.index_marker)
        ]
        return pa.Table.from_pylist(rows, schema=FILES)

    @contextmanager
    def _looking_for_damage(self) -> Iterator[None]:
        """Where DuckDB cannot read a table, remove the files that are damaged, and say that it is that."""
        try:
            yield
        except duckdb.Error as error:
            is_shortage = isinstance(error, duckdb.OutOfMemoryException) or disk_fault(error) is not None
            damage = [] if is_shortage else remove_damaged(self.folder, faults(self.folder, deep=True))
            if not damage:
                raise
            raise DamagedError(damage[0].file, damage[0].reason) from error

    # What it came to.

    def totals(self) -> dict[str, int]:
        """Return how many rows each result has; the results must be there."""
        totals: dict[str, int] = read_sealed(self.result_set / STAMP)["totals"]
        return totals

    def rejects(self) -> JsonRejects:
        """Return all that could not be fetched or read, or got through a stage, in the order of the inputs."""
        markers = self._fetch_markers()
        for batch in self.batches:
            markers += self._markers(batch)
        return [reject for marker in markers for reject in read_sealed(marker)["rejects"]]

    def _fetch_markers(self) -> list[Path]:
        """Return the marker of the last fetch of each remote source."""
        markers = []
        for source in self.fetching():
            marker = self.fetch_marker(source)
            earlier = marker.parent.glob(f"{source}-*.json") if marker.parent.is_dir() else []
            markers += [marker] if marker.exists() else sorted(earlier, key=lambda path: path.stat().st_mtime_ns)[-1:]
        return markers

    def _markers(self, batch: Batch) -> list[Path]:
        stages = self.plan.stages[1:]
        groups = [(stage.name, group) for stage in stages for group in self.groups_of(stage, batch)]
        return [self.marker(FIRST, batch), *(self.marker(name, batch, group) for name, group in groups)]

    def prune(self, previous: Path | None) -> None:
        """Remove the files of earlier digests that this run does not use.

        Of the set of results before these a reader may still have questions: it stays, with what queries read of it.
        """
        used = {path for shard in self.shards(self.plan.stages) for path in shard.files.values()}
        used |= {*self._index_files, self.index_marker, *self._fetch_markers()}
        used.update(marker for batch in self.batches for marker in self._markers(batch))
        if previous is not None:
            used.update(texts_of(self.folder.path, previous))
        for path in digest_files(self.folder.path):
            if path not in used:
                path.unlink(missing_ok=True)
        for results_set in result_sets(self.folder.path):
            if results_set not in (self.result_set, previous):
                remove_set(results_set)


def _is_within(values: Iterable[object], all_values: Iterable[object]) -> bool:
    """Say whether all values are among others, in the same order."""
    rest = iter(all_values)
    return all(value in rest for value in values)


def _holds(path: Path, table: pa.Table) -> bool:
    """Say whether a file holds a table."""
    try:
        return bool(read_table(path).equals(table))
    except DamagedError:
        return False


def _counted(connection: duckdb.DuckDBPyConnection, shards: Sequence[Shard]) -> pa.Array:
    """Return the CURIEs of all concepts that the counts of shards have."""
    if not shards:
        return pa.array([], pa.string())
    counts = shards_view(connection, shards, "count")
    query = f"SELECT DISTINCT a AS id FROM {counts} WHERE kind = 'concept'"
    return connection.sql(query).to_arrow_table()["id"].combine_chunks()


def _concepts(workflow: Workflow, counted: pa.Array) -> pa.Table:
    """Return the concepts of `counted` as a table of `CONCEPTS`, under their preferred CURIEs.

    All dictionaries together take hundreds of MiB, of which a run names a small part: they are read in pieces.
    """
    tag, link = workflow.tag.dictionaries, workflow.link
    dictionaries = list(dict.fromkeys((*tag, *linking_dictionaries(link, tag))))
    curies = preferred(dictionaries, link.prefer)
    pieces = chain.from_iterable(lexicon.load_in_pieces(name, CONCEPTS.names) for name in dictionaries)
    table = pa.concat_tables([CONCEPTS.empty_table(), *(_described(piece, curies, counted) for piece in pieces)])
    pa.default_memory_pool().release_unused()
    return table


def _described(concepts: pa.Table, curies: Mapping[str, str], counted: pa.Array) -> pa.Table:
    """Return the concepts of `counted` in a piece of a dictionary, under their preferred CURIEs."""
    ids = concepts["id"]
    if curies:
        names = pa.array(curies.values(), pa.string()).take(pc.index_in(ids, pa.array(curies, pa.string())))
        ids = pc.coalesce(names, ids)
    table = concepts.filter(pc.is_in(ids, counted))
    terms = table["terms"].combine_chunks()
    texts = pa.ListArray.from_arrays(terms.offsets, terms.flatten().field("text"))
    table = table.set_column(3, "terms", texts)
    return renamed(table, curies) if curies else table


def _as_json(rejects: Sequence[Reject]) -> JsonRejects:
    return [{"source": r.source, "position": r.position, "reason": without_secrets(r.reason)} for r in rejects]
