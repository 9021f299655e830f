"""What stands where, now?

Question: how many open deals stand in each stage, worth what, how old, how many overdue or on hold?
Population: deals open at `as_of`, those on hold included; the window selects by opening. Owner and
team: those at `as_of`. Age: from the entry of the present visit to `as_of`, in days of clock time;
plain quantiles of the ages of those standing there, which is not the time a stage takes (that is
the cycle report). Deals whose entry nobody knows count in `n` and in no age (`dated_n` is the
divisor). Amounts are the latest known, each currency apart; a deal without one is `amountless`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deals.model import Recorded
from reports.columns import BLANK, LONG_AGO, Places, groups
from reports.estimators import quantile
from reports.figures import Found, Money, behind, counts, money
from reports.journeys import OPEN
from reports.known import MICROSECONDS_A_DAY
from reports.scope import Scope, Stage


class Standing(Recorded):
    """What stands there."""

    n: int
    dated_n: int
    overdue_n: int
    on_hold_n: int
    amount: tuple[Money, ...]
    amountless_n: int
    age_p50_days: float | None
    age_p75_days: float | None
    age_max_days: float | None


class StageStanding(Standing):
    """What stands in a stage."""

    playbook: str
    stage: str


class OwnerStanding(StageStanding):
    """What stands in a stage, of one owner; null: the pool."""

    owner: str | None


class TeamStanding(StageStanding):
    """What stands in a stage, of one team."""

    team: str | None


class SourceStanding(StageStanding):
    """What stands in a stage, from one source."""

    source: str | None


def total(scope: Scope) -> list[Found[Standing]]:
    """Everything together."""
    return [_found(scope, standing(scope), Standing)]


def by_stage(scope: Scope) -> list[Found[StageStanding]]:
    """A row for each stage."""
    deals = standing(scope)
    return [
        _found(scope, _in_stage(scope, deals, stage), StageStanding, **_named(stage))
        for stage in scope.stages
    ]


def by_owner(scope: Scope) -> list[Found[OwnerStanding]]:
    """A row for each owner and stage where something stands, and for one who was asked for."""
    owner = scope.known.owner(scope.known.closing_owner)
    return list(_grouped(scope, owner, OwnerStanding, "owner", scope.filters.owner))


def by_team(scope: Scope) -> list[Found[TeamStanding]]:
    """A row for each team and stage where something stands, and for one that was asked for."""
    team = scope.known.team(scope.known.closing_owner)
    return list(_grouped(scope, team, TeamStanding, "team", scope.filters.team))


def by_source(scope: Scope) -> list[Found[SourceStanding]]:
    """A row for each source and stage where something stands, and for one that was asked for."""
    source = scope.known.columns.deals["source"]
    return list(_grouped(scope, source, SourceStanding, "source", scope.filters.source))


def standing(scope: Scope, *, whenever_opened: bool = False) -> Places:
    """The open deals that are asked for; of the window, or whenever they were opened."""
    known = scope.known
    chosen = scope.deals & (known.end == OPEN) & scope.owned(known.closing_owner)
    if not whenever_opened:
        chosen &= scope.inside(known.opened_at)
    return np.flatnonzero(chosen)


def ages(scope: Scope, deals: Places) -> NDArray[np.float64]:
    """How long each has been in its stage, in days; NaN where nobody knows."""
    entered = scope.known.visits["entered_at"][scope.known.last[deals]]
    days = (scope.as_of - entered) / MICROSECONDS_A_DAY
    return np.where(entered > LONG_AGO, days, np.nan)


def _in_stage(scope: Scope, deals: Places, stage: Stage) -> Places:
    now = scope.known.visits["stage"][scope.known.last[deals]]
    here: Places = deals[(now == stage.number) & (scope.line_of[deals] == stage.line)]
    return here


def _named(stage: Stage) -> dict[str, str]:
    return {"playbook": stage.playbook, "stage": stage.id}


def _grouped(
    scope: Scope, keys: NDArray[Any], model: type[Any], name: str, asked: str | None
) -> Iterator[Found[Any]]:
    """A row for each key and stage where deals stand; keys by code point, none last."""
    deals = standing(scope)
    by_key = {scope.text(key): deals[places] for key, places in groups(keys[deals])}
    if asked is not None:
        by_key.setdefault(asked, deals[:0])
    for key in sorted(by_key, key=lambda one: (one is None, one or "")):
        mine = by_key[key]
        for stage in scope.stages:
            here = _in_stage(scope, mine, stage)
            if len(here) or (key == asked is not None):
                yield _found(scope, here, model, **{name: key}, **_named(stage))


def _found(scope: Scope, deals: Places, model: type[Any], **keys: str | None) -> Found[Any]:
    known = scope.known
    age, amount = ages(scope, deals), known.amount[deals]
    sets = behind(
        deals,
        n=np.ones(len(deals), np.bool_),
        dated_n=~np.isnan(age),
        overdue_n=known.is_overdue[deals],
        on_hold_n=known.is_on_hold[deals],
        amountless_n=amount == BLANK,
    )
    dated = age[~np.isnan(age)]
    row = model(
        **keys,
        **counts(sets),
        amount=money(scope.texts, known.columns.deals["currency"][deals], amount),
        age_p50_days=quantile(dated, 0.5),
        age_p75_days=quantile(dated, 0.75),
        age_max_days=quantile(dated, 1),
    )
    return Found(row, sets)
