"""Makes the pretrained encoder familiar with the literature: it learns to fill in words that are hidden from it.

Masked-language training (Devlin et al. 2019, *BERT*, section 3.1) on abstracts and on the text, not the annotations, of
the corpora. Sentences that stand in the test part of a reported corpus are left out.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional
from transformers import BertModel

from bioweft.records import Document
from bioweft.sources.pubmed import PubMedFiles
from bioweft.train import corpora, loop
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
        """Return scores of all v word pieces for the h places where `hidden` is true, shape (h, v).

        `pieces`, `there` (1 where a piece is) and `hidden` have the shape (b, p).
        """
        states = self.encoder(input_ids=pieces, attention_mask=there).last_hidden_state[hidden]
        states = self.norm(functional.gelu(self.dense(states)))
        scores: Tensor = functional.linear(states, self.encoder.embeddings.word_embeddings.weight, self.bias)
        return scores


def texts(data: Path) -> Iterator[str]:
    """Yield what there is to read: passages of the PubMed files and sentences of the corpora."""
    tested = corpora.tested(data)
    source = PubMedFiles(path=str(data / "literature" / "pubmed" / "*.xml"))
    for item in source.inputs(Path()):
        for record in source.read(item):
            if isinstance(record, Document):
                for passage in record.passages:
                    if passage.text and not any(corpora.key(s) in tested for s in corpora.sentences_of(passage.text)):
                        yield passage.text
    for example in corpora.training(data):
        yield example.text


def encode(found: Sequence[str], tokenizer: Tokenizer) -> list[NDArray[np.int32]]:
    """Return the word pieces of texts, in stretches of at most `LONGEST`, with the marks of begin and end."""
    begin, end = mark(tokenizer, "[CLS]"), mark(tokenizer, "[SEP]")
    stretches = []
    for encoding in tokenizer.encode_batch_fast(list(found), add_special_tokens=False):
        for low in range(0, len(encoding.ids), LONGEST):
            stretches.append(np.array([begin, *encoding.ids[low : low + LONGEST], end], np.int32))
    return stretches


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


def train(
    stretches: Sequence[NDArray[np.int32]],
    encoder: BertModel,
    tokenizer: Tokenizer,
    settings: EncoderSettings,
    folder: Path,
) -> BertModel:
    """Train an encoder and return it; resumable as `bioweft.train.loop.run` says.

    It also learns to do with ReLU in place of GELU, which takes a seventh of the tagger's time.
    """
    activate(encoder, "relu")
    mask = mark(tokenizer, "[MASK]")

    def loss(network: MaskedLanguage, chosen: NDArray[np.int64], generator: np.random.Generator) -> Tensor:
        pieces = np.zeros((len(chosen), max(len(stretches[i]) for i in chosen)), np.int64)
        for row, i in zip(pieces, chosen, strict=True):
            row[: len(stretches[i])] = stretches[i]
        shown, hidden = hide(pieces, settings.hidden, mask, encoder.config.vocab_size, generator)
        arrays = shown, (pieces != 0) * 1, hidden, pieces[hidden]
        *inputs, right = (torch.from_numpy(array).to(loop.device()) for array in arrays)
        return functional.cross_entropy(network(*inputs).float(), right)

    lengths = [len(one) for one in stretches]
    return loop.run(MaskedLanguage(encoder), lengths, loss, settings, folder).encoder
