"""Scoring: numbers worked out by hand, and what must hold of any annotations."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bioweft.evaluate.scoring import ALL, Scorer
from bioweft.records import Document, Link, Mention
from bioweft.sources.annotations import annotated

DISEASE = frozenset({"disease"})


Annotation = tuple[Mention, tuple[Link, ...]]


def at(start: int, end: int, type_: str = "disease", *concepts: str) -> Annotation:
    return Mention(start, end, "x" * (end - start), type_), tuple(map(Link, concepts))


def add(
    scorer: Scorer,
    gold: Sequence[Annotation],
    predicted: Sequence[Annotation],
    *,
    alternatives: Sequence[Annotation] = (),
) -> tuple[list[Mention], list[Mention]]:
    """Have one document scored."""
    document = Document("x:1", ())
    expected, given = (annotated(document, annotations) for annotations in (gold, predicted))
    return scorer.add(expected, given, alternatives=[mention for mention, _ in alternatives])


def counts(scorer: Scorer, type_: str, rule: str) -> tuple[int, int, int]:
    score = scorer.scores()[type_, rule]
    return score.right, score.surplus, score.missed


def test_what_gold_could_not_have_is_neither_right_nor_wrong() -> None:
    gold, predicted = [at(0, 5, "disease", "mesh:1"), at(9, 12, "disease", "mesh:2")], at(0, 5, "disease", "mondo:9")
    for scorer, surplus in (
        (Scorer(DISEASE), 2),
        (Scorer(DISEASE, may_be_gold=lambda type_, concept: concept.startswith("mesh:")), 1),
    ):
        add(scorer, gold, [predicted, at(9, 12, "disease", "mesh:2"), at(20, 22, "disease", "mesh:3")])
        assert counts(scorer, "disease", "identifier") == (1, surplus, 1)


def test_exact_and_overlap() -> None:
    scorer = Scorer(DISEASE)
    surplus, missed = add(scorer, [at(0, 5), at(10, 20)], [at(0, 5), at(12, 20), at(30, 35)])
    assert counts(scorer, "disease", "exact") == (1, 2, 1)
    assert counts(scorer, "disease", "overlap") == (2, 1, 0)
    assert [(m.start, m.end) for m in surplus] == [(12, 20), (30, 35)]
    assert [(m.start, m.end) for m in missed] == [(10, 20)]
    score = scorer.scores()["disease", "exact"]
    assert (score.precision, score.recall, score.f1) == (pytest.approx(1 / 3), 0.5, pytest.approx(0.4))


def test_overlap_is_one_to_one_and_as_large_as_can_be() -> None:
    scorer = Scorer(DISEASE)
    # The first gold mention overlaps both predictions, the second only the first: both can be served.
    add(scorer, [at(0, 20), at(0, 5)], [at(0, 6), at(10, 20)])
    assert counts(scorer, "disease", "overlap") == (2, 0, 0)
    scorer = Scorer(DISEASE)
    add(scorer, [at(0, 20)], [at(0, 6), at(10, 20)])
    assert counts(scorer, "disease", "overlap") == (1, 1, 0)


def test_types_are_told_apart_and_summed() -> None:
    scorer = Scorer(frozenset({"disease", "gene"}))
    add(scorer, [at(0, 5, "disease"), at(6, 9, "gene")], [at(0, 5, "gene"), at(6, 9, "gene")])
    assert counts(scorer, "disease", "exact") == (0, 0, 1)
    assert counts(scorer, "gene", "exact") == (1, 1, 0)
    assert counts(scorer, ALL, "exact") == (1, 1, 1)


def test_what_is_predicted_before_the_first_gold_mention_counts() -> None:
    scorer = Scorer(DISEASE)
    add(scorer, [], [at(0, 5)])
    add(scorer, [at(0, 5)], [at(0, 5)])
    assert counts(scorer, "disease", "exact") == (1, 1, 0)


def test_other_types_are_not_scored() -> None:
    scorer = Scorer(DISEASE)
    add(scorer, [at(0, 5)], [at(0, 5), at(6, 9, "gene")])
    assert ("gene", "exact") not in scorer.scores()


def test_ignored_types_are_neither_right_nor_wrong() -> None:
    scorer = Scorer(types=frozenset({"species"}), ignored={"species": frozenset({"Genus"})})
    add(scorer, [at(0, 5, "species"), at(6, 9, "Genus")], [at(0, 5, "species"), at(6, 9, "species")])
    assert counts(scorer, "species", "exact") == (1, 0, 0)


def test_a_type_is_ignored_for_the_type_it_is_close_to_alone() -> None:
    scorer = Scorer(types=frozenset({"cell", "gene"}), ignored={"gene": frozenset({"DNA"})})
    add(scorer, [at(0, 5, "DNA")], [at(0, 5, "gene"), at(0, 5, "cell")])
    assert ("gene", "exact") not in scorer.scores()
    assert counts(scorer, "cell", "exact") == (0, 1, 0)


def test_what_is_right_inside_an_ignored_mention_is_right() -> None:
    scorer = Scorer(types=frozenset({"species"}), ignored={"species": frozenset({"Strain"})})
    gold = [at(0, 7, "species", "ncbitaxon:562"), at(0, 12, "Strain"), at(20, 27, "species", "ncbitaxon:562")]
    predicted = [at(0, 7, "species", "ncbitaxon:562"), at(8, 12, "species", "ncbitaxon:1")]
    surplus, missed = add(scorer, gold, predicted)
    assert counts(scorer, "species", "exact") == (1, 0, 1)
    assert counts(scorer, "species", "overlap") == (1, 0, 1)
    assert counts(scorer, "species", "identifier") == (1, 0, 0)
    assert (surplus, [m.start for m in missed]) == ([], [20])


def test_an_alternative_does_not_take_a_gold_mention_that_is_found_exactly() -> None:
    scorer = Scorer(DISEASE)
    add(scorer, [at(0, 10), at(11, 20)], [at(8, 13), at(0, 10)], alternatives=[at(8, 13)])
    assert counts(scorer, "disease", "exact") == (2, 0, 0)


def test_alternatives_count_once() -> None:
    scorer = Scorer(DISEASE)
    add(scorer, [at(0, 10)], [at(0, 5), at(6, 10)], alternatives=[at(0, 5), at(6, 10)])
    assert counts(scorer, "disease", "exact") == (1, 1, 0)


def test_identifiers_by_document() -> None:
    to_mesh = {"omim:1": "mesh:D1"}
    scorer = Scorer(DISEASE, canonical=lambda curie: to_mesh.get(curie, curie))
    add(
        scorer,
        [at(0, 5, "disease", "omim:1", "mesh:D2"), at(6, 9), at(10, 15, "disease", "mesh:D2")],
        [at(0, 5, "disease", "mesh:D1"), at(10, 15, "disease", "mesh:D3")],
    )
    assert counts(scorer, "disease", "identifier") == (1, 1, 1)


def test_identifiers_count_in_documents_where_gold_has_none() -> None:
    scorer = Scorer(DISEASE)
    add(scorer, [at(0, 5, "disease", "mesh:D1")], [])
    add(scorer, [], [at(0, 5, "disease", "mesh:D2")])
    assert counts(scorer, "disease", "identifier") == (0, 1, 1)


def test_no_identifiers_no_rule() -> None:
    scorer = Scorer(DISEASE)
    add(scorer, [at(0, 5)], [at(0, 5, "disease", "mesh:D1")])
    assert ("disease", "identifier") not in scorer.scores()


def test_interval_holds_the_figure_and_narrows_with_documents() -> None:
    widths = []
    for documents in (10, 1000):
        scorer = Scorer(DISEASE)
        for number in range(documents):
            add(scorer, [at(0, 5)], [at(0, 5)] if number % 3 else [at(1, 5)])
        score = scorer.scores()["disease", "exact"]
        assert score.low <= score.f1 <= score.high
        widths.append(score.high - score.low)
    assert widths[1] < widths[0] / 5


SPANS = st.lists(st.tuples(st.integers(0, 30), st.integers(1, 8)).map(lambda t: at(t[0], t[0] + t[1])), max_size=8)


@given(SPANS, SPANS)
def test_what_must_hold(gold: list[Annotation], predicted: list[Annotation]) -> None:
    scorer = Scorer(DISEASE)
    add(scorer, gold, predicted)
    scores = scorer.scores()
    if not scores:
        assert not gold
        assert not predicted
        return
    exact, overlap = scores["disease", "exact"], scores["disease", "overlap"]
    assert exact.right <= overlap.right
    in_gold, in_predicted = (len({(m.start, m.end) for m, _ in annotations}) for annotations in (gold, predicted))
    assert exact.right + exact.missed == in_gold == overlap.right + overlap.missed
    assert exact.right + exact.surplus == in_predicted == overlap.right + overlap.surplus


@given(SPANS)
def test_gold_against_itself_is_perfect(gold: list[Annotation]) -> None:
    scorer = Scorer(DISEASE)
    add(scorer, gold, gold)
    assert all(score.f1 == score.low == score.high == 1 for score in scorer.scores().values())
