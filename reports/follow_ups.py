"""What happens after the k-th follow-up?

Question: of the deals that got at least k follow-ups, how many were won after it? Population: deals
opened in the window with at least k follow-ups before their end; the clock starts at the k-th (the
anchor), those still open are censored at `as_of`. A follow-up is an action that the playbook marks
so, or any that moves the deal once its quotation stage is entered. Owner and team: the owner at the
end, or now. `win_ratio` is won of those decided. k runs from 1 to 10. It never says "exactly k":
whoever got no more is known only afterwards. Hopeless: 30 or more are decided and the interval's
high end is below 0.05; not said of fewer.

`by_segment`: the same for k = 3, by each value of each segment.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from deals.model import Recorded
from reports.columns import LONG_AGO, Rows
from reports.cycle import competing
from reports.figures import Figures, Found, counts, won_of
from reports.outcomes import ends_of, won_figures
from reports.scope import Scope
from reports.segments import by_segment, segments_of

MOST: Final = 10
"""The last k that is told. A choice."""

ASKED_AFTER: Final = 3
"""After so many follow-ups a segment can be hopeless. Source: the sales rule of three."""

DECIDED_FROM: Final = 30
HOPELESS_BELOW: Final = 0.05
"""So many decided, and the interval's high end below that. Choices, those of the definition."""


class FollowUps(Recorded):
    """What became of the deals with at least k follow-ups."""

    k: int
    n: int
    won_n: int
    lost_n: int
    dropped_n: int
    open_n: int
    decided_n: int
    win_ratio: float | None
    win_low: float | None
    win_high: float | None
    horizon_days: float
    won_by_horizon: float | None
    won_by_horizon_low: float | None
    won_by_horizon_high: float | None
    won_p50_days: float | None
    won_p75_days: float | None
    won_p90_days: float | None
    hopeless: bool | None
    complete: bool


class SegmentFollowUps(FollowUps):
    """The same, of one value of a segment; null: a blank one."""

    segment: str
    key: str | None


def follow_ups(scope: Scope) -> list[Found[FollowUps]]:
    """A row for each k."""
    done = _Done(scope)
    return [done.row(k) for k in range(1, MOST + 1)]


def follow_ups_by_segment(scope: Scope) -> list[Found[SegmentFollowUps]]:
    """A row for each value of each segment, after the third."""
    return list(_by_segment(scope))


def _by_segment(scope: Scope) -> Iterator[Found[SegmentFollowUps]]:
    done = _Done(scope)
    for segment in segments_of(scope):
        groups = by_segment(scope, segment, at_end=True)
        names = {int(key): groups.name(int(key)) for key in np.unique(groups.keys)}
        for key in sorted(names, key=lambda one: (names[one] is None, names[one] or "")):
            found = done.row(ASKED_AFTER, groups.keys == key)
            if found.row.n:
                told = found.row.model_dump()
                row = SegmentFollowUps(segment=segment, key=names[key], **told)
                yield Found(row, found.behind)


class _Done:
    """The follow-ups of the deals that are asked for, numbered within each deal."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        known = scope.known
        chosen = scope.deals & scope.within(known.opened_at) & scope.owned(known.closing_owner)
        actions = before_the_end(scope)
        counted = actions["follow_up"] & chosen[actions.deal]
        actions = actions.where(counted & (actions["occurred_at"] > LONG_AGO))
        starts = np.searchsorted(actions.deal, actions.deal, side="left")
        self._k: NDArray[Any] = np.arange(len(actions)) - starts + 1
        self._actions = actions

    def row(self, k: int, among: NDArray[np.bool_] | None = None) -> Found[FollowUps]:
        """What became of the deals with at least k, among some deals."""
        scope = self._scope
        is_kth = self._k == k
        if among is not None:
            is_kth &= among[self._actions.deal]
        deals = self._actions.deal[is_kth]
        since = self._actions["occurred_at"][is_kth]
        sets = ends_of(scope, deals)
        ended = scope.known.end[deals] > 0
        sets["decided_n"] = deals[ended]
        curve = competing(scope, deals, since)
        decided = won_of(len(sets["won_n"]), len(sets["decided_n"]))
        row = FollowUps(
            k=k,
            **counts(sets),
            **decided,
            horizon_days=scope.filters.horizon_days,
            **won_figures(curve, scope.filters.horizon_days),
            hopeless=_is_hopeless(len(sets["decided_n"]), decided),
            complete=scope.filters.window.complete,
        )
        return Found(row, sets)


def before_the_end(scope: Scope) -> Rows:
    """The actions that are known, but for what came after the end: that is no work any more."""
    actions = scope.known.rows("actions", "occurred_at")
    return actions.where(~after_the_end(scope, actions))


def after_the_end(scope: Scope, actions: Rows) -> NDArray[np.bool_]:
    """Which of these actions came after their deal's end, in the order of its events."""
    late: NDArray[np.bool_] = actions["seq"] > scope.known.end_seq[actions.deal]
    return late


def _is_hopeless(decided: int, share: Figures) -> bool | None:
    return share["win_high"] < HOPELESS_BELOW if decided >= DECIDED_FROM else None
