"""`bioweft doctor`: what is installed, found and missing, on one screen."""

import os
import platform
import re
import shutil
import sys
from importlib.metadata import EntryPoint, PackageNotFoundError, requires, version
from importlib.util import find_spec
from pathlib import Path

import click

from bioweft import resources, shown
from bioweft.cli.exits import FAILED
from bioweft.link.adapters import own as linker_tools
from bioweft.tag.adapters import own as tagger_tools

_MIB, _GIB = 1024**2, 1024**3


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(as_json: bool) -> int:
    """Show what is installed and what is missing, and how to fix that. Exit code 1: something is missing."""
    facts, faults = examine()
    if as_json:
        click.echo(shown.as_json({"facts": facts, "faults": faults}))
    else:
        width = max(map(len, facts))
        for name, value in facts.items():
            click.echo(f"{name:<{width}}  {shown.visible(value)}")
        for fault in faults:
            click.echo(click.style(f"missing: {shown.visible(fault)}", fg="red"))
        if not faults:
            click.echo("Nothing is missing.")
    return FAILED if faults else 0


def examine() -> tuple[dict[str, str], list[str]]:
    """Return what is there, by name, and what is missing with how to mend it."""
    faults: list[str] = []
    facts = {"bioweft": version("bioweft"), "python": f"{platform.python_version()} on {platform.platform(terse=True)}"}
    libraries = []
    for name in _libraries():
        try:
            libraries.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            if name != "onnxruntime" or find_spec(name) is None:  # onnxruntime-gpu brings the same module
                faults.append(f"the library {name}: `pip install {name}`")
    facts["libraries"] = ", ".join(libraries)
    facts["processors"] = str(os.cpu_count())
    for name, path in resources.dictionaries().items():
        facts[f"dictionary {name}"] = _dictionary(path)
    if not resources.dictionaries():
        faults.append("the shipped dictionaries: install bioweft again, or `bioweft dictionary build --from FOLDER`")
    for name, folder in resources.models().items():
        facts[f"model {name}"] = _size(folder)
    for kind, installed in (("tagger", tagger_tools.installed()), ("linker", linker_tools.installed())):
        for name, entry in sorted(installed.items()):
            facts[f"{kind} {name}"] = _own_tool(kind, entry, faults)
    for folder in (resources.parser(), resources.relation_model()):
        facts[f"model {folder.name}"] = _size(folder) if folder.is_dir() else "none"
    if resources.DEFAULT_MODEL not in resources.models():
        faults.append(f"the shipped model {resources.DEFAULT_MODEL}: install bioweft again, or use `--tagger none`")
    background = resources.background()
    facts["background counts"] = str(background) if background.exists() else "none: log-odds stay empty"
    facts["workflows"] = ", ".join(resources.workflows()) or "none"
    cache = _cache()
    writable = os.access(cache if cache.exists() else next(p for p in cache.parents if p.exists()), os.W_OK)
    facts["cache"] = f"{cache}{'' if writable else ' (not writable: dictionaries are compiled anew by each command)'}"
    facts["free disk here"] = f"{shutil.disk_usage(Path.cwd()).free / _GIB:,.1f} GiB"
    for name in ("NCBI_EMAIL", "NCBI_API_KEY"):
        facts[name] = "set" if os.environ.get(name) else "not set (asked for by pubmed-query)"
    facts["terminal"] = "yes" if sys.stdout.isatty() else "no: tables are TSV"
    return facts, faults


def _own_tool(kind: str, entry: EntryPoint, faults: list[str]) -> str:
    """Return which package brings a tool of a user's own; one that cannot be imported is a fault."""
    package = f"{entry.dist.name} {entry.dist.version}" if entry.dist else "no package"
    try:
        entry.load()
    except Exception as error:  # it is the user's code
        faults.append(
            f"the {kind} {entry.name} of {package}: {entry.value} cannot be imported ({error}); mend or remove it"
        )
    return f"{entry.value}, of {package}"


def _libraries() -> list[str]:
    """Return what bioweft cannot do without, as its own metadata say."""
    needed = [line for line in requires("bioweft") or [] if "extra ==" not in line]
    return [re.split(r"[^\w.-]", line, maxsplit=1)[0] for line in needed]


def _dictionary(path: Path) -> str:
    import pyarrow.parquet as pq

    rows = pq.read_metadata(path).num_rows
    return f"{rows:,} concepts, {path.stat().st_size / _MIB:.1f} MiB"


def _size(folder: Path) -> str:
    return f"{sum(file.stat().st_size for file in folder.rglob('*') if file.is_file()) / _MIB:,.1f} MiB"


def _cache() -> Path:
    from platformdirs import user_cache_path

    return user_cache_path("bioweft")
