"""The measures against numbers worked out by hand, and against what must hold for any counts."""

import math

import duckdb
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bioweft.analyse import measures


@pytest.fixture(scope="module")
def value():
    with duckdb.connect() as connection:
        measures.register(connection)

        def compute(expression: str) -> float | None:
            row = connection.execute(f"SELECT {expression}").fetchone()
            assert row is not None
            return row[0]

        yield compute


@pytest.mark.parametrize(
    ("joint", "a", "b", "total", "expected"),
    [
        (10, 10, 10, 100, 1.0),  # never one without the other
        (1, 10, 10, 100, 0.0),  # as often as by chance
        (0, 10, 10, 100, -1.0),  # never together
        (100, 100, 100, 100, 1.0),  # in everything
        (5, 10, 10, 100, math.log(5) / math.log(20)),  # p = 0.05 for 0.1 * 0.1
    ],
)
def test_npmi(value, joint, a, b, total, expected):
    assert value(f"npmi({joint}, {a}, {b}, {total})") == pytest.approx(expected, abs=1e-12)


@given(data=st.data())
def test_npmi_lies_between_its_bounds(value, data):
    total = data.draw(st.integers(1, 10**7))
    a, b = data.draw(st.integers(1, total)), data.draw(st.integers(1, total))
    joint = data.draw(st.integers(max(0, a + b - total), min(a, b)))
    assert -1 <= value(f"npmi({joint}, {a}, {b}, {total})") <= 1 + 1e-9


def test_log_odds_and_z_by_hand(value):
    # 10 of 100 documents here, 40 of 9,900 there: pooled share 0.005, so a prior of 2.5 of 500 documents
    expected = math.log(12.5 / 587.5) - math.log(42.5 / 10357.5)
    assert value("log_odds(10, 100, 40, 9900)") == pytest.approx(expected)
    assert value("z_score(10, 100, 40, 9900)") == pytest.approx(expected / math.sqrt(1 / 12.5 + 1 / 42.5))


def test_log_odds_are_nothing_where_run_and_background_agree(value):
    assert value("log_odds(10, 100, 1000, 10000)") == pytest.approx(0, abs=1e-12)


def test_a_rare_concept_needs_a_larger_ratio_for_the_same_z(value):
    assert value("log_odds(1, 1000, 0, 100000)") > value("log_odds(100, 1000, 1000, 100000)")
    assert value("z_score(1, 1000, 0, 100000)") < value("z_score(100, 1000, 1000, 100000)")


def test_measures_against_nothing_are_nothing(value):
    assert value("log_odds(10, 100, 0, NULL)") is None
    assert value("z_score(10, 100, 0, NULL)") is None


def test_a_concept_in_every_document_has_finite_log_odds(value):
    assert math.isfinite(value("log_odds(100, 100, 10, 100)"))


def trend(value, here: dict[int, int], all_: dict[int, int]) -> float | None:
    sums = [
        sum(here.values()),
        sum(count * year for year, count in here.items()),
        sum(all_.values()),
        sum(count * year for year, count in all_.items()),
        sum(count * year * year for year, count in all_.items()),
    ]
    return value(f"trend({', '.join(f'{number}::HUGEINT' for number in sums)})")


def test_trend_is_the_weighted_least_squares_slope_over_the_mean_share(value):
    all_ = {2001: 100, 2002: 400, 2005: 200}
    here = {2001: 1, 2002: 30, 2005: 25}
    years = np.array(list(all_))
    weights = np.array(list(all_.values()), dtype=float)
    shares = np.array([here[year] for year in all_]) / weights
    slope = np.polyfit(years - 2000, shares, 1, w=np.sqrt(weights))[0]
    assert trend(value, here, all_) == pytest.approx(slope / (sum(here.values()) / sum(all_.values())))


def test_trend_is_nothing_where_the_share_stays_and_where_there_is_one_year(value):
    assert trend(value, {2001: 1, 2002: 2}, {2001: 10, 2002: 20}) == 0
    assert trend(value, {2001: 1}, {2001: 10}) is None
