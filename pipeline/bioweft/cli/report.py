"""`bioweft report`: a run as one page to read, mail and print."""

from pathlib import Path

import click

from bioweft import shown
from bioweft.analyse.reading import find
from bioweft.report import report


@click.command(epilog="Example: bioweft report outputs/mine --output mine.html --plots figures")
@click.argument("folder", metavar="[RUN]", required=False)
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
              help="The page to write; by default RUN/report.html.")  # fmt: skip
@click.option(
    "--top", type=click.IntRange(1, 50), default=15, show_default=True, help="The number of concepts of each type."
)
@click.option("--relations", type=click.IntRange(1, 100), default=5, show_default=True, metavar="N",
              help="The number of relations between two types.")  # fmt: skip
@click.option("--least-probability", type=click.FloatRange(0, 1), default=0.0, metavar="P",
              help="Only relations that documents say with at least this probability.")  # fmt: skip
@click.option("--plots", "plots_folder", type=click.Path(file_okay=False, path_type=Path), metavar="DIR",
              help="Also put the plots into this folder, as PNG and SVG.")  # fmt: skip
def command(
    folder: str | None,
    output: Path | None,
    top: int,
    relations: int,
    least_probability: float,
    plots_folder: Path | None,
) -> None:
    """Write the report of RUN, by default the newest run: a page of HTML that needs no other file.

    It has what was read, rankings and trends, what occurs together, relations with their sentences, and a paragraph on
    methods with references.
    """
    file = report(
        find(folder),
        output,
        top=top,
        relations=relations,
        least_probability=least_probability,
        plots_folder=plots_folder,
    )
    click.echo(shown.visible(f"{file}  {file.stat().st_size:,} bytes"))
