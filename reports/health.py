"""Is a rep's funnel healthy, or hollow?

Question: does enough come in, and does too much of it age? Population: open deals at `as_of`, on
hold included, by the owner then; and the deals that the rep took as their first person. Aged: the
present visit is older than the stage's p75 of all visits (see `cycle`), so that a stage of which
nobody knows that ages nobody. Received lately: in the last 28 days; before: in the 84 days before
those. Inflow: lately beside a third of before. Index: min(1, inflow) x (1 - aged share); below
0.35 hollow, below 0.6 thin; not enough on fewer than five dated deals or six received before.
Load is `open_n`.
"""

from __future__ import annotations

from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from deals.model import Recorded
from reports.columns import BLANK, LONG_AGO, Flags, Places
from reports.cycle import in_stage, opened
from reports.estimators import ratio
from reports.figures import Found, behind, counts
from reports.journeys import OPEN
from reports.known import MICROSECONDS_A_DAY
from reports.pipeline import ages, standing
from reports.reps import in_order
from reports.scope import Scope

HOLLOW_BELOW: Final = 0.35
THIN_BELOW: Final = 0.6
DATED_FROM: Final = 5
RECEIVED_FROM: Final = 6
"""When a funnel's health is called so, and of how many deals. Choices, those of the definition."""

LATELY_DAYS: Final = 28
BEFORE_DAYS: Final = 84
"""The last four weeks, beside the twelve before. Choices, those of the definition."""


class Health(Recorded):
    """How a rep's funnel stands."""

    owner: str | None
    open_n: int
    dated_n: int
    aged_n: int
    aged_ratio: float | None
    overdue_n: int
    overdue_ratio: float | None
    received_28d_n: int
    received_84d_before_n: int
    inflow_ratio: float | None
    health_index: float | None
    health: Literal["healthy", "thin", "hollow", "not_enough"]


def reps_health(scope: Scope) -> list[Found[Health]]:
    """A row for each owner who has open deals, or took or closed any in the window."""
    deals, known = standing(scope, whenever_opened=True), scope.known
    aged = _aged(scope, deals)
    owner, taken = known.owner(known.closing_owner), known.owner(known.first_person)
    seen = np.concatenate((owner[_ended_or_open(scope)], taken[opened(scope)]))
    return [
        _health(scope, key, deals[owner[deals] == key], aged, taken)
        for key in in_order(scope, seen)
        if key != BLANK or (owner[deals] == BLANK).any()
    ]


def _aged(scope: Scope, deals: Places) -> Flags:
    """By deal: the present visit is older than three quarters of all visits to its stage."""
    age, known = ages(scope, deals), scope.known
    stage = known.visits["stage"][known.last[deals]]
    aged = np.zeros(known.columns.n, np.bool_)
    for one, cycle in zip(scope.stages, in_stage(scope.without("owner")), strict=True):
        if cycle.row.p75_days is not None:
            here = (stage == one.number) & (scope.line_of[deals] == one.line)
            aged[deals[here & (age > cycle.row.p75_days)]] = True
    return aged


def _ended_or_open(scope: Scope) -> Places:
    known = scope.known
    chosen = scope.deals & scope.owned(known.closing_owner)
    return np.flatnonzero(chosen & ((known.end == OPEN) | scope.within(known.end_at)))


def _health(
    scope: Scope, key: int, deals: Places, is_aged: Flags, taken: NDArray[Any]
) -> Found[Health]:
    known = scope.known
    since = np.where(known.first_person >= 0, known.owners["since"][known.first_person], LONG_AGO)
    back = (scope.as_of - since) / MICROSECONDS_A_DAY
    mine = scope.deals & (taken == key) & (since > LONG_AGO) & (key != BLANK)
    lately = np.flatnonzero(mine & (back < LATELY_DAYS))
    whole = LATELY_DAYS + BEFORE_DAYS
    before = np.flatnonzero(mine & (back >= LATELY_DAYS) & (back < whole))
    sets = behind(
        deals,
        open_n=np.ones(len(deals), np.bool_),
        dated_n=~np.isnan(ages(scope, deals)),
        aged_n=is_aged[deals],
        overdue_n=known.is_overdue[deals],
    ) | {"received_28d_n": lately, "received_84d_before_n": before}
    n = counts(sets)
    aged = ratio(n["aged_n"], n["dated_n"]).ratio
    inflow = len(lately) / (len(before) / 3) if len(before) else None
    is_enough = n["dated_n"] >= DATED_FROM and len(before) >= RECEIVED_FROM
    is_enough &= inflow is not None and aged is not None
    index = min(1.0, inflow or 0.0) * (1 - (aged or 0.0)) if is_enough else None
    row = Health(
        owner=scope.text(key),
        **n,
        aged_ratio=aged,
        overdue_ratio=ratio(n["overdue_n"], n["open_n"]).ratio,
        inflow_ratio=inflow,
        health_index=index,
        health="not_enough" if index is None else _called(index),
    )
    return Found(row, sets)


def _called(index: float) -> Literal["healthy", "thin", "hollow"]:
    if index < HOLLOW_BELOW:
        return "hollow"
    return "thin" if index < THIN_BELOW else "healthy"
