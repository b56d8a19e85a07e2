"""Where names of the dictionaries stand in texts, what became of them, and which mentions stayed without a concept.

Names are looked for by themselves here, without the rules by which the matcher leaves names out, so that a name that no
tagger ever finds is seen. No gold is needed: a name that is often passed over is a question, not always an error.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from bioweft.lexicon.matcher import join
from bioweft.lexicon.names import is_code
from bioweft.lexicon.normalise import SEPARATOR, Tokens, same_word, scan
from bioweft.records import AnnotatedDocument, Link, Mention

_MOST_TOKENS = 10
"""Tokens of the longest names that are looked for."""
_TERMS_AT_ONCE = 1 << 14

_I64 = NDArray[np.int64]
_U64 = NDArray[np.uint64]


class Name(NamedTuple):
    """A string as a name of concepts of one type; two spellings that only differ in case or hyphens are one."""

    type: str
    text: str
    concepts: frozenset[str]


class Place(NamedTuple):
    """A stretch of a document's text where a name stands."""

    start: int
    end: int
    name: Name


@dataclass
class Fate:
    """The number of places where a name stands, and of those that were tagged and linked."""

    places: int = 0
    exact: int = 0
    """Those that are a mention of the name's type."""
    overlap: int = 0
    """Those that share a character with a mention of its type, exact ones too."""
    linked: int = 0
    """Those of `overlap` whose mention has a concept of the name."""
    other_type: int = 0
    """Those that only mentions of other types share a character with."""
    lost: int = 0
    """Those that are a mention of its type without a concept of the name, or lie in one without any concept.

    A name within a longer mention with a concept of its own (`cancer` in `breast cancer`) is not lost.
    """


class Names:
    """The preferred names and plain synonyms of dictionary tables, each where it stands on word boundaries.

    A name is found in any case, number and hyphenation; a code (`CAT`, `IL-6`) only in the case of its letters.
    """

    def __init__(self, tables: Sequence[pa.Table]) -> None:
        self._tables = [table.select(["id", "name", "type"]) for table in tables]
        self._words = _Words()
        selections = [_selected(table, self._words) for table in tables]
        self._texts = pa.chunked_array([selection.texts for selection in selections], pa.string())
        self._symbol = np.concatenate([selection.symbol for selection in selections])
        self._table = np.concatenate([np.full(len(selection.row), n) for n, selection in enumerate(selections)])
        self._row = np.concatenate([selection.row for selection in selections])
        hashes = np.concatenate([selection.form for selection in selections])
        self._order = np.argsort(hashes, kind="stable")
        self._hashes = hashes[self._order]
        self._case = np.concatenate([selection.case for selection in selections])
        self._of = lru_cache(maxsize=None)(self._names_of)

    def places(self, documents: Sequence[AnnotatedDocument]) -> Iterator[list[Place]]:
        """Yield for each document the places where names stand, by start and end."""
        texts = [SEPARATOR.join(p.text for p in annotated.document.passages) for annotated in documents]
        begins = np.cumsum([0, *(len(text) + 1 for text in texts)])
        by_document: list[set[Place]] = [set() for _ in documents]
        for start, end, form, case in self._windows(scan(SEPARATOR.join(texts))):
            number = int(np.searchsorted(begins, start, "right")) - 1
            begin = int(begins[number])
            for name, code_case in self._of(form):
                if code_case is None or code_case == case:
                    by_document[number].add(Place(start - begin, end - begin, name))
        return (sorted(places, key=lambda place: (place.start, place.end, place.name[:2])) for places in by_document)

    def _windows(self, tokens: Tokens) -> Iterator[tuple[int, int, int, int]]:
        """Yield start, end, form and case of the stretches of tokens that read like a name."""
        count = len(tokens)
        closed = np.append(~tokens.glued, True)
        words = self._words.common(tokens)
        first = np.flatnonzero(closed[:count])
        form, case = np.zeros(len(first), np.uint64), np.zeros(len(first), np.uint64)
        for length in range(_MOST_TOKENS):
            going = first + length < count
            first, form, case = first[going], form[going], case[going]
            last = first + length
            form, case = join(form, words[last]), join(case, tokens.case[last])
            slot = np.minimum(np.searchsorted(self._hashes, form), len(self._hashes) - 1)
            ending = np.flatnonzero((self._hashes[slot] == form) & closed[last + 1])
            columns = (tokens.start[first[ending]], tokens.end[last[ending]], form[ending], case[ending])
            yield from zip(*(column.tolist() for column in columns), strict=True)

    def _names_of(self, form: int) -> list[tuple[Name, int | None]]:
        """Return the names with a hash; with a code, the hash of its case."""
        low, high = (np.searchsorted(self._hashes, np.uint64(form), side) for side in ("left", "right"))
        grouped: dict[tuple[str, int | None], tuple[str, set[str]]] = {}
        for term in self._order[low:high].tolist():
            table, row = self._tables[self._table[term]], int(self._row[term])
            text = self._texts[term].as_py()
            code = self._symbol[term] or is_code(text)
            key = table["type"][row].as_py(), int(self._case[term]) if code else None
            grouped.setdefault(key, (text, set()))[1].add(table["id"][row].as_py())
        return [(Name(type_, text, frozenset(ids)), case) for (type_, case), (text, ids) in grouped.items()]


@dataclass
class Coverage:
    """Takes documents with mentions and links; counts what became of names, and the mentions that have no concept."""

    names: Names
    fates: dict[Name, Fate] = field(default_factory=dict)
    mentions: Counter[str] = field(default_factory=Counter)
    """The number of mentions by type."""
    unlinked: Counter[tuple[str, str]] = field(default_factory=Counter)
    """The number of mentions without a concept by type and text."""
    unlinked_documents: Counter[tuple[str, str]] = field(default_factory=Counter)
    """In how many documents these are."""

    def add(self, documents: Sequence[AnnotatedDocument]) -> None:
        """Take some documents."""
        for annotated, places in zip(documents, self.names.places(documents), strict=True):
            linked = list(annotated.linked())
            self.mentions.update(mention.type for mention, _ in linked)
            without = Counter((mention.type, mention.text) for mention, links in linked if not links)
            self.unlinked += without
            self.unlinked_documents.update(without.keys())
            for place in places:
                _judge(place, linked, self.fates.setdefault(place.name, Fate()))


def _judge(place: Place, linked: Sequence[tuple[Mention, Sequence[Link]]], fate: Fate) -> None:
    """Count what became of a name in one place."""
    over = [(m, links) for m, links in linked if m.start < place.end and place.start < m.end]
    of_type = [(mention, links) for mention, links in over if mention.type == place.name.type]
    exact = any((mention.start, mention.end) == (place.start, place.end) for mention, _ in of_type)
    concepts = {link.concept for _, links in of_type for link in links}
    linked_to_name = not concepts.isdisjoint(place.name.concepts)
    fate.places += 1
    fate.exact += exact
    fate.overlap += bool(of_type)
    fate.linked += linked_to_name
    fate.lost += (exact and not linked_to_name) or (bool(of_type) and not concepts)
    fate.other_type += bool(over) and not of_type


class _Selected(NamedTuple):
    """The names of a table, as arrays over names."""

    texts: pa.Array
    row: _I64
    """The row of the concept in the table."""
    symbol: NDArray[np.bool_]
    form: _U64
    case: _U64


def _selected(table: pa.Table, words: "_Words") -> _Selected:
    """Return those terms of a table that are preferred names or plain synonyms."""
    lists = table["terms"].combine_chunks()
    terms, row = lists.flatten(), pc.list_parent_indices(lists)
    texts, status = terms.field("text"), terms.field("status")
    preferred = pc.equal(texts, table["name"].combine_chunks().take(row))
    chosen = pc.or_(pc.is_in(status, pa.array(["name", "synonym"])), preferred)
    texts = texts.filter(chosen)
    form, case = _hashed(texts, words)
    symbol = pc.equal(status, "symbol").filter(chosen).to_numpy(zero_copy_only=False)
    return _Selected(texts, row.filter(chosen).to_numpy(zero_copy_only=False).astype(np.int64), symbol, form, case)


def _hashed(texts: pa.Array, words: "_Words") -> tuple[_U64, _U64]:
    """Return hashes of the tokens of each text, and of their case; 0 for those with no token or too many."""
    forms, cases = [np.zeros(0, np.uint64)], [np.zeros(0, np.uint64)]
    separator = scan(SEPARATOR).hash
    for low in range(0, len(texts), _TERMS_AT_ONCE):
        batch: Iterable[str] = texts.slice(low, _TERMS_AT_ONCE).to_pylist()
        tokens = scan("".join(text.replace(SEPARATOR, " ") + SEPARATOR for text in batch))
        hashes = words.common(tokens)
        ends = np.flatnonzero(tokens.hash == separator)
        first = np.concatenate((np.zeros(1, np.int64), ends + 1))[:-1]
        size = ends - first
        form, case = np.zeros(len(ends), np.uint64), np.zeros(len(ends), np.uint64)
        for place in range(_MOST_TOKENS):
            going = np.flatnonzero(size > place)
            form[going] = join(form[going], hashes[first[going] + place])
            case[going] = join(case[going], tokens.case[first[going] + place])
        form[size > _MOST_TOKENS] = 0
        forms.append(form)
        cases.append(case)
    return np.concatenate(forms), np.concatenate(cases)


class _Words:
    """Hashes that all forms of a word share: `neurons` and `neuron`, `tumour` and `tumor`."""

    def __init__(self) -> None:
        self._common: dict[int, int] = {}

    def common(self, tokens: Tokens) -> _U64:
        """Return the shared hash of each token."""
        hashes, places, inverse = np.unique(tokens.hash, return_index=True, return_inverse=True)
        for hash_, place in zip(hashes.tolist(), places.tolist(), strict=True):
            if hash_ not in self._common:
                word = tokens.text(place)
                common = same_word(word)
                self._common[hash_] = hash_ if common == word else int(scan(common).hash[0])
        return np.array([self._common[hash_] for hash_ in hashes.tolist()], np.uint64)[inverse]
