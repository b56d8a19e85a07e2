"""`bioweft tag`: text in, annotated text out."""

import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import IO, Any, Literal

import click
from pydantic import TypeAdapter

from bioweft.atomic import atomic
from bioweft.cli.exits import DONE_WITH_REJECTS
from bioweft.cli.tagging import (
    link_settings,
    linking_options,
    relation_options,
    tag_settings,
    tagging_options,
)
from bioweft.cli.wording import counted
from bioweft.errors import InputError, RunError, SettingsError, did_you_mean, nearest
from bioweft.export import ENDINGS, FILES, FORMATS, WITH_RELATIONS, Writer, html, type_names
from bioweft.link import prefer as preferences
from bioweft.link.registry import linking_dictionaries, open_linker
from bioweft.records import AnnotatedDocument, Document, Reject
from bioweft.relate.base import RelationModel
from bioweft.relate.registry import open_relation_model
from bioweft.relate.settings import DEFAULT, NONE, RelateSettings
from bioweft.shown import visible
from bioweft.sources import AnySource, Source, TableSource
from bioweft.sources.files import find
from bioweft.sources.sniff import SUFFIXES, sniff
from bioweft.store.run import disk_errors
from bioweft.tag.registry import open_tagger
from bioweft.text import sentences

_SHOWN = 5
_OTHER_FORMATS = (".xlsx", ".xls", ".csv", ".parquet", ".ann", ".pdf", ".docx", ".db", ".sqlite")
"""Endings of files that have a form of their own, which none of the formats here is."""
_STDIN, _TABLE, _TERMINAL = "stdin", "table", "terminal"
_NAMES = {"pubmed": "pubmed-files"}
_FROM = ("pubmed", "medline", "ris", "pubtator", "bioc", "brat", "jats", "jsonl", "table", "text")
_ANNOTATED = ("pubtator", "bioc", "jsonl", "brat")
"""Formats whose mentions can be kept."""


@click.command(epilog="Example: bioweft tag articles.xml --to html --output articles.html")
@click.argument("source", metavar="INPUT")
@click.option("--from", "form", type=click.Choice(_FROM), help="The format of the input; detected by default.")
@click.option(
    "--to",
    "target",
    help=f"The format of the output: {', '.join([*FORMATS, *FILES])}. By default the ending of --output decides, "
    "else it is tsv, or a table on a terminal.",
)
@click.option(
    "--output", type=click.Path(path_type=Path), help="Where to write: a file, or a folder for brat; by default stdout."
)
@click.option(
    "--type-names",
    "naming",
    type=click.Choice(list(type_names.CHOICES)),
    default="bioweft",
    show_default=True,
    help="How types are named in the output: gene and cell_line, or Gene and CellLine.",
)
@click.option(
    "--column", "columns", multiple=True, metavar="FIELD=NAME",
    help="The column that holds a field of a table (title=Heading); can be repeated.",
)  # fmt: skip
@click.option(
    "--mentions",
    type=click.Choice(["tag", "keep"]),
    default="tag",
    show_default=True,
    help=f"Tag the text, or keep the mentions that come with it ({', '.join(_ANNOTATED)}).",
)
@tagging_options
@linking_options
@relation_options
@click.option("--quiet", is_flag=True, help="Do not list what could not be read.")
def command(
    source: str,
    form: str | None,
    target: str | None,
    output: Path | None,
    naming: str,
    columns: tuple[str, ...],
    mentions: str,
    linker: str,
    genes: str | None,
    threshold: float | None,
    prefer: dict[str, str],
    with_relations: bool | None,
    relation_model: str,
    quiet: bool,
    **tagging: Any,
) -> int:
    """Annotate a file, a folder or standard input (INPUT `-`).

    The output has every document of the input, with the offsets of the input. Exit code 3: done, but some records could
    not be read; they are listed on stderr.
    """
    form_of_output = _target(target, output)
    _check_place(form_of_output, output)
    names = _columns(columns, form)
    keep = mentions == "keep"
    settings = tag_settings(**tagging)
    tagger = None if keep else open_tagger(settings)
    linking = link_settings(linker=linker, genes=genes, threshold=threshold, prefer=prefer)
    chosen = None if keep else open_linker(linking, settings.dictionaries)
    model = _relation_model(with_relations, relation_model, form_of_output, settings.device)
    if model is not None and chosen is None and not keep:  # without identifiers nothing can be related
        if with_relations:
            raise SettingsError("--relations are between identifiers, and --linker none gives none")
        model = None
    dictionaries = linking_dictionaries(linking, settings.dictionaries)
    curies = preferences.preferred(dictionaries, prefer) if keep else {}
    on_terminal = target is None and output is None and sys.stdout.isatty()
    writer = _writer(_TERMINAL if on_terminal else form_of_output, dictionaries, prefer)
    rejects: list[Reject] = []
    with _spooled() if source == "-" else nullcontext(source) as path:
        documents = _documents(path, form, names, rejects, keep=keep)
        split = (replace(a, sentences=sentences.of_document(a.document)) for a in documents)
        tagged = (preferences.relinked(a, curies) for a in split) if tagger is None else tagger.tag(split)
        linked = tagged if chosen is None else chosen.link(tagged)
        annotated = _begun(linked if model is None else model.relate(linked))
        _write(type_names.renamed(annotated, type_names.CHOICES[naming]), form_of_output, output, writer)
    if rejects and not quiet:
        for reject in rejects[:_SHOWN]:
            where = _STDIN if source == "-" else reject.source
            click.echo(visible(f"{where}, {reject.position}: {reject.reason}"), err=True)
        click.echo(f"{counted(len(rejects), 'record')} could not be read", err=True)
    return DONE_WITH_REJECTS if rejects else 0


def _relation_model(
    wanted: bool | None, name: str, form: str, device: Literal["cpu", "cuda"] | None
) -> RelationModel | None:
    """Return the model that says how concepts are related, or None where that is not to be said."""
    if wanted and form not in WITH_RELATIONS:
        raise SettingsError(f"{form} has no room for relations; --relations is for {', '.join(WITH_RELATIONS)}")
    if wanted is False or form not in WITH_RELATIONS:
        return None
    named = DEFAULT if wanted and name == NONE else name
    return open_relation_model(RelateSettings(model=named, device=device))


def _writer(form: str, dictionaries: Sequence[str | Path], prefer: Mapping[str, str]) -> Writer:
    """Return the writer of a format; those for people to read are told the names of concepts."""
    for_people: dict[str, Callable[..., None]] = {"html": html.write, _TERMINAL: _show}
    if form not in for_people:
        return FORMATS.get(form, FORMATS["tsv"])
    return partial(for_people[form], names=preferences.names(dictionaries, prefer))


def _show(documents: Iterable[AnnotatedDocument], stream: IO[str], *, names: Mapping[str, str]) -> None:
    """Print a table of the mentions of each document for a person to read."""
    from bioweft.terminal import Listing, console, styled

    terminal = console(file=stream)
    for annotated in documents:
        terminal.print(styled(annotated.document.id, "bold"))
        table = Listing()
        for column in ("text", "type", "CURIE", "name", "score", "reason"):
            table.add_column(
                column, justify="right" if column == "score" else "left", no_wrap=column in ("type", "CURIE", "score")
            )
        for mention, links in annotated.linked():
            text = " ".join(mention.text.split())
            for link in links:
                cells = link.concept, names.get(link.concept, ""), f"{link.score:.2f}", link.reason
                table.add_row(text, mention.type, *cells)
            if not links:
                table.add_row(text, mention.type, "", "", "", "no identifier")
        terminal.print(table if table.row_count else "no mentions")


def _check_place(form: str, output: Path | None) -> None:
    """See that the output can be a file, or of brat a folder."""
    if output is None and form in FILES:
        raise SettingsError(
            f"{form} cannot be written to stdout; name {'a folder' if form == 'brat' else 'a file'} with --output"
        )
    if output is not None and output.exists() and output.is_dir() != (form == "brat"):
        what = "is a file, and brat is a folder of files" if form == "brat" else "is a folder"
        raise SettingsError(f"{output} {what}; name another with --output")


def _write(documents: Iterable[AnnotatedDocument], form: str, output: Path | None, writer: Writer) -> None:
    """Write documents in a format to where they are wanted."""
    if output is not None and form in FILES:
        _make_folder(output.parent)
        with disk_errors(output):
            FILES[form](documents, output)
        return
    with _written(output) as stream:
        writer(documents, stream)


@contextmanager
def _written(output: Path | None) -> Iterator[IO[str]]:
    """Give a stream to write to; a file is there whole or not at all, a device or a pipe stays what it is."""
    if output is None:
        with disk_errors(Path("stdout")):
            yield sys.stdout
            sys.stdout.flush()
        return
    _make_folder(output.parent)
    in_place = output.exists() and not output.is_file()
    with (
        disk_errors(output),
        nullcontext(output) if in_place else atomic(output) as path,
        path.open("w", encoding="utf-8", newline="\n") as stream,
    ):
        yield stream


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunError(f"cannot make the folder {folder}: {error.strerror}; choose another with --output") from error


def _target(target: str | None, output: Path | None) -> str:
    names = [*FORMATS, *FILES]
    ending = output.suffix.lower() if output and not target else ""
    if ending in _OTHER_FORMATS:
        raise SettingsError(f"bioweft does not write {ending} files; name a format with --to: {', '.join(names)}")
    name = target or ENDINGS.get(ending, "tsv")
    if name not in names:
        raise SettingsError(f"no format {name!r}{did_you_mean(nearest(name, names))}; there are: {', '.join(names)}")
    return name


def _columns(columns: tuple[str, ...], form: str | None) -> dict[str, str]:
    """Return the names of columns by the field that they hold."""
    names = {}
    for field, separator, name in (column.partition("=") for column in columns):
        if not separator or field not in TableSource.reading:
            raise SettingsError(
                f"--column takes FIELD=NAME, for example --column title=Heading; no field {field!r}"
                f"{did_you_mean(nearest(field, TableSource.reading))}, there are: {', '.join(TableSource.reading)}"
            )
        names[field] = name
    if names and form not in (None, _TABLE):
        raise SettingsError(f"--column is for tables, and --from says that the input is {form}")
    return names


@contextmanager
def _spooled() -> Iterator[str]:
    """Put what comes through the pipe into a file, as sources read files; errors call it by its name."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / _STDIN
        with path.open("wb") as file:
            shutil.copyfileobj(sys.stdin.buffer, file)
        try:
            yield str(path)
        except (InputError, SettingsError) as error:
            raise type(error)(str(error).replace(str(path), _STDIN)) from error


def _begun(linked: Iterator[AnnotatedDocument]) -> Iterator[AnnotatedDocument]:
    """Make the first document before anything is written: what is wrong with dictionary, model or input shows there."""
    return chain(list(islice(linked, 1)), linked)


def _documents(
    path: str, form: str | None, columns: dict[str, str], rejects: list[Reject], *, keep: bool = False
) -> Iterator[AnnotatedDocument]:
    """Yield the documents of the input, with the mentions that they came with where these are kept.

    Of a folder or a pattern, a file that cannot be used is a reject like a bad record; by itself it is an error.
    """
    unusable = None if Path(path).is_file() else rejects
    try:
        for source in _sources(path, form, columns, unusable, keep=keep):
            for item in source.inputs(Path()):
                try:
                    for record in source.read(item):
                        if isinstance(record, AnnotatedDocument):
                            yield record
                        elif isinstance(record, Document):
                            yield AnnotatedDocument(record)
                        elif isinstance(record, Reject):
                            rejects.append(record)
                except InputError as error:
                    if unusable is None:
                        raise
                    unusable.append(_unusable(item.path, error))
    except OSError as error:  # else it would be told as an error of the output
        raise InputError(f"{error.filename or path} cannot be read: {error.strerror or error}") from error


def _unusable(path: Path, error: InputError) -> Reject:
    """Return the reject of a file that cannot be used; its name, with which the message may begin, is said once."""
    return Reject(str(path), "file", str(error).removeprefix(f"{path} "))


def _sources(
    path: str, form: str | None, columns: dict[str, str], unusable: list[Reject] | None, *, keep: bool
) -> Iterator[Source]:
    """Yield a source for the input, or one for each of its files where they must be told apart.

    A file of which the format cannot be told goes to `unusable` where that is given.
    """
    adapter: TypeAdapter[Source] = TypeAdapter(AnySource)

    def source(kind: str, path: str) -> Source:
        if keep and kind not in _ANNOTATED:
            raise SettingsError(
                f"{path} is {kind}, which has no mentions to keep; --mentions keep is for {', '.join(_ANNOTATED)}"
            )
        settings = columns if kind == _TABLE else {"mentions": "keep"} if keep else {}
        return adapter.validate_python({"kind": kind, "path": path, **settings})

    if form is not None:
        yield source(_NAMES.get(form, form), path)
        return
    for file in find(path, suffixes=(*SUFFIXES, ".ann") if keep else SUFFIXES, recursive=True):
        annotations = file.with_suffix(".ann")
        if not (keep and file.suffix == ".txt" and annotations.exists()):
            try:
                kind = sniff(file)
            except InputError as error:
                if unusable is None:
                    raise
                unusable.append(_unusable(file, error))
                continue
            yield source(kind, str(file))
        elif not Path(path).is_dir():  # of a folder, the annotations are read themselves
            yield source("brat", str(annotations))
