"""`bioweft train parser`: fine-tune the dependency parser."""

from pathlib import Path

import click

from bioweft.cli.training import data_option, needs_train, output_option


@click.command(epilog="Example: bioweft train parser --data ../data --epochs 6 --output models/mine")
@data_option
@output_option
@click.option("--start", metavar="PACKAGE|FOLDER", help="The spaCy pipeline to begin from, not en_core_web_sm.")
@click.option("--epochs", type=click.FloatRange(0, min_open=True), help="Passes over the treebanks; 6 by default.")
@click.option("--minutes", type=click.FloatRange(0, min_open=True), help="Time to learn for, not --epochs.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed gives the same weights.")
@click.option("--genia", is_flag=True, help="Learn from the trees of GENIA too, not from CRAFT's alone.")
def parser(
    data: Path, output: Path, start: str | None, epochs: float | None, minutes: float | None, seed: int, genia: bool
) -> None:
    """Fine-tune the tagger and dependency parser of a spaCy pipeline on biomedical treebanks."""
    if epochs is not None and minutes is not None:
        raise click.UsageError("give --epochs or --minutes, not both")
    with needs_train():
        from bioweft.train.parser import START, ParserSettings, train_parser

        settings = ParserSettings(epochs=epochs or ParserSettings().epochs, minutes=minutes, seed=seed)
        scores = train_parser(data, output, settings, start=start or START, genia=genia)
    click.echo(f"{output} holds the parser; CRAFT dev: {scores}", err=True)
