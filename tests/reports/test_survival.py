"""Curves of what is still running, held against libraries that share no code with ours."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lifelines import KaplanMeierFitter
from lifelines.utils import median_survival_times
from statsmodels.duration.survfunc import CumIncidenceRight, SurvfuncRight

from reports.estimators import Ratio
from reports.survival import Causes, Competing, Days, Lasting

HAND = ((1, 1), (1, 2), (1, 0), (2, 1), (2, 1), (3, 2), (3, 0), (4, 1))
"""The definition's own case: days, and 1 advanced, 2 lost, 0 open."""

watched = st.lists(st.tuples(st.integers(1, 30), st.integers(0, 3)), min_size=1, max_size=80)
"""Few distinct times, so that ends and censorings fall together."""


def split(lives: Sequence[tuple[int, int]]) -> tuple[Days, Causes]:
    times, causes = zip(*lives, strict=True)
    return np.array(times, float), np.array(causes, np.int8)


def test_the_hand_case_of_the_definition() -> None:
    times, causes = split(HAND)
    both, one = Competing(times, causes), Lasting(times, causes > 0)
    shares = [both.by(1, t).ratio for t in (1, 2, 3, 4, 5, 90)]
    assert shares == pytest.approx([0.125, 0.425, 0.425, 0.725, 0.725, 0.725])
    assert [both.by(2, t).ratio for t in (1, 2, 3)] == pytest.approx([0.125, 0.125, 0.275])
    assert one.spread()[:3] == (2, 1, 4)


def test_nobody_and_nobody_yet() -> None:
    nothing = np.array([], float)
    assert Lasting(nothing, nothing > 0).spread() == (None,) * 5
    assert Competing(nothing, nothing.astype(np.int8)).by(1, 30) == (None, None, None)
    young = Competing(np.array([1.0, 2.0]), np.array([1, 0], np.int8))
    assert young.by(1, 30) == (None, None, None)
    assert young.by(1, 2).ratio == 0.5
    assert young.quantile(2, 0.5) is None


def test_all_and_none_have_the_interval_of_a_share() -> None:
    ended = Competing(np.array([1.0, 2.0, 3.0]), np.array([1, 1, 1], np.int8))
    assert ended.by(1, 30).high == 1
    assert ended.by(2, 30).low == 0


@settings(deadline=None)
@given(watched)
def test_survival_is_that_of_two_libraries(lives: list[tuple[int, int]]) -> None:
    times, causes = split(lives)
    ours = Lasting(times, causes > 0)
    theirs = SurvfuncRight(times, (causes > 0).astype(int))
    for time, share in zip(theirs.surv_times, theirs.surv_prob, strict=True):
        assert ours.survival_at(time) == pytest.approx(share, abs=1e-9)
    fitter = KaplanMeierFitter().fit(times, causes > 0)
    for time in range(31):
        expected = fitter.survival_function_at_times(time).iloc[0]
        assert ours.survival_at(time) == pytest.approx(expected, abs=1e-9)


@pytest.mark.filterwarnings("ignore:Approximating using")  # lifelines', of its own curve
@settings(deadline=None)
@given(watched)
def test_quantiles_are_those_of_lifelines(lives: list[tuple[int, int]]) -> None:
    times, causes = split(lives)
    ours = Lasting(times, causes > 0)
    fitter = KaplanMeierFitter().fit(times, causes > 0)
    curve = fitter.survival_function_["KM_estimate"].to_numpy()
    for p in (0.5, 0.75, 0.9):
        if np.abs(curve - (1 - p)).min() > 1e-9:  # where it meets the level, our own rule stands
            expected = fitter.percentile(1 - p)
            assert (ours.quantile(p) or np.inf) == expected


@settings(deadline=None)
@given(watched)
def test_the_interval_of_the_median_is_that_of_lifelines(lives: list[tuple[int, int]]) -> None:
    times, causes = split(lives)
    spread = Lasting(times, causes > 0).spread()
    fitter = KaplanMeierFitter().fit(times, causes > 0)
    bands = fitter.confidence_interval_.to_numpy()
    curve = fitter.survival_function_["KM_estimate"].to_numpy()
    if np.nanmin(np.abs(bands - 0.5)) < 1e-9 or curve.min() < 1e-9:
        return  # lifelines says nothing of a band where nobody is left; the hand case does
    expected = median_survival_times(fitter.confidence_interval_).to_numpy()[0]
    assert [one or np.inf for one in spread[1:3]] == list(expected)


@settings(deadline=None)
@given(watched)
def test_competing_ends_are_those_of_statsmodels(lives: list[tuple[int, int]]) -> None:
    times, causes = split(lives)
    if not causes.any():
        return
    ours, theirs = Competing(times, causes), CumIncidenceRight(times, causes.astype(int))
    with np.errstate(all="ignore"):
        errors = theirs.cinc_se
    for cause, shares in enumerate(theirs.cinc, start=1):
        for time, share, error in zip(theirs.times, shares, errors[cause - 1], strict=True):
            found = ours.by(cause, time)
            assert found.ratio == pytest.approx(share, abs=1e-9)
            if 1e-9 < share < 1 - 1e-9 and np.isfinite(error):
                assert_interval(found, share, error)


def assert_interval(found: Ratio, share: float, error: float) -> None:
    """The interval as the definition writes it, from the other library's share and error."""
    inner = np.log(-np.log(1 - share))
    half = 1.959963984540054 * error / ((1 - share) * abs(np.log(1 - share)))
    assert found.low == pytest.approx(1 - np.exp(-np.exp(inner - half)), abs=1e-7)
    assert found.high == pytest.approx(1 - np.exp(-np.exp(inner + half)), abs=1e-7)
