"""Writes a trained network as the folder that `bioweft.tag.onnx` reads."""

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from tokenizers import Tokenizer

from bioweft.tag.features import INPUTS, features
from bioweft.tag.model import NETWORK, TOKENIZER, About, write_about
from bioweft.train.network import Network
from bioweft.train.tagger import collate

_OPSET = 17
_AXES = {
    name: {0: "texts"}
    if name == "guideline"
    else {0: "texts", 1: "pieces" if name in ("pieces", "there") else "tokens"}
    for name in INPUTS
}


def export(
    network: Network,
    tokenizer: Tokenizer,
    folder: Path,
    *,
    name: str,
    types: Mapping[str, str],
    dictionaries: Sequence[str] = (),
) -> None:
    """Write model, tokenizer and what they are.

    `types` says what type the mentions of each label have, `dictionaries` which shipped ones the network is shown.
    """
    folder.mkdir(parents=True, exist_ok=True)
    example = collate(features(["One of two.", "Another sentence to trace."], tokenizer), [0, 1])
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore"
        )  # it says that it is the older of two exporters; the newer needs another package
        torch.onnx.export(
            network.eval(),
            example.inputs,
            str(folder / NETWORK),
            input_names=list(INPUTS),
            output_names=["emissions"],
            dynamic_axes={**_AXES, "emissions": {0: "texts", 1: "tokens"}},
            opset_version=_OPSET,
            dynamo=False,
        )
    tokenizer.save(str(folder / TOKENIZER))
    settings = network.settings
    about = About(
        name=name,
        labels=settings.labels,
        types=types,
        guidelines=settings.guidelines,
        dictionaries=tuple(dictionaries),
    )
    write_about(about, folder)
