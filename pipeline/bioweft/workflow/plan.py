"""The plan of a run: its stages, in order. Engines, manifest, progress, pruning and views all follow `STAGES`.

To add a stage, write its function in a module of its own and its record into `STAGES`, after the stages it needs. An
example that looks for what sentences a document repeats:

    Stage("repeats", needs=("read", "sentences"), schema=REPEATS, version=1, run=find_repeats, label="comparing")

    def find_repeats(read: pa.Table, sentences: pa.Table) -> tuple[pa.Table, list[Reject]]: ...
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pyarrow as pa

from bioweft.link.base import Linker
from bioweft.link.registry import open_linker as open_named_linker
from bioweft.relate.base import RelationModel
from bioweft.relate.registry import open_relation_model as open_named_relation_model
from bioweft.store.schemas import COUNTS, MENTIONS, READ, RELATIONS, SENTENCES, TAGGED
from bioweft.tag import registry
from bioweft.tag.base import Tagger
from bioweft.tool import Tool
from bioweft.workflow import relate, stages
from bioweft.workflow.settings import Workflow

FIRST = "read"
"""The stage that has no table to begin with: it makes shards of a batch."""

LIVE = "live"
"""Stands in `needs` for the rows of the shard that are live, as a table of `bioweft.store.index.LIVE`.

A stage that needs it, or needs a stage that does, runs after the index: when all batches have been read.
"""


def no_tool(workflow: Workflow) -> None:
    """Open nothing, for a stage that needs only tables."""
    del workflow


def tool_digest(tool: Tool | None) -> str | None:
    """Return the digest of a stage's tool: all that its rows depend on besides tables and version."""
    return tool.digest if tool else None


@dataclass(frozen=True, kw_only=True, eq=False)
class Stage:
    """One step from the tables of a shard to its next table.

    name: of the folder with its files, below `shards/` and `batches/`.
    needs: the stages whose tables `run` takes, in this order; `LIVE` for the live rows.
    schema: of the table that it makes.
    version: counts up when it would give other rows for the same tables, or needs other ones.
    run: a function from the tables of a shard, then the tool if there is one, to its table and what it could not do.
    That of the first stage takes a source and a batch, and yields tables and rejects shard by shard.
    open: makes the tool from the settings, without loading it.
    digest: what the rows depend on of the tool, as a value that JSON can write.
    label: what the progress line says while it works.
    view: the name of the DuckDB view on its rows of live documents; that of the stage where it is not given.
    """

    name: str
    needs: tuple[str, ...]
    schema: pa.Schema
    version: int
    run: Callable[..., Any]
    open: Callable[[Workflow], Tool | None] = no_tool
    digest: Callable[[Any], object] = tool_digest
    label: str = ""
    view: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "label", self.label or self.name)
        object.__setattr__(self, "view", self.view or self.name)


def open_tagger(workflow: Workflow) -> Tagger:
    """Return the tagger that the settings name."""
    return registry.open_tagger(workflow.tag)


def open_linker(workflow: Workflow) -> Linker | None:
    """Return the linker that the settings name; it knows the dictionaries that the tagger does."""
    return open_named_linker(workflow.link, workflow.tag.dictionaries)


def open_relation_model(workflow: Workflow) -> RelationModel | None:
    """Return the relation model that the settings name."""
    return open_named_relation_model(workflow.relate)


STAGES = (
    Stage(name=FIRST, needs=(), schema=READ, version=stages.READ_VERSION, run=stages.read, label="reading",
          view="documents"),
    Stage(name="sentences", needs=(FIRST,), schema=SENTENCES, version=stages.SENTENCES_VERSION, run=stages.sentences,
          label="splitting sentences"),
    Stage(name="tag", needs=(FIRST, "sentences"), schema=TAGGED, version=stages.TAG_VERSION, run=stages.tag,
          open=open_tagger, label="tagging", view="tagged"),
    Stage(name="link", needs=(FIRST, "sentences", "tag"), schema=MENTIONS, version=stages.LINK_VERSION, run=stages.link,
          open=open_linker, label="linking", view="mentions"),
    Stage(name="relate", needs=(FIRST, "sentences", "link"), schema=RELATIONS, version=relate.RELATE_VERSION,
          run=relate.relate, open=open_relation_model, label="relating", view="relations"),
    Stage(name="count", needs=(FIRST, "sentences", "link", LIVE), schema=COUNTS, version=stages.COUNT_VERSION,
          run=stages.count, label="counting", view="counts"),
)  # fmt: skip
"""All stages, each after those that it needs."""

_AROUND = {"fetch": "fetching", "index": "indexing", "results": "ranking"}
"""Labels of the work that is no stage: before reading, between reading and counting, and last."""


class Plan:
    """Stages in order, and what follows from their order."""

    def __init__(self, stages: Sequence[Stage] = STAGES) -> None:
        self.stages = tuple(stages)
        self._by_name = {stage.name: stage for stage in self.stages}
        self._check()

    def __iter__(self) -> Iterator[Stage]:
        return iter(self.stages)

    def __getitem__(self, name: str) -> Stage:
        return self._by_name[name]

    def _check(self) -> None:
        earlier: set[str] = {LIVE}
        for stage in self.stages:
            missing = [need for need in stage.needs if need not in earlier]
            if missing:
                raise ValueError(f"stage {stage.name!r} needs {', '.join(missing)}, which no earlier stage makes")
            if stage.name in earlier or stage.name in _AROUND or not stage.name.isidentifier():
                raise ValueError(f"a stage cannot be called {stage.name!r}: the name is taken, or not a plain word")
            earlier.add(stage.name)
        if self.stages[0].name != FIRST or any(not stage.needs for stage in self.stages[1:]):
            raise ValueError(f"the first stage must be {FIRST!r}, and every other must need one")

    def lineage(self, name: str) -> list[Stage]:
        """Return the stages that the rows of a stage depend on, itself last, without the first: all depend on it."""
        names = {name}
        for stage in reversed(self.stages):
            if stage.name in names:
                names.update(stage.needs)
        return [stage for stage in self.stages[1:] if stage.name in names]

    @cached_property
    def before_index(self) -> list[Stage]:
        """The stages that follow from the records of a shard alone, without the first."""
        return [stage for stage in self.stages[1:] if not self._depends_on_live(stage)]

    @cached_property
    def after_index(self) -> list[Stage]:
        """The stages that depend on which records are live."""
        return [stage for stage in self.stages[1:] if self._depends_on_live(stage)]

    def _depends_on_live(self, stage: Stage) -> bool:
        return any(LIVE in earlier.needs for earlier in self.lineage(stage.name))

    def labels(self) -> dict[str, str]:
        """Return what the progress line says of all work, in its order."""
        fetch, index, results = ({name: label} for name, label in _AROUND.items())
        before, after = (
            {stage.name: stage.label for stage in stages} for stages in (self.before_index, self.after_index)
        )
        return {**fetch, FIRST: self[FIRST].label, **before, **index, **after, **results}

    def is_per_shard(self, name: str) -> bool:
        """Say whether work is done once for each shard that was read."""
        return name in self._by_name and name != FIRST
