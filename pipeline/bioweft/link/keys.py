"""Names as keys that are equal where a reader would say that it is the same name.

The key of a name is the hash of its words, in lower case and American singular, Greek letters spelt out, written
without anything between them: `IL-6`, `IL6` and `il 6` have one key, so have `NF-κB` and `NF kappa B`, `tumours` and
`tumor`. Its `bag` is the same whatever the order of the words: `cancer of the breast` and `breast cancers`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bioweft.lexicon import rules
from bioweft.lexicon.normalise import SEPARATOR, Tokens, mix, same_word, scan

_I32 = NDArray[np.int32]
_I64 = NDArray[np.int64]
_U32 = NDArray[np.uint32]
_U64 = NDArray[np.uint64]
_Flags = NDArray[np.bool_]

_BASE = 0x9E3779B97F4A7C15
_LONGEST = 512
"""Characters of a name whose places count; of longer ones the rest is laid over the first."""
_CHARGE = re.compile(r"(?<=[^\W_])[-−⁻]$")
"""The minus of an ion (`Cl-`), which is not to be taken for a hyphen."""
_KEPT_MARKS = "+/&"
"""Marks that are a part of a name: `Ca2+`, `Th1/Th17`. All others (commas, brackets) only separate."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of n names and the m words in them."""

    key: _U64
    """Shape (n,)."""
    bag: _U64
    """Shape (n,); 0 for a name without spaces."""
    form: _U32
    """Shape (n,): hash of the words and marks as they are, but for case."""
    case: _U32
    """Shape (n,): hash of which letters are in upper case."""
    word: _U64
    """Shape (m,): hash of the words that tell something, one name's after the other."""
    words: _I32
    """Shape (n,): the number of these words of each name."""


def keys_of(names: Sequence[str]) -> Keys:
    """Return the keys of names."""
    tokens = scan("".join(_CHARGE.sub(" minus", name.replace(SEPARATOR, " ")) + SEPARATOR for name in names))
    is_end = tokens.hash == scan(SEPARATOR).hash
    name = np.cumsum(is_end) - is_end
    written, in_name = name[~is_end], np.bincount(name[~is_end], minlength=len(names))
    form = _sum_by(written, mix(tokens.hash[~is_end]) * _powers()[_rank(in_name)], len(names))
    case = _sum_by(written, mix(tokens.case[~is_end]) * _powers()[_rank(in_name)], len(names))
    value, size, hashed, telling, kept = _words(tokens)
    kept &= ~is_end
    name, value, size, hashed, telling = name[kept], value[kept], size[kept], hashed[kept], telling[kept]
    count = np.bincount(name, minlength=len(names))
    first = np.cumsum(count) - count
    place = np.cumsum(size) - size
    place -= np.repeat(place[np.minimum(first, max(0, len(place) - 1))] if len(place) else first, count)
    powers = _powers()
    telling_count = np.bincount(name[telling], minlength=len(names)).astype(np.int32)
    # The letters and digits of a code have one order alone: C3H is no H3C.
    is_phrase = np.array([" " in name.strip() for name in names], np.bool_)
    bags = _sum_by(name[telling], mix(hashed[telling]), len(names))
    return Keys(
        key=mix(_sum_by(name, value * powers[place % _LONGEST], len(names))),
        bag=np.where((telling_count > 1) & is_phrase, bags, np.uint64(0)),
        form=_half(form),
        case=_half(case),
        word=hashed[telling],
        words=telling_count,
    )


def _words(tokens: Tokens) -> tuple[_U64, _I64, _U64, _Flags, _Flags]:
    """Return of each token the value and size of its common form, its hash, whether it tells something, and counts."""
    _, place, inverse = np.unique(tokens.hash, return_index=True, return_inverse=True)
    is_word, is_number = tokens.is_word[place].tolist(), tokens.is_number[place].tolist()
    words = [
        _word(tokens.text(token), of_letters, of_digits)
        for token, of_letters, of_digits in zip(place.tolist(), is_word, is_number, strict=True)
    ]
    value = np.array([word.value for word in words], np.uint64)
    size = np.array([word.size for word in words], np.int64)
    telling = np.array([word.tells for word in words], np.bool_)
    kept = np.array([word.is_kept for word in words], np.bool_)
    return value[inverse], size[inverse], mix(value)[inverse], telling[inverse], kept[inverse]


class _Word(NamedTuple):
    """The value and size of a token's common form, whether it tells something, and whether it is part of a key."""

    value: int
    size: int
    tells: bool
    is_kept: bool


@lru_cache(maxsize=1 << 17)
def _word(text: str, is_word: bool, is_number: bool) -> _Word:
    if is_word:
        text = same_word(text)
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.uint64)
    value = (codes * _powers()[np.arange(len(codes)) % _LONGEST]).sum(dtype=np.uint64)
    is_kept = is_word or is_number or text in _KEPT_MARKS
    return _Word(int(value), len(codes), (is_word or is_number) and text not in rules.function_words(), is_kept)


def _sum_by(group: NDArray[np.int64], values: _U64, groups: int) -> _U64:
    """Return the sum of the values of each group, modulo 2^64; groups are in order."""
    sums = np.concatenate((np.zeros(1, np.uint64), np.cumsum(values, dtype=np.uint64)))
    ends = np.searchsorted(group, np.arange(groups + 1))
    return np.subtract(sums[ends[1:]], sums[ends[:-1]])


def _rank(count: _I64) -> _I64:
    """Return the place of each token in its name, at most the longest that is told apart."""
    first = np.cumsum(count) - count
    return np.minimum(np.arange(int(count.sum())) - np.repeat(first, count), _LONGEST - 1)


def _half(values: _U64) -> _U32:
    return (values >> np.uint64(32)).astype(np.uint32)


@cache
def _powers() -> _U64:
    factors = np.full(_LONGEST, _BASE, np.uint64)
    factors[0] = 1
    return np.cumprod(factors)
