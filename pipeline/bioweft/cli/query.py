"""`bioweft query`: what a run knows of a name."""

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from bioweft import shown
from bioweft.analyse import tsv
from bioweft.analyse.evidence import Evidence
from bioweft.analyse.query import Answer, FoundConcept, ask
from bioweft.analyse.reading import find
from bioweft.analyse.years import span
from bioweft.cli import relations
from bioweft.cli.wording import counted

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

_BARS = "▁▂▃▄▅▆▇█"
_MOST_BARS = 60


@click.command(
    epilog="Example: bioweft query BECN1 --type disease --in outputs/autophagy. In a pipe every line begins with "
    "concept, homolog, form, relation, year, comention or sentence: bioweft query BECN1 | grep ^sentence"
)
@click.argument("name")
@click.option("--in", "folder", metavar="RUN", help="The run folder; by default the newest run in outputs/.")
@click.option("--with", "other", metavar="OTHER", help="What is said of both names, and sentences that contain both.")
@click.option("--type", "type_", metavar="TYPE", help="Only co-mentions of this type.")
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=5,
    show_default=True,
    help="The maximum number of sentences, and of co-mentions of each type.",
)
@click.option("--homologs", is_flag=True, help="Treat the homologous genes of all species as one.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(
    name: str, folder: str | None, other: str | None, type_: str | None, limit: int, homologs: bool, as_json: bool
) -> None:
    """Show what a run knows about NAME: a name, a synonym, a CURIE, or what the texts call it.

    The answer has documents by year, what texts say of NAME and OTHER, concepts in the same documents (co-mentions),
    and sentences, the newest first. Co-mentions are ordered by documents times NPMI, so that neither the commonest
    concepts nor those that occur once come first.
    """
    run = find(folder)
    answer = ask(run, name, other=other, type=type_, limit=limit, homologs=homologs)
    if as_json:
        click.echo(shown.as_json(asdict(answer)))
    elif sys.stdout.isatty():
        from bioweft.terminal import console as terminal

        console = terminal()
        show(answer, console)
        if folder is None:
            console.print(f"From {run.path}, the newest run; --in asks another.", style="dim")
    else:
        click.echo("".join(map(tsv.line, rows(answer))), nl=False)


def rows(answer: Answer) -> list[tuple[object, ...]]:
    """Return the lines of an answer in a pipe; the first value of each says what it is."""
    concepts = [answer.concept, *([answer.other] if answer.other else [])]
    return [
        *(("concept", *_cells(concept)) for concept in concepts),
        *(("homolog", *_cells(concept)) for concept in answer.homologs),
        *(("form", form.text, form.mentions) for form in answer.concept.forms),
        *(("relation", *row) for row in relations.rows(answer.relations)),
        *(("year", year, documents) for year, documents in answer.years),
        *(
            ("comention", c.id, c.name, c.type, c.documents, c.sentences, c.npmi_documents, c.npmi_sentences)
            for comentions in answer.comentions.values()
            for c in comentions
        ),
        *(("sentence", e.document, e.year, e.journal, ",".join(e.flags), e.highlighted()) for e in answer.sentences),
    ]


def _cells(concept: FoundConcept) -> tuple[object, ...]:
    counts = concept.documents, concept.mentions, concept.first_year, concept.last_year
    return concept.id, concept.name, concept.type, *counts


def show(answer: Answer, console: "Console") -> None:
    """Print an answer for a person to read."""
    from bioweft.terminal import Listing

    _show_concept(answer.concept, console)
    for homolog in answer.homologs:
        _show_concept(homolog, console)
    if answer.other:
        _show_concept(answer.other, console)
    if answer.same_name:
        namesakes = ", ".join(f"{concept.name} ({concept.id}, {concept.type})" for concept in answer.same_name)
        console.print(f"Also called this: {namesakes}", style="dim")
    relations.show(answer.relations, console)
    if answer.years:
        console.print(f"Documents by year: {sparkline(answer.years)}")
    if answer.comentions:
        table = Listing("with", "CURIE", "name", "documents", "sentences", "NPMI", pad_edge=True)
        for column in table.columns[3:]:
            column.justify = "right"
        for type_, comentions in answer.comentions.items():
            for place, c in enumerate(comentions):
                npmi = round(c.npmi_documents, 2) + 0.0  # not -0.00
                numbers = f"{c.documents:,}", f"{c.sentences:,}", f"{npmi:.2f}"
                table.add_row("" if place else type_, c.id, c.name, *numbers)
        console.print(table)
    if answer.other and not answer.sentences:
        console.print("No sentence holds both.")
    for evidence in answer.sentences:
        console.print(_sentence(evidence))


def _show_concept(concept: FoundConcept, console: "Console") -> None:
    from bioweft.terminal import styled

    xrefs = f" = {', '.join(concept.xrefs)}" if concept.xrefs else ""
    taxon = f"; species {concept.taxon}" if concept.taxon else ""
    about = f"({concept.type}, {concept.id}{xrefs}{taxon})"
    console.print(styled(concept.name, "bold"), about, sep=" ")
    counts = [counted(concept.documents, "document"), counted(concept.mentions, "mention")]
    console.print(", ".join(filter(None, [*counts, span(concept.first_year, concept.last_year)])))
    if concept.forms:
        forms = ", ".join(f"{form.text} ({form.mentions:,})" for form in concept.forms)
        console.print(f"Written as: {forms}", style="dim")


def _sentence(evidence: Evidence) -> "Text":
    from bioweft.terminal import marked, styled

    about = [evidence.document, *(str(field) for field in (evidence.year, evidence.journal) if field is not None)]
    text = styled("").append_text(styled(", ".join(about), "cyan"))
    if evidence.flags:
        text.append_text(styled(f" [{', '.join(evidence.flags)}]", "bold red"))
    return text.append("\n  ").append_text(marked(evidence.text, *((*span, "bold yellow") for span in evidence.spans)))


def sparkline(years: list[tuple[int, int]]) -> str:
    """Return bars of documents from the first year to the last, at most `_MOST_BARS`, each of as many years as needed.

    A year without documents is a blank.
    """
    first, last = years[0][0], years[-1][0]
    width = -(-(last - first + 1) // _MOST_BARS)
    bars = [0] * ((last - first) // width + 1)
    for year, documents in years:
        bars[(year - first) // width] += documents
    most = max(bars)
    drawn = "".join(_BARS[(count * len(_BARS) - 1) // most] if count else " " for count in bars)
    width_note = f", {width} years a bar" if width > 1 else ""
    return f"{first} {drawn} {last} (most: {most:,}{width_note})"
