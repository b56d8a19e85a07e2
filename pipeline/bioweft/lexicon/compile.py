"""Compiles dictionary tables into a `bioweft.lexicon.matcher.Matcher`.

Works on arrays over all terms and reads one table after the other: a million and a half of terms as Python objects
would take gigabytes.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from bioweft.lexicon import rules
from bioweft.lexicon.matcher import STATUSES, HashTable, Matcher, join, short, step_key
from bioweft.lexicon.names import is_code
from bioweft.lexicon.normalise import SEPARATOR, joined_greek, same_word, scan, word_forms

_TERMS_AT_ONCE = 1 << 14
_LEAST_INFLECTED = 3
"""Letters of a word that has other forms."""
_FEW = 5
_RARE = 10
"""A telling word is in the names of no more concepts of a type than these: few, or one in so many."""

_I32 = NDArray[np.int32]
_I64 = NDArray[np.int64]
_U8 = NDArray[np.uint8]
_U32 = NDArray[np.uint32]
_U64 = NDArray[np.uint64]
_Flags = NDArray[np.bool_]


def compile_tables(tables: Iterable[pa.Table]) -> Matcher:
    """Compile dictionary tables (`bioweft.lexicon.dictionary.SCHEMA`).

    A concept that several tables hold is one, of the type that the first gives it. Terms that are only looked up are
    left out.
    """
    terms = _read(tables)
    word, words = _number_words(terms)
    paths = _paths(terms, word)
    stopped, never = (_stopped(terms, paths, words, codes=codes) for codes in (False, True))
    rule, kept = rules.assign(terms.looks, stopped=stopped)
    kept &= ~never
    # Of the spellings of a concept's name that cannot be told apart, the best is enough; of the concepts that share a
    # name equally well, the one with more names comes first.
    names = np.bincount(terms.concept, minlength=1).astype(np.int32)[terms.concept]
    order = np.lexsort((terms.looks.status, paths.case, paths.form, terms.concept, -names, paths.state))
    order = order[kept[order] & (terms.count[order] > 0)]
    again = np.ones(len(order), np.bool_)
    again[:1] = False
    for key in (paths.state, terms.concept, paths.form, paths.case):
        again[1:] &= key[order[1:]] == key[order[:-1]]
    order = order[~again]
    ends = np.bincount(paths.state[order], minlength=paths.states)
    telling_from, telling = _telling(terms, word, (rule & rules.CODE) > 0)
    return Matcher(
        concepts=pa.array(terms.ids, pa.large_string()),
        types=terms.looks.types,
        words=words,
        children=paths.children,
        leads_on=paths.leads_on,
        terms_from=np.concatenate((np.zeros(1, np.int64), np.cumsum(ends))).astype(np.int32),
        concept=terms.concept[order],
        type=terms.looks.type[order],
        status=terms.looks.status[order],
        rule=rule[order],
        form=paths.form[order],
        case=paths.case[order],
        telling_from=telling_from,
        telling=telling,
    )


@dataclass(frozen=True, slots=True)
class _Terms:
    """All t terms of all tables, and their n tokens one after the other."""

    ids: list[str]
    """The identifiers of the concepts."""
    concept: _I32
    """Shape (t,), index into `ids`."""
    looks: rules.Looks
    count: _I32
    """Number of tokens of each term, shape (t,)."""
    first: _I64
    """The first token of each term, shape (t,)."""
    hash: _U64
    """Shape (n,)."""
    case: _U64
    """Shape (n,)."""
    texts: dict[int, str]
    """Folded texts of the tokens that may be inflected, by hash."""


@dataclass(frozen=True, slots=True)
class _Scanned:
    """The scan of a batch of terms; `hash` and `case` are over their tokens, all else over terms."""

    count: _I32
    hash: _U64
    case: _U64
    letters: _I32
    digits: _I32
    upper: _I32
    spaces: _I32
    number_first: _Flags
    abbreviated: _Flags
    common: _Flags
    phrase: _Flags
    coded: _Flags


def _read(tables: Iterable[pa.Table]) -> _Terms:
    numbers: dict[str, int] = {}
    types: dict[str, int] = {}
    type_of: list[int] = []
    texts: dict[int, str] = {}
    scans = [_scan_terms([], texts)]
    concepts, statuses = [np.zeros(0, np.int32)], [np.zeros(0, np.uint8)]
    for table in tables:
        ids = table["id"].to_pylist()
        for id_, type_ in zip(ids, table["type"].to_pylist(), strict=True):
            if id_ not in numbers:
                numbers[id_] = len(numbers)
                type_of.append(types.setdefault(type_, len(types)))
        lists = table["terms"].combine_chunks()
        in_text = pc.invert(lists.flatten().field("lookup"))
        terms = lists.flatten().filter(in_text)
        row = pc.list_parent_indices(lists).filter(in_text)
        concepts.append(np.array([numbers[id_] for id_ in ids], np.int32)[row])
        status = terms.field("status").dictionary_encode()
        codes = np.array([STATUSES.index(name) for name in status.dictionary.to_pylist()], np.uint8)
        statuses.append(codes[status.indices.to_numpy(zero_copy_only=False)])
        text = terms.field("text")
        joined: dict[int, str] = {}
        for low in range(0, len(text), _TERMS_AT_ONCE):
            batch = text.slice(low, _TERMS_AT_ONCE).to_pylist()
            scans.append(_scan_terms(batch, texts))
            joined |= {low + row: spelling for row, term in enumerate(batch) if (spelling := joined_greek(term))}
        concepts.append(concepts[-1][list(joined)])
        statuses.append(statuses[-1][list(joined)])
        scans.append(_scan_terms(list(joined.values()), texts))
    column = {
        field.name: np.concatenate([getattr(scanned, field.name) for scanned in scans]) for field in fields(_Scanned)
    }
    concept, count, hashes, case = np.concatenate(concepts), column.pop("count"), column.pop("hash"), column.pop("case")
    looks = rules.Looks(
        types=tuple(types), type=np.array(type_of, np.uint8)[concept], status=np.concatenate(statuses), **column
    )
    first = np.cumsum(count, dtype=np.int64) - count
    return _Terms(list(numbers), concept, looks, count, first, hashes, case, texts)


def _scan_terms(terms: list[str], texts: dict[int, str]) -> _Scanned:
    """Scan a batch of terms; add the texts of their words to `texts`."""
    tokens = scan("".join(term.replace(SEPARATOR, " ") + SEPARATOR for term in terms))
    separator = tokens.hash == scan(SEPARATOR).hash
    ends = np.flatnonzero(separator)
    # Of a term without tokens, the mark behind it stands for the first.
    first = np.concatenate((np.zeros(1, np.int64), ends + 1))[:-1]
    words = np.flatnonzero(tokens.is_word & (tokens.size >= _LEAST_INFLECTED))
    hashes, places = np.unique(tokens.hash[words], return_index=True)
    for key, place in zip(hashes.tolist(), words[places].tolist(), strict=True):
        if key not in texts:
            texts[key] = tokens.text(place)
    spaced = tokens.spaced & ~separator
    spaced[first] = False
    full_stop = np.append(tokens.hash[1:] == scan(".").hash, False)[: len(tokens)]
    common = np.isin(tokens.hash, _hashes(rules.common_words() | rules.general_words()))
    function = np.isin(tokens.hash, _hashes(rules.function_words()))

    def total(values: NDArray[np.generic]) -> _I32:
        sums = np.concatenate((np.zeros(1, np.int64), np.cumsum(values, dtype=np.int64)))
        return (sums[ends] - sums[first]).astype(np.int32)

    return _Scanned(
        count=(ends - first).astype(np.int32),
        hash=tokens.hash[~separator],
        case=tokens.case[~separator],
        letters=total(np.where(tokens.is_word, tokens.size, 0)),
        digits=total(np.where(tokens.is_number, tokens.size, 0)),
        upper=total(tokens.upper),
        spaces=total(spaced),
        number_first=tokens.is_number[first],
        abbreviated=((tokens.size == 1) & tokens.first_upper & full_stop)[first] & (ends - first > 2),
        common=common[first] & (ends - first == 1),
        phrase=(total(common | function) == ends - first) & (total(function) > 0) & (ends - first > 1),
        coded=np.fromiter(map(is_code, terms), np.bool_, len(terms)),
    )


@cache
def _hashes(words: frozenset[str]) -> _U64:
    return scan(SEPARATOR.join(sorted(words))).hash


def _number_words(terms: _Terms) -> tuple[_I32, HashTable]:
    """Number the words: return the number of each token, and the table from hashes of words in all forms to numbers."""
    # Latin names are not inflected.
    inflected = ~terms.looks.of_type("species") | terms.looks.of_status("synonym")
    unique, inverse = np.unique(terms.hash, return_inverse=True)
    common = np.zeros(len(unique), np.bool_)
    common[inverse[np.repeat(inflected, terms.count)]] = True
    numbers: dict[str, int] = {}
    forms: list[str] = []
    number_of_form: list[int] = []
    for key in unique[common].tolist():
        text = terms.texts.get(key)
        if text is not None:
            number = numbers.setdefault(same_word(text), len(numbers))
            own = word_forms(text)
            forms += own
            number_of_form += [number] * len(own)
    batches = (forms[low : low + _TERMS_AT_ONCE] for low in range(0, len(forms), _TERMS_AT_ONCE))
    hashes = [scan(SEPARATOR.join(batch)).hash[::2] for batch in batches]
    form_hash, place = np.unique(np.concatenate([np.zeros(0, np.uint64), *hashes]), return_index=True)
    form_number = np.array(number_of_form, np.int32)[place]
    uninflected = np.setdiff1d(unique, form_hash, assume_unique=True)
    uninflected_number = np.arange(len(numbers), len(numbers) + len(uninflected), dtype=np.int32)
    table = HashTable.build(np.concatenate((form_hash, uninflected)), np.concatenate((form_number, uninflected_number)))
    return table.get(unique)[inverse], table


@dataclass(frozen=True, slots=True)
class _Paths:
    """The trie of all terms, and where in it each of them ends."""

    state: _I32
    """Final state of each term; -1 for one without tokens."""
    form: _U32
    case: _U32
    children: HashTable
    leads_on: _Flags
    states: int

    def end(self, word: _I32) -> int:
        """Return the state in which a sequence of words ends, -1 where it leads nowhere."""
        state = word[:1]
        for next_ in word[1:]:
            if state[0] < 0 or next_ < 0:
                return -1
            state = self.children.get(step_key(state, np.array([next_], np.int32)))
        return int(state[0])


def _paths(terms: _Terms, word: _I32) -> _Paths:
    """Follow the paths of all terms, one word at a time."""
    live = np.flatnonzero(terms.count > 0)
    state = np.full(len(terms.count), -1, np.int32)
    form, case = np.zeros(len(terms.count), np.uint64), np.zeros(len(terms.count), np.uint64)
    roots = states = int(word.max(initial=-1)) + 1
    steps: list[_U64] = [np.zeros(0, np.uint64)]
    depth = 0
    while len(live):
        here = terms.first[live] + depth
        form[live] = join(form[live], terms.hash[here])
        case[live] = join(case[live], terms.case[here])
        if depth == 0:
            state[live] = word[here]
        else:
            step, inverse = np.unique(step_key(state[live], word[here]), return_inverse=True)
            state[live] = states + inverse
            states += len(step)
            steps.append(step)
        depth += 1
        live = live[terms.count[live] > depth]
    keys = np.concatenate(steps)
    leads_on = np.zeros(states, np.bool_)
    leads_on[(keys >> np.uint64(32)).astype(np.int64)] = True
    children = HashTable.build(keys, np.arange(roots, states, dtype=np.int32))
    return _Paths(state, short(form), short(case), children, leads_on, states)


def _stopped(terms: _Terms, paths: _Paths, words: HashTable, *, codes: bool) -> _Flags:
    """Say which terms are on the list of stop terms, in any form: in its names, or in its codes."""
    stopped = np.zeros(len(terms.count), np.bool_)
    states: dict[str, list[int]] = {}
    for term, type_ in rules.stop_terms():
        if term.isupper() == codes and (term.isupper() or term == term.casefold()):
            states.setdefault(type_, []).append(paths.end(words.get(scan(term).hash)))
    for type_, ends in states.items():
        on_list = np.isin(paths.state, [end for end in ends if end >= 0])
        stopped |= on_list if type_ == rules.EVERY_TYPE else on_list & terms.looks.of_type(type_)
    return stopped


def _telling(terms: _Terms, word: _I32, code: _Flags) -> tuple[_I32, _I32]:
    """Return where each concept's telling words begin, and these (`Matcher.telling`)."""
    count = len(terms.ids)
    coded = np.zeros(count, np.bool_)
    coded[terms.concept[code]] = True
    type_of = np.zeros(count, np.int64)
    type_of[terms.concept] = terms.looks.type
    spelt = np.fromiter(terms.texts, np.uint64, len(terms.texts))
    concept = np.repeat(terms.concept, terms.count).astype(np.int64)
    words = max(1, int(word.max(initial=-1)) + 1)
    pairs = concept * words + word
    in_code = np.repeat(code, terms.count)
    eligible = coded[concept] & np.isin(terms.hash, spelt) & ~in_code
    concept, own = np.divmod(np.setdiff1d(pairs[eligible], pairs[in_code]), words)
    kind, kinds = type_of[concept] * words + own, np.bincount(type_of, minlength=1)
    _, inverse, shared = np.unique(kind, return_inverse=True, return_counts=True)
    rare = shared[inverse] <= np.maximum(_FEW, kinds[type_of[concept]] // _RARE)
    ends = np.cumsum(np.bincount(concept[rare], minlength=count))
    return np.concatenate((np.zeros(1, np.int64), ends)).astype(np.int32), own[rare].astype(np.int32)
