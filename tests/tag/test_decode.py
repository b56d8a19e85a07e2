"""The best path of BIO tags, against trying every path."""

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bioweft.tag import decode as module
from bioweft.tag.decode import BEGIN, INSIDE, OUTSIDE, TokenSpan


def decode(emissions: np.ndarray, outside: float = 0.0, adjoining: float = 0.0) -> list[TokenSpan]:
    (found,) = module.decode(emissions[None], np.array([len(emissions)]), outside, adjoining)
    return found


def emissions(*tags: str, labels: int = 1, sure: float = 3.0) -> np.ndarray:
    """Make emissions that prefer a tag for each token, `OBI`, in the first label; all others are outside."""
    made = np.zeros((len(tags), labels, 3), np.float32)
    made[:, :, OUTSIDE] = sure
    for token, tag in enumerate(tags):
        made[token, 0] = 0
        made[token, 0, "OBI".index(tag)] = sure
    return made


@pytest.mark.parametrize(
    ("tags", "spans"),
    [
        ("OOO", []),
        ("OBO", [(1, 2)]),
        ("BIO", [(0, 2)]),
        ("BBI", [(0, 1), (1, 3)]),
        ("BII", [(0, 3)]),
    ],
)
def test_spans(tags: str, spans: list[tuple[int, int]]) -> None:
    assert [(begin, end) for begin, end, _, _ in decode(emissions(*tags))] == spans


def test_nothing_begins_with_an_inside() -> None:
    found = decode(emissions("O", "I", "I", "O"))
    assert all(begin != 1 or end != 1 for begin, end, _, _ in found)
    assert [(begin, end) for begin, end, _, _ in found] == [(1, 3)]


def test_labels_do_not_see_each_other() -> None:
    made = emissions("B", "I", "O", labels=2)
    made[2, 1] = 0, 5, 0
    assert [span[:3] for span in decode(made)] == [(0, 2, 0), (2, 3, 1)]


def test_no_tokens() -> None:
    assert decode(np.zeros((0, 2, 3), np.float32)) == []


def test_scores_are_probabilities_of_the_span() -> None:
    ((_, _, _, score),) = decode(emissions("B"))
    assert score == pytest.approx(np.exp(3) / (np.exp(3) + 1))  # it cannot be inside


def test_outside_can_be_made_less_or_more_likely() -> None:
    made = emissions("B", "O", sure=0.5)
    assert [span[:2] for span in decode(made)] == [(0, 1)]
    assert decode(made, outside=1.0) == []
    assert [span[:2] for span in decode(made, outside=-1.0)] == [(0, 1), (1, 2)]


def test_a_mention_right_after_another_can_be_made_less_likely() -> None:
    made = emissions("B", "B", "O", "B")
    made[1, 0, INSIDE] = 2
    assert [span[:2] for span in decode(made)] == [(0, 1), (1, 2), (3, 4)]
    assert [span[:2] for span in decode(made, adjoining=-2.0)] == [(0, 2), (3, 4)]


def test_texts_do_not_see_each_other_nor_what_is_beyond_their_end() -> None:
    texts = [emissions(*tags, labels=2) for tags in ("BIO", "OB", "", "BIIIB")]
    together = np.random.default_rng(0).normal(0, 9, (4, 5, 2, 3)).astype(np.float32)
    for row, text in zip(together, texts, strict=True):
        row[: len(text)] = text
    found = module.decode(together, np.array([len(text) for text in texts]))
    assert found == [decode(text) for text in texts]


def allowed(path: tuple[int, ...]) -> bool:
    return path[0] != INSIDE and (OUTSIDE, INSIDE) not in pairwise(path)


def spans_of(path: tuple[int, ...]) -> set[tuple[int, int]]:
    begins = [token for token, tag in enumerate(path) if tag == BEGIN]
    ends = [next((end for end in range(begin + 1, len(path)) if path[end] != INSIDE), len(path)) for begin in begins]
    return set(zip(begins, ends, strict=True))


@given(st.lists(st.tuples(*[st.floats(-5, 5, width=32)] * 3), min_size=1, max_size=6), st.sampled_from([0.0, -2.0]))
def test_the_path_is_the_best_that_is_allowed_and_its_spans_have_their_probability(
    rows: list[tuple[float, float, float]], adjoining: float
) -> None:
    made = np.array(rows, np.float32)[:, None, :]
    scores = made[:, 0] - np.log(np.exp(made[:, 0]).sum(-1, keepdims=True))

    def total(path: tuple[int, ...]) -> float:
        adjoined = sum(after == BEGIN and before != OUTSIDE for before, after in pairwise(path))
        return float(sum(scores[token, tag] for token, tag in enumerate(path))) + adjoining * adjoined

    totals = {path: total(path) for path in product((OUTSIDE, BEGIN, INSIDE), repeat=len(rows)) if allowed(path)}
    found = decode(made, adjoining=adjoining)
    path = [OUTSIDE] * len(rows)
    for begin, end, _, _ in found:
        path[begin:end] = [BEGIN, *[INSIDE] * (end - begin - 1)]
    assert totals[tuple(path)] == pytest.approx(max(totals.values()), abs=1e-4)

    weight = sum(np.exp(one) for one in totals.values())
    for begin, end, _, probability in found:
        having = sum(np.exp(one) for path, one in totals.items() if (begin, end) in spans_of(path))
        assert probability == pytest.approx(having / weight, abs=1e-4)


@given(st.lists(st.tuples(*[st.sampled_from([-300.0, -9.0, 0.0, 9.0, 300.0])] * 3), min_size=1, max_size=8))
def test_however_sure_the_emissions_probabilities_are_probabilities(rows: list[tuple[float, float, float]]) -> None:
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        found = decode(np.array(rows, np.float32)[:, None, :], adjoining=-4.0)
    assert all(0 <= probability <= 1 for _, _, _, probability in found)
