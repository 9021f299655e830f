"""Were the clocks kept, and how soon does anybody act?

`by_rule`, `by_stage`, `by_rep` - of the due instants in the window (the anchor; as last moved), how
many were kept? Owner and team: those at the due instant. Kept: met at or before it; late: met after
it; missed: the visit or the deal ended unmet, after it; still breached: neither, by `as_of`.
n = kept + late + missed + breached; `kept_ratio` is kept of n. Moot: ended, overridden or left
before it was due: outside n, and so is what is not due yet. `late_p50_hours`: from the due instant
until it was met, of the breached ones, those unmet censored (Kaplan-Meier); in clock time, and in
working time of the calendar.

`first_action` - how soon after the opening does a person act? Population: deals opened in the
window, by the first person who took them. Acting and ending without it compete (Aalen-Johansen);
open deals are censored at `as_of`. `acted_p50_days`: of those who will act, when half have.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deals.model import Recorded
from reports.columns import LONG_AGO, Flags, Places, Rows, groups
from reports.cycle import opened
from reports.estimators import ratio
from reports.figures import Figures, Found, behind, counts, shared, tallied
from reports.journeys import OPEN
from reports.known import MICROSECONDS_A_DAY
from reports.scope import Scope
from reports.survival import Competing, Lasting
from reports.working import working_hours

_HOUR = 3_600_000_000
ACTED, ENDED_WITHOUT = 1, 2


class Kept(Recorded):
    """How many due instants were kept."""

    n: int
    kept_n: int
    late_n: int
    missed_n: int
    breached_open_n: int
    moot_n: int
    kept_ratio: float | None
    kept_low: float | None
    kept_high: float | None
    late_p50_hours: float | None
    late_working_p50_hours: float | None
    complete: bool


class RuleKept(Kept):
    """The same, of one rule: a kind of clock on one thing in one stage."""

    playbook: str
    stage: str | None
    kind: str
    subject: str


class StageKept(Kept):
    """The same, of one stage."""

    playbook: str
    stage: str | None


class RepKept(Kept):
    """The same, of one owner; null: the pool."""

    owner: str | None


class FirstAction(Recorded):
    """How soon a person acts."""

    n: int
    acted_n: int
    ended_without_n: int
    open_n: int
    acted_by_1d: float | None
    acted_by_3d: float | None
    acted_by_7d: float | None
    acted_p50_days: float | None
    acted_p75_days: float | None
    acted_p90_days: float | None
    complete: bool


def by_rule(scope: Scope) -> list[Found[RuleKept]]:
    """A row for each rule with a due instant in the window."""
    return _grouped(scope, ("stage", "kind", "subject"), RuleKept)


def by_stage(scope: Scope) -> list[Found[StageKept]]:
    """A row for each stage with a due instant in the window."""
    return _grouped(scope, ("stage",), StageKept)


def by_rep(scope: Scope) -> list[Found[RepKept]]:
    """A row for each owner with a due instant in the window."""
    clocks = scope.once(_due)
    rows = [
        _kept(scope, clocks.at(places), RepKept, owner=scope.text(owner))
        for owner, places in groups(clocks["owner"])
    ]
    return sorted(rows, key=lambda one: (one.row.owner is None, one.row.owner or ""))


def first_action(scope: Scope) -> list[Found[FirstAction]]:
    """One row."""
    known, deals = scope.known, opened(scope)
    first = _first_acts(scope)[deals]
    acted = first > LONG_AGO
    ended = ~acted & (known.end[deals] != OPEN)
    sets = behind(
        deals,
        n=np.ones(len(deals), np.bool_),
        acted_n=acted,
        ended_without_n=ended,
        open_n=~acted & ~ended,
    )
    until = np.where(acted, first, np.minimum(known.end_at[deals], scope.as_of))
    is_known = until > LONG_AGO
    days = np.maximum(until - known.opened_at[deals], 0) / MICROSECONDS_A_DAY
    cause = np.where(acted, ACTED, np.where(ended, ENDED_WITHOUT, 0)).astype(np.int8)
    curve = Competing(days[is_known], cause[is_known])
    shares: Figures = {f"acted_by_{day}d": curve.by(ACTED, day).ratio for day in (1, 3, 7)}
    quantiles: Figures = {f"acted_p{p}_days": curve.quantile(ACTED, p / 100) for p in (50, 75, 90)}
    row = FirstAction(
        **counts(sets),
        **shares,
        **quantiles,
        complete=scope.filters.window.complete,
    )
    return [Found(row, sets)]


def _first_acts(scope: Scope) -> NDArray[np.int64]:
    """By deal: when a person first did something, in the order of its events; `LONG_AGO`: never."""
    actions = scope.known.work
    machine = np.isin(actions["actor"], scope.known.automatic_numbers)
    nobody = actions["actor_role"] == scope.texts.known("system")
    acts = actions.only("occurred_at").where(
        ~machine & ~nobody & (actions["occurred_at"] > LONG_AGO)
    )
    first = np.full(scope.known.columns.n, LONG_AGO)
    first[acts.deal[::-1]] = acts["occurred_at"][::-1]
    return first


def _due(scope: Scope) -> Rows:
    clocks = scope.known.rows("clocks", "started_at")
    names = ("due_at", "ended_at", "state", "owner", "stage", "kind", "subject")
    chosen = scope.at(clocks.deal, clocks["due_at"]) & scope.within_any(clocks["due_at"])
    chosen &= scope.is_asked_for(clocks["owner"], clocks["team"])
    return clocks.only(*names).where(chosen)


def _grouped(scope: Scope, names: tuple[str, ...], model: type[Any]) -> list[Found[Any]]:
    clocks = scope.once(_due)
    rows: list[Found[Any]] = []
    columns = [scope.line_of[clocks.deal], *(clocks[name] for name in names)]
    for places in _together(columns):
        line, *values = (column[places[0]] for column in columns)
        keys = {name: scope.text(value) for name, value in zip(names, values, strict=True)}
        playbook = scope.lines[line]
        rows.append(_kept(scope, clocks.at(places), model, playbook=playbook, **keys))
    return sorted(rows, key=_in_order(scope))


def _together(columns: Sequence[NDArray[Any]]) -> list[Places]:
    """The places where all columns say the same, one after the other."""
    alike = [np.arange(len(columns[0]))] if len(columns[0]) else []
    for column in columns:
        alike = [some[places] for some in alike for _, places in groups(column[some])]
    return alike


def _in_order(scope: Scope) -> Callable[[Found[Any]], tuple[Any, ...]]:
    places = {(stage.playbook, stage.id): stage.place for stage in scope.stages}

    def order(one: Found[Any]) -> tuple[Any, ...]:
        row = one.row
        rest = (getattr(row, "kind", ""), getattr(row, "subject", ""))
        return (row.playbook, places.get((row.playbook, row.stage), len(places)), *rest)

    return order


def _kept(scope: Scope, clocks: Rows, model: type[Any], **keys: str | None) -> Found[Any]:
    due, as_of = clocks["due_at"], scope.as_of
    ended = (clocks["ended_at"] > LONG_AGO) & (clocks["ended_at"] <= as_of)
    met = ended & (clocks["state"] == scope.texts.known("met"))
    after = clocks["ended_at"] > due
    is_due = due <= as_of
    kept, late = met & ~after, met & after
    missed, moot = ended & ~met & after, ended & ~met & ~after
    still = ~ended & is_due
    counted = kept | late | missed | still
    n, sets = tallied(
        clocks.deal,
        n=counted,
        kept_n=kept,
        late_n=late,
        missed_n=missed,
        breached_open_n=still,
        moot_n=moot,
    )
    row = model(
        **keys,
        **n,
        **shared("kept", ratio(n["kept_n"], n["n"])),
        **_lateness(scope, clocks, late, missed | still),
        complete=scope.filters.window.complete,
    )
    return Found(row, sets)


def _lateness(scope: Scope, clocks: Rows, met: Flags, unmet: Flags) -> Figures:
    late = met | unmet
    due = clocks["due_at"][late]
    ended = clocks["ended_at"][late]
    until = np.where((ended > LONG_AGO) & (ended <= scope.as_of), ended, scope.as_of)
    hours, is_met = (until - due) / _HOUR, met[late]
    worked = scope.once(working_hours)
    working = worked.between(due, until) if worked else hours
    return {
        "late_p50_hours": Lasting(hours, is_met).quantile(0.5),
        "late_working_p50_hours": Lasting(working, is_met).quantile(0.5),
    }
