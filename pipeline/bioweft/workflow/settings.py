"""A workflow file: TOML, read into settings whose errors name the nearest right key."""

import os
import tomllib
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)

from bioweft import resources
from bioweft.errors import InputError, SettingsError, did_you_mean, install, nearest
from bioweft.faults import fault_in_words
from bioweft.link.settings import LinkSettings
from bioweft.paths import BASE, AsGiven, FileSetting, without_nul
from bioweft.relate.settings import RelateSettings
from bioweft.sources import AnySource, Source
from bioweft.sources.stored import require_store
from bioweft.tag.settings import TagSettings


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class ResultSettings(_Settings):
    """Settings of the results.

    `background`: what to measure specificity against, a run folder or a file of counts; counts of real PubMed files
    where not given.
    `top`: bars in a plot. `edges`: the most edges in the graph file. `unlinked`: the most strings of a type in
    `unlinked.tsv`. `people`: whether people are in the ranking of species.
    """

    background: FileSetting | None = None
    top: int = Field(default=20, ge=1)
    edges: int = Field(default=20_000, ge=1)
    unlinked: int = Field(default=1000, ge=0)
    people: bool = True


_OF_RAY = ("address", "cpus", "gpus", "max_restarts", "max_task_retries", "timeout", "start_timeout")
"""Keys of `[engine]` that the engine `local` does not know."""


_MEGABYTES = {"MB": 1, "GB": 1000}
_MEGABYTES_A_THREAD = 1000
"""With 250, DuckDB ran out of memory at sorting 53 million mentions, where it should have gone to the disk."""


class EngineSettings(_Settings):
    """Settings of the engine, which does the work.

    `workers`: processes. `scheduler`: address of a `luigid` (`http://host:8082`); none is needed. `retries`: how often
    a failed task is tried again. `memory`: how much the index and the results may take of it for sorting and joining,
    beyond which they use the disk: `"500MB"`, `"4GB"`; where not given 128 MB, and 1 GB where that is too little.

    The others are of Ray. `address`: HOST:PORT of a cluster; without it Ray is started on this machine. `cpus` and
    `gpus`: what a worker takes of a machine. `max_restarts`: how often a worker that died is started again.
    `max_task_retries`: how often work is given to another worker when one dies at it. `timeout`: seconds after which a
    worker that gives no answer ends the run. `start_timeout`: seconds within which a worker must be ready.
    """

    kind: Literal["local", "ray"] = "local"
    workers: int = Field(default_factory=lambda: os.cpu_count() or 1, ge=1)
    scheduler: Annotated[str, Field(pattern=r"^https?://\S+$")] | None = None
    retries: int = Field(default=1, ge=0)
    memory: Annotated[str, Field(pattern=r"^[1-9][0-9]*(MB|GB)$")] | None = None
    address: Annotated[str, Field(pattern=r"^[^/\s]+:[0-9]+$")] | None = None
    cpus: float = Field(default=1.0, gt=0)
    gpus: float = Field(default=0.0, ge=0)
    max_restarts: int = Field(default=3, ge=0)
    max_task_retries: int = Field(default=3, ge=0)
    timeout: float = Field(default=3600.0, gt=0)
    start_timeout: float = Field(default=120.0, gt=0)

    def threads(self, memory: str) -> int:
        """Return on how many processors the results are made: as many as there are workers, and `memory` is enough for.

        Of the engine `ray` this is done where the command runs, and its workers are elsewhere.
        """
        number, unit = int(memory[:-2]), memory[-2:]
        workers = self.workers if self.kind == "local" else os.cpu_count() or 1
        return max(1, min(workers, number * _MEGABYTES[unit] // _MEGABYTES_A_THREAD))

    @model_validator(mode="after")
    def _ray_is_there(self) -> "EngineSettings":
        if self.kind != "ray":
            # By value: settings that are read from a manifest have all keys.
            fields = type(self).model_fields
            of_ray = [key for key in _OF_RAY if getattr(self, key) != fields[key].default]
            if of_ray:
                raise ValueError(f'{of_ray[0]} is a setting of kind = "ray"')
        elif find_spec("ray") is None:  # now, and not when all is read
            raise ValueError(f"the engine ray needs a package that is not installed: {install('ray')}")
        return self


class ExportSettings(_Settings):
    """Settings of the exports of the knowledge graph.

    `formats`: those that are written when the results are new, as `bioweft export RUN --to` does.
    """

    formats: tuple[str, ...] = ()

    @field_validator("formats")
    @classmethod
    def _are_there(cls, formats: tuple[str, ...]) -> tuple[str, ...]:
        from bioweft.export.graph.formats import FORMATS, require

        for name in formats:
            if name not in FORMATS:
                raise ValueError(
                    f"no format {name!r}{did_you_mean(nearest(name, FORMATS))}; there are: {', '.join(FORMATS)}"
                )
            try:
                require(name)  # now, and not at the end of a run
            except InputError as error:
                raise ValueError(str(error)) from error
        return formats


class Workflow(_Settings):
    """A workflow: sources in, a run folder out."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")]
    sources: Annotated[tuple[AnySource, ...], Field(min_length=1)]
    output: Path
    keep: str | None = None
    """Where in an object store a copy of the run folder is kept: `s3://bucket/runs/mine`."""
    tag: TagSettings = TagSettings()
    link: LinkSettings = LinkSettings()
    relate: RelateSettings = RelateSettings()
    results: ResultSettings = ResultSettings()
    export: ExportSettings = ExportSettings()
    engine: EngineSettings = EngineSettings()

    @model_validator(mode="before")
    @classmethod
    def _default_output(cls, values: Any) -> Any:
        """Have the run folder below outputs/ where it is not given, or given as an address where a copy is kept."""
        if not isinstance(values, dict):
            return values
        output = values.get("output")
        if isinstance(output, str) and output.startswith("file://"):
            return {**values, "output": output.removeprefix("file://")}
        if is_address := isinstance(output, str) and "://" in output:
            if values.get("keep") not in (None, output):
                raise ValueError(
                    "output is an address, and `keep` another; give `output` a folder, or leave `keep` out"
                )
            values = {**values, "keep": output}
        if is_address or "output" not in values:
            return {**values, "output": Path("outputs") / str(values.get("name", ""))}
        return values

    @field_validator("keep")
    @classmethod
    def _is_a_store(cls, keep: str | None) -> str | None:
        if keep is not None:
            if "://" not in keep:
                raise ValueError("must be the address of an object store, such as s3://bucket/runs/mine")
            require_store(keep)
        return keep

    @field_validator("output", mode="before")
    @classmethod
    def _named_output(cls, value: Any) -> Any:
        if value == "":  # which Path would take for the current folder
            raise ValueError("is empty; name a folder for the run, such as outputs/mine")
        return without_nul(value)


def load(file: str | Path, *, overrides: Sequence[str] = ()) -> Workflow:
    """Read a workflow file, or the shipped workflow of that name.

    Paths in the file are relative to the file (`output` to where the command runs); `overrides` are `key=value` with
    dotted keys (`engine.workers=4`, `sources.0.path=…`) and TOML values, their paths relative to where the command
    runs.

    Raises:
        SettingsError: the file is missing, no TOML, or a key or value is wrong.
    """
    path = Path(file)
    if not path.exists() and path.suffix != ".toml" and path.parent == Path():
        path = resources.workflow(str(file))
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        shipped = ", ".join(resources.workflows()) or "none"
        raise SettingsError(f"no workflow file {path}; shipped ones can be named without a path: {shipped}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError, RecursionError) as error:
        raise SettingsError(f"{path} cannot be read as TOML: {error}") from error
    for override in overrides:
        _override(raw, override)
    return parse(raw, origin=str(path), base=path.parent)


def parse(raw: dict[str, Any], *, origin: str, base: Path | None = None) -> Workflow:
    """Check settings that are there as plain values; `origin` says in errors where they came from.

    Relative paths are relative to `base`, or stay as they are.

    Raises:
        SettingsError: a key or value is wrong; all faults are named.
    """
    try:
        return Workflow.model_validate(raw, context={BASE: base})
    except ValidationError as error:
        # A tuple is also too short where its one item is at fault.
        errors = [fault for fault in error.errors() if fault["type"] != "too_short"] or error.errors()
        faults = "\n".join(f"  {_explain(dict(fault))}" for fault in errors)
        raise SettingsError(f"the settings of {origin} are wrong:\n{faults}") from error


def _source_kinds() -> dict[str, type[Source]]:
    union = get_args(AnySource)[0]
    return {get_args(cls.model_fields["kind"].annotation)[0]: cls for cls in get_args(union)}


def _explain(fault: dict[str, Any]) -> str:
    """Say what one fault that pydantic found is, and what would be right."""
    kinds = _source_kinds()
    location = [step for step in fault["loc"] if step not in kinds]
    key = ".".join(str(step) for step in location)
    if fault["type"] == "extra_forbidden":
        keys = list(_model_at(list(fault["loc"][:-1])).model_fields)
        return f"{key}: no such key{did_you_mean(nearest(str(location[-1]), keys))}; there are: {', '.join(keys)}"
    if fault["type"] == "union_tag_invalid":
        got = str(fault["ctx"]["tag"])
        return f"{key}.kind: no source {got!r}{did_you_mean(nearest(got, kinds))}; there are: {', '.join(kinds)}"
    if fault["type"] == "union_tag_not_found":
        return f"{key}.kind: is missing; there are: {', '.join(kinds)}"
    message = f"{key}: {fault_in_words(fault)}"
    # A table or list is too long to show and may hold what is secret; of a missing key it is the table around it.
    if fault["type"] == "missing" or isinstance(fault["input"], dict | list | tuple):
        return message
    if _is_secret(list(fault["loc"])):
        return f'{message}; write it between quotes: {location[-1]} = "..."'
    return f"{message}, got {fault['input']!r}"


def _is_secret(location: list[Any]) -> bool:
    """Say whether a fault is in a setting that must not be printed."""
    if len(location) < 2 or location[0] != "sources":
        return False
    field = _model_at(location[:-1]).model_fields.get(str(location[-1]))
    return field is not None and SecretStr in (field.annotation, *get_args(field.annotation))


def _model_at(location: list[Any]) -> type[BaseModel]:
    """Return the settings class that the location of a fault leads to."""
    if not location:
        return Workflow
    if location[0] == "sources":
        return _source_kinds()[location[2]]
    sections: dict[str, type[BaseModel]] = {
        "tag": TagSettings,
        "link": LinkSettings,
        "relate": RelateSettings,
        "results": ResultSettings,
        "export": ExportSettings,
        "engine": EngineSettings,
    }
    return sections[location[0]]


def _override(raw: dict[str, Any], override: str) -> None:
    key, separator, value = override.partition("=")
    if not separator or not key:
        shown = override.partition(" ")[0]  # `sources.0.api_key 123`: what follows may be secret
        raise SettingsError(f"--set takes key=value, got {shown!r}; for example --set engine.workers=4")
    try:
        parsed = tomllib.loads(f"value = {value}")["value"]
    except (tomllib.TOMLDecodeError, RecursionError):
        parsed = value
    *parents, last = key.split(".")
    target: Any = raw
    try:
        for parent in parents:
            target = target[int(parent)] if isinstance(target, list) else target.setdefault(parent, {})
        target[int(last) if isinstance(target, list) else last] = _as_given(parsed)
    except (TypeError, ValueError, IndexError, AttributeError) as error:
        raise SettingsError(f"--set {key}: there is no such setting") from error


def _as_given(value: Any) -> Any:
    """Mark all text in a value as from the command line."""
    if isinstance(value, str):
        return AsGiven(value)
    if isinstance(value, list):
        return [_as_given(item) for item in value]
    if isinstance(value, dict):
        return {key: _as_given(item) for key, item in value.items()}
    return value
