"""Groups of deals beside each other by how they end: what reps, sources and customers share.

Decides the two tables of such reports. `closed`: deals that ended in the window (the anchor), by
the key they had; won of all closed, dropped ones included; beside the rest: all others with the
same filter, the pool, machines and deals without a key left out. `cohort`: deals opened in the
window, those still open censored at `as_of` (Aalen-Johansen). Ranks only where chance alone would
not make such differences, and of groups that are large enough (`compare`). Must never rank the
pool, a machine or a blank.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deals.model import Recorded
from reports.columns import BLANK, Places, groups
from reports.compare import RANKED_FROM, Counted, Homogeneity, difference, homogeneity
from reports.cycle import competing, opened
from reports.estimators import ratio
from reports.figures import Figures, Found, Money, behind, by_horizon, counts, money, shared
from reports.journeys import DROPPED, LOST, OPEN, WON
from reports.scope import Scope
from reports.survival import Competing


class Closed(Recorded):
    """How the closed deals of one group ended, beside the rest."""

    key: str | None
    n: int
    won_n: int
    lost_n: int
    dropped_n: int
    win_ratio: float | None
    win_low: float | None
    win_high: float | None
    win_shrunk: float | None
    rest_n: int
    rest_win_ratio: float | None
    win_diff: float | None
    win_diff_low: float | None
    win_diff_high: float | None
    won_amount: tuple[Money, ...]
    rankable: bool
    rank: int | None
    complete: bool


class AllClosed(Recorded):
    """How all of them ended, and whether the groups differ at all."""

    n: int
    won_n: int
    win_ratio: float | None
    win_low: float | None
    win_high: float | None
    groups_n: int
    chi2: float | None
    p_value: float | None
    prior_n: float | None
    mean_ratio: float | None
    complete: bool


class Cohort(Recorded):
    """How the deals of one group that began together end."""

    key: str | None
    n: int
    won_n: int
    lost_n: int
    dropped_n: int
    open_n: int
    horizon_days: float
    won_by_horizon: float | None
    won_by_horizon_low: float | None
    won_by_horizon_high: float | None
    won_p50_days: float | None
    won_p75_days: float | None
    won_p90_days: float | None
    complete: bool


@dataclass(frozen=True)
class Groups:
    """By what deals are told apart.

    Attributes:
        keys: the number of each deal's key, at its end or at `as_of`.
        name: what a number means; None of a blank one.
        stands_apart: whether a key is compared with nobody.
    """

    keys: NDArray[Any]
    name: Callable[[int], str | None]
    stands_apart: Callable[[int], bool]


def closed(scope: Scope, by: Groups, asked: str | None = None) -> list[Found[Closed]]:
    """A row for each key that a deal had which ended in the window; or for the one asked for."""
    found = _grouped(scope, by, _closed_in(scope))
    if asked is not None and all(one.name != asked for one in found):
        found.append(_Group(BLANK, asked, np.zeros(0, np.int64), Counted(0, 0), apart=False))
    compared = [one for one in found if not one.apart]
    said = homogeneity([one.counted for one in compared])
    ranks = _ranks(compared, said)
    rest = Counted(sum(one.counted.x for one in compared), sum(one.counted.n for one in compared))
    return [
        _row(scope, one, said, ranks.get(one.key), rest)
        for one in found
        if asked is None or one.name == asked
    ]


def all_closed(scope: Scope, by: Groups) -> list[Found[AllClosed]]:
    """All of them together."""
    deals = _closed_in(scope)
    won = scope.known.end[deals] == WON
    sets = behind(deals, n=np.ones(len(deals), np.bool_), won_n=won)
    found = _grouped(scope, by, deals)
    said = homogeneity([one.counted for one in found if not one.apart])
    row = AllClosed(
        **counts(sets),
        **shared("win", ratio(int(won.sum()), len(deals))),
        **said._asdict(),
        complete=scope.filters.window.complete,
    )
    return [Found(row, sets)]


def cohort(scope: Scope, by: Groups) -> list[Found[Cohort]]:
    """A row for each key that a deal has which was opened in the window."""
    return [_cohort(scope, one) for one in _grouped(scope, by, opened(scope))]


@dataclass(frozen=True)
class _Group:
    key: int
    name: str | None
    deals: Places
    counted: Counted
    apart: bool


def _closed_in(scope: Scope) -> Places:
    known = scope.known
    chosen = scope.deals_at(known.end_at) & (known.end != OPEN) & scope.owned(known.closing_owner)
    return np.flatnonzero(chosen & scope.inside(known.end_at))


def _grouped(scope: Scope, by: Groups, deals: Places) -> list[_Group]:
    """The deals by key, those that occur; by code point, the blank one last."""
    won = scope.known.end[deals] == WON
    found = []
    for key, places in groups(by.keys[deals]):
        counted = Counted(int(won[places].sum()), len(places))
        apart = by.stands_apart(key)
        found.append(_Group(key, by.name(key), deals[places], counted, apart))
    return sorted(found, key=lambda one: (one.name is None, one.name or ""))


def _ranks(compared: list[_Group], said: Homogeneity) -> dict[int, int]:
    if not said.differs:
        return {}
    large = [one for one in compared if one.counted.n >= RANKED_FROM]
    ordered = sorted(large, key=lambda one: (-(said.shrunk(one.counted) or 0), one.name or ""))
    return {one.key: place for place, one in enumerate(ordered, start=1)}


def _row(
    scope: Scope, group: _Group, said: Homogeneity, rank: int | None, all_: Counted
) -> Found[Closed]:
    end, mine = scope.known.end[group.deals], group.counted
    rest = Counted(0, 0) if group.apart else Counted(all_.x - mine.x, all_.n - mine.n)
    gap = difference(mine, rest)
    sets = behind(
        group.deals,
        n=np.ones(len(end), np.bool_),
        won_n=end == WON,
        lost_n=end == LOST,
        dropped_n=end == DROPPED,
    )
    won = sets["won_n"]
    row = Closed(
        key=group.name,
        **counts(sets),
        **shared("win", ratio(*mine)),
        win_shrunk=said.shrunk(mine),
        rest_n=rest.n,
        rest_win_ratio=ratio(*rest).ratio,
        win_diff=gap.ratio,
        win_diff_low=gap.low,
        win_diff_high=gap.high,
        won_amount=money(
            scope.texts, scope.known.columns.deals["currency"][won], scope.known.amount[won]
        ),
        rankable=not group.apart and mine.n >= RANKED_FROM,
        rank=rank,
        complete=scope.filters.window.complete,
    )
    return Found(row, sets)


def ends_of(scope: Scope, deals: Places) -> dict[str, Places]:
    """All of these deals, and those that ended in each way."""
    end = scope.known.end[deals]
    return behind(
        deals,
        n=np.ones(len(deals), np.bool_),
        won_n=end == WON,
        lost_n=end == LOST,
        dropped_n=end == DROPPED,
        open_n=end == OPEN,
    )


def won_figures(curve: Competing, horizon: float) -> Figures:
    """The share won by the horizon, and when those are won who will be."""
    quantiles = {f"won_p{p}_days": curve.quantile(WON, p / 100) for p in (50, 75, 90)}
    return by_horizon("won", curve, WON, horizon) | quantiles


def _cohort(scope: Scope, group: _Group) -> Found[Cohort]:
    deals = group.deals
    sets = ends_of(scope, deals)
    curve = competing(scope, deals, scope.known.opened_at[deals])
    row = Cohort(
        key=group.name,
        horizon_days=scope.filters.horizon_days,
        **counts(sets),
        **won_figures(curve, scope.filters.horizon_days),
        complete=scope.filters.window.complete,
    )
    return Found(row, sets)
