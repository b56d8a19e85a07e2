"""Writes a trained relation network as the folder that `bioweft.relate.network` reads."""

from collections.abc import Sequence
from pathlib import Path

from tokenizers import Tokenizer
from torch import Tensor

from bioweft.inference import NETWORK, TOKENIZER
from bioweft.relate.features import INPUTS
from bioweft.relate.model import About, write_about
from bioweft.train.export import write_network
from bioweft.train.relation_network import RelationNetwork

_STRETCH = {0: "stretches"}
_AXES = {
    **{name: {**_STRETCH, 1: "pieces"} for name in ("pieces", "there", "types", "positions", "dependencies")},
    **{name: {**_STRETCH, 1: "pieces", 2: "pieces"} for name in ("tree", "join")},
    "mentions": {**_STRETCH, 1: "mentions", 2: "pieces"},
    "entities": {**_STRETCH, 1: "entities", 2: "mentions"},
    **{name: {0: "pairs"} for name in ("pairs", "distances")},
    **{name: {0: "questions"} for name in ("asked", "corpus", "scores")},
    **{name: {0: "pairs", 1: "nodes"} for name in ("nodes", "roles")},
}


def export(
    network: RelationNetwork,
    tokenizer: Tokenizer,
    folder: Path,
    about: About,
    example: tuple[Tensor, ...],
    inputs: Sequence[tuple[Tensor, ...]] = (),
) -> None:
    """Write network, tokenizer and what they are; `example` and `inputs` are those of `export.write_network`."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / TOKENIZER))
    write_network(network, folder / NETWORK, INPUTS, "scores", _AXES, example, inputs)
    write_about(about, folder)
