"""Trains the relation network where there is PyTorch and little else, and carries its weights.

A packed folder holds the examples (`relations.zip`) and what the network is to be (`relations-pack.json`). Weights are
safetensors; those of the encoder that stay as the tagger has them are not among them.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from huggingface_hub import save_torch_state_dict
from pydantic import BaseModel, ConfigDict, ValidationError
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor
from transformers import BertModel

from bioweft.errors import InputError
from bioweft.tag.model import read_about
from bioweft.train import packed, relations, restore
from bioweft.train.network import Network, NetworkSettings
from bioweft.train.relation_examples import RelationExamples, unpacked
from bioweft.train.relation_network import RelationNetwork, RelationNetworkSettings
from bioweft.train.relations import RelationTrainingSettings

ABOUT, EXAMPLES = "relations-pack.json", "relations.zip"
"""The files of a packed folder."""

_SHARD = 15_000_000
"""Bytes of a file of weights at most."""


class About(BaseModel):
    """The file `relations-pack.json`: labels and corpora in order, and the sizes of the encoder."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    labels: tuple[str, ...]
    corpora: tuple[str, ...]
    encoder: Mapping[str, float]


def write_pack(examples: RelationExamples, encoder: BertModel, folder: Path) -> None:
    """Write a packed folder."""
    folder.mkdir(parents=True, exist_ok=True)
    about = About(labels=examples.labels, corpora=examples.corpora, encoder=packed.sizes(encoder))
    (folder / ABOUT).write_text(about.model_dump_json(indent=1) + "\n", encoding="utf-8")
    packed.write_arrays(folder / EXAMPLES, examples.arrays())


def train_packed(
    folder: Path, tagger: Path, settings: RelationTrainingSettings, output: Path, *, starts: Sequence[Path] = ()
) -> None:
    """Train a network on packed examples from the encoder of a tagger, and write its weights in half precision.

    `starts` are folders with weights of earlier trainings, to go on from their mean.

    Raises:
        InputError: the folder is no packed one, or the tagger has an encoder of another form, or weights to start
            from are those of another network.
    """
    try:
        about = About.model_validate_json((folder / ABOUT).read_bytes())
        examples = unpacked(packed.read_arrays(folder / EXAMPLES), about.labels, about.corpora)
    except (OSError, ValueError, KeyError, ValidationError) as error:
        raise InputError(f"{folder} holds no whole packed relations ({error}); make them with train pack") from error
    encoder = packed.blank_encoder(about.encoder)
    network = begin(RelationNetworkSettings(about.labels, about.corpora), tagger, encoder, settings.seed)
    if starts:
        load(network, *starts)
    save(relations.train(examples, network, settings, output / "training").half(), output)


def begin(settings: RelationNetworkSettings, tagger: Path, encoder: BertModel, seed: int) -> RelationNetwork:
    """Return an untrained network on `encoder`, which takes the weights that it has in the model of a tagger."""
    torch.manual_seed(seed)
    about = read_about(tagger)
    network = Network(encoder, NetworkSettings(labels=about.labels, guidelines=about.guidelines))
    restore.restore(network, tagger)
    return RelationNetwork(network.encoder, settings)


def save(network: RelationNetwork, folder: Path) -> None:
    """Write the weights that a training changes."""
    folder.mkdir(parents=True, exist_ok=True)
    unchanged = _unchanged(network)
    weights = {name: value.contiguous() for name, value in network.state_dict().items() if name not in unchanged}
    save_torch_state_dict(weights, folder, max_shard_size=_SHARD)


def load(network: RelationNetwork, *folders: Path) -> None:
    """Give a network the weights that `save` wrote; of several folders, their mean.

    Raises:
        InputError: a folder has no weights, or those of another network.
    """
    states = [_read(folder) for folder in folders]
    try:
        mean = {name: torch.stack([state[name] for state in states]).mean(0) for name in states[0]}
        missing, unexpected = network.load_state_dict(mean, strict=False)
        if unexpected or set(missing) - _unchanged(network):
            raise RuntimeError(f"{len(unexpected)} weights too many, {len(missing)} missing")
    except (KeyError, RuntimeError) as error:
        raise InputError(f"the weights in {folders[0]} are of another network: {error}") from error


def _read(folder: Path) -> dict[str, Tensor]:
    try:
        weights = {
            name: value for file in sorted(folder.glob("*.safetensors")) for name, value in load_file(file).items()
        }
    except (OSError, SafetensorError) as error:
        raise InputError(f"the weights in {folder} cannot be read: {error}") from error
    if not weights:
        raise InputError(f"no weights in {folder}: it has no .safetensors file")
    return {name: value.float() for name, value in weights.items()}


def _unchanged(network: RelationNetwork) -> set[str]:
    """Return the names of the weights that no training changes: embeddings, and layers before mentions are marked."""
    parts = ("embeddings", *(f"encoder.layer.{number}" for number in range(network.settings.marked_layer)))
    return {name for name in network.state_dict() if name.startswith(tuple(f"encoder.{part}." for part in parts))}
