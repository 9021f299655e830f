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

from typing import Final, Literal

import numpy as np

from deals.model import Recorded
from reports.columns import BLANK, LONG_AGO, Flags, Places, groups
from reports.cycle import opened, stays
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
    aged, received = _aged(scope, deals), _Received(scope)
    owner, taken = known.owner(known.closing_owner), known.owner(known.first_person)
    seen = np.concatenate((owner[_ended_or_open(scope)], taken[opened(scope)]))
    standing_by = {key: deals[places] for key, places in groups(owner[deals])}
    nothing = deals[:0]
    return [
        _health(scope, key, standing_by.get(key, nothing), aged, received)
        for key, _ in in_order(scope, seen)
        if key != BLANK or key in standing_by
    ]


def _aged(scope: Scope, deals: Places) -> Flags:
    """By deal: the present visit is older than three quarters of all visits to its stage."""
    age, known = ages(scope, deals), scope.known
    stage = known.visits["stage"][known.last[deals]]
    aged = np.zeros(known.columns.n, np.bool_)
    for one, stay in zip(scope.stages, scope.without("owner").once(stays), strict=True):
        p75 = stay.curve.quantile(0.75)
        if p75 is not None:
            here = (stage == one.number) & (scope.line_of[deals] == one.line)
            aged[deals[here & (age > p75)]] = True
    return aged


def _ended_or_open(scope: Scope) -> Places:
    known = scope.known
    chosen = scope.deals_at(known.end_at) & scope.owned(known.closing_owner)
    return np.flatnonzero(chosen & ((known.end == OPEN) | scope.within(known.end_at)))


class _Received:
    """The deals that each person took as their first person, lately and before."""

    def __init__(self, scope: Scope) -> None:
        known = scope.known
        deals = np.flatnonzero(known.first_person >= 0)
        deals = deals[scope.at(deals, known.owners["since"][known.first_person[deals]])]
        first = known.first_person[deals]
        since = known.owners["since"][first]
        back = (scope.as_of - since) / MICROSECONDS_A_DAY
        whole = LATELY_DAYS + BEFORE_DAYS
        recent = (since > LONG_AGO) & (back < whole)
        deals, is_late = deals[recent], back[recent] < LATELY_DAYS
        owner = known.owner(first[recent])
        self._lately = {key: deals[is_late][of] for key, of in groups(owner[is_late])}
        self._before = {key: deals[~is_late][of] for key, of in groups(owner[~is_late])}

    def by(self, person: int) -> tuple[Places, Places]:
        """Those that a person took lately, and before."""
        nothing = np.zeros(0, np.int64)
        return self._lately.get(person, nothing), self._before.get(person, nothing)


def _health(
    scope: Scope, key: int, deals: Places, is_aged: Flags, received: _Received
) -> Found[Health]:
    known = scope.known
    lately, before = received.by(key)
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
