"""The pages about the run itself: its manifest and rejects, and what has changed."""

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import islice
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, Field

from bioweft.analyse.changes import Changes, changes
from bioweft.explore.entity import RelationLine, relation_lines
from bioweft.explore.pages import Kind, ListQuery, Page, Probability, Query, common
from bioweft.explore.reader import View
from bioweft.shown import without_secrets


class RejectLine(BaseModel):
    """Something that could not be read, where, and why."""

    source: str
    position: str
    reason: str


_COUNTS = {
    "documents": "documents",
    "abstracts": "of them with an abstract",
    "mentions": "mentions",
    "linked": "linked to a concept",
    "ambiguous": "of them ambiguous",
    "unlinked": "not linked",
    "concepts": "concepts",
    "relations": "relations",
    "evidence": "statements of relations",
    "cooccurrence": "pairs in the same documents",
    "rejects": "could not be read",
}
"""The counts of a manifest that a reader wants to see, in this order, in words."""


class RunQuery(ListQuery):
    """Which of the rejects are wanted."""


class RunPage(Page):
    """The run: counts, versions, settings, timings, and what could not be read."""

    template: ClassVar[str] = "run.html"
    folder: str
    finished: str | None
    counts: dict[str, int]
    versions: dict[str, str]
    tools: dict[str, str] = Field(description="What did the work of each stage, with its digest")
    settings: dict[str, Any]
    timings: dict[str, Any]
    snapshots: list[str] = Field(description="When the sets of results that are kept were made")
    rejects: list[RejectLine]
    counts_in_words: list[tuple[str, int]] = Field(exclude=True)
    are_rejects_whole: bool = Field(description="False while a run writes anew what could not be read")

    def header(self) -> Sequence[str]:
        """Return the columns."""
        return ("kind", "name", "value")

    def rows(self) -> Iterable[Sequence[object]]:
        """Return what the page says, a row each."""
        yield ("run", "folder", self.folder)
        yield ("run", "finished", self.finished)
        for kind in ("counts", "versions", "tools", "settings", "timings"):
            for name, value in flat(getattr(self, kind)):
                yield (kind, name, value)
        for reject in self.rejects:
            yield ("reject", f"{reject.source}: {reject.position}", reject.reason)


def flat(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, object]]:
    """Yield the values of nested settings, each with its path: `link.threshold`."""
    for key, value in values.items():
        if isinstance(value, Mapping) and value:
            yield from flat(value, f"{prefix}{key}.")
        elif isinstance(value, list) and value and isinstance(value[0], Mapping):
            for place, item in enumerate(value):
                yield from flat(item, f"{prefix}{key}.{place}.")
        else:
            yield f"{prefix}{key}", ", ".join(map(str, value)) if isinstance(value, list) else value


def about_run(view: View, query: RunQuery) -> RunPage:
    """Return the page of the run."""
    offset = query.offset(view)
    manifest = without_secrets(view.run.manifest)
    rejects, are_whole = _rejects(view, offset, query.limit + 1)
    counts = manifest.get("counts", {})
    tools = {stage: f"{tool['name']} {tool['digest']}" for stage, tool in manifest.get("tools", {}).items()}
    return RunPage(
        **common(view, f"Run {view.name}"),
        next=query.token(view, offset + query.limit if len(rejects) > query.limit else None),
        folder=str(view.run.path),
        finished=manifest.get("finished"),
        counts=counts,
        counts_in_words=[(words, counts[name]) for name, words in _COUNTS.items() if name in counts],
        versions=manifest.get("versions", {}),
        tools=tools,
        settings=manifest.get("settings", {}),
        timings=manifest.get("timings", {}),
        snapshots=sorted(manifest.get("snapshots", {}).values(), reverse=True),
        rejects=rejects[: query.limit],
        are_rejects_whole=are_whole,
    )


def _rejects(view: View, offset: int, limit: int) -> tuple[list[RejectLine], bool]:
    """Return rejects, and whether they are those of the manifest: a run that finishes writes them just before it."""
    seal = view.run.manifest.get("files", {}).get(view.run.rejects_file.name)
    try:
        with view.run.rejects_file.open(encoding="utf-8") as lines:
            if seal is not None and os.fstat(lines.fileno()).st_size != seal["size"]:
                return [], False
            rejects = [json.loads(line) for line in islice(lines, offset, offset + limit)]
    except FileNotFoundError:
        return [], seal is None
    return [RejectLine(**{name: str(row.get(name, "")) for name in RejectLine.model_fields}) for row in rejects], True


class ChangesQuery(Query):
    """Since when, and of which concepts."""

    since: Annotated[date | None, Field(description="Since the last results before this day (UTC)")] = None
    watch: Annotated[list[Annotated[str, Field(max_length=300)]], Field(max_length=50)] = []  # noqa: RUF012 - pydantic copies it
    least: Annotated[int, Field(ge=1, le=10**6)] = 5
    least_probability: Probability = 0.0
    limit: Annotated[int, Field(ge=1, le=500)] = 20


class ChangesPage(Page):
    """The changes of the run, as `bioweft changes` tells them."""

    template: ClassVar[str] = "changes.html"
    changes: Changes
    is_empty: bool
    new_relations: list[RelationLine]

    def header(self) -> Sequence[str]:
        """Return the columns."""
        return ("kind", "id", "name", "type", "documents", "detail")

    def rows(self) -> Iterable[Sequence[object]]:
        """Return the changes, a row each."""
        c = self.changes
        for e in c.new_concepts.first:
            yield ("new entity", e.id, e.name, e.type, e.documents, "")
        for r in c.rising.first:
            yield ("rising entity", r.id, r.name, r.type, r.documents, f"{r.new_documents} new, p {r.p:.2g}")
        for t in c.new_relations.first:
            said = f"{t.subject_name} {t.phrase} {t.object_name}"
            yield ("new relation", t.edge, said, t.predicate, t.documents, t.probability)
        for lost in c.lost_support.first:
            said = f"{lost.subject_name} {lost.phrase} {lost.object_name}"
            before = f"before {lost.documents_before}"
            yield ("lost support", lost.edge, said, lost.predicate, lost.documents, before)
        for p in c.retracted.first:
            yield ("retracted", p.document, p.title, "", None, ", ".join(p.flags))


def about_changes(view: View, query: ChangesQuery) -> ChangesPage:
    """Return the page of changes."""
    answer = changes(
        view.run,
        reader=view.connection,
        since=query.since,
        watch=[name for name in query.watch if name.strip()],
        least=query.least,
        least_probability=query.least_probability,
        limit=query.limit,
    )
    return ChangesPage(
        **common(view, "Changes"),
        changes=answer,
        is_empty=answer.is_empty,
        new_relations=relation_lines(view, answer.new_relations.first),
    )


RUN = Kind("/run", "The run", RunQuery, RunPage, about_run)
CHANGES = Kind("/changes", "What has changed", ChangesQuery, ChangesPage, about_changes)
