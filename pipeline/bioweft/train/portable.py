"""Trains from a packed folder, on a machine that has PyTorch and transformers, and perhaps nothing else of bioweft's.

Weights leave it in half precision, in files small enough to carry; `bioweft.train.recipes.join` makes a model of them.
"""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from huggingface_hub import save_torch_state_dict
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor
from transformers import BertModel

from bioweft.errors import InputError
from bioweft.tag.model import read_about
from bioweft.train import development, encoder, packed, restore, tagger
from bioweft.train.encoder import EncoderSettings
from bioweft.train.network import Network, NetworkSettings, activate
from bioweft.train.packed import Packed
from bioweft.train.tagger import TrainingSettings

logger = logging.getLogger(__name__)

WEIGHTS = "network.safetensors"
"""The file of a trained network, in an output folder."""

_WORDS = "encoder.embeddings.word_embeddings.weight"
_ROWS, _SCALES = "words.rows", "words.scales"
"""The word embeddings in a gathered folder: in eight bits with a scale a row, which is how a model ships them."""

_SHARD = 15_000_000
"""Bytes of a gathered file at most."""


def train_encoder(folder: Path, start: Path | None, settings: EncoderSettings, output: Path, *, dropout: float) -> None:
    """Adapt an encoder to the packed texts and the packed sentences of training parts, and write its weights.

    It begins as the one of the model `start`, else at random.
    """
    pack = packed.read(folder)
    network = _network(pack, start, dropout=dropout)
    stretches = pack.stretches.and_those_of(pack.examples)
    logger.info("%d texts of %d word pieces", len(stretches.ends), len(stretches.pieces))
    trained = encoder.train(stretches, network.encoder, pack.about.mask, settings, output / "training")
    save_file(_contiguous(trained), output / WEIGHTS)


def train_tagger(
    folder: Path,
    start: Path | None,
    adapted: Path | None,
    settings: TrainingSettings,
    output: Path,
    *,
    dropout: float,
) -> None:
    """Train a tagger on the packed sentences and write its weights.

    It begins as the model `start`, but with the encoder that `train_encoder` wrote into `adapted`.
    """
    pack = packed.read(folder)
    network = _network(pack, start, dropout=dropout)
    if adapted:
        network.encoder.load_state_dict(_weights(adapted))
    trained = tagger.train(pack.examples, network, pack.about.mask, settings, output / "training")
    save_file(_contiguous(trained), output / WEIGHTS)


def gather(folder: Path, variants: Mapping[str, Sequence[Path]], output: Path) -> None:
    """Write the mean of each variant's trainings in half precision, in files of at most 15 MB.

    Variants that have the same word embeddings, as those that were trained with them frozen, share them.

    Args:
        folder: the packed folder; its development parts say what the mean of the first variant gives.
        variants: by name, the output folders of `train_tagger`.
        output: where to write.
    """
    pack = packed.read(folder)
    gathered: dict[str, Tensor] = {}
    for variant, outputs in variants.items():
        states = [_weights(trained) for trained in outputs]
        mean = {name: torch.stack([state[name] for state in states]).mean(0) for name in states[0]}
        if not gathered:
            network = _network(pack, None)
            network.load_state_dict(mean)
            scores = development.f1_by_type(network, pack.examples, pack.about.scored)
            logger.info("mean of %s, development parts: %s", variant, development.line(scores))
        rows, scales = _eight_bits(mean.pop(_WORDS))
        if _ROWS not in gathered:
            gathered |= {_ROWS: rows, _SCALES: scales}
        if torch.equal(gathered[_ROWS], rows) and torch.equal(gathered[_SCALES], scales):
            rows, scales = gathered[_ROWS], gathered[_SCALES]
        else:
            gathered |= {f"{variant}.{_ROWS}": rows, f"{variant}.{_SCALES}": scales}
        gathered |= {f"{variant}.{name}": value.half().contiguous() for name, value in mean.items()}
    output.mkdir(parents=True, exist_ok=True)
    save_torch_state_dict(gathered, output, max_shard_size=_SHARD)


def gathered_network(folder: Path, variant: str, pack: Packed) -> Network:
    """Return a variant of what `gather` wrote.

    Raises:
        InputError: a file is missing, or there is no such variant.
    """
    try:
        stored: dict[str, Tensor] = {}
        for file in sorted(folder.glob("*.safetensors")):
            stored |= load_file(file)
        names = sorted({name.partition(".")[0] for name in stored} - {"words"})
        if variant not in names:
            raise InputError(f"{folder} has no variant {variant!r}; it has: {', '.join(names) or 'none'}")
        prefix = f"{variant}."
        own = {name.removeprefix(prefix): value for name, value in stored.items() if name.startswith(prefix)}
        rows, scales = (own.pop(name, stored[name]) for name in (_ROWS, _SCALES))
        network = _network(pack, None)
        network.load_state_dict({name: value.float() for name, value in own.items()} | {_WORDS: rows * scales})
    except (OSError, SafetensorError, KeyError, RuntimeError) as error:
        raise InputError(f"the weights in {folder} are not whole, or of another pack: {error}") from error
    return network.eval()


def _network(pack: Packed, start: Path | None, *, dropout: float = 0.0) -> Network:
    sizes = NetworkSettings(labels=pack.about.labels, guidelines=pack.about.guidelines)
    encoder: BertModel = packed.blank_encoder(pack.about.encoder, dropout=dropout)
    network = Network(encoder, sizes)
    if start:
        about = read_about(start)
        if (about.labels, about.guidelines) != (sizes.labels, sizes.guidelines):
            raise InputError(f"{start} has other labels or guidelines than what was packed: pack anew")
        restore.restore(network, start)
        activate(network.encoder, "relu")  # an older model may have GELU
    return network


def _eight_bits(weight: Tensor) -> tuple[Tensor, Tensor]:
    scales = weight.abs().amax(1, keepdim=True).clamp(min=1e-8) / 127
    return (weight / scales).round().to(torch.int8), scales


def _weights(output: Path) -> dict[str, Tensor]:
    try:
        return load_file(output / WEIGHTS)
    except (OSError, SafetensorError) as error:
        raise InputError(f"no trained weights in {output}: {error}") from error


def _contiguous(network: torch.nn.Module) -> dict[str, Tensor]:
    return {name: value.contiguous() for name, value in network.state_dict().items()}
