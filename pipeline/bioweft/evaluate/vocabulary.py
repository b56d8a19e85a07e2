"""Bringing identifiers of several vocabularies to one, so that they can be compared."""

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from bioweft import lexicon
from bioweft.evaluate.scoring import Canonical


def canonical(dictionaries: Sequence[str]) -> Canonical:
    """Return a function from any CURIE to that of the dictionaries' concept which holds it as id or cross-reference.

    With the dictionary of diseases, `mondo:0005148` and `doid:9352` become `mesh:D003924`; a CURIE of no concept stays.
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
    return lambda curie: concepts.get(curie, curie)
