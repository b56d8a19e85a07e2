"""`benchmarks/models.py`: which of two models is better, by corpora that no training reads."""

from pathlib import Path

import pytest

pytest.importorskip("torch", reason="the benchmark needs the extra `train`")

from benchmarks import models


@pytest.mark.parametrize(
    ("new", "is_better"),
    [
        ({"gene": 0.81, "disease": 0.9}, True),
        ({"gene": 0.8, "disease": 0.9}, False),
        ({"gene": 0.9, "disease": 0.896}, True),
        ({"gene": 0.9, "disease": 0.894}, False),  # a type loses more than half a point
    ],
)
def test_better_is_a_higher_mean_and_no_type_that_loses_much(new: dict[str, float], is_better: bool) -> None:
    assert models.better({"gene": 0.8, "disease": 0.9}, new) == is_better


@pytest.mark.corpus
def test_the_corpora_have_the_mentions_that_their_sources_state(corpus_data: Path) -> None:
    counts = {
        name: {type_: sum(m.type == type_ for d in documents for m in d.mentions) for type_ in types}
        for name, (types, documents) in models.corpora(corpus_data).items()
    }
    assert counts["EU-ADR"] == {"gene": 964, "disease": 761, "chemical": 661}
    assert counts["CoMAGC"] == {"gene": 797, "disease": 775}
    assert counts["ADE"] == {"disease": 5776, "chemical": 5063}
    assert counts["BioTriplex"].keys() == {"gene", "disease"}
    assert counts["AnatEM"].keys() == {"cell_type"}
    assert counts["AnatEM"]["cell_type"] > 3000
    for _, documents in models.corpora(corpus_data).values():
        assert all(m.text.strip() for annotated in documents for m in annotated.mentions)
