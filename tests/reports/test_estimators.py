"""Intervals of ratios, and quantiles."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.estimators import Z, quantile, ratio

PUBLISHED = ((81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0, 0.1611))
"""Source: Newcombe 1998, Two-sided confidence intervals for the single proportion, table I, 3."""


@pytest.mark.parametrize(("x", "n", "low", "high"), PUBLISHED)
def test_the_interval_is_the_published_one(x: int, n: int, low: float, high: float) -> None:
    found = ratio(x, n)
    assert found.low == pytest.approx(low, abs=5e-5)
    assert found.high == pytest.approx(high, abs=5e-5)
    assert found.ratio == x / n


@given(st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_its_ends_are_the_shares_that_would_just_not_be_surprised(given_: tuple[int, int]) -> None:
    x, n = given_
    found = ratio(x, n)
    assert found.low is not None
    assert found.high is not None
    assert 0 <= found.low <= x / n <= found.high <= 1
    for end in (found.low, found.high):  # (p - end)^2 = z^2 end (1 - end) / n
        surprise = Z * Z * end * (1 - end) / n
        assert (x / n - end) ** 2 == pytest.approx(surprise, abs=1e-9)


def test_none_of_some_ends_at_zero_and_all_of_some_at_one() -> None:
    assert ratio(0, 7).low == 0
    assert ratio(7, 7).high == 1


def test_nobody_has_no_share() -> None:
    assert ratio(0, 0) == (None, None, None)


def test_a_quantile_is_a_value_that_occurred() -> None:
    assert quantile([4, 1, 3, 2], 0.5) == 2  # the lower middle
    assert quantile([5, 1, 9], 0.5) == 5
    assert quantile([1, 2, 3, 4], 0.75) == 3
    assert quantile([1, 2, 3, 4], 0.9) == 4
    assert quantile([7], 0) == 7
    assert quantile([], 0.5) is None
