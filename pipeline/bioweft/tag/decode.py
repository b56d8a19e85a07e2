"""From emissions of BIO tags to spans: the best path in which no mention begins with an inside."""

import numpy as np
from numpy.typing import NDArray

OUTSIDE, BEGIN, INSIDE = range(3)

Span = tuple[int, int, int, float]
"""First token, token after the last, label, and score (the geometric mean of the probabilities of the tags)."""

_NEVER = np.float32(-1e9)


def decode(
    emissions: NDArray[np.float32],
    lengths: NDArray[np.integer],
    outside: NDArray[np.float32] | float = 0.0,
    adjoining: NDArray[np.float32] | float = 0.0,
) -> list[list[Span]]:
    """Return the spans of b texts, each by start and label.

    Viterbi's algorithm, for all texts and labels at once; inside does not follow outside.

    Args:
        emissions: shape (b, t, labels, 3); what is beyond the length of a text does not matter.
        lengths: the tokens of each text, shape (b,).
        outside: is added to the emission of outside, of a shape that goes with (b, t, labels): above 0 for fewer
            mentions, below for more.
        adjoining: is added where a mention begins right after another, of a shape that goes with (labels,).
    """
    texts, longest, labels, _ = emissions.shape
    if not longest:
        return [[] for _ in range(texts)]
    scores = emissions.astype(np.float32)
    scores[..., OUTSIDE] += outside
    scores -= _log_sum(scores)[..., None]
    scores[np.arange(longest) >= lengths[:, None]] = (0, _NEVER, _NEVER)
    best = scores[:, 0].copy()
    best[..., INSIDE] = _NEVER
    came = np.zeros((longest, texts, labels, 3), np.int8)
    for i in range(1, longest):
        within = np.maximum(best[..., BEGIN], best[..., INSIDE])
        came[i, ..., INSIDE] = np.where(best[..., BEGIN] >= best[..., INSIDE], BEGIN, INSIDE)
        before = [within, within + adjoining]
        for tag, ended in zip((OUTSIDE, BEGIN), before, strict=True):
            came[i, ..., tag] = np.where(best[..., OUTSIDE] >= ended, OUTSIDE, came[i, ..., INSIDE])
        best = scores[:, i] + np.stack([*(np.maximum(best[..., OUTSIDE], ended) for ended in before), within], -1)
    tags = np.empty((longest, texts, labels), np.int8)
    tags[-1] = best.argmax(-1)
    for i in range(longest - 1, 0, -1):
        tags[i - 1] = np.take_along_axis(came[i], tags[i][..., None], -1)[..., 0]
    return _spans(tags.transpose(1, 0, 2), scores)


def _spans(tags: NDArray[np.int8], scores: NDArray[np.float32]) -> list[list[Span]]:
    found: list[list[Span]] = [[] for _ in tags]
    for text, begin, label in np.argwhere(tags == BEGIN).tolist():
        column = tags[text, :, label]
        end = begin + 1
        while end < len(column) and column[end] == INSIDE:
            end += 1
        path = scores[text, np.arange(begin, end), label, column[begin:end]]
        found[text].append((begin, end, label, float(np.exp(path.mean()))))
    return found


def _log_sum(values: NDArray[np.float32]) -> NDArray[np.float32]:
    most = values.max(-1)
    result: NDArray[np.float32] = most + np.log(np.exp(values - most[..., None]).sum(-1))
    return result
