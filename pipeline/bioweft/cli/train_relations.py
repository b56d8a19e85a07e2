"""`bioweft train relations`: train the relation model."""

from pathlib import Path
from typing import Any

import click

from bioweft.cli.training import FOLDER, data_option, needs_train, output_option


@click.command(epilog="Example: bioweft train relations --data ../data --steps 3000 --output models/mine")
@data_option
@output_option
@click.option("--steps", type=click.IntRange(min=0), help="Batches to learn from; 5000 by default.")
@click.option("--minutes", type=click.FloatRange(0, min_open=True), help="Time to learn for, not --steps.")
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--batch", type=click.IntRange(min=1), help="Word pieces of a batch, with padding.")
@click.option("--rate", type=click.FloatRange(0, min_open=True), help="How fast the encoder learns.")
@click.option("--start", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="Weights to go on from: training/network.pt of an earlier output.")  # fmt: skip
@click.option("--encoder", type=FOLDER, help="The tagger whose encoder to begin from; the shipped one by default.")
@click.option("--parser", default="default", show_default=True, help="The parser: default, spacy:PACKAGE, a folder.")
@click.option("--without", multiple=True, metavar="CORPUS", help="Leave a corpus out; may be given again.")
@click.option("--graph/--no-graph", default=True, help="Convolve over the trees (default on).")
@click.option("--attention/--no-attention", default=True, help="Attend beside the trees (default on).")
def relations(
    data: Path, output: Path, steps: int | None, minutes: float | None, seed: int, batch: int | None,
    rate: float | None, start: Path | None, encoder: Path | None, parser: str, without: tuple[str, ...],
    graph: bool, attention: bool,
) -> None:  # fmt: skip
    """Train the relation model on all relation corpora; the same command again resumes."""
    if steps is not None and minutes is not None:
        raise click.UsageError("give --steps or --minutes, not both")
    with needs_train():
        from bioweft import resources
        from bioweft.relate.parser import open_parser
        from bioweft.train.relation_recipe import Sources, train_relations
        from bioweft.train.relations import RelationTrainingSettings

        length: dict[str, Any] = {"steps": 5_000 if steps is None and minutes is None else steps, "minutes": minutes}
        if batch:
            length["batch_pieces"] = batch
        settings = RelationTrainingSettings(**length, seed=seed)
        settings = settings.at(rate) if rate else settings
        sources = Sources(encoder or resources.models()[resources.DEFAULT_MODEL], open_parser(parser))
        scores = train_relations(
            data, settings, sources, output, without=without, start=start, graph=graph, attention=attention
        )
    figures = ", ".join(f"{corpus} {f1}" for corpus, f1 in scores.items())
    click.echo(f"{output} holds the model; F1 on development parts: {figures}", err=True)
