"""`bioweft model`: list, describe and fetch taggers."""

import sys
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import click

from bioweft import resources, shown
from bioweft.analyse import tsv
from bioweft.cli.groups import Group
from bioweft.errors import NotFoundError, nearest
from bioweft.tag import adapters
from bioweft.tag.adapters import own
from bioweft.tag.model import read_about

_README = "README.md"


@click.group(cls=Group)
def command() -> None:
    """List, describe and fetch taggers."""


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_(as_json: bool) -> None:
    """List the shipped models, the default one marked, and the taggers of installed packages."""
    rows: list[dict[str, Any]] = []
    for name, folder in resources.models().items():
        about = read_about(folder)
        rows.append(
            {
                "name": name,
                "default": name == resources.DEFAULT_MODEL,
                "types": sorted(set(about.types.values())),
                "mib": round(sum(file.stat().st_size for file in folder.iterdir()) / 2**20, 1),
                "about": about.about,
            }
        )
    rows += [
        {"name": name, "default": False, "types": [], "mib": None, "about": f"tagger of {_package(entry)}"}
        for name, entry in sorted(own.installed().items())
    ]
    if as_json:
        click.echo(shown.as_json(rows))
    elif sys.stdout.isatty():
        from bioweft.terminal import Listing, console

        table = Listing("name", "types", "MiB", "about")
        for row in rows:
            mark = " (default)" if row["default"] else ""
            table.add_row(f"{row['name']}{mark}", ", ".join(row["types"]), str(row["mib"] or ""), row["about"])
        console().print(table)
    else:
        cells = (
            (row["name"], row["default"], " ".join(row["types"]), str(row["mib"] or ""), row["about"]) for row in rows
        )
        click.echo("".join(map(tsv.line, (("name", "default", "types", "mib", "about"), *cells))), nl=False)


@command.command(epilog="Example: bioweft model info huner6")
@click.argument("model", default=resources.DEFAULT_MODEL)
def info(model: str) -> None:
    """Print the card of a shipped model or a model folder, and the guidelines that it knows.

    For a tagger of an installed package, print the package, its version and the class.
    """
    kind, _, argument = model.partition(":")
    if (entry := own.installed().get(kind)) is not None and model not in resources.models():
        click.echo(shown.visible(f"{model}: tagger of {_package(entry)}\nclass: {entry.value}"))
        click.echo(shown.visible(f"made with: {argument!r}" if argument else "made with: nothing"))
        return
    if kind in adapters.ADAPTERS and argument:
        click.echo(shown.visible(f"{model}: a model of {kind}; `bioweft model fetch {model}` brings it here"))
        return
    folder = resources.models().get(model, Path(model))
    if not folder.is_dir():
        names = [*resources.models(), *adapters.names()]
        raise NotFoundError(f"no model {model!r}; there are: {', '.join(names)}", suggestions=nearest(model, names))
    about = read_about(folder)
    click.echo(shown.visible(f"{about.name}: {about.about}\n{folder}"))
    click.echo(shown.visible(f"types: {', '.join(sorted(set(about.types.values())))}"))
    click.echo(shown.visible(f"guidelines: {', '.join(about.guidelines)}"))
    click.echo(f"dictionaries that it is shown: {', '.join(about.dictionaries) or 'none'}")
    if (folder / _README).exists():
        click.echo(f"\n{(folder / _README).read_text(encoding='utf-8')}", nl=False)


def _package(entry: EntryPoint) -> str:
    return f"{entry.dist.name} {entry.dist.version}" if entry.dist else entry.value


@command.command(epilog="Example: bioweft model fetch flair:hunflair2")
@click.argument("model")
def fetch(model: str) -> None:
    """Fetch a model of another library (flair:NAME, spacy:NAME, huggingface:NAME) over the network, once."""
    click.echo(f"{model}: {adapters.fetch(model)}")
