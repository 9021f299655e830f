"""Of those who entered a stage, how many went on?

Question: of the deals that entered a stage, how many went on, how many were lost or dropped there,
how many are still there? Population: deals that entered the stage in the window, each once, by its
first entry (the anchor); visits are counted besides, each by its own entry. Owner and team: the
first person who had the deal in that visit.

Advanced: entered any later stage of its playbook, or won; coming back in between stops nothing.
n = advanced + lost + dropped + open. `advanced_ratio` is advanced of n: a lower bound while some
are open. `X_by_horizon`: the share that ended so within `horizon_days` of the entry, those still
open censored at `as_of` (Aalen-Johansen). `mature`: nine tenths of the cohort are over, or were
watched that long. Won: at last, from this stage on. Skipped: opened in the window, seen at or
before the stage, gone beyond it without a visit; in no denominator here. Reopened: an end of them
was taken back. A deal first seen further on has no opinion on the stages before.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from deals.model import Recorded
from reports.columns import LONG_AGO, Flags, Places
from reports.estimators import ratio
from reports.figures import Figures, Found, behind, by_horizon, counts, shared
from reports.journeys import BACK, DROPPED, FORWARD, LOST, NOWHERE, OPEN, WON
from reports.known import MICROSECONDS_A_DAY
from reports.period import Window
from reports.scope import Scope, Stage
from reports.survival import Causes, Competing, Days

MATURE_FROM: Final = 0.9
"""Share of a cohort that is over or was watched long enough, for it to be mature. A choice."""

ADVANCED: Final = WON
"""Going on is to a stage what winning is to a deal."""


class StageConversion(Recorded):
    """What became of those who entered a stage in a period."""

    period: str
    complete: bool
    playbook: str
    stage: str
    next: str
    n: int
    advanced_n: int
    lost_n: int
    dropped_n: int
    open_n: int
    advanced_ratio: float | None
    advanced_low: float | None
    advanced_high: float | None
    mature_ratio: float | None
    mature: bool | None
    horizon_days: float
    advanced_by_horizon: float | None
    advanced_by_horizon_low: float | None
    advanced_by_horizon_high: float | None
    lost_by_horizon: float | None
    lost_by_horizon_low: float | None
    lost_by_horizon_high: float | None
    dropped_by_horizon: float | None
    dropped_by_horizon_low: float | None
    dropped_by_horizon_high: float | None
    won_n: int
    won_ratio: float | None
    won_low: float | None
    won_high: float | None
    won_by_horizon: float | None
    won_by_horizon_low: float | None
    won_by_horizon_high: float | None
    visits_n: int
    visits_forward_n: int
    visits_back_n: int
    visits_won_n: int
    visits_lost_n: int
    visits_dropped_n: int
    visits_open_n: int
    skipped_n: int
    reopened_n: int


def conversion(scope: Scope) -> list[Found[StageConversion]]:
    """A row for each stage and period."""
    entries, reopened = scope.once(Entries), _was_reopened(scope)
    skipped = {stage: _skipped(scope, stage) for stage in scope.stages}
    found = []
    for period, window in scope.divided():
        for stage in scope.stages:
            deals = skipped[stage]
            apart = {"skipped_n": deals[scope.within(scope.known.opened_at[deals], window)]}
            found.append(_row(scope, entries, stage, (period, window), apart, reopened))
    return found


class Entries:
    """Visits that are asked for, by stage; and what became of the deals after them."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._known = scope.known
        visits = scope.known.visits
        self._chosen = scope.at(visits.deal, visits["entered_at"]) & scope.owned(
            scope.known.visit_owner
        )
        self._chosen &= visits["entered_at"] > LONG_AGO
        self._of_stage: dict[Stage, Places] = {}

    def visits(self, stage: Stage) -> Places:
        """Every visit to the stage whose entry is known."""
        found = self._of_stage.get(stage)
        if found is None:
            found = self._known.by_stage.get(stage.number, np.zeros(0, np.int64))
            found = found[self._chosen[found]]
            deals = self._known.visits.deal[found]
            found = found[self._scope.line_of[deals] == stage.line]
            self._of_stage[stage] = found
        return found

    def first(self, visits: Places) -> Places:
        """Those of them that were the deal's first to the stage."""
        first: Places = visits[self._known.visits["is_first"][visits]]
        return first

    def onward(self, visits: Places) -> Causes:
        """How each deal went on from there: advanced, lost, dropped, or still open."""
        rows = self._known.visits
        advanced = rows["advanced_at"][visits] <= self._scope.as_of
        end = self._known.end[rows.deal[visits]]
        return np.where(advanced, ADVANCED, end).astype(np.int8)

    def onward_days(self, visits: Places) -> tuple[Days, Flags]:
        """How long each was watched until then, and whether that is known."""
        rows = self._known.visits
        advanced_at = rows["advanced_at"][visits]
        ended_at = self._known.end_at[rows.deal[visits]]
        until = np.where(advanced_at <= self._scope.as_of, advanced_at, ended_at)
        return self._days(rows["entered_at"][visits], until)

    def to_end_days(self, visits: Places) -> tuple[Days, Flags]:
        """How long each was watched until the deal's end, and whether that is known."""
        rows = self._known.visits
        return self._days(rows["entered_at"][visits], self._known.end_at[rows.deal[visits]])

    def _days(self, since: Places, until: Places) -> tuple[Days, Flags]:
        is_known = until > LONG_AGO
        watched = np.minimum(until, self._scope.as_of) - since
        return np.maximum(watched, 0) / MICROSECONDS_A_DAY, is_known


def _row(
    scope: Scope,
    entries: Entries,
    stage: Stage,
    period: tuple[str, Window],
    skipped: dict[str, Places],
    reopened: Flags,
) -> Found[StageConversion]:
    name, window = period
    entered_at = scope.known.visits["entered_at"]
    every = entries.visits(stage)
    visits = every[scope.within(entered_at[every], window)]
    first = entries.first(visits)
    sets = _of_deals(scope, entries, first) | skipped | _of_visits(scope, visits)
    sets["reopened_n"] = sets["n"][reopened[sets["n"]]]
    n = len(first)
    row = StageConversion(
        period=name,
        complete=window.complete,
        playbook=stage.playbook,
        stage=stage.id,
        next=stage.next,
        horizon_days=scope.filters.horizon_days,
        **counts(sets),
        **shared("advanced", ratio(len(sets["advanced_n"]), n)),
        **shared("won", ratio(len(sets["won_n"]), n)),
        **_maturity(scope, entries, first),
        **_by_horizon(scope, entries, first),
    )
    return Found(row, sets)


def _of_deals(scope: Scope, entries: Entries, first: Places) -> dict[str, Places]:
    deals, onward = scope.known.visits.deal[first], entries.onward(first)
    return behind(
        deals,
        n=np.ones(len(deals), np.bool_),
        advanced_n=onward == ADVANCED,
        lost_n=onward == LOST,
        dropped_n=onward == DROPPED,
        open_n=onward == OPEN,
        won_n=scope.known.end[deals] == WON,
    )


def _maturity(scope: Scope, entries: Entries, first: Places) -> Figures:
    if not len(first):
        return {"mature_ratio": None, "mature": None}
    watched = (scope.as_of - scope.known.visits["entered_at"][first]) / MICROSECONDS_A_DAY
    is_over = (entries.onward(first) != OPEN) | (watched >= scope.filters.horizon_days)
    share = float(is_over.mean())
    return {"mature_ratio": share, "mature": share >= MATURE_FROM}


def _by_horizon(scope: Scope, entries: Entries, first: Places) -> Figures:
    horizon = scope.filters.horizon_days
    days, is_known = entries.onward_days(first)
    here = Competing(days[is_known], entries.onward(first)[is_known])
    figures: Figures = {}
    for name, cause in (("advanced", ADVANCED), ("lost", LOST), ("dropped", DROPPED)):
        figures |= by_horizon(name, here, cause, horizon)
    days, is_known = entries.to_end_days(first)
    end = scope.known.end[scope.known.visits.deal[first]]
    return figures | by_horizon("won", Competing(days[is_known], end[is_known]), WON, horizon)


def _of_visits(scope: Scope, visits: Places) -> dict[str, Places]:
    cause = scope.known.visit_cause[visits]
    return behind(
        scope.known.visits.deal[visits],
        visits_n=np.ones(len(visits), np.bool_),
        visits_forward_n=cause == FORWARD,
        visits_back_n=cause == BACK,
        visits_won_n=cause == WON,
        visits_lost_n=cause == LOST,
        visits_dropped_n=cause == DROPPED,
        visits_open_n=cause == OPEN,
    )


def _skipped(scope: Scope, stage: Stage) -> Places:
    """Deals that went beyond the stage without a visit, of those that were seen at or before it."""
    known = scope.known
    place = scope.place_of(stage)
    deals = np.flatnonzero(known.exists & (place > NOWHERE))
    deals = deals[scope.at(deals, known.visits["entered_at"][known.first[deals]])]
    deals = deals[scope.owned(known.visit_owner[known.first[deals]])]
    seen = known.visits["position"][known.first[deals]] <= place[deals]
    deals = deals[seen & (known.reached[deals] > place[deals])]
    there = np.zeros(known.columns.n, np.bool_)
    there[known.visits.deal[known.by_stage.get(stage.number, deals[:0])]] = True
    return deals[~there[deals]]


def _was_reopened(scope: Scope) -> Flags:
    """Deals of which an end was taken back."""
    known = scope.known
    cause = known.visit_cause
    closing = (cause >= WON) & (cause <= DROPPED)
    closing[known.last[known.exists]] = False
    reopened = np.zeros(known.columns.n, np.bool_)
    reopened[known.visits.deal[closing]] = True
    return reopened
