"""One vocabulary for a type: concepts under the identifier of another vocabulary than the canonical one.

A mention is linked to its canonical concept; what leaves the linker bears the preferred CURIE, so that rankings, graph
and exports all speak of the same one.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from bioweft.errors import NotFoundError, nearest
from bioweft.lexicon import mapped
from bioweft.lexicon.loading import load
from bioweft.link.base import Linker
from bioweft.records import AnnotatedDocument, Link

VERSION = 1
"""Counts up whenever the same dictionaries could give other identifiers."""


def preferred(dictionaries: Sequence[str | Path], prefer: Mapping[str, str]) -> dict[str, str]:
    """Return the preferred CURIE of each concept that has one and is not named by it already.

    `prefer` says the vocabulary by type: `{"disease": "mondo"}`. Of several cross-references to it the first counts.

    Raises:
        NotFoundError: the dictionaries hold no such type, or no cross-reference to that vocabulary.
    """
    if not prefer:
        return {}
    curies: dict[str, str] = {}
    types: set[str] = set()
    vocabularies: dict[str, set[str]] = {type_: set() for type_ in prefer}
    for dictionary in dictionaries:
        table: pa.Table = load(dictionary).select(["type", "id", "xrefs"])
        types.update(table["type"].unique().to_pylist())
        table = table.filter(pc.is_in(table["type"], pa.array(prefer, pa.string())))
        for type_, id_, xrefs in zip(*(column.to_pylist() for column in table.columns), strict=True):
            by_vocabulary = {_vocabulary(curie): curie for curie in reversed((id_, *xrefs))}
            vocabularies[type_].update(by_vocabulary)
            if prefer[type_] in by_vocabulary and _vocabulary(id_) != prefer[type_]:
                curies.setdefault(id_, by_vocabulary[prefer[type_]])
    _check(prefer, types, vocabularies)
    return curies


def _check(prefer: Mapping[str, str], types: set[str], vocabularies: Mapping[str, set[str]]) -> None:
    """Make sure that there are such types and vocabularies."""
    for type_, vocabulary in prefer.items():
        if type_ not in types:
            raise NotFoundError(
                f"no type {type_!r} to prefer a vocabulary for; the dictionaries hold: {', '.join(sorted(types))}",
                suggestions=nearest(type_, types),
            )
        if vocabulary not in vocabularies[type_]:
            choice = sorted(vocabularies[type_])
            raise NotFoundError(
                f"no {type_} has an identifier of the vocabulary {vocabulary!r}; there are: {', '.join(choice)}",
                suggestions=nearest(vocabulary, choice),
            )


def renamed(concepts: pa.Table, curies: Mapping[str, str]) -> pa.Table:
    """Return a table of concepts under their preferred CURIEs; the canonical ones are the first cross-references."""
    is_renamed = pc.is_in(concepts["id"], pa.array(curies, pa.string()))
    changed = concepts.filter(is_renamed)  # few of the rows, so that few become Python's
    pairs = list(zip(changed["id"].to_pylist(), changed["xrefs"].to_pylist(), strict=True))
    ids = [curies[id_] for id_, _ in pairs]
    xrefs = [[id_, *(xref for xref in own if xref != curies[id_])] for id_, own in pairs]
    for name, values in (("id", ids), ("xrefs", xrefs)):
        field = concepts.schema.field(name)
        changed = changed.set_column(concepts.schema.get_field_index(name), field, pa.array(values, field.type))
    return pa.concat_tables([concepts.filter(pc.invert(is_renamed)), changed])


def names(dictionaries: Sequence[str | Path], prefer: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the preferred name of each concept, by its CURIE and by the one that is preferred."""
    named: dict[str, str] = {}
    for dictionary in dictionaries:
        table: pa.Table = load(dictionary)
        for id_, name in zip(table["id"].to_pylist(), table["name"].to_pylist(), strict=True):
            named.setdefault(id_, name)
    for id_, curie in preferred(dictionaries, prefer or {}).items():
        named.setdefault(curie, named[id_])
    return named


def _vocabulary(curie: str) -> str:
    return curie.partition(":")[0]


def relinked(annotated: AnnotatedDocument, curies: Mapping[str, str]) -> AnnotatedDocument:
    """Return a document whose links bear the preferred CURIEs."""

    def of_link(link: Link) -> Link:
        candidates = dict.fromkeys(curies.get(curie, curie) for curie in link.candidates)
        return replace(link, concept=curies.get(link.concept, link.concept), candidates=tuple(candidates))

    return replace(annotated, links=tuple(tuple(map(of_link, links)) for links in annotated.links))


class PreferringLinker:
    """Links as another linker does, and names concepts by the vocabularies that are preferred."""

    def __init__(self, linker: Linker, dictionaries: Sequence[str | Path], prefer: Mapping[str, str]) -> None:
        self.name = linker.name
        self._linker = linker
        self._dictionaries = tuple(dictionaries)
        self._prefer = dict(sorted(prefer.items()))
        self._curies = preferred(dictionaries, prefer)

    @property
    def on_gpu(self) -> bool:
        """Whether the linker works on a GPU."""
        return self._linker.on_gpu

    @cached_property
    def digest(self) -> str:
        """Digest of the linker and of the cross-references."""
        parts = self._linker.digest, VERSION, self._prefer, mapped.digest(self._dictionaries, b"")
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]

    def load(self) -> None:
        """Load the linker."""
        self._linker.load()

    def link(self, documents: Iterable[AnnotatedDocument]) -> Iterator[AnnotatedDocument]:
        """Yield each document in turn with the links of its mentions."""
        for annotated in self._linker.link(documents):
            yield relinked(annotated, self._curies)
