"""`bioweft train`: train models on corpora."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from bioweft.cli.groups import Group
from bioweft.cli.train_parser import parser
from bioweft.cli.train_relations import pack_relations, relations
from bioweft.cli.training import DATA_HELP, FOLDER, OTHERS, data_option, needs_train, output_option, passes_by_corpus

_SIZE = re.compile(r"(?P<number>\d+(\.\d+)?)\s*MiB", re.IGNORECASE)

_packed = click.option("--packed", type=FOLDER, required=True, help="A folder that `train pack` wrote.")


def _trains(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that all trainings take."""
    options = (
        click.option("--data", type=FOLDER, help=DATA_HELP),
        click.option("--packed", type=FOLDER, help="A folder that `train pack` wrote, in place of --data."),
        output_option,
        click.option("--steps", type=click.IntRange(min=0), help="Batches to learn from."),
        click.option("--minutes", type=click.FloatRange(0, min_open=True), help="Time to learn for, not --steps."),
        click.option("--seed", type=int, default=1, show_default=True, help="The same seed gives the same weights."),
        click.option("--batch", type=click.IntRange(min=1), help="Word pieces of a batch, with padding."),
        click.option(
            "--rate",
            type=click.FloatRange(0, min_open=True),
            help="How fast the encoder learns; what stands on it learns faster by a fixed factor.",
        ),
        click.option(
            "--dropout",
            type=click.FloatRange(0, 1, max_open=True),
            default=0.0,
            show_default=True,
            help="Dropout within the encoder, for a training of many epochs.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def _length(steps: int | None, minutes: float | None, default: int) -> dict[str, Any]:
    """Return what the settings of a training say of its length.

    Raises:
        click.UsageError: both steps and minutes are given.
    """
    if steps is not None and minutes is not None:
        raise click.UsageError("give --steps or --minutes, not both")
    return {"steps": default if steps is None and minutes is None else steps, "minutes": minutes}


def _one_source(data: Path | None, packed: Path | None) -> None:
    if (data is None) == (packed is None):
        raise click.UsageError("give either --data or --packed")


def _bytes(_: click.Context, __: click.Parameter, text: str) -> int:
    match = _SIZE.fullmatch(text)
    if not match:
        raise click.BadParameter(f"{text!r} is not a size such as 18MiB")
    return int(float(match["number"]) * 2**20)


def _variants(_: click.Context, __: click.Parameter, given: tuple[str, ...]) -> dict[str, list[Path]]:
    """Turn `plain=FOLDER` into folders by variant."""
    variants: dict[str, list[Path]] = {}
    for text in given:
        name, equals, folder = text.partition("=")
        if not equals or not re.fullmatch(r"[a-z]+", name) or name == "words":
            raise click.BadParameter(f"{text!r} is not of the form VARIANT=FOLDER, as plain=runs/1")
        variants.setdefault(name, []).append(Path(folder))
    return variants


@click.group(cls=Group)
def command() -> None:
    """Train models on corpora; needs the extra `train`."""


command.add_command(parser)
command.add_command(relations)
command.add_command(pack_relations)


@command.command(epilog="Example: bioweft train encoder --data ../data --steps 5000 --output models/my-encoder")
@_trains
@click.option("--start", type=FOLDER, help="With --packed: the model whose encoder to begin from.")
def encoder(
    data: Path | None, packed: Path | None, output: Path, steps: int | None, minutes: float | None, seed: int,
    batch: int | None, rate: float | None, dropout: float, start: Path | None,
) -> None:  # fmt: skip
    """Pretrain the encoder further on the literature; the same command again resumes."""
    _one_source(data, packed)
    if data and start:
        raise click.UsageError("--start is for --packed; with --data the packaged encoder is adapted")
    length = _length(steps, minutes, default=5_000)
    with needs_train():
        from bioweft.train import portable
        from bioweft.train.encoder import EncoderSettings

        settings = EncoderSettings(**length, seed=seed, **({"batch_pieces": batch} if batch else {}))
        settings = settings.at(rate) if rate else settings
        if packed:
            portable.train_encoder(packed, start, settings, output, dropout=dropout)
        else:
            from bioweft.train import recipes

            assert data is not None
            recipes.train_encoder(data, settings, output, dropout=dropout)
    click.echo(f"{output} holds the encoder", err=True)


@command.command(epilog="Example: bioweft train calibrate models/mine --data ../data")
@click.argument("model", type=FOLDER)
@data_option
@click.option("--keep", is_flag=True, help="Keep what was chosen before, and only fit the scores.")
def calibrate(model: Path, data: Path, keep: bool) -> None:
    """Calibrate a trained tagger on development parts: its thresholds, and scores that say how often it is right."""
    with needs_train():
        from bioweft.train.calibrate import calibrate

        calibrate(model, data, click.echo, keep=keep)


def _all_passes(passes: dict[str, float], without: tuple[str, ...], packed: Path | None) -> dict[str, float]:
    """Return how often each corpus is gone through, where not once.

    Raises:
        click.UsageError: a corpus is named that is not there.
    """
    from bioweft.train.tagger import PASSES

    if packed:
        from bioweft.train.packed import read_about

        corpus_names = set(read_about(packed).corpora)
    else:
        from bioweft.train import corpora

        corpus_names = {name.partition(":")[0] for name in corpora.CORPORA}
    if unknown := sorted({*without, *passes.keys() - {OTHERS}} - corpus_names):
        raise click.UsageError(f"no corpus {unknown[0]!r}; there are: {', '.join(sorted(corpus_names))}")
    usual = dict.fromkeys(corpus_names, passes[OTHERS]) if OTHERS in passes else PASSES
    return {**usual, **{name: times for name, times in passes.items() if name != OTHERS}}


@command.command(epilog="Example: bioweft train tagger --data ../data --steps 10000 --output models/mine")
@_trains
@click.option("--without", multiple=True, metavar="CORPUS", help="Leave a corpus out; can be repeated.")
@click.option("--with-dev", is_flag=True, help="Learn from the development parts of scored corpora too.")
@click.option(
    "--encoder", "encoder_folder", type=FOLDER, help="Another encoder's folder; with --packed: what `encoder` wrote."
)
@click.option(
    "--start",
    type=FOLDER,
    multiple=True,
    help="Go on from a model's folder, and keep what was calibrated there; given again, from the mean of the weights.",
)
@click.option(
    "--like",
    type=FOLDER,
    help="Take what was calibrated for another model: one that was trained the same but without --with-dev.",
)
@click.option("--relu", is_flag=True, help="Let the encoder of --start learn ReLU, which takes less time than GELU.")
@click.option(
    "--passes",
    multiple=True,
    metavar="CORPUS=TIMES",
    callback=passes_by_corpus,
    help="How often an epoch goes through a corpus; can be repeated, and given once for `others`.",
)
@click.option(
    "--frozen",
    type=click.IntRange(min=0),
    help="How many of the encoder's first layers to freeze; its embeddings are frozen too.",
)
@click.option(
    "--hide",
    type=click.FloatRange(0, 1),
    help="How often a token is hidden while the network learns; by default one in twenty is.",
)
def tagger(
    data: Path | None, packed: Path | None, output: Path, steps: int | None, minutes: float | None, seed: int,
    batch: int | None, rate: float | None, dropout: float, without: tuple[str, ...], with_dev: bool,
    encoder_folder: Path | None, start: tuple[Path, ...], like: Path | None, relu: bool, passes: dict[str, float],
    frozen: int | None, hide: float | None,
) -> None:  # fmt: skip
    """Train a tagger of the six types; the same command again resumes.

    With --steps 0 the model of --start is written anew. With --packed the weights are written as safetensors, which
    `gather` and `join` turn into a model.
    """
    _one_source(data, packed)
    length = _length(steps, minutes, default=10_000)
    if not packed and encoder_folder and start:
        raise click.UsageError("--start brings its own encoder: leave --encoder out")
    if length["steps"] == 0 and not start:
        raise click.UsageError("--steps 0 writes a model anew: it needs --start")
    if packed and (without or like or relu or len(start) > 1):
        raise click.UsageError("--without, --like, --relu and a second --start go with --data alone")
    with needs_train():
        from bioweft.train.tagger import TrainingSettings

        chosen: dict[str, Any] = {"batch_pieces": batch, "hide_words": hide}
        settings = TrainingSettings(
            **length,
            seed=seed,
            passes=_all_passes(passes, without, packed),
            frozen=frozen,
            with_dev=with_dev,
            **{name: value for name, value in chosen.items() if value is not None},
        )
        settings = settings.at(rate) if rate else settings
        if packed:
            from bioweft.train import portable

            begin = start[0] if start else None
            portable.train_tagger(packed, begin, encoder_folder, settings, output, dropout=dropout)
        else:
            from bioweft.tag.model import read_about as read_model
            from bioweft.train import recipes

            begun = [read_model(folder) for folder in start]
            if any((about.labels, about.guidelines) != (begun[0].labels, begun[0].guidelines) for about in begun):
                raise click.UsageError("there is no mean of models with other labels or guidelines")
            assert data is not None
            recipes.train_tagger(
                data, settings, output, without=frozenset(without), encoder_folder=encoder_folder, starts=start,
                like=like, relu=relu, dropout=dropout,
            )  # fmt: skip
    click.echo(f"{output} holds the model", err=True)


@command.command(epilog="Example: bioweft train pack --data ../data --output packed --limit 18MiB")
@data_option
@output_option
@click.option(
    "--limit", metavar="SIZE", default="18MiB", show_default=True, callback=_bytes, help="The size to stay within."
)
def pack(data: Path, output: Path, limit: int) -> None:
    """Pack the corpora, and as much literature as fits, for training on a machine with PyTorch and little else."""
    with needs_train():
        from bioweft.train import recipes

        recipes.pack(data, output, limit, click.echo)


@command.command(epilog="Example: bioweft train gather plain=runs/1 plain=runs/2 --packed packed --output weights")
@click.argument("variants", nargs=-1, required=True, metavar="VARIANT=FOLDER...", callback=_variants)
@_packed
@output_option
def gather(variants: dict[str, list[Path]], packed: Path, output: Path) -> None:
    """Average the weights of taggers that were trained with --packed, in half precision and files of at most 15 MB."""
    with needs_train():
        from bioweft.train import portable

        portable.gather(packed, variants, output)


@command.command(epilog="Example: bioweft train join weights plain --packed packed --output models/mine")
@click.argument("gathered", type=FOLDER)
@click.argument("variant")
@_packed
@output_option
@click.option("--like", type=FOLDER, help="A model whose calibration to take.")
def join(gathered: Path, variant: str, packed: Path, output: Path, like: Path | None) -> None:
    """Turn what `gather` wrote into a model."""
    with needs_train():
        from bioweft.train import recipes

        recipes.join(gathered, variant, packed, output, like=like)
    click.echo(f"{output} holds the model", err=True)


@command.command(epilog="Example: bioweft train linker --data ../data --output pipeline/bioweft/link/weights.json")
@data_option
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), required=True, help="The file to write.")
def linker(data: Path, output: Path) -> None:
    """Learn the weights of the linker from the training parts of corpora with identifiers."""
    with needs_train():
        from bioweft.train import recipes

        recipes.train_linker(data, output)
