"""Options and checks that the commands of `bioweft train` share."""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from bioweft.errors import InputError, install

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
NEW_FOLDER = click.Path(file_okay=False, path_type=Path)
DATA_HELP = "The folder of the unpacked corpora and literature (docs/corpora.md)."

OTHERS = "others"
"""Stands for all corpora that `--passes` does not name."""

data_option = click.option("--data", type=FOLDER, required=True, help=DATA_HELP)
output_option = click.option("--output", type=NEW_FOLDER, required=True, help="The folder to write.")


@contextmanager
def needs_train() -> Iterator[None]:
    """Turn a missing package into an error that says how to get it; log what the training says.

    Raises:
        InputError: a package of the extra `train` is not installed.
    """
    logging.basicConfig(format="%(asctime)s %(message)s", level=logging.INFO)
    try:
        yield
    except ModuleNotFoundError as error:
        raise InputError(f"training needs more packages ({error.name}): {install('train')}") from error


def passes_by_corpus(_: click.Context, __: click.Parameter, given: tuple[str, ...]) -> dict[str, float]:
    """Turn `NCBI-disease=2` into numbers by corpus."""
    passes = {}
    for text in given:
        name, _equals, times = text.partition("=")
        if not re.fullmatch(r"\d+(\.\d+)?", times):
            raise click.BadParameter(f"{text!r} is not of the form CORPUS=TIMES, as NCBI-disease=2")
        passes[name] = float(times)
    return passes
