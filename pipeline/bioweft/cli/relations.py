"""`bioweft relations`: what the texts of a run say of concepts."""

import sys
from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from bioweft import shown
from bioweft.analyse import tsv
from bioweft.analyse.query import ask_relations
from bioweft.analyse.reading import find
from bioweft.analyse.relations import COLUMNS, Statement, Triple
from bioweft.analyse.years import span
from bioweft.cli.wording import counted

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

STATEMENT = ("says", "document", "year", "journal", "flags", "sentence_probability", "sentence")
"""The columns of a statement, after those of its triple."""


@click.command(
    epilog="Example: bioweft relations --subject aspirin --object-type disease --in outputs/mine. In a pipe it is TSV, "
    "a line a sentence: at most one that says a triple and one that denies it"
)
@click.option("--in", "folder", metavar="RUN", help="The run folder; by default the newest run in outputs/.")
@click.option("--subject", metavar="NAME", help="Only with this subject: a name, synonym or CURIE.")
@click.option("--predicate", metavar="PREDICATE", help="Only this predicate: biolink:affects, or affects.")
@click.option("--object", "object_", metavar="NAME", help="Only with this object: a name, synonym or CURIE.")
@click.option("--object-type", metavar="TYPE", help="Only with objects of this type.")
@click.option("--least-probability", type=click.FloatRange(0, 1), default=0.0, metavar="P",
              help="Only relations that documents say with at least this probability.")  # fmt: skip
@click.option("--negated/--no-negated", default=None, help="Only what a document denies, or only what none does.")
@click.option(
    "--limit", type=click.IntRange(min=1), default=20, show_default=True, help="The maximum number of triples."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(
    folder: str | None,
    subject: str | None,
    predicate: str | None,
    object_: str | None,
    object_type: str | None,
    least_probability: float,
    negated: bool | None,
    limit: int,
    as_json: bool,
) -> None:
    """Show what texts say about concepts: subject, predicate, object, with the best sentence for and against.

    Triples in most documents come first. The probability counts each document once: p of a document is the highest of
    its sentences, and over documents it is 1 - (1 - p1)(1 - p2)…; denials and retracted documents are counted apart.
    """
    run = find(folder)
    triples = ask_relations(
        run,
        subject=subject,
        predicate=predicate,
        object=object_,
        object_type=object_type,
        least_probability=least_probability,
        negated=negated,
        limit=limit,
    )
    if as_json:
        click.echo(shown.as_json([asdict(triple) for triple in triples]))
    elif sys.stdout.isatty():
        from bioweft.terminal import console as terminal

        console = terminal()
        show(triples, console)
        if not triples:
            console.print("No such relation.")
        if folder is None:
            console.print(f"From {run.path}, the newest run; --in asks another.", style="dim")
    else:
        click.echo(tsv.line((*COLUMNS, *STATEMENT)) + "".join(map(tsv.line, rows(triples))), nl=False)


def rows(triples: Iterable[Triple]) -> list[tuple[object, ...]]:
    """Return a row for each statement of triples: the triple, then what the statement says, where, and how surely."""
    return [
        (*(getattr(triple, column) for column in COLUMNS), *_cells(statement))
        for triple in triples
        for statement in triple.evidence
    ]


def _cells(s: Statement) -> tuple[object, ...]:
    return _says(s), s.document, s.year, s.journal, ",".join(s.flags), s.probability, s.highlighted()


def _says(statement: Statement) -> str:
    """Return `yes`, `no`, `maybe` or `maybe not`."""
    if statement.speculative:
        return "maybe not" if statement.negated else "maybe"
    return "no" if statement.negated else "yes"


def show(triples: Iterable[Triple], console: "Console") -> None:
    """Print triples for a person to read, each with its sentences."""
    for triple in triples:
        console.print(_headline(triple))
        for statement in triple.evidence:
            console.print(_sentence(statement))


def _headline(triple: Triple) -> "Text":
    from bioweft.terminal import styled

    text = styled("").append_text(styled(triple.subject_name, "bold"))
    text.append_text(styled(f" {triple.phrase} ", "green")).append_text(styled(triple.object_name, "bold"))
    years = span(triple.first_year, triple.last_year)
    said = f"{triple.probability:.2f}, {counted(triple.documents, 'document')}" if triple.documents else "said by none"
    facts = [
        said + (f", {years}" if years else ""),
        f"{triple.speculative:,} of them as a guess" if triple.speculative else "",
        f"denied by {counted(triple.negated, 'document')}" if triple.negated else "",
        counted(triple.retracted, "retracted document") if triple.retracted else "",
    ]
    text.append(f"  {'; '.join(filter(None, facts))}")
    return text.append_text(styled(f"  {triple.subject} {triple.object}", "dim"))


def _sentence(statement: Statement) -> "Text":
    from bioweft.terminal import marked, styled

    about = [statement.document, *(str(field) for field in (statement.year, statement.journal) if field is not None)]
    text = styled("  ").append_text(styled(", ".join(about), "cyan")).append(f" {statement.probability:.2f}")
    words = {"no": "denied", "maybe": "a guess", "maybe not": "denied as a guess"}
    if (says := _says(statement)) in words:
        text.append(f" [{words[says]}]", style="bold magenta")
    if statement.flags:
        text.append_text(styled(f" [{', '.join(statement.flags)}]", "bold red"))
    marks = [(*place, "bold yellow") for place in statement.spans]
    if statement.cue:
        marks.append((*statement.cue, "underline magenta"))
    return text.append("\n    ").append_text(marked(statement.text, *marks))
