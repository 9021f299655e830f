"""How long things take when some are not over yet: survival curves, and curves of competing ends.

Decides the estimators for durations of which some are still running (censored), and what is said
where the data ends. Ends come before censorings at equal times. Pure: no database, no clock. Must
never treat something that is still running as over, or as if it were not there.

Sources: Kaplan and Meier 1958; Aalen and Johansen 1978, with the delta-method error; the interval
of the median after Brookmeyer and Crowley with the log-log (exponential Greenwood) band.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from reports.estimators import Ratio, Z, ratio

Days = NDArray[np.float64]
"""Durations in days, or hours; every one watched from its beginning."""

Flags = NDArray[np.bool_]

Causes = NDArray[np.int8]
"""How each of them ended: 0 not yet, else a number of the caller's."""

_TOLERANCE: Final = 1e-9
"""How near a curve comes to a level to have reached it. Source: the definition of the figures."""

_CERTAIN: Final = 1e-12
"""So near 0 or 1 a share is 0 or 1; the rest is rounding. A choice."""


class Step(NamedTuple):
    """What is left from a time on, of all that began, and the 95 % band around it."""

    time: float
    left: float
    low: float
    high: float


class Spread(NamedTuple):
    """Quantiles of how long something takes; None where so many have not ended."""

    p50: float | None
    p50_low: float | None
    p50_high: float | None
    p75: float | None
    p90: float | None


@dataclass(frozen=True)
class _Table:
    """By distinct time, in order: how many were still there just before, and how many ended."""

    times: Days
    at_risk: Days
    ended: Days

    @cached_property
    def survival(self) -> Days:
        """The share that has not ended after each time."""
        left: Days = (1 - self.ended / self.at_risk).cumprod()
        return left

    @cached_property
    def variance(self) -> Days:
        """Greenwood's terms; the (infinite) one of a time that leaves nobody is left out."""
        left = self.at_risk - self.ended
        terms = np.zeros_like(self.ended)
        np.divide(self.ended, self.at_risk * left, out=terms, where=left > 0)
        return terms


class Lasting:
    """One end: how long until it comes (Kaplan-Meier)."""

    def __init__(self, times: Days, ended: Flags) -> None:
        """Take how long each was watched, and whether it ended then."""
        self._table = _table(times, ended)

    def quantile(self, p: float) -> float | None:
        """The first time by which a share p has ended; None: so many have not."""
        table = self._table
        return _first(table.times, table.survival <= 1 - p + _TOLERANCE)

    def spread(self) -> Spread:
        """The median with its 95 % interval, and two later quantiles."""
        low, high = self._median_interval()
        return Spread(self.quantile(0.5), low, high, self.quantile(0.75), self.quantile(0.9))

    def survival_at(self, time: float) -> float:
        """The share that has not ended at that time."""
        before = int(np.searchsorted(self._table.times, time, side="right"))
        return float(self._table.survival[before - 1]) if before else 1.0

    def steps(self) -> tuple[Step, ...]:
        """The curve from 0 to the longest time that was watched: a step at each time of an end."""
        table, (lower, upper) = self._table, self._band()
        keep = table.ended > 0
        keep[-1:] = True
        rows = zip(*(one[keep] for one in (table.times, table.survival, lower, upper)), strict=True)
        return (Step(0.0, 1.0, 1.0, 1.0), *(Step(*map(float, row)) for row in rows))

    def _median_interval(self) -> tuple[float | None, float | None]:
        """When the lower and the upper end of the band first come down to one half."""
        lower, upper = self._band()
        level = 0.5 + _TOLERANCE
        return _first(self._table.times, lower <= level), _first(self._table.times, upper <= level)

    def _band(self) -> tuple[Days, Days]:
        """The lower and the upper end of the log-log band, after each time."""
        survival = self._table.survival
        inside = (survival < 1) & (survival > _CERTAIN)
        lower = np.where(survival < 1, 0.0, 1.0)
        upper = lower.copy()
        log = np.log(survival[inside])
        half = Z * np.sqrt(np.cumsum(self._table.variance)[inside]) / -log
        lower[inside] = np.exp(log * np.exp(half))
        upper[inside] = np.exp(log * np.exp(-half))
        return lower, upper


class Competing:
    """Several ends of which the first one counts (Aalen-Johansen)."""

    def __init__(self, times: Days, causes: Causes) -> None:
        """Take how long each was watched, and how it ended then."""
        self._table = _table(times, causes > 0)
        self._n = len(times)
        self._places = np.searchsorted(self._table.times, times)
        self._causes = causes

    def by(self, cause: int, horizon: float) -> Ratio:
        """The share that has ended so by the horizon, and its 95 % interval.

        None where nobody was watched that long and somebody might still end so.
        """
        table = self._table
        if not self._n or (table.times[-1] < horizon and table.at_risk[-1] > table.ended[-1]):
            return Ratio(None, None, None)
        ended, incidence = self._of(cause)
        reached = int(np.searchsorted(table.times, horizon, side="right"))
        if not reached or incidence[reached - 1] < _CERTAIN:
            return ratio(0, self._n)
        share = float(incidence[reached - 1])
        if share > 1 - _CERTAIN:
            return ratio(self._n, self._n)
        error = self._error(ended[:reached], incidence[:reached])
        return Ratio(share, *_complementary_log_log(share, error))

    def quantile(self, cause: int, p: float) -> float | None:
        """Of those who will end so: when a share p of them has; None if nobody does."""
        incidence = self._of(cause)[1]
        if not len(incidence) or incidence[-1] < _CERTAIN:
            return None
        return _first(self._table.times, incidence >= p * incidence[-1] - _TOLERANCE)

    def _of(self, cause: int) -> tuple[Days, Days]:
        """How many ended so at each time, and the share that had by then."""
        table = self._table
        places = self._places[self._causes == cause]
        ended = np.bincount(places, minlength=len(table.times)).astype(np.float64)
        before = np.concatenate(([1.0], table.survival[:-1]))[: len(table.times)]
        return ended, np.cumsum(before * ended / table.at_risk)

    def _error(self, ended: Days, incidence: Days) -> float:
        """The standard error of the last share, by the delta method."""
        reached = len(ended)
        n = self._table.at_risk[:reached]
        before = np.concatenate(([1.0], self._table.survival))[:reached]
        missing = incidence[-1] - incidence
        of_all = missing**2 * self._table.variance[:reached]
        of_cause = (before / n) ** 2 * (n - ended) * ended / n
        shared = 2 * missing * before / n * ended / n
        return float(np.sqrt(max(np.sum(of_all + of_cause - shared), 0.0)))


def _table(times: Days, ended: Flags) -> _Table:
    if not len(times):
        return _Table(times, times, times)
    order = np.argsort(times)
    rising = times[order]
    first = np.concatenate(([True], rising[1:] != rising[:-1])).nonzero()[0]
    ends = np.add.reduceat(ended[order], first, dtype=np.float64)
    return _Table(rising[first], (len(times) - first).astype(np.float64), ends)


def _first(times: Days, reached: Flags) -> float | None:
    place = int(reached.argmax()) if len(reached) else -1
    return float(times[place]) if place >= 0 and reached[place] else None


def _complementary_log_log(share: float, error: float) -> tuple[float, float]:
    rate = -np.log1p(-share)
    half = Z * error / ((1 - share) * rate)
    low, high = (-np.expm1(-rate * np.exp(side * half)) for side in (-1, 1))
    return float(low), float(high)
