"""Compiles dictionary tables into a `bioweft.lexicon.matcher.Matcher`."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from bioweft.lexicon import rules
from bioweft.lexicon.matcher import STATUSES, HashTable, Matcher, join, short, step_key
from bioweft.lexicon.normalise import PART, Tokens, same_word, scan, word_forms

_TERMS_A_SCAN = 1 << 15
_LEAST_INFLECTED = 3

_I32 = NDArray[np.int32]
_I64 = NDArray[np.int64]
_U64 = NDArray[np.uint64]
_Flags = NDArray[np.bool_]


def compile_tables(tables: Sequence[pa.Table]) -> Matcher:
    """Compile dictionary tables (`bioweft.lexicon.dictionary.SCHEMA`).

    A concept that several tables hold is one, of the type that the first gives it.
    """
    terms = _flatten(tables)
    tokens = _tokens(terms.texts)
    types = tuple(dict.fromkeys(terms.type_of))
    type_of = np.array([types.index(t) for t in terms.type_of], np.uint8)
    term_type = type_of[terms.concept]
    rule, kept = rules.assign(_looks(tokens, terms), type_=np.array(types)[term_type])
    word, words = _words(
        tokens, ~((np.array(types) == "species")[term_type] & (terms.status != STATUSES.index("synonym")))
    )
    state, form, case, children, states = _paths(tokens, word)
    kept &= tokens.count > 0
    # One of several spellings that cannot be told apart is enough, the best.
    order = np.lexsort((terms.status, case, form, terms.concept, state))
    order = order[kept[order]]
    group = np.ones(len(order), np.bool_)
    keys = (state, terms.concept, form, case)
    group[1:] = np.any([key[order[1:]] != key[order[:-1]] for key in keys], axis=0)
    begins = np.flatnonzero(group)
    spaces = np.maximum.reduceat(tokens.spaces[order], begins) if len(begins) else np.zeros(0, np.int64)
    order = order[begins]
    ends = np.bincount(state[order], minlength=states)
    return Matcher(
        concepts=pa.array(terms.ids, pa.large_string()),
        types=types,
        words=words,
        children=HashTable.build(*children),
        leads_on=np.isin(np.arange(states, dtype=np.uint64), children[0] >> np.uint64(32)),
        terms_from=np.concatenate((np.zeros(1, np.int64), np.cumsum(ends))).astype(np.int32),
        concept=terms.concept[order],
        type=term_type[order],
        status=terms.status[order],
        rule=rule[order],
        spaces=np.minimum(spaces, 255).astype(np.uint8),
        form=form[order],
        case=case[order],
    )


@dataclass(frozen=True, slots=True)
class _Terms:
    """All terms of all tables."""

    ids: list[str]
    """Of the concepts."""
    type_of: list[str]
    """Of the concepts."""
    texts: list[str]
    concept: _I32
    status: NDArray[np.uint8]


def _flatten(tables: Sequence[pa.Table]) -> _Terms:
    number: dict[str, int] = {}
    type_of: list[str] = []
    texts: list[str] = []
    concept: list[_I32] = [np.zeros(0, np.int32)]
    status: list[NDArray[np.uint8]] = [np.zeros(0, np.uint8)]
    for table in tables:
        numbers = []
        for id_, type_ in zip(table["id"].to_pylist(), table["type"].to_pylist(), strict=True):
            if id_ not in number:
                number[id_] = len(number)
                type_of.append(type_)
            numbers.append(number[id_])
        lists = table["terms"].combine_chunks()
        fields = lists.flatten()
        texts += fields.field("text").to_pylist()
        lengths = lists.value_lengths().to_numpy(zero_copy_only=False)
        concept.append(np.repeat(np.array(numbers, np.int32), lengths))
        statuses = fields.field("status").dictionary_encode()
        codes = np.array([STATUSES.index(word) for word in statuses.dictionary.to_pylist()], np.uint8)
        status.append(codes[statuses.indices.to_numpy(zero_copy_only=False)])
    return _Terms(list(number), type_of, texts, np.concatenate(concept), np.concatenate(status))


@dataclass(frozen=True)
class _TermTokens:
    """The tokens of all terms, one after the other, without the marks between terms."""

    scans: list[Tokens]
    kept: list[_I64]
    """The tokens of each scan that belong to terms."""
    term: _I64
    """The term of each token."""
    terms: int

    def joined(self, name: str) -> NDArray[np.generic]:
        parts = [getattr(scan_, name)[kept] for scan_, kept in zip(self.scans, self.kept, strict=True)]
        return np.concatenate(parts) if parts else np.zeros(0, np.uint64)

    @cached_property
    def hash(self) -> _U64:
        return self.joined("hash").astype(np.uint64)

    @cached_property
    def count(self) -> _I64:
        """How many tokens each term has."""
        return np.bincount(self.term, minlength=self.terms)

    @cached_property
    def first(self) -> _I64:
        """The first token of each term."""
        return np.cumsum(self.count) - self.count

    @cached_property
    def spaces(self) -> _I64:
        """How often white space stands inside each term."""
        spaced = self.joined("spaced").astype(np.int64)
        spaced[self.first[self.count > 0]] = 0
        return self.total(spaced)

    def total(self, values: NDArray[np.generic]) -> _I64:
        """Return the sum over the tokens of each term."""
        return np.bincount(self.term, weights=values.astype(np.float64), minlength=self.terms).astype(np.int64)

    def text(self, number: int) -> str:
        """Return a folded token."""
        which = int(np.searchsorted(self._begins, number, side="right")) - 1
        return self.scans[which].text(int(self.kept[which][number - self._begins[which]]))

    @cached_property
    def _begins(self) -> _I64:
        sizes = [len(kept) for kept in self.kept]
        return np.cumsum([0, *sizes])[:-1]


def _tokens(texts: list[str]) -> _TermTokens:
    part = scan(PART).hash[0]
    scans, kept, term = [], [], [np.zeros(0, np.int64)]
    for low in range(0, len(texts), _TERMS_A_SCAN):
        found = scan(PART.join(text.replace(PART, " ") for text in texts[low : low + _TERMS_A_SCAN]) + PART)
        parts = found.hash == part
        scans.append(found)
        kept.append(np.flatnonzero(~parts))
        term.append(low + (np.cumsum(parts) - parts)[~parts])
    return _TermTokens(scans, kept, np.concatenate(term), len(texts))


def _looks(tokens: _TermTokens, terms: _Terms) -> rules.Looks:
    size, word = tokens.joined("size"), tokens.joined("is_word")
    first = np.minimum(tokens.first, max(len(tokens.hash) - 1, 0))
    stop = scan(".").hash[0]
    second = np.minimum(first + 1, max(len(tokens.hash) - 1, 0))
    abbreviated = (
        (tokens.count >= 3) & (size[first] == 1) & tokens.joined("first_upper").astype(np.bool_)[first]
        & (tokens.hash[second] == stop)
    ) if len(tokens.hash) else np.zeros(len(terms.texts), np.bool_)  # fmt: skip
    return rules.Looks(
        tokens=tokens.count,
        letters=tokens.total(np.where(word, size, 0)),
        digits=tokens.total(np.where(tokens.joined("is_number"), size, 0)),
        upper=tokens.total(tokens.joined("upper")),
        spaces=tokens.spaces,
        abbreviated=abbreviated,
        common=np.zeros(len(terms.texts), np.bool_),
        symbol=terms.status == STATUSES.index("symbol"),
    )


def _words(tokens: _TermTokens, inflected: _Flags) -> tuple[_I32, HashTable]:
    """Number the words: return the number of each token, and the table from hashes of all their forms to numbers.

    `inflected`: the terms whose words have other forms.
    """
    unique, index, inverse = np.unique(tokens.hash, return_index=True, return_inverse=True)
    common = np.zeros(len(unique), np.bool_)
    common[inverse[inflected[tokens.term]]] = True
    word, size = tokens.joined("is_word").astype(np.bool_), tokens.joined("size")
    common &= word[index] & (size[index] >= _LEAST_INFLECTED)
    numbers: dict[str, int] = {}
    forms: list[str] = []
    number_of_form: list[int] = []
    for place in np.flatnonzero(common):
        text = tokens.text(int(index[place]))
        number = numbers.setdefault(same_word(text), len(numbers))
        for form in word_forms(text):
            forms.append(form)
            number_of_form.append(number)
    hashes = scan(PART.join(forms)).hash[::2] if forms else np.zeros(0, np.uint64)
    form_hash, form_index = np.unique(hashes, return_index=True)
    form_number = np.array(number_of_form, np.int32)[form_index]
    other = np.setdiff1d(unique, form_hash, assume_unique=True)
    keys = np.concatenate((form_hash, other))
    values = np.concatenate((form_number, np.arange(len(numbers), len(numbers) + len(other), dtype=np.int32)))
    table = HashTable.build(keys, values)
    return table.get(unique)[inverse], table


def _paths(
    tokens: _TermTokens, word: _I32
) -> tuple[_I32, NDArray[np.uint32], NDArray[np.uint32], tuple[_U64, _I32], int]:
    """Return the state in which each term ends and its two hashes, the steps between states, how many states there are."""
    case_of_token = tokens.joined("case").astype(np.uint64)
    live = np.flatnonzero(tokens.count > 0)
    state, form, case = (np.zeros(tokens.terms, kind) for kind in (np.int32, np.uint64, np.uint64))
    states = int(word.max(initial=-1)) + 1
    keys: list[_U64] = [np.zeros(0, np.uint64)]
    depth = 0
    while len(live):
        here = tokens.first[live] + depth
        form[live] = join(form[live], tokens.hash[here])
        case[live] = join(case[live], case_of_token[here])
        if depth == 0:
            state[live] = word[here]
        else:
            step, inverse = np.unique(step_key(state[live], word[here]), return_inverse=True)
            state[live] = states + inverse
            states += len(step)
            keys.append(step)
        depth += 1
        live = live[tokens.count[live] > depth]
    steps = np.concatenate(keys)
    return state, short(form), short(case), (steps, np.arange(states - len(steps), states, dtype=np.int32)), states
