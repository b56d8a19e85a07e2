"""Writes a trained network as the folder that `bioweft.tag.onnx` reads."""

import tempfile
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn

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
    "emissions": {0: "texts", 1: "tokens"},
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
    example = collate(features(["One of two.", "Another sentence to trace."], Words(tokenizer)), [0, 1])
    write_network(network, folder / NETWORK, INPUTS, "emissions", _AXES, example, inputs, convolved="layers")
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


def write_network(
    network: nn.Module,
    file: Path,
    names: Sequence[str],
    output: str,
    axes: Mapping[str, Mapping[int, str]],
    example: tuple[Tensor, ...],
    inputs: Sequence[tuple[Tensor, ...]] = (),
    *,
    convolved: str = "",
) -> None:
    """Write a network for ONNX Runtime, in eight bits where there are inputs to measure on.

    Args:
        network: what to write.
        file: where to write.
        names: of its inputs.
        output: the name of its output.
        axes: by input or output, the names of the axes whose length may vary.
        example: inputs to trace it with.
        inputs: batches to measure on.
        convolved: as `bioweft.train.quantise.prepared` says.
    """
    if inputs:
        with tempfile.TemporaryDirectory() as temporary:
            whole = Path(temporary) / NETWORK
            write_network(prepared(network, inputs, convolved), whole, names, output, axes, example)
            quantise(whole, file, names, inputs)
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it is the older of two exporters: the newer needs another package
        torch.onnx.export(
            network.eval(),
            example,
            str(file),
            input_names=list(names),
            output_names=[output],
            dynamic_axes=axes,
            opset_version=_OPSET,
            dynamo=False,
        )
