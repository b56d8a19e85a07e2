"""Everything a training needs in one small folder, so that a machine with PyTorch and little else can train.

`pack.json` says what the networks are to be, `examples.zip` holds the corpora (`bioweft.train.examples`) and
`literature.zip` what an encoder reads (`bioweft.train.encoder`). `bioweft.train.pack` writes the folder. A further
network adds a file of arrays of its own.
"""

import lzma
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError
from transformers import BertConfig, BertModel

from bioweft.errors import InputError
from bioweft.train.encoder import Stretches
from bioweft.train.examples import Examples

ABOUT, EXAMPLES, LITERATURE = "pack.json", "examples.zip", "literature.zip"
"""The files of a packed folder."""

_SIZES = (
    "vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size",
    "max_position_embeddings", "type_vocab_size", "layer_norm_eps",
)  # fmt: skip


class About(BaseModel):
    """The file `pack.json`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    encoder: Mapping[str, float]
    """The sizes of the encoder, as `transformers.BertConfig` names them."""
    mask: int
    """The word piece that stands for what is hidden."""
    labels: tuple[str, ...]
    guidelines: tuple[str, ...]
    corpora: tuple[str, ...]
    scored: Mapping[str, tuple[str, ...]]
    """By corpus, the types whose development figures are reported."""
    dictionaries: tuple[str, ...]
    """The shipped dictionaries whose terms the examples carry."""


@dataclass(frozen=True, slots=True)
class Packed:
    """A packed folder."""

    about: About
    examples: Examples
    stretches: Stretches


def sizes(encoder: BertModel) -> dict[str, float]:
    """Return what `About.encoder` holds of an encoder."""
    return {name: getattr(encoder.config, name) for name in _SIZES}


def blank_encoder(sizes: Mapping[str, float], *, dropout: float = 0.0) -> BertModel:
    """Return an encoder of packed sizes, with ReLU and random weights; `dropout` is that within it."""
    config = BertConfig(
        **{name: value if name == "layer_norm_eps" else int(value) for name, value in sizes.items()},
        hidden_act="relu",
        hidden_dropout_prob=dropout,
        attention_probs_dropout_prob=0.0,
        attn_implementation="sdpa" if torch.cuda.is_available() else "eager",  # the faster one on either
    )
    return BertModel(config, add_pooling_layer=False)


def write_about(about: About, folder: Path) -> None:
    """Write `pack.json`."""
    (folder / ABOUT).write_text(about.model_dump_json(indent=1) + "\n", encoding="utf-8")


def read_about(folder: Path) -> About:
    """Read what a packed folder says of itself.

    Raises:
        InputError: it is not one.
    """
    try:
        return About.model_validate_json((folder / ABOUT).read_bytes())
    except (OSError, ValidationError) as error:
        raise _not_packed(folder, error) from error


def read(folder: Path) -> Packed:
    """Read a packed folder.

    Raises:
        InputError: it is not one, or not whole.
    """
    about = read_about(folder)
    try:
        examples = Examples(**read_arrays(folder / EXAMPLES), corpora=about.corpora)
        stretches = Stretches(**read_arrays(folder / LITERATURE))
    except (OSError, ValueError, TypeError, zipfile.BadZipFile, lzma.LZMAError) as error:
        raise _not_packed(folder, error) from error
    return Packed(about, examples, stretches)


def _not_packed(folder: Path, error: Exception) -> InputError:
    return InputError(f"{folder} is not a whole packed folder ({error}); make it with bioweft train pack")


_FEW = 1 << 16
_ROWS, _CODES = ".rows", ".codes"


def write_arrays(file: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write arrays, each compressed with LZMA in the way that suits the size of its numbers.

    An array with many rows of which few differ is written as those and a number for each row.
    """
    with zipfile.ZipFile(file, "w") as archive:
        for name, array in _coded(arrays):
            buffer = BytesIO()
            np.save(buffer, array)
            align = int(array.itemsize).bit_length() - 1
            filters = [
                {"id": lzma.FILTER_LZMA2, "preset": 9, "dict_size": 1 << 26, "lc": min(3, 4 - align), "lp": align,
                 "pb": align},
            ]  # fmt: skip
            member = zipfile.ZipInfo(name)  # bears no time, so that the same arrays give the same file
            archive.writestr(member, lzma.compress(buffer.getvalue(), lzma.FORMAT_XZ, filters=filters))


def read_arrays(file: Path) -> dict[str, NDArray[Any]]:
    """Return the arrays of a file that `write_arrays` wrote."""
    with zipfile.ZipFile(file) as archive:
        stored = {
            name: np.load(BytesIO(lzma.decompress(archive.read(name))), allow_pickle=False)
            for name in archive.namelist()
        }
    arrays = {name: array for name, array in stored.items() if not name.endswith((_ROWS, _CODES))}
    for name, codes in stored.items():
        if name.endswith(_CODES):
            whole = name.removesuffix(_CODES)
            arrays[whole] = stored[whole + _ROWS][codes]
    return arrays


def _coded(arrays: Mapping[str, NDArray[Any]]) -> list[tuple[str, NDArray[Any]]]:
    coded = []
    for name, array in arrays.items():
        if array.ndim == 2 and len(array) > _FEW and array.itemsize == 1:
            rows = np.ascontiguousarray(array).view(f"V{array.shape[1]}").reshape(-1)
            _, first, codes = np.unique(rows, return_index=True, return_inverse=True)
            if len(first) < _FEW:
                coded += [(name + _ROWS, array[first]), (name + _CODES, codes.astype(np.uint16))]
                continue
        coded.append((name, array))
    return coded
