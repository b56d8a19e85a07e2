"""The network of the tagger: an encoder of word pieces, characters and shapes, and one BIO head a label.

Its outputs are read by `bioweft.tag.decode`, in training as at run time.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import BertModel
from transformers.activations import ACT2FN

from bioweft.tag.decode import TAGS
from bioweft.tag.features import ALPHABET, LISTED, SHAPES


@dataclass(frozen=True, slots=True)
class NetworkSettings:
    """Sizes of what stands on the encoder."""

    labels: tuple[str, ...]
    guidelines: tuple[str, ...]
    """The corpora whose guideline the network can be asked for; before the first stands none."""
    characters: int = 64
    guideline: int = 32
    hidden: int = 256
    layers: int = 2
    """Convolutions over three tokens each: they let a token see how its neighbours are tagged."""
    dropout: float = 0.1


class Network(nn.Module):
    """Emissions of every tag of every label for every token."""

    def __init__(self, encoder: BertModel, settings: NetworkSettings) -> None:
        super().__init__()
        self.settings = settings
        self.encoder = encoder
        self.character = nn.Embedding(ALPHABET, 32, padding_idx=0)
        self.convolution = nn.Conv1d(32, settings.characters, 3, padding=1)
        self.guideline = nn.Embedding(1 + len(settings.guidelines), settings.guideline, padding_idx=0)
        width = encoder.config.hidden_size + settings.characters + SHAPES + LISTED + settings.guideline
        self.join = nn.Linear(width, settings.hidden)
        self.layers = nn.ModuleList(_Layer(settings.hidden, settings.dropout) for _ in range(settings.layers))
        self.dropout = nn.Dropout(settings.dropout)
        self.heads = nn.Linear(settings.hidden, len(settings.labels) * TAGS)

    def forward(
        self, pieces: Tensor, there: Tensor, first: Tensor, tokens: Tensor, spellings: Tensor, spelling: Tensor,
        shapes: Tensor, listed: Tensor, guideline: Tensor,
    ) -> Tensor:  # fmt: skip
        """Return emissions, shape (b, t, labels, TAGS), for b texts of at most p pieces, t tokens and s spellings.

        `pieces` and `there` (1 where a piece is) have the shape (b, p), `first` and `tokens` (1 where a token is)
        (b, t), `spellings` (s, CHARACTERS), `spelling` (which of them each token has) (b, t), `shapes` (b, t, SHAPES),
        `listed` (b, t, LISTED), `guideline` (b,).
        """
        states = self.encoder(input_ids=pieces, attention_mask=there).last_hidden_state
        width = states.shape[-1]
        states = states.gather(1, first.unsqueeze(-1).expand(-1, -1, width))
        b, t = tokens.shape
        seen = self.character(spellings).transpose(1, 2)
        spelt = functional.relu(self.convolution(seen)).amax(-1)[spelling]
        asked = self.guideline(guideline).unsqueeze(1).expand(-1, t, -1)
        joined = functional.gelu(self.join(self.dropout(torch.cat((states, spelt, shapes, listed, asked), -1))))
        mask = tokens.unsqueeze(-1).to(joined.dtype)
        for layer in self.layers:
            joined = layer(joined, mask)
        emissions: Tensor = self.heads(self.dropout(joined))
        return emissions.reshape(b, t, len(self.settings.labels), TAGS)


def activate(encoder: BertModel, activation: str) -> None:
    """Give the feed-forward layers of an encoder another activation: `relu` or `gelu`."""
    encoder.config.hidden_act = activation
    blocks: Any = encoder.encoder.layer
    for block in blocks:
        block.intermediate.intermediate_act_fn = ACT2FN[activation]


class _Layer(nn.Module):
    def __init__(self, hidden: int, dropout: float) -> None:
        super().__init__()
        self.convolution = nn.Conv1d(hidden, hidden, 3, padding=1)
        self.norm = nn.LayerNorm(hidden)
        self.dropout = nn.Dropout(dropout)

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        moved = self.convolution((states * mask).transpose(1, 2)).transpose(1, 2)
        normed: Tensor = self.norm(states + self.dropout(functional.gelu(moved)))
        return normed


def loss(emissions: Tensor, tags: Tensor) -> Tensor:
    """Return the mean cross-entropy over the tags that are known; `tags`, shape (b, t, labels), is -1 elsewhere."""
    return functional.cross_entropy(emissions.flatten(0, 2).float(), tags.flatten().long(), ignore_index=-1)
