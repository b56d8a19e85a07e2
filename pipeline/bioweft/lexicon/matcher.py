"""Finds every term of the dictionaries in a text: compiled once into flat arrays, walked for all positions at a time.

A term is a path of tokens (`bioweft.lexicon.normalise`) through a trie. Instead of nodes that point at each other, the
trie is one hash table from (state, token) to the next state, so that a whole text takes one step of all its paths in
one array operation, and so that the compiled form can be mapped from a file and shared by processes
(`bioweft.lexicon.cache`). How a text may deviate from a term is decided for each term by `bioweft.lexicon.rules`; which
of the matches become mentions, by `bioweft.tag.resolve`.
"""

from dataclasses import dataclass
from typing import NamedTuple, get_args

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from bioweft.lexicon import rules
from bioweft.lexicon.normalise import SEPARATOR, Tokens, mix, scan
from bioweft.records import TermStatus

STATUSES: tuple[str, ...] = get_args(TermStatus)
STATUS_STEP = 4
"""The step in rank from one status to the next worse, whatever the case and form."""
OTHER_CASE = 2
"""The loss in rank of a code that is not written in its own case."""

_I32 = NDArray[np.int32]
_I64 = NDArray[np.int64]
_U32 = NDArray[np.uint32]
_U64 = NDArray[np.uint64]
_Flags = NDArray[np.bool_]

_PHRASE = np.uint64(0xD6E8FEB86659FD93)
_SPREAD = np.uint64(0x9E3779B97F4A7C15)
_LONGEST_SEGMENT = 4
"""Characters of what stands before or behind a hyphen in a code."""
_LEAST_PREFIX = 4
_LEAST_SHOUTED = 2
_LEAST_SHOUTERS = 3
_LEAST_TELLING = 3
_NEARBY = 5
"""Tokens to either side of a term."""
_EMPTY = np.uint64(0xFFFFFFFFFFFFFFFF)


@dataclass(frozen=True, slots=True)
class HashTable:
    """From 64-bit keys to 32-bit numbers, in two arrays of 2^k slots with linear probing."""

    keys: _U64
    values: _I32

    @classmethod
    def build(cls, keys: _U64, values: _I32) -> "HashTable":
        """Make a table of distinct keys, at most 60% full."""
        bits = max(4, int(np.ceil(np.log2(len(keys) / 0.6 + 1))))
        table = cls(np.full(1 << bits, _EMPTY), np.full(1 << bits, -1, np.int32))
        pending, slot = np.arange(len(keys)), table._slot(keys)
        while len(pending):
            free = np.flatnonzero(table.keys[slot] == _EMPTY)
            # Of those that want the same free slot, the first gets it; the others move on with the rest.
            _, winner = np.unique(slot[free], return_index=True)
            placed = free[winner]
            table.keys[slot[placed]] = keys[pending[placed]]
            table.values[slot[placed]] = values[pending[placed]]
            left = np.ones(len(pending), np.bool_)
            left[placed] = False
            pending, slot = pending[left], (slot[left] + 1) & (len(table.keys) - 1)
        return table

    def get(self, keys: _U64) -> _I32:
        """Return the number of each key, -1 where there is none."""
        slot = self._slot(keys)
        there = self.keys[slot]
        values = np.where(there == keys, self.values[slot], np.int32(-1))
        open_ = np.flatnonzero((there != keys) & (there != _EMPTY))
        slot = slot[open_]
        while len(open_):
            slot = (slot + 1) & (len(self.keys) - 1)
            there = self.keys[slot]
            hit = there == keys[open_]
            values[open_[hit]] = self.values[slot[hit]]
            going = ~hit & (there != _EMPTY)
            open_, slot = open_[going], slot[going]
        return values

    def _slot(self, keys: _U64) -> _I64:
        shift = np.uint64(64 - (len(self.keys).bit_length() - 1))
        return ((keys * _SPREAD) >> shift).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Hits:
    """The k matches of concepts in a text, as arrays of length k, in order of start, then of end.

    A stretch of text that may name several concepts is there once for each, the one with more names first.
    """

    start: _I64
    end: _I64
    concept: _I32
    """Index into `Matcher.concepts`."""
    type: NDArray[np.uint8]
    """Index into `Matcher.types`."""
    status: NDArray[np.uint8]
    """Index into `STATUSES`."""
    rule: NDArray[np.uint8]
    """Flags of `bioweft.lexicon.rules` for the term."""
    rank: _I64
    """Rank of the term as a name of the concept in this text: by status, case (of a code) and form; 0 is best."""


@dataclass(frozen=True, slots=True)
class Matcher:
    """Compiled dictionaries."""

    concepts: pa.Array
    """The CURIE of each concept."""
    types: tuple[str, ...]
    words: HashTable
    """From the hash of a token to the number of its word, which is also the state in which a path begins."""
    children: HashTable
    """From a state and a word to the next state."""
    leads_on: _Flags
    """Whether a state has children."""
    terms_from: _I32
    """The terms that end in state s are those from `terms_from[s]` to `terms_from[s + 1]` in the arrays below."""
    concept: _I32
    type: NDArray[np.uint8]
    status: NDArray[np.uint8]
    rule: NDArray[np.uint8]
    form: _U32
    """Hash of the folded term."""
    case: _U32
    """Hash of which of its letters are upper case."""
    telling_from: _I32
    """The telling words of concept c are those from `telling_from[c]` to `telling_from[c + 1]` in `telling`."""
    telling: _I32
    """Numbers of words in the names of a concept that also has codes, without those that many of its type have."""

    def find(self, text: str) -> Hits:
        """Return all matches on word boundaries, none across `bioweft.lexicon.normalise.SEPARATOR`."""
        tokens = scan(text)
        ends = self._walk(tokens)
        low, high = self.terms_from[ends.state], self.terms_from[ends.state + 1]
        match = np.repeat(np.arange(len(low)), high - low)
        term = np.arange(len(match)) - np.repeat(np.cumsum(high - low) - high, high - low)
        first, last = ends.first[match], ends.last[match]
        rule = self.rule[term]
        same_case, same_form = ends.case[match] == self.case[term], ends.form[match] == self.form[term]
        capitals, spaces = _between(tokens, first, last)
        allowed = rules.allowed(
            rule,
            same_case=same_case,
            same_form=same_form,
            capitals=capitals,
            title=(capitals == 1) & tokens.first_upper[first],
            spaced=spaces > 0,
            cut=_cut(tokens, first, last),
            shouted=_shouted(tokens, first, last),
        )
        code = (rule & rules.CODE) > 0
        rank = self.status[term].astype(np.int64) * STATUS_STEP + OTHER_CASE * (code & ~same_case) + ~same_form
        kept = np.flatnonzero(allowed)
        kept = kept[_best(first[kept], last[kept], self.concept[term[kept]], rank[kept], term[kept])]
        term = term[kept]
        return Hits(
            start=tokens.start[first[kept]],
            end=tokens.end[last[kept]],
            concept=self.concept[term],
            type=self.type[term],
            status=self.status[term],
            rule=self.rule[term],
            rank=rank[kept],
        )

    def shares_word(self, concept: int, text: str) -> bool:
        """Say whether a telling word of a concept's names is in the text, or the concept has too few to tell."""
        telling = self.telling[self.telling_from[concept] : self.telling_from[concept + 1]]
        return len(telling) < _LEAST_TELLING or bool(np.isin(self.words.get(scan(text).hash), telling).any())

    def _walk(self, tokens: Tokens) -> "_Ends":
        """Follow the paths from all tokens at once, and return where terms end."""
        count = len(tokens)
        word = self.words.get(tokens.hash)
        closed = np.append(~tokens.glued & ~_in_decimal(tokens), True)
        first = np.flatnonzero((word >= 0) & closed[:count] & ~_after_prefix(tokens))
        last, state = first, word[first]
        start = np.zeros(len(first), np.uint64)
        form, case = join(start, tokens.hash[first]), join(start, tokens.case[first])
        ends = [_Ends(first[:0], last[:0], state[:0], short(form[:0]), short(case[:0]))]
        while len(first):
            here = np.flatnonzero((self.terms_from[state] < self.terms_from[state + 1]) & closed[last + 1])
            ends.append(_Ends(first[here], last[here], state[here], short(form[here]), short(case[here])))
            going = np.flatnonzero(self.leads_on[state] & (last + 1 < count))
            going = going[word[last[going] + 1] >= 0]
            last = last[going] + 1
            child = self.children.get(step_key(state[going], word[last]))
            there = np.flatnonzero(child >= 0)
            going, last, state = going[there], last[there], child[there]
            first = first[going]
            form, case = join(form[going], tokens.hash[last]), join(case[going], tokens.case[last])
        return _Ends(*(np.concatenate(arrays) for arrays in zip(*ends, strict=True)))


class _Ends(NamedTuple):
    """Where paths through the trie end in terms: first and last token, state, hashes of form and case."""

    first: _I64
    last: _I64
    state: _I32
    form: _U32
    case: _U32


def _best(first: _I64, last: _I64, concept: _I32, rank: _I64, term: _I64) -> _I64:
    """Return which matches to keep, of several terms of one concept in one stretch the best, in order of stretches."""
    order = np.lexsort((term, rank, concept, last, first))
    new = np.ones(len(order), np.bool_)
    new[1:] = False
    for key in (first, last, concept):
        new[1:] |= key[order[1:]] != key[order[:-1]]
    kept = order[new]
    return kept[np.lexsort((term[kept], last[kept], first[kept]))]


def _between(tokens: Tokens, first: _I64, last: _I64) -> tuple[_I64, _I64]:
    """Return how many capitals and spaces are in each stretch from a first to a last token."""
    capitals, spaces = _sums(tokens.upper), _sums(tokens.spaced)
    return capitals[last + 1] - capitals[first], spaces[last + 1] - spaces[first + 1]


def _in_decimal(tokens: Tokens) -> _Flags:
    """Say before which tokens no term ends or begins, as they are the point or the fraction of a number: `OR 1.2`."""
    point = np.zeros(len(tokens), np.bool_)
    joined = tokens.end[:-1] == tokens.start[1:]
    number = tokens.is_number
    stop = (tokens.folded[tokens.first] == ord(".")) & (tokens.size == 1)
    point[1:-1] = stop[1:-1] & number[:-2] & number[2:] & joined[:-1] & joined[1:]
    fraction = np.zeros(len(tokens), np.bool_)
    fraction[1:] = point[:-1]
    return point | fraction


def _after_prefix(tokens: Tokens) -> _Flags:
    """Say which tokens stand behind a prefix and a hyphen: `thrombo-embolism` is no embolism."""
    prefix = np.zeros(len(tokens), np.bool_)
    last = tokens.folded[tokens.first + tokens.size - 1]
    prefix[1:] = (
        tokens.hyphened[1:] & (last[:-1] == ord("o")) & (tokens.size[:-1] >= _LEAST_PREFIX) & tokens.is_word[1:]
    )
    return prefix


def _shouted(tokens: Tokens, first: _I64, last: _I64) -> _Flags:
    """Say which stretches stand among words that are all in capitals, as in headings and old titles."""
    word = tokens.is_word & (tokens.size >= _LEAST_SHOUTED)
    words, loud = _sums(word), _sums(word & (tokens.upper == tokens.size))
    # No further than the passage goes.
    separators = np.flatnonzero(tokens.folded[tokens.first] == ord(SEPARATOR))
    bounds = np.concatenate(([-1], separators, [len(tokens)]))
    passage = np.searchsorted(separators, first)
    low = np.maximum(first - _NEARBY, bounds[passage] + 1)
    high = np.minimum(last + 1 + _NEARBY, bounds[passage + 1])
    near = words[high] - words[low] - (words[last + 1] - words[first])
    near_loud = loud[high] - loud[low] - (loud[last + 1] - loud[first])
    shouted: _Flags = (near >= _LEAST_SHOUTERS) & (near_loud == near)
    return shouted


def _cut(tokens: Tokens, first: _I64, last: _I64) -> _Flags:
    """Say which stretches are joined by a hyphen to what makes them a part of a longer code: `MK-801`, `COUP-TF`."""
    hyphened = np.append(tokens.hyphened, False)
    number = np.append(tokens.is_number, False)
    after = last + 1
    number_behind: _Flags = hyphened[after] & number[after] & ~number[last]
    code_before = (tokens.upper > 0) & (tokens.size <= _LONGEST_SEGMENT)
    return number_behind | tokens.hyphened[first] & code_before[first - 1] & (tokens.size[first] <= _LONGEST_SEGMENT)


def _sums(values: NDArray[np.int64] | NDArray[np.bool_]) -> _I64:
    """Return the sums of the first 0, 1, …, n values."""
    return np.concatenate((np.zeros(1, np.int64), np.cumsum(values, dtype=np.int64)))


def step_key(state: _I32, word: _I32) -> _U64:
    """Return the keys of `Matcher.children`."""
    return (state.astype(np.uint64) << np.uint64(32)) | word.astype(np.uint64)


def join(phrase: _U64, token: _U64) -> _U64:
    """Return the hash of a phrase with one more token."""
    return phrase * _PHRASE + mix(token)


def short(phrase: _U64) -> _U32:
    """Return the half of a phrase's hash that is kept."""
    return (phrase >> np.uint64(32)).astype(np.uint32)
