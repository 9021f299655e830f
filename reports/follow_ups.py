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
from reports.columns import LONG_AGO, Instants, Places, groups
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
    done = scope.once(_Done)
    return [done.row(k, *done.kth(k)) for k in range(1, MOST + 1)]


def follow_ups_by_segment(scope: Scope) -> list[Found[SegmentFollowUps]]:
    """A row for each value of each segment, after the third."""
    return list(_by_segment(scope))


def _by_segment(scope: Scope) -> Iterator[Found[SegmentFollowUps]]:
    done = scope.once(_Done)
    deals, since = done.kth(ASKED_AFTER)
    for segment in segments_of(scope):
        of = by_segment(scope, segment, at_end=True)
        places = dict(groups(of.keys[deals]))
        names = {key: of.name(key) for key in places}
        for key in sorted(names, key=lambda one: (names[one] is None, names[one] or "")):
            found = done.row(ASKED_AFTER, deals[places[key]], since[places[key]])
            told = found.row.model_dump()
            row = SegmentFollowUps(segment=segment, key=names[key], **told)
            yield Found(row, found.behind)


class _Done:
    """The follow-ups of the deals that are asked for, numbered within each deal."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        known = scope.known
        chosen = scope.deals_at(known.opened_at) & scope.within(known.opened_at)
        chosen &= scope.owned(known.closing_owner)
        actions = known.work
        counted = actions["follow_up"] & chosen[actions.deal]
        counted &= actions["occurred_at"] > LONG_AGO
        actions = actions.only("occurred_at").where(counted)
        starts = np.searchsorted(actions.deal, actions.deal, side="left")
        self._k: NDArray[Any] = np.arange(len(actions)) - starts + 1
        self._actions = actions

    def kth(self, k: int) -> tuple[Places, Instants]:
        """The deals with at least k, and when the k-th was."""
        is_kth = np.flatnonzero(self._k == k)
        return self._actions.deal[is_kth], self._actions["occurred_at"][is_kth]

    def row(self, k: int, deals: Places, since: Instants) -> Found[FollowUps]:
        """What became of these deals since their k-th."""
        scope = self._scope
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


def _is_hopeless(decided: int, share: Figures) -> bool | None:
    return share["win_high"] < HOPELESS_BELOW if decided >= DECIDED_FROM else None
