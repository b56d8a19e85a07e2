"""Writes a trained network as the folder that `bioweft.tag.onnx` reads."""

import tempfile
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor

from bioweft.inference import NETWORK, TOKENIZER
from bioweft.tag.features import INPUTS, Words, features
from bioweft.tag.model import KEPT, About, write_about
from bioweft.train.network import Network
from bioweft.train.quantise import prepared, quantise
from bioweft.train.tagger import collate

_OPSET = 17
_AXES = {name: {0: "texts", 1: "pieces" if name in ("pieces", "there") else "tokens"} for name in INPUTS} | {
    "guideline": {0: "texts"},
    "spellings": {0: "spellings"},
}


def export(
    network: Network,
    tokenizer: Tokenizer,
    folder: Path,
    *,
    name: str,
    types: Mapping[str, str],
    dictionaries: Sequence[str] = (),
    inputs: Sequence[tuple[Tensor, ...]] = (),
    about: str = "",
    chosen: About | None = None,
) -> None:
    """Write model, tokenizer and what they are.

    Args:
        network: the trained network.
        tokenizer: its word pieces.
        folder: where to write.
        name: what its mentions bear as tagger.
        types: what type the mentions of each label have; those of other labels are not shown.
        dictionaries: which shipped ones the network is shown.
        inputs: batches to measure on for eight bits; without them the model keeps 32.
        about: one line for a person.
        chosen: a model whose choices, those of `bioweft.train.calibrate`, are to be kept.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / TOKENIZER))
    if inputs:
        with tempfile.TemporaryDirectory() as temporary:
            whole = Path(temporary) / NETWORK
            _write(prepared(network, inputs), tokenizer, whole)
            quantise(whole, folder / NETWORK, inputs)
    else:
        _write(network, tokenizer, folder / NETWORK)
    settings = network.settings
    described = About(
        name=name,
        labels=settings.labels,
        types=types,
        guidelines=settings.guidelines,
        dictionaries=tuple(dictionaries),
        about=about,
    )
    if chosen is not None:
        described = described.model_copy(update={field: getattr(chosen, field) for field in KEPT})
    write_about(described, folder)


def _write(network: Network, tokenizer: Tokenizer, file: Path) -> None:
    example = collate(features(["One of two.", "Another sentence to trace."], Words(tokenizer)), [0, 1])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it is the older of two exporters: the newer needs another package
        torch.onnx.export(
            network.eval(),
            example,
            str(file),
            input_names=list(INPUTS),
            output_names=["emissions"],
            dynamic_axes={**_AXES, "emissions": {0: "texts", 1: "tokens"}},
            opset_version=_OPSET,
            dynamo=False,
        )
