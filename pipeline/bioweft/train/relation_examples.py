"""Relation examples as flat arrays: small to keep, quick to draw batches from. Needs NumPy and PyTorch alone."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from bioweft.relate.features import Features, padded


@dataclass(frozen=True, slots=True)
class RelationExamples:
    """Stretches of documents to learn from or to judge, with what their corpora say of the pairs in them."""

    labels: tuple[str, ...]
    corpora: tuple[str, ...]
    stretches: list[Features]
    corpus: NDArray[np.int64]
    """Number of each stretch's corpus, shape (n,)."""
    example: NDArray[np.int64]
    """Number of the example that each stretch is of, shape (n,)."""
    right: list[NDArray[np.uint8]]
    """Labels of the pairs of each stretch, shape (p, labels)."""
    learnt: list[NDArray[np.bool_]]
    """Pairs of each stretch that are learnt from, shape (p,): wider terms of a related pair are not."""
    known: NDArray[np.uint8]
    """Labels that each corpus annotates, shape (corpora, labels)."""

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Word pieces of each stretch, shape (n,)."""
        return np.array([len(stretch.pieces) for stretch in self.stretches], np.int64)

    def inputs(self, chosen: Iterable[int]) -> tuple[Tensor, ...]:
        """Return what the network takes for some stretches."""
        numbers = list(chosen)
        batch = padded([self.stretches[i] for i in numbers])
        return tuple(map(torch.from_numpy, batch))

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return what `unpacked` takes: of each field of all stretches one array, and where each stretch ends in it."""
        arrays: dict[str, NDArray[Any]] = {"corpora": self.corpus, "example": self.example, "known": self.known}
        columns: dict[str, Sequence[NDArray[Any]]] = {"right": self.right, "learnt": self.learnt}
        for field in fields(Features):
            values = [getattr(stretch, field.name) for stretch in self.stretches]
            if field.name in _OF_PAIRS:
                arrays["nodes.lengths"] = np.array([len(nodes) for stretch in values for nodes in stretch], np.uint8)
                values = [np.concatenate(stretch) for stretch in values]
            columns[field.name] = values
        for name, pieces in columns.items():
            arrays[name] = _narrow(np.concatenate(pieces))
            arrays[f"{name}.ends"] = np.cumsum([len(piece) for piece in pieces]).astype(np.int32)
        return arrays


_OF_PAIRS = ("nodes", "roles")
"""Fields of a stretch that have a list of arrays, one for each pair."""


def unpacked(arrays: Mapping[str, NDArray[Any]], labels: Sequence[str], corpora: Sequence[str]) -> RelationExamples:
    """Return the examples whose `RelationExamples.arrays` these are."""
    split = {
        name: np.split(_wide(arrays[name]), arrays[f"{name}.ends"][:-1])
        for name in ("right", "learnt", *(field.name for field in fields(Features)))
    }
    lengths = np.split(arrays["nodes.lengths"], np.cumsum([len(pairs) for pairs in split["pairs"]])[:-1])
    stretches = []
    for number, stretch_lengths in enumerate(lengths):
        values: dict[str, Any] = {field.name: split[field.name][number] for field in fields(Features)}
        for name in _OF_PAIRS:
            values[name] = np.split(values[name], np.cumsum(stretch_lengths.astype(np.int64))[:-1])
        stretches.append(Features(**values))
    return RelationExamples(
        tuple(labels), tuple(corpora), stretches, arrays["corpora"].astype(np.int64),
        arrays["example"].astype(np.int64), split["right"], [mask.astype(bool) for mask in split["learnt"]],
        arrays["known"],
    )  # fmt: skip


def _narrow(array: NDArray[Any]) -> NDArray[Any]:
    """Return numbers in 16 bits where they fit: pieces and their places do."""
    fits = array.dtype == np.int32 and 0 <= array.min(initial=0) <= array.max(initial=0) < 1 << 16
    return array.astype(np.uint16) if fits else array


def _wide(array: NDArray[Any]) -> NDArray[Any]:
    return array.astype(np.int32) if array.dtype == np.uint16 else array
