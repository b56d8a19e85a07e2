"""Options and checks that the commands of `bioweft train` share."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from bioweft.errors import InputError

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
NEW_FOLDER = click.Path(file_okay=False, path_type=Path)
DATA_HELP = "The folder of the unpacked corpora and literature (docs/corpora.md)."

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
        raise InputError(f"training needs more packages ({error.name}): pip install 'bioweft[train]'") from error
