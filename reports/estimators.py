"""What is said of a handful of numbers: the interval of a ratio, and quantiles.

Decides the estimators that every report shares. Pure: no database, no clock. Must never round.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, sqrt
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Z: Final = 1.959963984540054
"""Half width of a 95 % interval in standard errors. Source: the normal distribution."""


class Ratio(NamedTuple):
    """A share of n, from 0 to 1, and its 95 % interval; all None where n is 0."""

    ratio: float | None
    low: float | None
    high: float | None


def ratio(x: int, n: int) -> Ratio:
    """The share x of n with its Wilson score interval, without continuity correction.

    Source: Wilson 1927. None of n has the low end 0 exactly, all of n the high end 1.
    """
    if n == 0:
        return Ratio(None, None, None)
    p, zz = x / n, Z * Z / n
    centre = (p + zz / 2) / (1 + zz)
    half = Z * sqrt(p * (1 - p) / n + zz / (4 * n)) / (1 + zz)
    low = 0.0 if x == 0 else centre - half
    return Ratio(p, low, 1.0 if x == n else centre + half)


def quantile(values: Sequence[float] | NDArray[np.float64], p: float) -> float | None:
    """The ceil(pn)-th smallest of the values: one that occurred; None of none.

    Source: the inverse of the empirical distribution (`percentile_disc` of SQL).
    """
    if not len(values):
        return None
    place = max(1, ceil(round(p * len(values), 9))) - 1  # 0.7 of ten is the seventh
    return float(np.partition(np.asarray(values), place)[place])
