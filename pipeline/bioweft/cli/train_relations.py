"""`bioweft train relations` and `pack-relations`: train the relation model."""

from pathlib import Path
from typing import Any

import click

from bioweft.cli.training import (
    DATA_HELP,
    FOLDER,
    OTHERS,
    data_option,
    needs_train,
    output_option,
    passes_by_corpus,
)  # fmt: skip

_parser_option = click.option(
    "--parser", default="default", show_default=True, help="The parser: default, spacy:PACKAGE or a folder."
)
_encoder_option = click.option(
    "--encoder", type=FOLDER, help="The tagger whose encoder to begin from; the shipped one by default."
)


@click.command(epilog="Example: bioweft train relations --data ../data --minutes 90 --output models/mine")
@click.option("--data", type=FOLDER, help=DATA_HELP)
@click.option("--packed", type=FOLDER, help="A folder that `pack-relations` wrote, in place of --data.")
@output_option
@click.option("--steps", type=click.IntRange(min=0), help="Batches to learn from; 5000 by default.")
@click.option("--minutes", type=click.FloatRange(0, min_open=True), help="Time to learn for, not --steps.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed gives the same weights.")
@click.option("--batch", type=click.IntRange(min=1), help="Word pieces of a batch, with padding.")
@click.option("--rate", type=click.FloatRange(0, min_open=True), help="How fast the encoder learns.")
@click.option(
    "--start",
    type=FOLDER,
    multiple=True,
    help="Weights to go on from; given again, from their mean. With --steps 0 they are the model's.",
)
@click.option(
    "--chosen",
    type=FOLDER,
    help="With --data: learn from the development parts too, and take what was chosen on them from this model.",
)
@_encoder_option
@_parser_option
@click.option(
    "--passes",
    multiple=True,
    metavar="CORPUS=TIMES",
    callback=passes_by_corpus,
    help="How often an epoch goes through a corpus; can be repeated, and given once for `others`.",
)
@click.option("--without", multiple=True, metavar="CORPUS", help="Leave a corpus out; can be repeated.")
@click.option("--graph/--no-graph", default=True, help="Convolve over the trees (default on).")
@click.option("--attention/--no-attention", default=True, help="Attend beside the trees (default on).")
def relations(
    data: Path | None, packed: Path | None, output: Path, steps: int | None, minutes: float | None, seed: int,
    batch: int | None, rate: float | None, start: tuple[Path, ...], chosen: Path | None, encoder: Path | None,
    parser: str, passes: dict[str, float], without: tuple[str, ...], graph: bool, attention: bool,
) -> None:  # fmt: skip
    """Train the relation model on all relation corpora; the same command again resumes.

    With --packed only the weights are written, which --start takes.
    """
    if (data is None) == (packed is None):
        raise click.UsageError("give either --data or --packed")
    if steps is not None and minutes is not None:
        raise click.UsageError("give --steps or --minutes, not both")
    if packed and chosen:
        raise click.UsageError("--chosen goes with --data; `pack-relations --with-dev` packs the development parts")
    if steps == 0 and not start:
        raise click.UsageError("--steps 0 writes a model of weights that are there: it needs --start")
    with needs_train():
        from bioweft.train.relations import RelationTrainingSettings

        length: dict[str, Any] = {"steps": 5_000 if steps is None and minutes is None else steps, "minutes": minutes}
        if batch:
            length["batch_pieces"] = batch
        if passes:
            length |= {"others": passes.pop(OTHERS, 1.0), "passes": passes}
        settings = RelationTrainingSettings(**length, seed=seed)
        settings = settings.at(rate) if rate else settings
        if packed:
            from bioweft.train.relation_weights import train_packed

            train_packed(packed, _encoder(encoder), settings, output, starts=start)
            click.echo(f"{output} holds the weights", err=True)
            return
        from bioweft.train.relation_recipe import train_relations

        assert data is not None
        scores = train_relations(
            data, settings, _sources(encoder, parser), output, without=without, starts=start, chosen=chosen,
            graph=graph, attention=attention,
        )  # fmt: skip
    figures = ", ".join(f"{corpus} {f1}" for corpus, f1 in scores.items())
    click.echo(f"{output} holds the model; F1 on development parts: {figures}", err=True)


@click.command(name="pack-relations", epilog="Example: bioweft train pack-relations --data ../data --output packed")
@data_option
@output_option
@_encoder_option
@_parser_option
@click.option("--with-dev", is_flag=True, help="Pack the development parts that choices are made on too.")
def pack_relations(data: Path, output: Path, encoder: Path | None, parser: str, with_dev: bool) -> None:
    """Pack the relation corpora, to train on a machine that has PyTorch and little else."""
    with needs_train():
        from bioweft.train.relation_recipe import pack

        pack(data, _sources(encoder, parser), output, with_dev=with_dev)


def _encoder(folder: Path | None) -> Path:
    from bioweft import resources

    return folder or resources.models()[resources.DEFAULT_MODEL]


def _sources(encoder: Path | None, parser: str) -> Any:
    from bioweft.relate.parser import open_parser
    from bioweft.train.relation_recipe import Sources

    return Sources(_encoder(encoder), open_parser(parser))
