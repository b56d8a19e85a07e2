"""From emissions of BIO tags to spans: the best path in which no mention begins with an inside, and how sure it is."""

import numpy as np
from numpy.typing import NDArray

TAGS = 3
OUTSIDE, BEGIN, INSIDE = range(TAGS)
"""The tags of each label, in the order of the emissions."""

TokenSpan = tuple[int, int, int, float]
"""First token, token after the last, label, and the probability that there is a mention of just these tokens."""

_NEVER = np.float32(-60)
"""The logarithm of the probability of a tag that cannot be: so low that it does not matter, without underflow."""


def decode(
    emissions: NDArray[np.float32],
    lengths: NDArray[np.integer],
    outside: NDArray[np.float32] | float = 0.0,
    adjoining: NDArray[np.float32] | float = 0.0,
) -> list[list[TokenSpan]]:
    """Return the spans of b texts, each by start and label.

    Viterbi's algorithm, for all texts and labels at once; inside does not follow outside. The probabilities are by the
    forward and backward weights of the same chain (Rabiner 1989, *A tutorial on hidden Markov models*, section III).

    Args:
        emissions: shape (b, t, labels, 3); what is beyond the length of a text does not matter.
        lengths: the tokens of each text, shape (b,).
        outside: is added to the emission of outside, of a shape that goes with (b, t, labels): above 0 for fewer
            mentions, below for more.
        adjoining: is added where a mention begins right after another, of a shape that goes with (labels,); 0 or less.
    """
    texts, longest, labels, _ = emissions.shape
    spans_of_texts: list[list[TokenSpan]] = [[] for _ in range(texts)]
    scores = emissions.astype(np.float32)
    scores[..., OUTSIDE] += outside
    # Where no tag is better than outside, a text has no mention of the label. That is so for most texts and labels.
    in_text = (np.arange(longest) < lengths[:, None])[..., None]
    text, label = np.nonzero((in_text & (scores[..., OUTSIDE] < scores[..., BEGIN:].max(-1))).any(1))
    if not len(text):
        return spans_of_texts
    chains = scores[text, :, label]
    chains -= _log_sum(chains)[..., None]
    chains[np.arange(longest) >= lengths[text, None]] = (0, _NEVER, _NEVER)
    chains = np.ascontiguousarray(np.maximum(chains, _NEVER).transpose(1, 2, 0))
    penalty = np.broadcast_to(np.float32(adjoining), labels)[label]
    tags = _best(chains, penalty)
    before, after, scale = _around(np.exp(chains), np.exp(penalty))
    for chain, begin in np.argwhere(tags.T == BEGIN).tolist():
        column = tags[:, chain]
        end = begin + 1
        while end < longest and column[end] == INSIDE:
            end += 1
        path = chains[np.arange(begin, end), column[begin:end], chain] - np.log(scale[begin:end, chain])
        probability = float(before[begin, chain] * np.exp(path.sum()) * after[end - 1, chain])
        spans_of_texts[text[chain]].append((begin, end, int(label[chain]), min(probability, 1.0)))
    for spans in spans_of_texts:
        spans.sort(key=lambda span: (span[0], span[2]))
    return spans_of_texts


def _best(scores: NDArray[np.float32], adjoining: NDArray[np.float32]) -> NDArray[np.int8]:
    """Return the tags of the best path of n chains, shape (t, n), for scores of shape (t, 3, n)."""
    longest, _, chains = scores.shape
    came = np.empty((longest, 3, chains), np.int8)
    outside, begin = scores[0, OUTSIDE], scores[0, BEGIN]
    inside = np.full(chains, longest * 2 * _NEVER, np.float32)
    for i in range(1, longest):
        within = np.maximum(begin, inside)
        came[i, INSIDE] = np.where(begin >= inside, BEGIN, INSIDE)
        ended = within + adjoining
        came[i, OUTSIDE] = np.where(outside >= within, OUTSIDE, came[i, INSIDE])
        came[i, BEGIN] = np.where(outside >= ended, OUTSIDE, came[i, INSIDE])
        begin = scores[i, BEGIN] + np.maximum(outside, ended)
        inside = scores[i, INSIDE] + within
        outside = scores[i, OUTSIDE] + np.maximum(outside, within)
    tags = np.empty((longest, chains), np.int8)
    tags[-1] = np.stack([outside, begin, inside]).argmax(0)
    every = np.arange(chains)
    for i in range(longest - 1, 0, -1):
        tags[i - 1] = came[i, tags[i], every]
    return tags


def _around(
    probabilities: NDArray[np.float32], adjoining: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Return the weight of all that can come before a mention that begins at a token, and after one that ends there.

    The third is by what the weights were divided at each token so that they do not vanish. All have the shape (t, n);
    `probabilities` are the probabilities of the tags, shape (t, 3, n).
    """
    longest, _, chains = probabilities.shape
    before, after, scale = (np.ones((longest, chains), np.float32) for _ in range(3))
    outside, within = np.ones(chains, np.float32), np.zeros(chains, np.float32)
    for i in range(longest):
        before[i] = outside + within * adjoining
        outside = (outside + within) * probabilities[i, OUTSIDE]
        within = before[i] * probabilities[i, BEGIN] + within * probabilities[i, INSIDE]
        scale[i] = outside + within
        outside, within = outside / scale[i], within / scale[i]
    outside, within = np.ones(chains, np.float32), np.ones(chains, np.float32)
    for i in range(longest - 1, 0, -1):
        free, begin = probabilities[i, OUTSIDE] * outside, probabilities[i, BEGIN] * within
        after[i - 1] = (free + begin * adjoining) / scale[i]
        outside, within = (free + begin) / scale[i], after[i - 1] + probabilities[i, INSIDE] * within / scale[i]
    return before, after, scale


def _log_sum(values: NDArray[np.float32]) -> NDArray[np.float32]:
    most = values.max(-1)
    result: NDArray[np.float32] = most + np.log(np.exp(values - most[..., None]).sum(-1))
    return result
