"""Terms that are written much like a name that no dictionary has: `amphothericin B`, `G6PD deficient`, `anemic`.

Names are compared by their 3-grams: the runs of three characters in their words, a space before and behind each word
among them, each weighed by how rare it is (Salton and Buckley 1988). The similarity of two names is the cosine of their
weighted 3-grams, whatever the order of the words. The search is exact: it gives every term that is similar enough,
since two of them share at least one of the rare 3-grams by which terms are kept (the prefix filter of Chaudhuri et al.
2006, for cosines Bayardo et al. 2007).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from bioweft.lexicon import mapped
from bioweft.lexicon.loading import load
from bioweft.lexicon.normalise import SEPARATOR, scan
from bioweft.link.alike import means_the_same

VERSION = 1
"""Version of the code; counts up whenever the same dictionaries would compile to something else."""

LEAST = 0.7
"""Least similarity of a term to a name."""
_LEFT = 0.25
"""The share of a term's squared size that the 3-grams have that do not lead to it, the most common ones."""
_LEAST_LETTERS = 6
_MOST_READ, _MOST = 30, 5
"""Terms of a name that are read for what sets them apart from it, and that are kept, at most."""
_WORDS = {"disease": 1, "chemical": 1, "species": 1, "cell_type": 1, "gene": 2}
"""The types whose terms are compared, and the least words of a term: a gene's symbol is a code, whose letters count."""
_TERMS_AT_ONCE = 1 << 17

_SIGNS = 38
"""What is told apart in 3-grams: 26 letters, 10 digits, a space and anything else."""

_I32 = NDArray[np.int32]
_I64 = NDArray[np.int64]
_F32 = NDArray[np.float32]
_F64 = NDArray[np.float64]


class SimilarTerm(NamedTuple):
    """A term that is written much like a name; `similarity` is from `LEAST` to 1."""

    text: str
    similarity: float


@dataclass(frozen=True, slots=True)
class SimilarTerms:
    """The n terms of the dictionaries that are compared, by type, and the 3-grams that lead to them."""

    types: pa.Array
    types_from: _I32
    """The terms of type i are those from `types_from[i]` to `types_from[i + 1]`."""
    text: pa.Array
    """Shape (n,)."""
    size: _F32
    """Shape (n,): the length of each term's vector of weights."""
    weight: _F32
    """The square of the weight of each 3-gram."""
    posting: _I32
    """The terms that each 3-gram leads to, in order within each."""
    posting_from: _I32
    """The terms that 3-gram i leads to are those from `posting_from[i]` to `posting_from[i + 1]` of `posting`."""

    def search(self, name: str, type_: str) -> list[SimilarTerm]:
        """Return the terms of a type that are written much like a name, the most similar first."""
        types = self.types.to_pylist()
        if type_ not in types or not is_searched(name, type_):
            return []
        number = types.index(type_)
        _, grams = grams_of([name])
        squares = self.weight[grams].astype(np.float64)
        size = float(squares.sum()) ** 0.5
        terms = self._near(grams, squares, self.types_from[number : number + 2])
        texts = self.text.take(pa.array(terms)).to_pylist()
        owner, of_terms = grams_of(texts)
        is_shared = np.isin(of_terms, grams)
        common = np.bincount(owner[is_shared], self.weight[of_terms[is_shared]], minlength=len(texts))
        cosine = common / (self.size[terms] * size)
        ranked = sorted((-round(float(cosine[n]), 6), texts[n]) for n in np.flatnonzero(cosine >= LEAST).tolist())
        ranked = ranked[:_MOST_READ]
        low, *folded = _folded([name, *(text for _, text in ranked)])
        alike = (
            SimilarTerm(text, -value)
            for (value, text), other in zip(ranked, folded, strict=True)
            if means_the_same(low, other, type_)
        )
        return list(islice(alike, _MOST))

    def _near(self, grams: _I64, squares: _F64, bounds: _I32) -> _I64:
        """Return the terms within bounds that may be similar enough to a name, by the 3-grams that lead to terms."""
        whole = float(squares.sum())
        order = np.lexsort((grams, -squares))
        rest = whole - np.cumsum(squares[order])
        last = int(np.searchsorted(-rest, -_LEFT * whole)) + 1
        lists, shared = [np.zeros(0, np.int32)], [np.zeros(0)]
        for gram in order[:last].tolist():
            posting = self.posting[self.posting_from[grams[gram]] : self.posting_from[grams[gram] + 1]]
            low, high = np.searchsorted(posting, bounds)
            lists.append(posting[low:high])
            shared.append(np.full(high - low, squares[gram]))
        sums = np.bincount(np.concatenate(lists) - bounds[0], np.concatenate(shared), minlength=bounds[1] - bounds[0])
        places = np.flatnonzero((sums > 0) & (sums >= (LEAST**2 - _LEFT) * whole - _ROUNDING))
        sizes = self.size[places + bounds[0]].astype(np.float64)
        # Shared 3-grams that were not added up are all common ones of the name, or all common ones of the term.
        missed = np.maximum(float(rest[last - 1]), _LEFT * sizes**2)
        is_near = sums[places] + np.minimum(missed, sizes**2) >= LEAST * sizes * whole**0.5 - _ROUNDING
        is_near &= np.abs(np.log(sizes**2 / whole)) <= -2 * np.log(LEAST) + _ROUNDING
        near: _I64 = places[is_near] + int(bounds[0])
        return near


def is_searched(name: str, type_: str) -> bool:
    """Say whether a name is long enough to be compared."""
    return sum(map(str.isalpha, name)) >= _LEAST_LETTERS and len(name.split()) >= _WORDS.get(type_, 1 << 30)


def grams_of(names: Sequence[str]) -> tuple[_I64, _I64]:
    """Return the distinct 3-grams of names: the number of the name and that of the 3-gram, in order of both."""
    folded = scan("".join(f" {name.replace(SEPARATOR, ' ')} {SEPARATOR}" for name in names)).folded
    owner = np.cumsum(folded == ord(SEPARATOR))
    signs = _signs()[np.minimum(folded, 128)]
    kept = (signs > 0) | np.concatenate((signs[:-1] > 0, [False])) | (folded == ord(SEPARATOR))
    kept |= np.concatenate((signs[1:] > 0, [False]))
    signs, owner = signs[kept].astype(np.int64), owner[kept]
    gram = (signs[:-2] * _SIGNS + signs[1:-1]) * _SIGNS + signs[2:]
    middle = signs[1:-1] > 0
    pairs = _distinct_numbers(owner[1:-1][middle] * _SIGNS**3 + gram[middle])
    return pairs // _SIGNS**3, pairs % _SIGNS**3


def _distinct_numbers(numbers: _I64) -> _I64:
    """Return the distinct numbers in order: `np.unique`, whose hash table is very slow on such numbers."""
    ordered = np.sort(numbers)
    distinct: _I64 = ordered[np.diff(ordered, prepend=-1) > 0]
    return distinct


@cache
def _signs() -> NDArray[np.int64]:
    """Return what each character up to 127 is in 3-grams, and after these what any other is; marks part words."""
    signs = np.zeros(129, np.int64)
    signs[ord("a") : ord("z") + 1] = np.arange(1, 27)
    signs[ord("0") : ord("9") + 1] = np.arange(27, 37)
    signs[ord("+")] = signs[128] = _SIGNS - 1
    return signs


def key(dictionaries: Sequence[str | Path]) -> str:
    """Return a digest of the contents of the dictionaries, their order and the code that compiles them."""
    return mapped.digest(dictionaries, f"bioweft similar {VERSION} {_LEFT} {_LEAST_LETTERS} {_WORDS}\n".encode())


def open_terms(dictionaries: Sequence[str | Path]) -> SimilarTerms:
    """Return the terms of dictionaries: mapped from the cache, or compiled now and put there.

    Raises:
        DictionaryError: a dictionary is missing or malformed.
        NotFoundError: there is no shipped dictionary of that name.
    """

    def make() -> SimilarTerms:
        return compile_tables([load(dictionary) for dictionary in dictionaries])

    return mapped.kept_arrays(SimilarTerms, f"similar-{key(dictionaries)}", make)


def compile_tables(tables: Iterable[pa.Table]) -> SimilarTerms:
    """Compile dictionary tables (`bioweft.lexicon.dictionary.SCHEMA`)."""
    by_type: dict[str, set[str]] = {}
    for table in tables:
        for type_ in table["type"].unique().to_pylist():
            if type_ in _WORDS:
                lists = table.filter(pc.equal(table["type"], type_))["terms"].combine_chunks()
                terms = lists.flatten().field("text").to_pylist()
                by_type.setdefault(type_, set()).update(term for term in terms if is_searched(term, type_))
    distinct = {type_: _distinct(terms) for type_, terms in by_type.items()}
    texts = [text for terms in distinct.values() for text in terms]
    counts = np.zeros(_SIGNS**3, np.int64)
    for low in range(0, len(texts), _TERMS_AT_ONCE):
        counts += np.bincount(grams_of(texts[low : low + _TERMS_AT_ONCE])[1], minlength=len(counts))
    weight = (np.log((2 + len(texts)) / (1 + counts)) ** 2).astype(np.float32)
    size, owners, grams = [np.zeros(0, np.float32)], [np.zeros(0, np.int32)], [np.zeros(0, np.uint16)]
    for low in range(0, len(texts), _TERMS_AT_ONCE):
        batch = texts[low : low + _TERMS_AT_ONCE]
        lengths, owner, gram = _rare(batch, weight)
        size.append(lengths)
        owners.append((owner + low).astype(np.int32))
        grams.append(gram.astype(np.uint16))
    gram = np.concatenate(grams)
    order = np.argsort(gram, kind="stable")
    ends = np.cumsum(np.bincount(gram, minlength=len(counts)))
    return SimilarTerms(
        types=pa.array(distinct, pa.large_string()),
        types_from=np.cumsum([0, *map(len, distinct.values())]).astype(np.int32),
        text=pa.array(texts, pa.large_string()),
        size=np.concatenate(size),
        weight=weight,
        posting=np.concatenate(owners)[order],
        posting_from=np.concatenate(([0], ends)).astype(np.int32),
    )


def _distinct(terms: Iterable[str]) -> list[str]:
    """Return one of the terms that are alike but for case, in order."""
    return sorted({term.casefold(): term for term in sorted(terms)}.values())


def _rare(texts: Sequence[str], weight: _F32) -> tuple[_F32, _I64, _I64]:
    """Return the sizes of texts' vectors, and the 3-grams of each that a similar name must share one of.

    They are the rarest, up to where those that are left could not make two names similar.
    """
    owner, gram = grams_of(texts)
    square = weight[gram].astype(np.float64)
    order = np.lexsort((gram, -square, owner))
    owner, gram, square = owner[order], gram[order], square[order]
    before = np.concatenate(([0.0], np.cumsum(square)))
    ends = np.searchsorted(owner, np.arange(len(texts) + 1))
    whole = before[ends[1:]] - before[ends[:-1]]
    rest = before[ends[1:]][owner] - before[:-1]
    kept = rest >= _LEFT * whole[owner] - _ROUNDING
    return np.sqrt(whole).astype(np.float32), owner[kept], gram[kept]


_ROUNDING = 1e-3
"""Allowance for sums of floating-point numbers that are equal but for the order of adding."""


def _folded(texts: Sequence[str]) -> list[str]:
    """Return texts as they are compared, in lower case and without accents."""
    folded = scan(SEPARATOR.join(texts)).folded.tobytes().decode("utf-32-le", "surrogatepass")
    return folded.split(SEPARATOR)[: len(texts)]
