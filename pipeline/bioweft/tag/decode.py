"""From emissions of BIO tags to spans: the best path in which no mention begins with an inside."""

import numpy as np
from numpy.typing import NDArray

OUTSIDE, BEGIN, INSIDE = range(3)

Span = tuple[int, int, int, float]
"""First token, token after the last, label, and score (the mean probability of the tags)."""


def decode(emissions: NDArray[np.float32]) -> list[Span]:
    """Return the spans of one text of t tokens from emissions of the shape (t, labels, 3), by start and label.

    Viterbi's algorithm, for all labels at once; the only rule is that inside does not follow outside.
    """
    length, labels, _ = emissions.shape
    if not length:
        return []
    scores = emissions - _log_sum(emissions)[..., None]
    best = scores[0].copy()
    best[:, INSIDE] = -np.inf
    came = np.zeros((length, labels, 3), np.int8)
    for i in range(1, length):
        any_ = best.max(1)
        from_any = best.argmax(1)
        inside_from = np.where(best[:, BEGIN] >= best[:, INSIDE], BEGIN, INSIDE)
        came[i, :, OUTSIDE] = came[i, :, BEGIN] = from_any
        came[i, :, INSIDE] = inside_from
        to = np.empty_like(best)
        to[:, OUTSIDE] = any_ + scores[i, :, OUTSIDE]
        to[:, BEGIN] = any_ + scores[i, :, BEGIN]
        to[:, INSIDE] = np.maximum(best[:, BEGIN], best[:, INSIDE]) + scores[i, :, INSIDE]
        best = to
    tags = np.empty((length, labels), np.int8)
    tags[-1] = best.argmax(1)
    every = np.arange(labels)
    for i in range(length - 1, 0, -1):
        tags[i - 1] = came[i, every, tags[i]]
    return _spans(tags, scores)


def _spans(tags: NDArray[np.int8], scores: NDArray[np.float32]) -> list[Span]:
    begins, labels = np.nonzero(tags == BEGIN)
    found = []
    for begin, label in zip(begins.tolist(), labels.tolist(), strict=True):
        end = begin + 1
        while end < len(tags) and tags[end, label] == INSIDE:
            end += 1
        path = scores[np.arange(begin, end), label, tags[begin:end, label]]
        found.append((begin, end, label, float(np.exp(path.mean()))))
    return found


def _log_sum(values: NDArray[np.float32]) -> NDArray[np.float32]:
    most = values.max(-1)
    result: NDArray[np.float32] = most + np.log(np.exp(values - most[..., None]).sum(-1))
    return result
