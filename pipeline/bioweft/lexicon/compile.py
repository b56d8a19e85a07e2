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
    type_ = np.array([types.index(t) for t in terms.type_of], np.uint8)[terms.concept]
    type_name = np.array(types or ("",))[type_]
    # Latin names are not inflected.
    latin = (type_name == "species") & (terms.status != STATUSES.index("synonym"))
    word, words = _words(tokens, ~latin)
    paths = _paths(tokens, word)
    rule, kept = rules.assign(_looks(tokens, terms, type_name, _stopped(paths, words, type_name)))
    kept &= tokens.count > 0
    # Of the spellings of a concept's name that cannot be told apart, the best is enough; of the concepts that share a
    # name equally well, the one with more names comes first.
    names = np.bincount(terms.concept)[terms.concept]
    order = np.lexsort((terms.status, paths.case, paths.form, terms.concept, -names, paths.state))
    order = order[kept[order]]
    keys = (paths.state, terms.concept, paths.form, paths.case)
    new = np.ones(len(order), np.bool_)
    new[1:] = np.any([key[order[1:]] != key[order[:-1]] for key in keys], axis=0)
    first = np.flatnonzero(new)
    spaces = np.maximum.reduceat(tokens.spaces[order], first) if len(first) else np.zeros(0, np.int64)
    order = order[first]
    ends = np.bincount(paths.state[order], minlength=paths.states)
    return Matcher(
        concepts=pa.array(terms.ids, pa.large_string()),
        types=types,
        words=words,
        children=paths.children,
        leads_on=paths.leads_on,
        terms_from=np.concatenate((np.zeros(1, np.int64), np.cumsum(ends))).astype(np.int32),
        concept=terms.concept[order],
        type=type_[order],
        status=terms.status[order],
        rule=rule[order],
        spaces=np.minimum(spaces, 255).astype(np.uint8),
        form=paths.form[order],
        case=paths.case[order],
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


def _looks(tokens: _TermTokens, terms: _Terms, type_name: NDArray[np.str_], stopped: _Flags) -> rules.Looks:
    size, word, number = tokens.joined("size"), tokens.joined("is_word"), tokens.joined("is_number")
    # Terms without tokens borrow the last token of all; they are not kept.
    end = max(len(tokens.hash) - 1, 0)
    first, second = np.minimum(tokens.first, end), np.minimum(tokens.first + 1, end)
    if not len(tokens.hash):
        first = second = np.zeros(0, np.int64)
    common = np.isin(tokens.hash, scan(PART.join(sorted(rules.common_words()))).hash)
    return rules.Looks(
        type=type_name,
        letters=tokens.total(np.where(word, size, 0)),
        digits=tokens.total(np.where(number, size, 0)),
        upper=tokens.total(tokens.joined("upper")),
        spaces=tokens.spaces,
        words=tokens.total(word),
        number_first=number[first].astype(np.bool_),
        abbreviated=(
            (tokens.count >= 3)
            & (size[first] == 1)
            & tokens.joined("first_upper")[first].astype(np.bool_)
            & (tokens.hash[second] == scan(".").hash[0])
        ),
        common=(tokens.count == 1) & common[first],
        stopped=stopped,
        symbol=terms.status == STATUSES.index("symbol"),
    )


def _stopped(paths: "_Paths", words: HashTable, type_name: NDArray[np.str_]) -> _Flags:
    """Say which terms are on the list of stop terms, in any form."""
    stopped = np.zeros(len(paths.state), np.bool_)
    stops: dict[str, list[int]] = {}
    for term, type_ in rules.stop_terms():
        stops.setdefault(type_, []).append(paths.end(words.get(scan(term).hash)))
    for type_, states in stops.items():
        stopped |= np.isin(paths.state, [state for state in states if state >= 0]) & (
            (type_name == type_) | (type_ == "*")
        )
    return stopped


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


@dataclass(frozen=True, slots=True)
class _Paths:
    """The trie of all terms, and where in it each of them ends."""

    state: _I32
    """Of each term; -1 for one without tokens."""
    form: NDArray[np.uint32]
    case: NDArray[np.uint32]
    children: HashTable
    leads_on: _Flags
    states: int

    def end(self, word: _I32) -> int:
        """Return the state in which a sequence of words ends, -1 where it leads nowhere."""
        state = int(word[0])
        for next_ in word[1:]:
            if state < 0 or next_ < 0:
                return -1
            state = int(self.children.get(step_key(np.array([state], np.int32), np.array([next_], np.int32)))[0])
        return state


def _paths(tokens: _TermTokens, word: _I32) -> _Paths:
    """Follow the paths of all terms, one word at a time."""
    case_of_token = tokens.joined("case").astype(np.uint64)
    live = np.flatnonzero(tokens.count > 0)
    state = np.full(tokens.terms, -1, np.int32)
    form, case = np.zeros(tokens.terms, np.uint64), np.zeros(tokens.terms, np.uint64)
    roots = states = int(word.max(initial=-1)) + 1
    steps: list[_U64] = [np.zeros(0, np.uint64)]
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
            steps.append(step)
        depth += 1
        live = live[tokens.count[live] > depth]
    keys = np.concatenate(steps)
    leads_on = np.zeros(states, np.bool_)
    leads_on[(keys >> np.uint64(32)).astype(np.int64)] = True
    children = HashTable.build(keys, np.arange(roots, states, dtype=np.int32))
    return _Paths(state, short(form), short(case), children, leads_on, states)
