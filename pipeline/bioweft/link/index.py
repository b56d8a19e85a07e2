"""All names of the dictionaries, to be looked up by their keys.

Compiled once, kept as a file, mapped into memory and shared by processes.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from bioweft.lexicon import mapped, rules
from bioweft.lexicon.loading import load
from bioweft.link.keys import Keys, keys_of
from bioweft.records import TermStatus

VERSION = 5
"""Version of the code; counts up whenever the same dictionaries would compile to something else."""

STATUSES: tuple[TermStatus, ...] = get_args(TermStatus)
_NAME, _SYMBOL = STATUSES.index("name"), STATUSES.index("symbol")
_TERMS_AT_ONCE = 1 << 15

_I32 = NDArray[np.int32]
_I64 = NDArray[np.int64]
_U8 = NDArray[np.uint8]
_U32 = NDArray[np.uint32]
_U64 = NDArray[np.uint64]
_F32 = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class NameIndex:
    """The c concepts of the dictionaries and the t terms that name them, as arrays.

    A concept that several dictionaries hold is one, of the type that the first gives it.
    """

    ids: pa.Array
    """Shape (c,): CURIEs."""
    names: pa.Array
    """Shape (c,): preferred names."""
    headings: pa.Array
    """Shape (c,): the MeSH heading or supplementary concept that is the concept or its cross-reference, or null."""
    types: pa.Array
    """Names of the types."""
    taxa: pa.Array
    """CURIEs of the species that have genes of their own."""
    type: _U8
    """Shape (c,): index into `types`."""
    taxon: _I32
    """Shape (c,): index into `taxa`, -1 where there is none."""
    publications: _I32
    """Shape (c,)."""
    group: _I32
    """Shape (c,): the group of homologous genes, -1 where there is none."""
    member: _I32
    """The genes of group g are those from `members_from[g]` to `members_from[g + 1]` in `member`."""
    members_from: _I32
    key: _U64
    """Shape (t,): keys of the terms, in order."""
    concept: _I32
    """Shape (t,)."""
    status: _U8
    """Shape (t,): index into `STATUSES`; a symbol that is the concept's name is a name."""
    form: _U32
    case: _U32
    bag: _U64
    """Bags of the terms of several words, in order."""
    bag_term: _I32
    """The term of each bag."""
    word: _U32
    """Words of the concepts' names, sorted within each concept."""
    words_from: _I32
    """Shape (c + 1,): the words of concept i are those from `words_from[i]` to `words_from[i + 1]`."""
    distinct: _U32
    """Each word once, in order."""
    weight: _F32
    """How much each distinct word tells: the logarithm of the share of concepts whose names lack it."""

    def by_key(self, keys: Keys) -> Iterator[tuple[int, int]]:
        """Yield pairs of a query and a term that have the same key."""
        yield from _matches(self.key, keys.key)

    def by_bag(self, keys: Keys) -> Iterator[tuple[int, int]]:
        """Yield pairs of a query and a term that have the same words, in any order."""
        for query, place in _matches(self.bag, np.where(keys.bag > 0, keys.bag, ~np.uint64(0))):
            yield query, int(self.bag_term[place])

    def number_of_taxon(self, curie: str) -> int:
        """Return the number of a species, -2 where no concept is of it."""
        place: int = pc.index(self.taxa, curie).as_py()
        return place if place >= 0 else -2

    def kin(self, concept: int) -> int:
        """Return a number that a concept shares with its homologs, and with nothing else."""
        group = int(self.group[concept])
        return concept if group < 0 else -1 - group

    def homologs(self, concept: int) -> list[int]:
        """Return the genes of a concept's group, itself among them; nothing where it has none."""
        group = int(self.group[concept])
        if group < 0:
            return []
        members: list[int] = self.member[self.members_from[group] : self.members_from[group + 1]].tolist()
        return members

    def weights(self, concept: int) -> dict[int, float]:
        """Return the words of a concept's names, and how much each tells."""
        words = self.word[self.words_from[concept] : self.words_from[concept + 1]]
        weights = self.weight[np.searchsorted(self.distinct, words)]
        return dict(zip(words.tolist(), weights.tolist(), strict=True))


def _matches(ordered: _U64, wanted: _U64) -> Iterator[tuple[int, int]]:
    low, high = np.searchsorted(ordered, wanted), np.searchsorted(ordered, wanted, side="right")
    count = high - low
    query = np.repeat(np.arange(len(wanted)), count)
    place = np.arange(len(query)) - np.repeat(np.cumsum(count) - count, count) + np.repeat(low, count)
    yield from zip(query.tolist(), place.tolist(), strict=True)


def key(dictionaries: Sequence[str | Path]) -> str:
    """Return a digest of the contents of the dictionaries, their order and the code that compiles them."""
    return mapped.digest(dictionaries, f"bioweft names {VERSION}\n".encode() + rules.contents())


def open_index(dictionaries: Sequence[str | Path]) -> NameIndex:
    """Return the index of dictionaries: mapped from the cache, or compiled now and put there.

    Raises:
        DictionaryError: a dictionary is missing or malformed.
        NotFoundError: there is no shipped dictionary of that name.
    """

    def make() -> NameIndex:
        return compile_tables([load(dictionary) for dictionary in dictionaries])

    return mapped.kept_arrays(NameIndex, f"names-{key(dictionaries)}", make)


def compile_tables(tables: Iterable[pa.Table]) -> NameIndex:
    """Compile dictionary tables (`bioweft.lexicon.dictionary.SCHEMA`)."""
    concepts = _Concepts()
    keys = [keys_of([])]
    owner, status = [np.zeros(0, np.int32)], [np.zeros(0, np.uint8)]
    for table in tables:
        rows = concepts.add(table)
        lists = table["terms"].combine_chunks()
        terms = lists.flatten()
        owner.append(rows[pc.list_parent_indices(lists).to_numpy()])
        coded = terms.field("status").dictionary_encode()
        codes = np.array([STATUSES.index(text) for text in coded.dictionary.to_pylist()], np.uint8)
        status.append(codes[coded.indices.to_numpy(zero_copy_only=False)])
        keys.append(_keys(terms.field("text")))
    columns = _joined(keys)
    concept, statuses = np.concatenate(owner), np.concatenate(status)
    names = _keys(pa.array(concepts.names, pa.large_string()))
    is_own = (columns.key == names.key[concept]) & (columns.form == names.form[concept])
    statuses = np.where(is_own & (statuses == _SYMBOL), np.uint8(_NAME), statuses)
    order = np.lexsort((statuses, concept, columns.key))
    order = order[columns.key[order] > 0]
    bag = columns.bag[order]
    bag_term = np.flatnonzero(bag > 0)
    bag_term = bag_term[np.argsort(bag[bag_term], kind="stable")]
    return NameIndex(
        **concepts.columns(),
        key=columns.key[order],
        concept=concept[order],
        status=statuses[order],
        form=columns.form[order],
        case=columns.case[order],
        bag=bag[bag_term],
        bag_term=bag_term.astype(np.int32),
        **_words(np.repeat(concept, columns.words), columns.word, len(concepts.names)),
    )


def _keys(texts: pa.Array) -> Keys:
    """Return the keys of any number of names."""
    batches = (texts.slice(low, _TERMS_AT_ONCE).to_pylist() for low in range(0, len(texts), _TERMS_AT_ONCE))
    return _joined([keys_of([]), *map(keys_of, batches)])


def _joined(batches: Sequence[Keys]) -> Keys:
    return Keys(
        **{field.name: np.concatenate([getattr(keys, field.name) for keys in batches]) for field in fields(Keys)}
    )


class _Concepts:
    """Gathers the concepts of several tables."""

    def __init__(self) -> None:
        self._number: dict[str, int] = {}
        self._types: dict[str, int] = {}
        self._taxa: dict[str, int] = {}
        self.names: list[str] = []
        self._headings: list[str | None] = []
        self._type: list[int] = []
        self._taxon: list[int] = []
        self._publications: list[int] = []
        self._groups: dict[str, int] = {}
        self._group: list[int] = []

    def add(self, table: pa.Table) -> _I32:
        """Add the concepts of a table, and return the number of each of its rows."""
        columns = [table[name].to_pylist() for name in ("id", "name", "type", "taxon", "publications", "homologs")]
        for id_, name, type_, taxon, publications, homologs, heading in zip(*columns, _headings(table), strict=True):
            if id_ not in self._number:
                self._number[id_] = len(self._number)
                self.names.append(name)
                self._headings.append(heading)
                self._type.append(self._types.setdefault(type_, len(self._types)))
                self._taxon.append(-1 if taxon is None else self._taxa.setdefault(taxon, len(self._taxa)))
                self._publications.append(publications or 0)
                self._group.append(-1 if homologs is None else self._groups.setdefault(homologs, len(self._groups)))
        return np.array([self._number[id_] for id_ in columns[0]], np.int32)

    def columns(self) -> dict[str, Any]:
        """Return the columns of `NameIndex` that are of concepts."""
        group = np.array(self._group, np.int32)
        member = np.argsort(group, kind="stable").astype(np.int32)[np.count_nonzero(group < 0) :]
        ends = np.cumsum(np.bincount(group[group >= 0], minlength=len(self._groups)))
        return {
            "ids": pa.array(self._number, pa.large_string()),
            "names": pa.array(self.names, pa.large_string()),
            "headings": pa.array(self._headings, pa.large_string()),
            "types": pa.array(self._types, pa.large_string()),
            "taxa": pa.array(self._taxa, pa.large_string()),
            "type": np.array(self._type, np.uint8),
            "taxon": np.array(self._taxon, np.int32),
            "publications": np.array(self._publications, np.int32),
            "group": group,
            "member": member,
            "members_from": np.concatenate((np.zeros(1, np.int64), ends)).astype(np.int32),
        }


def _headings(table: pa.Table) -> list[str | None]:
    """Return the MeSH identifier of each concept of a table: its own, or that of a cross-reference."""
    ids = table["id"].combine_chunks()
    xrefs = table["xrefs"].combine_chunks()
    is_heading = pc.starts_with(xrefs.flatten(), "mesh:")
    headings: list[str | None] = pc.if_else(pc.starts_with(ids, "mesh:"), ids, None).to_pylist()
    rows, curies = pc.list_parent_indices(xrefs).filter(is_heading), xrefs.flatten().filter(is_heading)
    for row, curie in zip(rows.to_pylist(), curies.to_pylist(), strict=True):
        headings[row] = headings[row] or curie
    return headings


def _words(concept: _I32, word: _U64, concepts: int) -> dict[str, NDArray[Any]]:
    """Return the columns of `NameIndex` that are of words."""
    short = (word >> np.uint64(32)).astype(np.uint64)
    pairs = np.unique((concept.astype(np.uint64) << np.uint64(32)) | short)
    owner, words = (pairs >> np.uint64(32)).astype(np.int64), pairs.astype(np.uint32)
    distinct, count = np.unique(words, return_counts=True)
    ends = np.cumsum(np.bincount(owner, minlength=concepts))
    return {
        "word": words,
        "words_from": np.concatenate((np.zeros(1, np.int64), ends)).astype(np.int32),
        "distinct": distinct,
        "weight": np.log(max(1, concepts) / count).astype(np.float32),
    }
