"""`bioweft rank`: the rankings of a run, in any order."""

import sys
from dataclasses import asdict
from itertools import accumulate
from pathlib import Path

import click

from bioweft import shown
from bioweft.analyse.rankings import HEADER, ORDERS, Ranked, least_by, rank
from bioweft.analyse.reading import find
from bioweft.analyse.years import span

_FORMS_LENGTH = 32
"""The most characters of the strings that name a concept, on a terminal: a longer cell would be broken often."""


@click.command(epilog="Example: bioweft rank disease --by z --top 10 --in outputs/autophagy")
@click.argument("type_", metavar="[TYPE]", required=False)
@click.option("--in", "folder", metavar="RUN", help="The run folder; by default the newest run in outputs/.")
@click.option("--by", type=click.Choice(ORDERS), default="documents", show_default=True, help="Order by this measure.")
@click.option(
    "--top",
    type=click.IntRange(min=1),
    default=20,
    show_default=True,
    help="The maximum number of concepts of each type.",
)
@click.option(
    "--least",
    type=click.IntRange(min=1),
    metavar="N",
    help=f"Only concepts in at least N documents; by default {least_by('trend')} with --by trend or log_odds, else 1.",
)
@click.option(
    "--background", type=click.Path(path_type=Path), metavar="RUN", help="Compare with this run or file of counts."
)
@click.option("--people/--no-people", default=True, help="Include people in the ranking of species (default on).")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(
    type_: str | None,
    folder: str | None,
    by: str,
    top: int,
    least: int | None,
    background: Path | None,
    people: bool,
    as_json: bool,
) -> None:
    """Print the rankings of TYPE, or of all types in turn.

    share is of all documents; log_odds and z say how much more is written of a concept here than in the background;
    trend is the growth of its share a year.
    """
    run = find(folder)
    ranked = rank(run, type=type_, by=by, top=top, least=least, background=background, people=people)
    if as_json:
        click.echo(shown.as_json([asdict(entry) for entry in ranked]))
    elif sys.stdout.isatty():
        _show(ranked, by)
        if folder is None:
            click.echo(f"From {shown.visible(run.path)}, the newest run; --in asks another.")
    else:
        click.echo(HEADER + "".join(entry.line() for entry in ranked), nl=False)


def _other_forms(entry: Ranked) -> list[str]:
    """Return the most frequent strings that name a concept, but for its preferred name, as far as a cell has room."""
    forms = [form for form in entry.forms if form.casefold() != entry.name.casefold()]
    lengths = accumulate(map(len, forms))
    return [form for form, length in zip(forms, lengths, strict=True) if length <= _FORMS_LENGTH]


def _show(ranked: list[Ranked], by: str) -> None:
    """Print rankings for a person to read: of the measures that few look at, only the one that orders them."""
    from bioweft.terminal import Listing, console

    measure = by if by in ("log_odds", "z", "trend") else "share"
    table = Listing()
    for column in ("type", "rank", "name", "CURIE", "documents", "mentions", "years", measure, "written"):
        number = column not in ("type", "name", "CURIE", "years", "written")
        table.add_column(column, justify="right" if number else "left", no_wrap=column not in ("name", "written"))
    previous_type = None
    for entry in ranked:
        value = getattr(entry, measure)
        table.add_row(
            "" if entry.type == previous_type else entry.type,
            str(entry.rank),
            entry.name,
            entry.concept,
            f"{entry.documents:,}",
            f"{entry.mentions:,}",
            span(entry.first_year, entry.last_year),
            "" if value is None else f"{value:.2%}" if measure == "share" else f"{value:.2f}",
            ", ".join(_other_forms(entry)),
        )
        previous_type = entry.type
    console().print(table)
