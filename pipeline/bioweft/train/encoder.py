"""Makes the pretrained encoder familiar with the literature: it learns to fill in words that are hidden from it.

Masked-language training (Devlin et al. 2019, *BERT*, section 3.1).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional
from transformers import BertModel

from bioweft.train import loop
from bioweft.train.examples import Examples
from bioweft.train.loop import LoopSettings
from bioweft.train.network import activate
from bioweft.train.tagger import mark

LONGEST = 254
"""Word pieces of a text that is learnt from at a time, without the marks of begin and end."""

_KEPT, _OTHER = 0.1, 0.1
"""Of the hidden pieces, the share that is shown as it is, and that shown as another."""


@dataclass(frozen=True, slots=True)
class EncoderSettings(LoopSettings):
    """How long and how fast to learn."""

    encoder_rate: float = 1e-4
    rate: float = 5e-4
    batch_pieces: int = 4096
    hidden: float = 0.15
    """Share of the word pieces to be filled in."""


class MaskedLanguage(nn.Module):
    """An encoder and what tells the hidden word pieces from its states."""

    def __init__(self, encoder: BertModel) -> None:
        super().__init__()
        self.encoder = encoder
        width = encoder.config.hidden_size
        self.dense = nn.Linear(width, width)
        self.norm = nn.LayerNorm(width)
        self.bias = nn.Parameter(torch.zeros(encoder.config.vocab_size))

    def forward(self, pieces: Tensor, there: Tensor, hidden: Tensor) -> Tensor:
        """Return scores of all v word pieces for h hidden places, shape (h, v).

        `pieces` and `there` (1 where a piece is) have the shape (b, p); `hidden` numbers places in them, shape (h,).
        """
        states = self.encoder(input_ids=pieces, attention_mask=there).last_hidden_state.flatten(0, 1)[hidden]
        states = self.norm(functional.gelu(self.dense(states)))
        scores: Tensor = functional.linear(states, self.encoder.embeddings.word_embeddings.weight, self.bias)
        return scores


@dataclass(frozen=True, slots=True)
class Stretches:
    """Texts as word pieces, each with the marks of begin and end: flat, as `bioweft.train.examples` has sentences."""

    pieces: NDArray[np.uint16]
    ends: NDArray[np.int64]
    """Where the pieces of each stretch end, shape (n,)."""

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Word pieces of each, shape (n,)."""
        return np.diff(self.ends, prepend=0)

    def padded(self, chosen: NDArray[np.integer]) -> NDArray[np.int64]:
        """Return some stretches, shape (b, p), padded with 0."""
        lengths = self.lengths[chosen]
        there = np.arange(lengths.max()) < lengths[:, None]
        place = (self.ends[chosen] - lengths)[:, None] + np.arange(lengths.max())
        return np.where(there, self.pieces[np.where(there, place, 0)], 0).astype(np.int64)

    def and_those_of(self, examples: Examples) -> "Stretches":
        """Return these and the sentences of the training parts."""
        chosen = np.flatnonzero(~examples.development)
        groups = np.array_split(chosen, max(1, len(chosen) // 8000))
        sentences = [examples.batch(group, np.zeros(len(group), np.int64)) for group in groups if len(group)]
        pieces = [batch.pieces[batch.there > 0].astype(np.uint16) for batch in sentences]
        lengths = np.concatenate([self.lengths, *(batch.there.sum(1) for batch in sentences)])
        return Stretches(np.concatenate([self.pieces, *pieces]), lengths.cumsum())


def encode(texts: Sequence[str], tokenizer: Tokenizer) -> Stretches:
    """Return the word pieces of texts, in stretches of at most `LONGEST`, with the marks of begin and end."""
    begin, end = mark(tokenizer, "[CLS]"), mark(tokenizer, "[SEP]")
    stretches = [np.zeros(0, np.uint16)]
    for encoding in tokenizer.encode_batch_fast(list(texts), add_special_tokens=False):
        for low in range(0, len(encoding.ids), LONGEST):
            stretches.append(np.array([begin, *encoding.ids[low : low + LONGEST], end], np.uint16))
    return Stretches(np.concatenate(stretches), np.array([len(s) for s in stretches[1:]], np.int64).cumsum())


def hide(
    pieces: NDArray[np.int64], share: float, mask: int, vocabulary: int, generator: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return pieces of which a share is hidden, and which; begin, end and padding never are.

    `pieces` has the shape (b, p), padded with 0.
    """
    inner = pieces != 0
    inner[:, 0] = False
    inner[np.arange(len(pieces)), (pieces != 0).sum(1) - 1] = False
    hidden = inner & (generator.random(pieces.shape) < share)
    if not hidden.any():
        hidden[np.unravel_index(np.flatnonzero(inner)[:1], pieces.shape)] = True
    shown = pieces.copy()
    how = generator.random(pieces.shape)
    shown[hidden & (how >= _KEPT + _OTHER)] = mask
    other = hidden & (how < _OTHER)
    shown[other] = generator.integers(0, vocabulary, int(other.sum()))
    return shown, hidden


def train(stretches: Stretches, encoder: BertModel, mask: int, settings: EncoderSettings, folder: Path) -> BertModel:
    """Train an encoder and return it; resumable as `bioweft.train.loop.run` says.

    It also learns to do with ReLU in place of GELU, which takes a seventh of the tagger's time.
    """
    activate(encoder, "relu")

    def loss(network: MaskedLanguage, chosen: NDArray[np.int64], generator: np.random.Generator) -> Tensor:
        pieces = stretches.padded(chosen)
        shown, hidden = hide(pieces, settings.hidden, mask, encoder.config.vocab_size, generator)
        arrays = shown, (pieces != 0) * 1, np.flatnonzero(hidden), pieces[hidden]
        *inputs, right = (torch.from_numpy(array).to(loop.device()) for array in arrays)
        return functional.cross_entropy(network(*inputs).float(), right)

    return loop.run(MaskedLanguage(encoder), stretches.lengths.tolist(), loss, settings, folder).encoder
