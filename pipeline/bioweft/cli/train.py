"""`bioweft train`: make models from corpora."""

import logging
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click

from bioweft import resources
from bioweft.errors import InputError
from bioweft.tag.dictionary import DictionaryTagger
from bioweft.tag.model import About, read_about

_data = click.option(
    "--data", type=click.Path(exists=True, file_okay=False, path_type=Path), required=True,
    help="The folder of the unpacked corpora and literature (docs/corpora.md).",
)  # fmt: skip


@contextmanager
def _needs_train() -> Iterator[None]:
    try:
        yield
    except ModuleNotFoundError as error:
        raise InputError(f"training needs more packages ({error.name}): pip install 'bioweft[train]'") from error


_OTHERS = "others"


def _about(steps: int, corpora: int, begun: Sequence[About]) -> str:
    """Return the line that says what a model is."""
    first = begun[0].about if begun else ""
    if len(begun) > 1:
        first += f", the mean of {len(begun)} such models"
    if not steps:
        return first
    learnt = f"six types, trained on {corpora} corpora in {steps:,} steps"
    return learnt + (f" after those of {begun[0].name} ({first})" if begun else "")


def _passes(_: click.Context, __: click.Parameter, given: tuple[str, ...]) -> dict[str, float]:
    """Turn `NCBI-disease=2` into numbers by corpus."""
    found = {}
    for one in given:
        name, _equals, times = one.partition("=")
        if not re.fullmatch(r"\d+(\.\d+)?", times):
            raise click.BadParameter(f"{one!r} is not of the form CORPUS=TIMES, as NCBI-disease=2")
        found[name] = float(times)
    return found


@click.group()
def command() -> None:
    """Make models from corpora; needs the extra `train`."""


@command.command(epilog="Example: bioweft train encoder --data ../data --steps 5000 --output models/my-encoder")
@_data
@click.option("--output", type=click.Path(file_okay=False, path_type=Path), required=True, help="The encoder's folder.")
@click.option("--steps", type=click.IntRange(min=1), default=5_000, show_default=True, help="Batches to learn from.")
@click.option("--seed", type=int, default=1, show_default=True)
def encoder(data: Path, output: Path, steps: int, seed: int) -> None:
    """Make the pretrained encoder familiar with the literature; the same command again goes on where it broke off."""
    with _needs_train():
        import torch

        from bioweft.train import encoder, tagger
    logging.basicConfig(format="%(asctime)s %(message)s", level=logging.INFO)
    folder = tagger.encoder_folder()
    tokenizer = tagger.load_tokenizer(folder)
    stretches = encoder.encode(list(encoder.texts(data)), tokenizer)
    click.echo(f"{len(stretches):,} texts of {sum(map(len, stretches)):,} word pieces", err=True)
    torch.manual_seed(seed)
    settings = encoder.EncoderSettings(steps=steps, seed=seed)
    trained = encoder.train(stretches, tagger.new_encoder(folder), tokenizer, settings, output / "training")
    trained.half().save_pretrained(output)
    tokenizer.save(str(output / "tokenizer.json"))
    click.echo(f"{output} holds the encoder", err=True)


@command.command(epilog="Example: bioweft train calibrate models/mine --data ../data")
@click.argument("model", type=click.Path(exists=True, file_okay=False, path_type=Path))
@_data
@click.option("--keep", is_flag=True, help="Keep what was chosen before, and only fit the scores.")
def calibrate(model: Path, data: Path, keep: bool) -> None:
    """Choose on development parts what a trained tagger leaves open, and make its scores tell how often it is right."""
    with _needs_train():
        from bioweft.train.calibrate import calibrate

    calibrate(model, data, click.echo, keep=keep)


@command.command(epilog="Example: bioweft train tagger --data ../data --steps 10000 --output models/mine")
@_data
@click.option("--output", type=click.Path(file_okay=False, path_type=Path), required=True, help="The model's folder.")
@click.option(
    "--steps",
    type=click.IntRange(min=0),
    default=10_000,
    show_default=True,
    help="Batches to learn from; 0 only writes the model of --start anew.",
)
@click.option("--without", multiple=True, metavar="CORPUS", help="Leave a corpus out; may be given again.")
@click.option("--with-dev", is_flag=True, help="Learn from the development parts of scored corpora too.")
@click.option("--seed", type=int, default=1, show_default=True)
@click.option(
    "--encoder", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Another encoder's folder."
)
@click.option(
    "--start",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    multiple=True,
    help="Go on from a model's folder, and keep what was calibrated there; given again, from the mean of the weights.",
)
@click.option(
    "--like",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Take what was calibrated for another model: one that was trained the same but without --with-dev.",
)
@click.option("--relu", is_flag=True, help="Let the encoder of --start learn ReLU, which takes less time than GELU.")
@click.option(
    "--passes",
    multiple=True,
    metavar="CORPUS=TIMES",
    callback=_passes,
    help="How often an epoch goes through a corpus; may be given again, and once for `others`.",
)
@click.option(
    "--frozen",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="How many of the encoder's layers, from the first, are to stay as they are, which takes less time.",
)
@click.option(
    "--batch",
    type=click.IntRange(min=1),
    default=2048,
    show_default=True,
    help="Word pieces of a batch, with padding.",
)
@click.option(
    "--rate",
    type=click.FloatRange(min=0, min_open=True),
    default=1.5e-4,
    show_default=True,
    help="How fast the encoder learns; what stands on it learns faster by a fixed factor.",
)
def tagger(
    data: Path, output: Path, steps: int, without: tuple[str, ...], with_dev: bool, seed: int, encoder: Path | None,
    start: tuple[Path, ...], like: Path | None, relu: bool, rate: float, passes: dict[str, float], frozen: int,
    batch: int,
) -> None:  # fmt: skip
    """Train a tagger of the six types; the same command again goes on where it was broken off."""
    with _needs_train():
        import torch

        from bioweft.train import corpora, export, tagger
        from bioweft.train.network import NetworkSettings, activate
        from bioweft.train.restore import restore
    known = {name.partition(":")[0] for name in corpora.CORPORA}
    if unknown := sorted({*without, *passes.keys() - {_OTHERS}} - known):
        raise click.UsageError(f"no corpus {unknown[0]!r}; there are: {', '.join(sorted(known))}")
    if encoder and start:
        raise click.UsageError("--start brings its own encoder: leave --encoder out")
    if not steps and not start:
        raise click.UsageError("--steps 0 writes a model anew: it needs --start")
    starts = [read_about(folder) for folder in start]
    begun = starts[0] if starts else None
    if begun and any((one.labels, one.guidelines) != (begun.labels, begun.guidelines) for one in starts):
        raise click.UsageError("there is no mean of models with other labels or guidelines")
    chosen = read_about(like) if like else begun
    logging.basicConfig(format="%(asctime)s %(message)s", level=logging.INFO)
    dictionaries = tuple(resources.dictionaries())
    examples = corpora.training(
        data, without=frozenset(without), with_dev=with_dev, dictionaries=DictionaryTagger(dictionaries)
    )
    click.echo(f"{len(examples):,} sentences", err=True)
    torch.manual_seed(seed)
    guidelines = begun.guidelines if begun else tuple(sorted({example.corpus for example in examples}))
    sizes = NetworkSettings(labels=begun.labels if begun else corpora.LABELS, guidelines=guidelines)
    folder = encoder or tagger.encoder_folder()
    tokenizer = tagger.load_tokenizer(start[0] if start else folder)
    network = tagger.new_network(sizes, folder)
    if start:
        restore(network, *start)
    if relu:
        activate(network.encoder, "relu")
    often = dict.fromkeys(known, passes.pop(_OTHERS)) if _OTHERS in passes else corpora.PASSES
    settings = tagger.TrainingSettings(
        steps=steps, batch_pieces=batch, seed=seed, passes={**often, **passes}, frozen=frozen
    ).at(rate)
    network = tagger.train(examples, network, tokenizer, settings, output / "training")
    types = {label: label for label in corpora.LABELS if label != corpora.FAMILY}
    export.export(
        network,
        tokenizer,
        output,
        name=output.name,
        types=types,
        dictionaries=dictionaries,
        inputs=tagger.drawn(examples, tokenizer, sizes, seed=seed),
        about=_about(steps, len(guidelines), starts),
        chosen=chosen,
    )
    click.echo(f"{output} holds the model", err=True)
