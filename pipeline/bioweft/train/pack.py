"""Packs corpora and literature into a folder that `bioweft.train.packed` reads."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer
from transformers import BertModel

from bioweft.errors import InputError
from bioweft.train import encoder as encoders
from bioweft.train import packed
from bioweft.train.encoder import Stretches
from bioweft.train.examples import LABELS, Example, encode
from bioweft.train.tagger import mark

_SEED = 1
_SPARE = 0.98
"""Share of what is left of the limit to aim at, as the size is only known afterwards."""


def pack(
    folder: Path,
    *,
    training: Sequence[Example],
    development: Sequence[Example],
    texts: Sequence[str],
    encoder: BertModel,
    tokenizer: Tokenizer,
    scored: Mapping[str, tuple[str, ...]],
    dictionaries: Sequence[str],
    limit: int,
    report: Callable[[str], None],
) -> None:
    """Write a packed folder of at most `limit` bytes: the sentences, and of the texts as many as fit.

    Args:
        folder: where to write.
        training: sentences to learn from.
        development: sentences to choose by.
        texts: what an encoder reads, drawn from at random.
        encoder: gives the sizes of the network.
        tokenizer: its word pieces.
        scored: by corpus, the types whose development figures are reported.
        dictionaries: the shipped ones whose terms the sentences carry.
        limit: the size of all files together, in bytes.
        report: takes lines that say what was packed.

    Raises:
        InputError: the sentences alone are larger than the limit.
    """
    folder.mkdir(parents=True, exist_ok=True)
    sentences = [*training, *development]
    flags = [False] * len(training) + [True] * len(development)
    examples = encode(sentences, tokenizer, LABELS, development=flags)
    packed.write_about(
        packed.About(
            encoder=packed.sizes(encoder),
            mask=mark(tokenizer, "[MASK]"),
            labels=LABELS,
            guidelines=examples.corpora,
            corpora=examples.corpora,
            scored=dict(scored),
            dictionaries=tuple(dictionaries),
        ),
        folder,
    )
    packed.write_arrays(folder / packed.EXAMPLES, examples.arrays())
    left = limit - sum((folder / name).stat().st_size for name in (packed.ABOUT, packed.EXAMPLES))
    report(
        f"{len(examples):,} sentences of {int(examples.lengths.sum()):,} word pieces, "
        f"{examples.development.sum():,} of them of development parts: {(limit - left) / 2**20:.1f} MiB"
    )
    if left <= 0:
        raise InputError(f"the sentences alone take {(limit - left) / 2**20:.1f} MiB, more than --limit")
    _pack_literature(folder, encoders.encode(texts, tokenizer), left, report)


def _pack_literature(folder: Path, stretches: Stretches, left: int, report: Callable[[str], None]) -> None:
    """Write as many stretches, drawn at random, as fit into `left` bytes."""
    order = np.random.default_rng(_SEED).permutation(len(stretches.ends))
    count = len(order)
    while True:
        chosen = _some(stretches, np.sort(order[:count]))
        packed.write_arrays(folder / packed.LITERATURE, {"pieces": chosen.pieces, "ends": chosen.ends})
        size = (folder / packed.LITERATURE).stat().st_size
        if size <= left or not count:
            break
        count = int(count * _SPARE * left / size)
    report(f"{count:,} of {len(order):,} texts of {len(chosen.pieces):,} word pieces: {size / 2**20:.1f} MiB")


def _some(stretches: Stretches, chosen: np.ndarray) -> Stretches:
    lengths = stretches.lengths
    keep = np.zeros(len(lengths), bool)
    keep[chosen] = True
    return Stretches(stretches.pieces[np.repeat(keep, lengths)], lengths[keep].cumsum())
