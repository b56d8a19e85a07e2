"""Trains the relation network, and says what it gives: what is learnt from a batch, in which order, and scores."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from bioweft.relate.features import by_stretch
from bioweft.train import loop
from bioweft.train.loop import LoopSettings
from bioweft.train.relation_examples import RelationExamples
from bioweft.train.relation_network import RelationNetwork, loss

PASSES: Mapping[str, float] = {"BC5CDR": 3.0, "BioRED": 3.0, "ChemProt": 2.0}
"""Passes of an epoch through a corpus, where not once: those with a task of their own count for more."""


@dataclass(frozen=True, slots=True)
class RelationTrainingSettings(LoopSettings):
    """How long and how fast to learn."""

    encoder_rate: float = 1e-4
    rate: float = 5e-4
    batch_pieces: int = 2048
    passes: Mapping[str, float] = field(default_factory=lambda: dict(PASSES))
    """By corpus, how often an epoch goes through its examples."""
    others: float = 1.0
    """How often it goes through the examples of any other corpus."""


def train(
    examples: RelationExamples, network: RelationNetwork, settings: RelationTrainingSettings, folder: Path
) -> RelationNetwork:
    """Train a network and return it; resumable as `bioweft.train.loop.run` says."""
    passes = [settings.passes.get(examples.corpora[number], settings.others) for number in examples.corpus]
    network.freeze(network.settings.marked_layer)

    def batch_loss(network: RelationNetwork, chosen: NDArray[np.int64], generator: np.random.Generator) -> Tensor:
        del generator
        return _loss(network(*_on_device(examples.inputs(chosen))), examples, chosen)

    return loop.run(network, examples.lengths.tolist(), batch_loss, settings, folder, passes=passes)


def _on_device(arrays: Iterable[Tensor]) -> list[Tensor]:
    return [array.to(loop.device()) for array in arrays]


def _loss(scores: Tensor, examples: RelationExamples, chosen: NDArray[np.int64]) -> Tensor:
    """Return the loss over the pairs of some stretches that are learnt from."""
    kept = np.concatenate([examples.learnt[number] for number in chosen])
    labels = np.concatenate([examples.right[number] for number in chosen])[kept]
    counts = [int(examples.learnt[number].sum()) for number in chosen]
    known = np.repeat(examples.known[examples.corpus[chosen]], counts, 0)
    right, annotated, mask = _on_device(map(torch.from_numpy, (labels, known, kept)))
    return loss(scores[mask], right, annotated)


@torch.inference_mode()
def scores(network: RelationNetwork, examples: RelationExamples, count: int) -> list[dict[int, NDArray[np.float32]]]:
    """Return for each of `count` examples the scores of its pairs by place, shape (labels,) each.

    A pair in several stretches has the highest of its scores, one in no stretch has none.
    """
    network.eval()
    by_example: list[dict[int, NDArray[np.float32]]] = [{} for _ in range(count)]
    order = np.argsort(examples.lengths, kind="stable")
    for chosen in np.array_split(order, max(1, len(order) // 8)):
        stretches = [examples.stretches[number] for number in chosen]
        given = by_stretch(network(*examples.inputs(chosen)).float().numpy(), stretches)
        for number, stretch, rows in zip(chosen, stretches, given, strict=True):
            by_pair = by_example[examples.example[number]]
            for place, row in zip(stretch.places.tolist(), rows, strict=True):
                by_pair[place] = np.maximum(by_pair.get(place, row), row)
    return by_example
