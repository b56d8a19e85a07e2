"""Bringing identifiers of several vocabularies to one, so that they can be compared."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from bioweft import lexicon
from bioweft.evaluate import replaced
from bioweft.evaluate.scoring import Canonical


def canonical(dictionaries: Sequence[str | Path]) -> Canonical:
    """Return a function from any CURIE to that of the dictionaries' concept which holds it as id or cross-reference.

    With the dictionary of diseases, `mondo:0005148` and `doid:9352` become `mesh:D003924`; a CURIE of no concept is
    taken for what replaced it, where that is known, or stays.
    """
    concepts: dict[str, str] = {}
    for name in dictionaries:
        table = lexicon.load(name)
        xrefs: pa.ListArray = table["xrefs"].combine_chunks()
        ids = table["id"].combine_chunks()
        concept_ids = ids.take(pc.list_parent_indices(xrefs))
        for xref, identifier in zip(xrefs.flatten().to_pylist(), concept_ids.to_pylist(), strict=True):
            concepts.setdefault(xref, identifier)
        concepts |= {identifier: identifier for identifier in ids.to_pylist()}
    current = replaced.table()

    def concept_of(curie: str) -> str:
        concept = concepts.get(curie)
        if concept is None and curie in current:
            concept = concepts.get(current[curie], current[curie])
        return curie if concept is None else concept

    return concept_of


def names(dictionaries: Sequence[str | Path]) -> Mapping[str, Mapping[str, str]]:
    """Return by type the name of each concept of the dictionaries; the first that has a concept names it."""
    by_type: dict[str, dict[str, str]] = {}
    for dictionary in dictionaries:
        table = lexicon.load(dictionary)
        columns = (table[column].to_pylist() for column in ("type", "id", "name"))
        for type_, identifier, name in zip(*columns, strict=True):
            by_type.setdefault(type_, {}).setdefault(identifier, name)
    return by_type
