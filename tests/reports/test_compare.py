"""Groups beside each other, held against libraries that share no code with ours."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2_contingency
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from reports.compare import Counted, difference, homogeneity, is_named
from reports.estimators import ratio

counted = st.integers(1, 500).flatmap(lambda n: st.integers(0, n).map(lambda x: Counted(x, n)))


@given(counted)
def test_the_interval_of_a_share_is_that_of_statsmodels(one: Counted) -> None:
    low, high = proportion_confint(one.x, one.n, method="wilson")
    assert ratio(*one)[1:] == pytest.approx((low, high), abs=1e-9)


@given(counted, counted)
def test_the_interval_of_a_difference_is_that_of_statsmodels(one: Counted, two: Counted) -> None:
    found = difference(one, two)
    low, high = confint_proportions_2indep(*one, *two, method="newcomb", compare="diff")
    assert found[1:] == pytest.approx((low, high), abs=1e-9)
    assert found.ratio == pytest.approx(one.x / one.n - two.x / two.n)


def test_nobody_differs_from_nobody() -> None:
    assert difference(Counted(0, 0), Counted(1, 2)) == (None, None, None)
    assert homogeneity([]) == (0, None, None, None, None)
    assert homogeneity([Counted(3, 19)]).groups_n == 0


@given(st.lists(counted.filter(lambda one: one.n >= 20), min_size=2, max_size=8))
def test_the_spread_is_the_chi_square_of_the_table(groups: list[Counted]) -> None:
    found = homogeneity(groups)
    if not 0 < sum(one.x for one in groups) < sum(one.n for one in groups):
        assert found.chi2 is None
        return
    table = [[one.x for one in groups], [one.n - one.x for one in groups]]
    expected = chi2_contingency(table, correction=False)
    assert found.chi2 == pytest.approx(expected.statistic, abs=1e-9)
    assert found.p_value == pytest.approx(expected.pvalue, abs=1e-9)


def test_groups_that_do_not_differ_are_all_the_average() -> None:
    found = homogeneity([Counted(10, 20), Counted(20, 40)])
    assert found.prior_n is None
    assert found.shrunk(Counted(0, 3)) == 0.5
    assert not found.differs


def test_the_smaller_a_group_the_more_it_is_drawn_to_the_average() -> None:
    found = homogeneity([Counted(90, 100), Counted(10, 100), Counted(50, 100)])
    large, small = found.shrunk(Counted(90, 100)), found.shrunk(Counted(9, 10))
    assert large is not None
    assert small is not None
    assert 0.5 < small < large < 0.9
    assert found.differs


def test_a_difference_is_named_of_enough_on_both_sides() -> None:
    few, many, rest = Counted(19, 19), Counted(40, 40), Counted(5, 50)
    assert not is_named(few, rest, difference(few, rest))
    assert is_named(many, rest, difference(many, rest))
    assert not is_named(many, Counted(40, 40), difference(many, Counted(40, 40)))
