"""How long does it take?

Question: how long from the opening to the end, and how long in each stage? Population: deals opened
in the window (`to_close`, `to_end`), visits entered in it (`in_stage`); those whose instant nobody
knows are left out. Owner and team: the first person who took the deal; the first person in the
visit.

`to_close`: any end; those still open are censored at `as_of` (Kaplan-Meier), so open deals make the
time longer, as they should. `to_end`: won, lost and dropped compete (Aalen-Johansen):
`won_by_horizon` is the share won within `horizon_days` of the opening, `won_p50_days` when half of
those who will be won are. `in_stage`: any exit is the end. Days are clock time, `working_p50_hours`
the calendar's working time between the same instants, time on hold included in both; `held_days` is
the mean time on hold of them, apart. A quantile that so few have reached is null. There are no
means: they need the last deal to be over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from deals.model import Recorded
from reports.columns import LONG_AGO, Flags, Instants, Places
from reports.conversion import Entries
from reports.figures import Figures, Found, behind, by_horizon, counts, in_days
from reports.journeys import DROPPED, LOST, OPEN, WON
from reports.known import MICROSECONDS_A_DAY
from reports.scope import Scope
from reports.survival import Competing, Days, Lasting
from reports.working import working_hours

_CAUSES: Mapping[str, int] = {"won": WON, "lost": LOST, "dropped": DROPPED}
_QUANTILES: Mapping[str, float] = {"p50": 0.5, "p75": 0.75, "p90": 0.9}


class Cycle(Recorded):
    """How long something takes, of n of which some are still open."""

    n: int
    ended_n: int
    open_n: int
    p50_days: float | None
    p50_low_days: float | None
    p50_high_days: float | None
    p75_days: float | None
    p90_days: float | None
    working_p50_hours: float | None
    held_days: float | None


class StageCycle(Cycle):
    """How long a stage takes: of visits."""

    playbook: str
    stage: str


class Ends(Recorded):
    """How deals end, and when."""

    n: int
    won_n: int
    lost_n: int
    dropped_n: int
    open_n: int
    won_p50_days: float | None
    won_p75_days: float | None
    won_p90_days: float | None
    lost_p50_days: float | None
    lost_p75_days: float | None
    lost_p90_days: float | None
    dropped_p50_days: float | None
    dropped_p75_days: float | None
    dropped_p90_days: float | None
    horizon_days: float
    won_by_horizon: float | None
    won_by_horizon_low: float | None
    won_by_horizon_high: float | None
    lost_by_horizon: float | None
    lost_by_horizon_low: float | None
    lost_by_horizon_high: float | None
    dropped_by_horizon: float | None
    dropped_by_horizon_low: float | None
    dropped_by_horizon_high: float | None


def to_close(scope: Scope) -> list[Found[Cycle]]:
    """From the opening to any end."""
    deals = opened(scope)
    return [lasting(scope, deals, scope.known.opened_at[deals], scope.known.end_at[deals])]


def closing(scope: Scope) -> Lasting:
    """The curve behind `to_close`."""
    deals = opened(scope)
    return Lasting(*watched(scope, scope.known.opened_at[deals], scope.known.end_at[deals]))


def to_end(scope: Scope) -> list[Found[Ends]]:
    """From the opening to each sort of end."""
    deals = opened(scope)
    end, since = scope.known.end[deals], scope.known.opened_at[deals]
    sets = behind(
        deals,
        n=np.ones(len(deals), np.bool_),
        won_n=end == WON,
        lost_n=end == LOST,
        dropped_n=end == DROPPED,
        open_n=end == OPEN,
    )
    curve = competing(scope, deals, since)
    figures: Figures = {}
    for name, cause in _CAUSES.items():
        for of, p in _QUANTILES.items():
            figures[f"{name}_{of}_days"] = curve.quantile(cause, p)
        figures |= by_horizon(name, curve, cause, scope.filters.horizon_days)
    row = Ends(horizon_days=scope.filters.horizon_days, **counts(sets), **figures)
    return [Found(row, sets)]


def in_stage(scope: Scope) -> list[Found[StageCycle]]:
    """How long each stage takes."""
    found = []
    for stage, stay in zip(scope.stages, scope.once(stays), strict=True):
        of = lasting(scope, stay.deals, stay.since, stay.until)
        row = StageCycle(playbook=stage.playbook, stage=stage.id, **of.row.model_dump())
        found.append(Found(row, of.behind))
    return found


@dataclass(frozen=True)
class Stays:
    """The visits to a stage that began in the window."""

    scope: Scope
    deals: Places
    since: Instants
    until: Instants
    """Far away of a visit that has not ended."""

    @cached_property
    def curve(self) -> Lasting:
        """How long they last."""
        return Lasting(*watched(self.scope, self.since, self.until))

    @property
    def ended_n(self) -> int:
        """How many have ended."""
        return int((self.until <= self.scope.as_of).sum())


def stays(scope: Scope) -> list[Stays]:
    """Those of each stage."""
    entries, rows = scope.once(Entries), scope.known.visits
    found = []
    for stage in scope.stages:
        visits = entries.visits(stage)
        visits = visits[scope.within(rows["entered_at"][visits])]
        until = visit_end(scope, visits)
        found.append(Stays(scope, rows.deal[visits], rows["entered_at"][visits], until))
    return found


def opened(scope: Scope) -> Places:
    """The deals opened in the window, by the first person who took them."""
    known = scope.known
    chosen = (
        scope.deals_at(known.opened_at)
        & scope.within(known.opened_at)
        & scope.owned(known.first_person)
    )
    return np.flatnonzero(chosen)


def visit_end(scope: Scope, visits: Places) -> Instants:
    """When each visit ended; far away if it has not."""
    is_open = scope.known.visit_cause[visits] == OPEN
    ended: Instants = scope.known.visits["ended_at"][visits]
    return np.where(is_open, scope.as_of + 1, ended)


def competing(scope: Scope, deals: Places, since: Instants) -> Competing:
    """The ends of deals, watched from these instants on."""
    until = scope.known.end_at[deals]
    is_known = until > LONG_AGO
    days = np.maximum(np.minimum(until, scope.as_of) - since, 0) / MICROSECONDS_A_DAY
    return Competing(days[is_known], scope.known.end[deals][is_known])


def watched(scope: Scope, since: Instants, until: Instants) -> tuple[Days, Flags]:
    """How many days each was watched, and whether it ended then; of those whose end is known."""
    is_known = until > LONG_AGO
    return days_until(scope, since, until)[is_known], (until <= scope.as_of)[is_known]


def days_until(scope: Scope, since: Instants, until: Instants) -> Days:
    """How many days each was watched; what nobody knows the end of, none."""
    days: Days = np.maximum(np.minimum(until, scope.as_of) - since, 0) / MICROSECONDS_A_DAY
    return days


def lasting(scope: Scope, deals: Places, since: Instants, until: Instants) -> Found[Cycle]:
    """How long something of these deals lasts; what ends after `as_of` is open."""
    ended = until <= scope.as_of
    sets = behind(deals, n=np.ones(len(deals), np.bool_), ended_n=ended, open_n=~ended)
    row = Cycle(
        **counts(sets),
        **in_days(Lasting(*watched(scope, since, until)).spread()),
        working_p50_hours=_working_p50(scope, since, until),
        held_days=_held(scope, deals, since, np.minimum(until, scope.as_of)),
    )
    return Found(row, sets)


def _working_p50(scope: Scope, since: Instants, until: Instants) -> float | None:
    hours = scope.once(working_hours)
    if hours is None:
        return None
    is_known = until > LONG_AGO
    ended = (until <= scope.as_of)[is_known]
    worked = hours.between(since[is_known], np.minimum(until, scope.as_of)[is_known])
    return Lasting(worked, ended).quantile(0.5)


def _held(scope: Scope, deals: Places, since: Instants, until: Instants) -> float | None:
    """The mean time on hold between these instants, in days."""
    if not len(deals):
        return None
    holds = scope.known.rows("holds", "since")
    if not len(holds):
        return 0.0
    first = np.searchsorted(holds.deal, deals, side="left")
    times = np.searchsorted(holds.deal, deals, side="right") - first
    place = np.repeat(np.arange(len(deals)), times)  # a row for each hold of each of the deals
    hold = first[place] + np.arange(len(place)) - np.repeat(np.cumsum(times) - times, times)
    ended = holds["ended_at"][hold]
    over = np.minimum(np.where(ended > LONG_AGO, ended, scope.as_of), until[place])
    held = np.maximum(over - np.maximum(holds["since"][hold], since[place]), 0).sum()
    return float(held) / MICROSECONDS_A_DAY / len(deals)
