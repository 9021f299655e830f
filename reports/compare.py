"""Groups beside each other: is there a difference at all, how large, and who comes first?

Decides when a difference between groups is one, and when a rank means anything. Pure: no database,
no clock. Must never rank groups that chance alone may have set apart.

Sources: Newcombe 1998 (hybrid score interval of a difference); DerSimonian and Laird 1986 (variance
between groups by moments).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from typing import Final, NamedTuple

from scipy.special import chdtrc

from reports.estimators import Ratio, ratio

RANKED_FROM: Final = 20
"""How many a group needs for a rank, or to be called different. A choice."""

SURPRISING: Final = 0.05
"""Groups differ if chance alone makes such a spread more rarely than that. A choice."""


class Counted(NamedTuple):
    """x of n in one group."""

    x: int
    n: int


class Homogeneity(NamedTuple):
    """Whether groups differ, and how much of a group's own share to believe.

    Attributes:
        groups_n: groups with `RANKED_FROM` or more; the rest says of these.
        chi2: their spread; `p_value`: how often chance alone makes one so large. None of no group.
        prior_n: how many of the average every group gets; None: all of it, they do not differ.
        mean_ratio: their share together.
    """

    groups_n: int
    chi2: float | None
    p_value: float | None
    prior_n: float | None
    mean_ratio: float | None

    @property
    def differs(self) -> bool:
        """Whether a rank means anything."""
        return self.p_value is not None and self.p_value < SURPRISING

    def shrunk(self, group: Counted) -> float | None:
        """A group's share, drawn to the average as far as it is small."""
        if self.mean_ratio is None or self.prior_n is None:
            return self.mean_ratio
        weight = self.prior_n
        whole = group.n + weight
        return (group.x + weight * self.mean_ratio) / whole if whole else self.mean_ratio


def homogeneity(groups: Sequence[Counted]) -> Homogeneity:
    """What is to be said of these groups together; those who may not be compared are left out."""
    large = [one for one in groups if one.n >= RANKED_FROM]
    k, n = len(large), sum(one.n for one in large)
    if not n:
        return Homogeneity(0, None, None, None, None)
    p = sum(one.x for one in large) / n
    chance = p * (1 - p)
    if k == 1 or not chance:
        return Homogeneity(k, None, None, None, p)
    spread = sum(one.n * (one.x / one.n - p) ** 2 for one in large)
    chi2 = spread / chance
    between = (spread - (k - 1) * chance) / (n - sum(one.n**2 for one in large) / n)
    prior = chance / between - 1 if between > 0 else None
    return Homogeneity(k, chi2, float(chdtrc(k - 1, chi2)), prior, p)


def difference(one: Counted, other: Counted) -> Ratio:
    """How much larger the share of one is than that of the other, and its 95 % interval."""
    mine, theirs = ratio(*one), ratio(*other)
    if mine.ratio is None or theirs.ratio is None:
        return Ratio(None, None, None)
    gap = mine.ratio - theirs.ratio
    down = sqrt(_off(mine, mine.low) ** 2 + _off(theirs, theirs.high) ** 2)
    up = sqrt(_off(mine, mine.high) ** 2 + _off(theirs, theirs.low) ** 2)
    return Ratio(gap, gap - down, gap + up)


def _off(share: Ratio, end: float | None) -> float:
    return (share.ratio or 0.0) - (end or 0.0)


def is_named(one: Counted, other: Counted, gap: Ratio) -> bool:
    """Whether a difference is called one: enough on both sides, and the interval excludes 0."""
    if min(one.n, other.n) < RANKED_FROM or gap.low is None or gap.high is None:
        return False
    return gap.low > 0 or gap.high < 0
