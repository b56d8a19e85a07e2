"""`bioweft tag`: text in, annotated text out."""

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click
from pydantic import TypeAdapter

from bioweft.cli.tagging import tagger_of, tagging_options
from bioweft.errors import FormatError, RunError, did_you_mean, nearest
from bioweft.export import ENDINGS, FORMATS, Tagged
from bioweft.records import Document, Reject
from bioweft.sources import AnySource, Source
from bioweft.sources.files import find
from bioweft.sources.sniff import sniff
from bioweft.store.run import atomic, disk_errors

DONE_WITH_REJECTS = 3
_SHOWN = 5
_NAMES = {"pubmed": "pubmed-files"}
_FROM = ("pubmed", "pubtator", "bioc", "jats", "table", "text")


@click.command(epilog="Example: bioweft tag articles.xml --to html --output articles.html")
@click.argument("source", metavar="INPUT")
@click.option("--from", "form", type=click.Choice(_FROM), help="Format of the input; told from it by default.")
@click.option("--to", "target", help=f"Format of the output: {', '.join(FORMATS)}; by the output's ending, else tsv.")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Where to write; stdout by default.")
@tagging_options
@click.option("--quiet", is_flag=True, help="Do not list what could not be read.")
def command(source: str, form: str | None, target: str | None, output: Path | None, quiet: bool, **tagging: Any) -> int:
    """Annotate a file, a folder or what comes through a pipe (INPUT `-`).

    Every document of the input is in the output, with offsets of the input. Exit code 3: done, but some records could
    not be read; they are listed on stderr.
    """
    writer = FORMATS[_target(target, output)]
    tagger = tagger_of(**tagging)
    rejects: list[Reject] = []
    with ExitStack() as stack:
        if source == "-":
            source = str(_spooled(stack))
        tagged = _tagged(source, form, tagger, rejects)
        if output is None:
            writer(tagged, sys.stdout)
        else:
            _make_folder(output.parent)
            with disk_errors(output), atomic(output) as part, part.open("w", encoding="utf-8", newline="\n") as stream:
                writer(tagged, stream)
    if rejects and not quiet:
        for reject in rejects[:_SHOWN]:
            click.echo(f"{reject.source}, {reject.position}: {reject.reason}", err=True)
        click.echo(f"{len(rejects):,} records could not be read", err=True)
    return DONE_WITH_REJECTS if rejects else 0


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunError(f"cannot make the folder {folder}: {error.strerror}; choose another with --output") from error


def _target(target: str | None, output: Path | None) -> str:
    name = target or (ENDINGS.get(output.suffix.lower(), "tsv") if output else "tsv")
    if name not in FORMATS:
        raise FormatError(f"no format {name!r}{did_you_mean(nearest(name, FORMATS))}; there are: {', '.join(FORMATS)}")
    return name


def _spooled(stack: ExitStack) -> Path:
    """Put what comes through the pipe into a file, as sources read files."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    with (folder / "stdin").open("wb") as file:
        shutil.copyfileobj(sys.stdin.buffer, file)
    return folder / "stdin"


def _tagged(path: str, form: str | None, tagger: Any, rejects: list[Reject]) -> Iterator[Tagged]:
    """Yield the documents of all inputs in order, with their mentions."""
    waiting: list[Document] = []
    for document in _documents(path, form, rejects):
        waiting.append(document)
        if len(waiting) == 64:
            yield from zip(waiting, tagger.tag(waiting), strict=True)
            waiting = []
    yield from zip(waiting, tagger.tag(waiting), strict=True)


def _documents(path: str, form: str | None, rejects: list[Reject]) -> Iterator[Document]:
    for source in _sources(path, form):
        for item in source.inputs(Path()):
            for record in source.read(item):
                if isinstance(record, Document):
                    yield record
                elif isinstance(record, Reject):
                    rejects.append(record)


def _sources(path: str, form: str | None) -> Iterator[Source]:
    """Yield a source for the input, or one for each of its files where they must be told apart."""
    adapter: TypeAdapter[Source] = TypeAdapter(AnySource)
    if form is not None:
        yield adapter.validate_python({"kind": _NAMES.get(form, form), "path": path})
        return
    suffixes = [".xml", ".nxml", ".json", ".jsonl", ".csv", ".tsv", ".txt", ".pubtator"]
    for file in find(path, suffixes=suffixes, recursive=True):
        yield adapter.validate_python({"kind": sniff(file), "path": str(file)})
