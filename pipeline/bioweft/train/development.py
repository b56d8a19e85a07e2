"""Development figures of a network that is not calibrated yet, to tell trainings apart."""

from collections import defaultdict
from collections.abc import Mapping
from statistics import fmean

import numpy as np
import torch
from numpy.typing import NDArray

from bioweft.tag.decode import BEGIN, INSIDE, decode
from bioweft.train import loop
from bioweft.train.examples import UNKNOWN, Examples
from bioweft.train.network import Network

_PIECES = 16_384
"""Word pieces of a batch, with padding."""


def f1_by_type(
    network: Network, examples: Examples, scored: Mapping[str, tuple[str, ...]]
) -> dict[str, dict[str, float]]:
    """Return the exact F1 on the development parts, by type and corpus.

    Mentions are those of the network alone, sentence by sentence, without a guideline asked for; a mention that touches
    a token of which the corpus says nothing does not count. `scored` names the types of each corpus.
    """
    network = network.to(loop.device()).eval()
    labels = network.settings.labels
    right: defaultdict[tuple[str, str], int] = defaultdict(int)
    total: defaultdict[tuple[str, str], int] = defaultdict(int)
    chosen = np.flatnonzero(examples.development)
    lengths = examples.lengths
    generator = np.random.default_rng(0)
    for numbers in loop.plan(lengths[chosen], np.ones(len(chosen)), _PIECES, generator):
        batch = examples.batch(chosen[numbers], np.zeros(len(numbers), np.int64))
        with torch.inference_mode():
            emissions = network(*(array.to(loop.device()) for array in batch.inputs())).float().cpu().numpy()
        decoded = decode(emissions, batch.tokens.sum(1))
        for example, tags, spans in zip(chosen[numbers], batch.tags, decoded, strict=True):
            corpus = examples.corpora[examples.corpus[example]]
            for type_ in scored.get(corpus, ()):
                label = labels.index(type_)
                gold = _spans(tags[:, label])
                guessed = {
                    (begin, end)
                    for begin, end, span_label, _ in spans
                    if span_label == label and not (tags[begin:end, label] == UNKNOWN).any()
                }
                right[type_, corpus] += len(gold & guessed)
                total[type_, corpus] += len(gold) + len(guessed)
    by_type: defaultdict[str, dict[str, float]] = defaultdict(dict)
    for (type_, corpus), count in sorted(total.items()):
        by_type[type_][corpus] = 2 * right[type_, corpus] / max(1, count)
    return dict(by_type)


def line(scores: Mapping[str, Mapping[str, float]]) -> str:
    """Return the mean of each type over its corpora, and the corpora apart."""
    return "; ".join(
        f"{type_} {fmean(by_corpus.values()):.4f} ({', '.join(f'{name} {f1:.3f}' for name, f1 in by_corpus.items())})"
        for type_, by_corpus in scores.items()
    )


def _spans(tags: NDArray[np.int8]) -> set[tuple[int, int]]:
    spans = set()
    for begin in np.flatnonzero(tags == BEGIN).tolist():
        end = begin + 1
        while end < len(tags) and tags[end] == INSIDE:
            end += 1
        spans.add((begin, end))
    return spans
