"""The reference pages of the site, made from the code: commands, settings, tables, and what Python programs may use."""

import inspect
import re
import types
from collections.abc import Iterator
from datetime import date
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import click
import pyarrow as pa
from pydantic import BaseModel, HttpUrl, SecretStr
from pydantic.fields import FieldInfo

import bioweft
from bioweft import errors
from bioweft.cli import cli
from bioweft.store import meanings
from bioweft.workflow.settings import Workflow, _source_kinds

DOCS = Path(__file__).parents[1]


def pages() -> dict[str, str]:
    """Return the text of each page by its name."""
    return {"commands": commands(), "settings": settings(), "tables": tables(), "python": python()}


# Commands


def all_commands(command: click.Command = cli, name: str = "bioweft") -> Iterator[tuple[str, click.Command]]:
    """Yield each command and group with its full name, in the order of `--help`."""
    yield name, command
    if isinstance(command, click.Group):
        context = click.Context(command, info_name=name)
        for child in command.list_commands(context):
            inner = command.get_command(context, child)
            if inner is not None and not inner.hidden:
                yield from all_commands(inner, f"{name} {child}")


def commands() -> str:
    """Return the page of all commands and options."""
    text = [
        "# Commands\n",
        "What `bioweft COMMAND --help` prints, for all commands. Exit codes: 0 done; 1 failed; 2 the command line or "
        "the workflow file is wrong; 3 done, but some records could not be read.\n",
    ]
    for name, command in all_commands():
        depth = "##" if name.count(" ") < 2 else "###"
        context = click.Context(command, info_name=name, **cli.context_settings)
        usage = " ".join(command.collect_usage_pieces(context))
        text.append(f"{depth} `{name}`\n\n```text\n{name} {usage}\n```\n")
        text.append(f"{_paragraphs(command.help or '')}\n")
        if command.epilog:
            text.append(_epilog(command))
        options = [option for option in command.get_params(context) if isinstance(option, click.Option)]
        rows = [(f"`{_names_of(option)}`", _meaning_of(option), _default_of(option)) for option in options]
        has_defaults = any(default for *_, default in rows)
        columns = ("option", "meaning", "default")[: 3 if has_defaults else 2]
        text.append(_table(columns, [row[: len(columns)] for row in rows]))
    return "\n".join(text)


def _paragraphs(help: str) -> str:
    """Return the help of a command as Markdown; what click is told not to wrap (`\\b`) stays as it is."""
    blocks = inspect.cleandoc(help).split("\n\n")
    return "\n\n".join(
        f"```text\n{block.removeprefix(chr(8)).strip()}\n```" if block.startswith("\b") else _cell(block)
        for block in blocks
    )


def examples(command: click.Command) -> tuple[list[str], str]:
    """Return the examples at the end of a command's help, and the text that stands after them."""
    epilog = " ".join((command.epilog or "").split())
    parts = re.fullmatch(r"Examples?: (.*?)(?:\. ([A-Z].*))?", epilog)
    if parts is None:
        return [], epilog
    return [line.strip() for line in re.split(r"; (?=bioweft )", parts[1])], parts[2] or ""


def _epilog(command: click.Command) -> str:
    lines, text = examples(command)
    code = "```console\n" + "\n".join(f"$ {line}" for line in lines) + "\n```" if lines else ""
    return f"{code}\n\n{_cell(text)}\n"


def _names_of(option: click.Option) -> str:
    names = ", ".join((*option.opts, *option.secondary_opts))
    if option.is_flag or option.count or (isinstance(option.type, click.Choice) and not option.metavar):
        return names
    return f"{names} {option.make_metavar(click.Context(cli))}".replace(" RANGE", "")


def _meaning_of(option: click.Option) -> str:
    meaning = _cell(option.help or "")
    if not isinstance(option.type, click.Choice):
        return meaning
    return f"{meaning} One of {', '.join(f'`{choice}`' for choice in option.type.choices)}."


def _default_of(option: click.Option) -> str:
    default = None if callable(option.default) else option.to_info_dict()["default"]
    if option.required:
        return "must be given"
    if default is None or default in ((), "") or "UNSET" in repr(default) or (option.is_flag and default is False):
        return ""
    if option.is_flag:
        return f"`{option.opts[0]}`"
    shown = ", ".join(map(str, default)) if isinstance(default, tuple | list) else default
    return f"`{shown.value if isinstance(shown, Enum) else shown}`"


# Settings

SOURCE = "`[[sources]]` of kind "
"""How headings of sources begin; docs/workflows.md has the kind alone."""


def sections() -> list[tuple[str, str, type[BaseModel]]]:
    """Return heading, prefix of the keys and class of every section of a workflow file."""
    tables = {key: field.annotation for key, field in Workflow.model_fields.items()}
    parts = [
        (f"`[{key}]`", f"{key}.", model)
        for key, model in tables.items()
        if isinstance(model, type) and issubclass(model, BaseModel)
    ]
    sources = [(f"{SOURCE}`{kind}`", "sources.N.", model) for kind, model in _source_kinds().items()]
    return [("Top of the file", "", Workflow), *parts, *sources]


def _described() -> dict[tuple[str, str], tuple[str, str]]:
    """Return default and meaning of each setting in docs/workflows.md, by the heading of its section and its key."""
    rows: dict[tuple[str, str], tuple[str, str]] = {}
    heading = ""
    for line in (DOCS / "workflows.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("##"):
            heading = line.lstrip("# ")
        row = re.match(r"\| `(\w+)` \| ?(.*?) ?\| (.*) \|$", line)
        if row:
            rows[heading, row[1]] = row[2], row[3]
    return rows


def description_of_setting(heading: str, key: str) -> tuple[str, str]:
    """Return the default of a setting in words, and what it means; empty where docs/workflows.md does not say it."""
    heading = heading.removeprefix(SOURCE)
    rows = _described()
    if key == "kind" and (heading, key) not in rows:
        return "", "which source this is"
    return rows.get((heading, key), ("", ""))


def settings() -> str:
    """Return the page of all settings of a workflow file."""
    text = [
        "# Settings\n",
        "Every key of a [workflow file](../workflows.md), with its type and default. A key is given on the command "
        "line with its section: `--set results.top=30`; `N` is the number of the source, from 0.\n",
    ]
    for heading, prefix, model in sections():
        text.append(f"## {heading}\n")
        rows = []
        for key, field in model.model_fields.items():
            default, meaning = map(_from_reference, description_of_setting(heading, key))
            rows.append((f"`{prefix}{key}`", _type_of(field), _setting_default(field, default), meaning))
        text.append(_table(("key", "type", "default", "meaning"), rows))
    return "\n".join(text)


def _from_reference(meaning: str) -> str:
    """Return text of a page in docs/ with its links as they are from reference/."""
    meaning = re.sub(r"\]\((?=#)", "](../workflows.md", meaning)
    meaning = re.sub(r"\]\(\.\./", "](../repository/", meaning)
    return re.sub(r"\]\((?!\.\./|[a-z]+:)", "](../", meaning)


def _type_of(field: FieldInfo) -> str:
    bounds = {"Ge": "at least", "Gt": "above", "Le": "at most", "Lt": "below", "MinLen": "at least"}
    named = [
        f"{bounds[type(rule).__name__]} {next(iter(vars_of(rule).values()))}"
        for rule in field.metadata
        if type(rule).__name__ in bounds
    ]
    return ", ".join([_in_words(field.annotation), *named]).replace("text, at least 1", "text, not empty")


def vars_of(rule: Any) -> dict[str, Any]:
    """Return the values of a bound such as `Ge(1)`."""
    return {name: getattr(rule, name) for name in rule.__dataclass_fields__}


_WORDS: dict[Any, str] = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "`true` or `false`",
    Path: "path",
    SecretStr: "text, never shown",
    date: "date",
    HttpUrl: "address",
    type(None): "",
}


def _in_words(annotation: Any) -> str:
    """Return a type as it is said of a TOML value: `list of text`."""
    if annotation in _WORDS:
        return _WORDS[annotation]
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _in_words(arguments[0])
    if origin is Literal:
        return " or ".join(f'`"{value}"`' if isinstance(value, str) else f"`{value}`" for value in arguments)
    if origin in (Union, types.UnionType):
        words = dict.fromkeys(word for word in map(_in_words, arguments) if word)
        return " or ".join(words)
    if origin in (tuple, list, frozenset, set):
        return f"list of {_in_words(arguments[0])}s"
    if origin is dict:
        return f"table of {_in_words(arguments[1])}s"
    return "table"


def _setting_default(field: FieldInfo, in_words: str) -> str:
    """Return a default as TOML, or in the words of docs/workflows.md where it is no plain value."""
    if isinstance(field.default, BaseModel):
        return "see its section"
    if field.is_required():
        return in_words or "must be given"
    if field.default_factory is not None or field.default in (None, (), {}):
        return in_words or "not given"
    return f"`{_toml(field.default)}`"


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple | set | frozenset):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_toml(item)}" for key, item in value.items()) + " }" if value else "{}"
    return f'"{value}"' if isinstance(value, str | Path) else str(value)


# Tables


def tables() -> str:
    """Return the page of the columns of all tables."""
    text = [
        "# Tables\n",
        "Everything that a run stores is Parquet. The result tables are in `results/` of the run folder: read these. "
        "The tables of the stages are in `shards/<stage>/` and are for those who work on bioweft.\n",
        "Offsets are code points into the text of the document, from 0; the end is the first one after. Sentences are "
        "numbered from 0 within their document. In a DataFrame of [`open_run`](python.md) the columns `rank`, `flags` "
        "and `keys` are called `place`, `document_flags` and `name_keys`.\n",
    ]
    for name, schema in meanings.TABLES.items():
        text.append(f"## `{name}`\n\n{meanings.OF_TABLES[name]}\n")
        rows = [(f"`{field.name}`", _arrow(field.type), meanings.of(name, field.name)) for field in schema]
        text.append(_table(("column", "type", "meaning"), rows))
    return "\n".join(text)


def _arrow(kind: pa.DataType) -> str:
    if pa.types.is_list(kind):
        return f"list of {_arrow(kind.value_type)}"
    if pa.types.is_struct(kind):
        return "(" + ", ".join(f"{field.name}: {_arrow(field.type)}" for field in kind) + ")"
    return str(kind).replace("string", "text").replace("float", "float32").replace("double", "float64")


# Python

RETURNED = ("bioweft.opened.Run", "bioweft.annotator.Annotator", "bioweft.analyse.query.Answer")
"""The classes that the functions return and that are no records."""


def python() -> str:
    """Return the page of what `import bioweft` gives, which mkdocstrings fills from the docstrings."""
    functions, errors_, records = [], [], []
    for name in bioweft.__all__:
        thing = getattr(bioweft, name)
        if inspect.isclass(thing) and issubclass(thing, errors.BioweftError):
            errors_.append(f"bioweft.errors.{name}")
        elif inspect.isclass(thing):
            records.append(f"bioweft.records.{name}")
        elif callable(thing):
            functions.append(f"bioweft.{name}")
    text = ["# Python\n", "What is named here is what other programs may build on.\n", "## Functions\n"]
    text += [f"::: {name}\n" for name in functions]
    text += ["## What they return\n"]
    text += [f"::: {name}\n" for name in RETURNED]
    text += ["## Records\n", *(f"::: {name}\n" for name in records)]
    tree = inspect.cleandoc(errors.__doc__ or "").split("\n\n")[1]
    text += ["## Errors\n", f"```text\n{inspect.cleandoc(tree)}\n```\n", *(f"::: {name}\n" for name in errors_)]
    return "\n".join(text)


# Markdown


def _cell(text: str) -> str:
    """Return text without what Markdown would take for mark-up."""
    return re.sub(r"([<>*_|\[\]])", r"\\\1", " ".join(text.split()))


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines) + "\n"
