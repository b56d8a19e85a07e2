"""`bioweft dictionary`: list, show, check and build dictionaries."""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bioweft import shown
from bioweft.analyse import tsv
from bioweft.cli.exits import FAILED
from bioweft.cli.groups import Group
from bioweft.cli.wording import counted
from bioweft.errors import NotFoundError

if TYPE_CHECKING:
    import pyarrow as pa

    from bioweft.lexicon.user import Problem

_MOST_WARNINGS = 20
"""The most lines of a file that are said to be left out."""


@click.group(cls=Group)
def command() -> None:
    """List, show, check and build dictionaries."""


@command.command(
    epilog="Examples: bioweft dictionary build --from terminologies --output dictionaries; "
    "bioweft dictionary build --from mondo.obo --type disease --output mondo.parquet"
)
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option(
    "--from",
    "source",
    type=click.Path(exists=True, path_type=Path),
    required=True,
    help="A folder of terminology tables, or one file: .obo, .obo.gz, .owl, .json, .tsv or .txt.",
)
@click.option("--type", "type_", metavar="TYPE", help="The type of the concepts in a single file.")
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    required=True,
    help="The folder to write; for a single file, the .parquet file.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def build(names: tuple[str, ...], source: Path, type_: str | None, output: Path, as_json: bool) -> None:
    """Build the shipped dictionaries (all, or only each NAME), or one from a file of your own."""
    from bioweft.lexicon import build as builder

    if source.is_dir():
        if type_:
            raise click.UsageError(
                "--type is for a single file; from a folder the shipped dictionaries are built, by NAME"
            )
        built = []
        for summary in builder.build(names, terminologies=source, output=output):
            built.append(summary)
            click.echo(
                f"{shown.visible(summary.path)}: {summary.concepts:,} concepts, {summary.terms:,} terms", err=True
            )
    elif names or not type_:
        raise click.UsageError("a single file makes one dictionary: give its type with --type, and no NAME")
    else:
        built = [builder.build_from_file(source, type=type_, output=output)]
        _warn(source, built[0].problems)
    _print(
        ("name", "concepts", "terms", "bytes", "file"),
        [(summary.name, summary.concepts, summary.terms, summary.size, summary.path) for summary in built],
        as_json=as_json,
    )


@command.command(name="list", epilog="Example: bioweft dictionary list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_(as_json: bool) -> None:
    """List the dictionaries that come with bioweft."""
    from bioweft import resources
    from bioweft.lexicon.dictionary import summary

    summaries = [summary(path) for path in resources.dictionaries().values()]
    _print(
        ("name", "version", "concepts", "terms", "bytes", "made of"),
        [(info.name, info.version, info.concepts, info.terms, info.size, info.sources) for info in summaries],
        as_json=as_json,
    )


@command.command(epilog="Example: bioweft dictionary show aspirin; bioweft dictionary show mesh:D001241")
@click.argument("name")
@click.option(
    "--in", "dictionaries", multiple=True, metavar="DICTIONARY", help="Only in this dictionary; can be repeated."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show(name: str, dictionaries: tuple[str, ...], as_json: bool) -> None:
    """Show the concepts that NAME, a CURIE or a term, stands for, with all their terms.

    If no term is written like NAME, the terms that the linker takes for the same name count: IL-6 for IL 6.
    """
    from bioweft import resources
    from bioweft.lexicon.dictionary import find_in
    from bioweft.lexicon.loading import load, path_of

    paths = [path_of(dictionary) for dictionary in dictionaries] or list(resources.dictionaries().values())
    tables = {path.stem: load(path) for path in paths}
    concepts = [(place, concept) for place, table in tables.items() for concept in find_in(table, name)]
    if not concepts:
        curies = _written_otherwise(paths, name)
        concepts = [(place, c) for curie in curies for place, table in tables.items() for c in find_in(table, curie)]
    if not concepts:
        raise NotFoundError(
            f"no concept is called {name!r} in {', '.join(tables)}; terms are looked up whole: "
            "try a synonym or a CURIE",
            suggestions=_suggestions(tables.values(), name),
        )
    if as_json:
        click.echo(shown.as_json([{"dictionary": place, **asdict(c)} for place, c in concepts]))
        return
    _print(
        ("dictionary", "curie", "type", "name", "status", "terms"),
        [
            (place, concept.id, concept.type, concept.name, status, " | ".join(terms))
            for place, concept in concepts
            for status, terms in _by_status(concept.terms)
        ],
        as_json=False,
    )


@command.command(epilog="Example: bioweft dictionary check my_terms.tsv")
@click.argument("file")
@click.option(
    "--against",
    multiple=True,
    metavar="DICTIONARY",
    help="Compare with this dictionary; by default with all shipped ones. Can be repeated.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def check(file: str, against: tuple[str, ...], as_json: bool) -> int:
    """Say what is wrong with FILE, and which of its terms are ambiguous, dangerous or never found.

    The exit code is 1 where there are errors.
    """
    from bioweft.lexicon.check import NEVER_FOUND
    from bioweft.lexicon.check import check as look

    findings = look(file, against=against or None)
    _print(
        ("severity", "kind", "line", "curie", "term", "what and how to mend it"),
        [
            (finding.severity, finding.kind, finding.line, finding.id, finding.term, finding.message)
            for finding in findings
        ],
        as_json=as_json,
    )
    counts = {
        severity: sum(finding.severity == severity for finding in findings)
        for severity in ("error", "ambiguous", "dangerous", NEVER_FOUND)
    }
    errors = counted(counts.pop("error"), "error")
    numbers = ", ".join(f"{count} {severity}" for severity, count in counts.items())
    click.echo(f"{shown.visible(file)}: {errors}, {numbers}", err=True)
    return FAILED if any(finding.severity == "error" for finding in findings) else 0


def _warn(source: Path, problems: Sequence["Problem"]) -> None:
    """Say which lines of a file were left out."""
    for problem in problems[:_MOST_WARNINGS]:
        click.echo(shown.visible(f"warning: {source}, line {problem.line}: {problem.message}"), err=True)
    if len(problems) > _MOST_WARNINGS:
        click.echo(f"warning: {source}: {len(problems) - _MOST_WARNINGS:,} more lines like these", err=True)


def _written_otherwise(paths: Sequence[Path], name: str) -> list[str]:
    """Return the CURIEs of the concepts with a term that is the same name as the linker sees it."""
    from bioweft.link.index import open_index
    from bioweft.link.keys import keys_of

    index = open_index(paths)
    numbers = dict.fromkeys(int(index.concept[term]) for _, term in index.by_key(keys_of([name])))
    return [index.ids[number].as_py() for number in numbers]


def _suggestions(tables: Iterable["pa.Table"], name: str) -> list[str]:
    """Return the terms that a name may have meant: those like it, of concepts that PubMed writes of often first."""
    import duckdb

    from bioweft.analyse import background, likeness
    from bioweft.lexicon.dictionary import terms_of_length

    lengths = [length for length in range(1, 4 * len(name) + 4) if likeness.is_near(len(name), length)]
    with duckdb.connect() as connection:
        background.register(connection, None)
        documents = dict(connection.sql("SELECT concept, documents FROM background").fetchall())
    terms = [
        (term, concept, documents.get(concept, 0), term == preferred)
        for table in tables
        for term, concept, preferred in terms_of_length(table, min(lengths), max(lengths))
    ]
    return likeness.suggestions(name, terms)


def _by_status(terms: Iterable[Any]) -> list[tuple[str, list[str]]]:
    texts: dict[str, list[str]] = {}
    for term in terms:
        texts.setdefault(term.status, []).append(term.text)
    return list(texts.items())


def _print(columns: Sequence[str], rows: Sequence[Sequence[object]], *, as_json: bool) -> None:
    """Print rows as JSON, as a table on a terminal, as TSV in a pipe."""
    if as_json:
        records = [dict(zip(columns, row, strict=True)) for row in rows]
        click.echo(shown.as_json(records))
    elif sys.stdout.isatty():
        from bioweft.terminal import Listing, console

        table = Listing()
        for place, column in enumerate(columns):
            number = all(isinstance(row[place], int) for row in rows) and bool(rows)
            table.add_column(column, justify="right" if number else "left", no_wrap=place < 2)
        for row in rows:
            table.add_row(*(f"{cell:,}" if isinstance(cell, int) else str(cell or "") for cell in row))
        console().print(table)
    else:
        click.echo("".join(map(tsv.line, (columns, *rows))), nl=False)
