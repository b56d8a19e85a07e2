"""Identifiers of several vocabularies become those of the dictionaries' concepts."""

from pathlib import Path

import pytest

from bioweft.evaluate.vocabulary import canonical
from bioweft.lexicon import dictionary
from bioweft.records import Concept


@pytest.mark.parametrize(
    ("curie", "concept"),
    [
        ("mesh:D003924", "mesh:D003924"),
        ("mondo:0005148", "mesh:D003924"),
        ("mondo:1", "mondo:1"),  # a cross-reference of another concept, but one of its own
        ("omim:999999", "omim:999999"),  # of no concept
    ],
)
def test_a_curie_becomes_that_of_its_concept(tmp_path: Path, curie: str, concept: str) -> None:
    file = tmp_path / "small.parquet"
    diabetes = Concept("mesh:D003924", "type 2 diabetes", "disease", xrefs=("mondo:0005148", "mondo:1"))
    dictionary.write(file, [diabetes, Concept("mondo:1", "another", "disease")])
    assert canonical([str(file)])(curie) == concept
