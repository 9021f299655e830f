"""Which deals are stuck, for how long, why, and whose?

Question: which open deals do not move? Population: deals open at `as_of` and not on hold; the
window selects by opening. Owner and team: those at `as_of`. Stuck: a clock was breached and is not
answered; or, in a stage without a limit for the stay, the visit is older than the stage's p90 (see
`cycle`, same filter without owner), if 20 visits or more to it ended. Over: how long past the due
instant, or past the p90, in days of clock time. Ranked by over / the budget of the clock (or p90),
then amount, then id.

Reasons: `clock` (kind, subject, days overdue), `unmet` (what the gate lacks), `stated` (what was
last said on a hold or an acknowledgement), `age`; `reason` is the first that applies. What the gate
lacks and what was said is told as it is now, for the deals that are listed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from deals.model import Recorded
from ledger.session import Ledger
from reports.cases import Find, Staff, cases
from reports.columns import BLANK, LONG_AGO, Places, Rows, groups
from reports.cycle import stays
from reports.estimators import quantile, ratio
from reports.figures import Found, Money, money
from reports.known import MICROSECONDS_A_DAY
from reports.pipeline import ages, standing
from reports.scope import Scope, Stage
from reports.stuck_deals import stated

LISTED: Final = 200
"""Deals that are told one by one, the worst first. A choice: more than a meeting can talk about."""

ENDED_FROM: Final = 20
"""Ended visits from which on a stage's p90 says anything. A choice, that of the definition."""


class StuckReason(Recorded):
    """Why a deal is stuck."""

    why: Literal["clock", "unmet", "stated", "age"]
    kind: str | None = None
    """Of the clock, or of what is unmet."""
    subject: str | None = None
    overdue_days: float | None = None
    said: str | None = None


class StuckDealRow(Recorded):
    """A deal that is stuck."""

    rank: int
    deal: str
    playbook: str
    stage: str
    owner: str | None
    age_days: float | None
    over_days: float
    reason: Literal["clock", "unmet", "stated", "age"]
    reasons: tuple[StuckReason, ...]
    amount: tuple[Money, ...]
    next_step: str | None = None


class StuckStageRow(Recorded):
    """How much of a stage is stuck."""

    playbook: str
    stage: str
    n: int
    stuck_n: int
    stuck_ratio: float | None
    stuck_low: float | None
    stuck_high: float | None
    age_p50_days: float | None


class StuckOwnerRow(Recorded):
    """How much of an owner's deals is stuck; null: the pool."""

    owner: str | None
    n: int
    stuck_n: int
    stuck_ratio: float | None
    stuck_low: float | None
    stuck_high: float | None


def stuck_stages(scope: Scope) -> list[Found[StuckStageRow]]:
    """A row for each stage."""
    found = scope.once(_Stuck.of)
    return [_of_stage(scope, found, stage) for stage in scope.stages]


def stuck_owners(scope: Scope) -> list[Found[StuckOwnerRow]]:
    """A row for each owner of open deals, those with most stuck first."""
    found = scope.once(_Stuck.of)
    owner = scope.known.owner(scope.known.closing_owner)[found.deals]
    rows = []
    for key, places in groups(owner):
        mine = found.deals[places]
        sets = {"n": mine, "stuck_n": mine[found.is_[places]]}
        row = StuckOwnerRow(owner=scope.text(key), **_shares(sets))
        rows.append(Found(row, sets))
    return sorted(rows, key=lambda one: (-one.row.stuck_n, one.row.owner or ""))


def stuck_deals(scope: Scope) -> list[Found[StuckDealRow]]:
    """The stuck deals, the worst first."""
    found = scope.once(_Stuck.of)
    places = np.flatnonzero(found.is_)
    amount = scope.known.amount[found.deals[places]]
    ids = np.array([scope.known.columns.ids.text(int(one)) for one in found.deals[places]])
    order = np.lexsort((ids, -amount, -found.ratio[places]))
    return [
        _of_deal(scope, found, int(place), rank)
        for rank, place in enumerate(places[order][:LISTED], start=1)
    ]


async def with_reasons(
    ledger: Ledger, rows: Sequence[Found[StuckDealRow]], find: Find, staff: Staff
) -> list[Found[StuckDealRow]]:
    """The same deals, with what their gates lack and what was said, as it is now."""
    ids = [one.row.deal for one in rows]
    known, said = await cases(ledger, ids, find), await stated(ledger, ids, staff)
    told = []
    for one in rows:
        more: list[StuckReason] = []
        case = known.get(one.row.deal)
        if case:
            lacking = case.lacking()
            more += (StuckReason(why="unmet", kind=lack.kind, subject=lack.id) for lack in lacking)
        if last := said.get(one.row.deal):
            more.append(StuckReason(why="stated", said=last.reason))
        clocks = [reason for reason in one.row.reasons if reason.why == "clock"]
        rest = [reason for reason in one.row.reasons if reason.why == "age"]
        reasons = (*clocks, *more, *rest)
        step = case.deal.next_step if case else None
        changed = {"reasons": reasons, "reason": reasons[0].why, "next_step": step and step.what}
        told.append(replace(one, row=one.row.model_copy(update=changed)))
    return told


@dataclass(frozen=True)
class _Stuck:
    """Open deals, and how far past what they are; by place among `deals`."""

    deals: Places
    age: NDArray[np.float64]
    is_: NDArray[np.bool_]
    over: NDArray[np.float64]
    ratio: NDArray[np.float64]
    clocks: Rows
    """Breached and unanswered ones."""

    @classmethod
    def of(cls, scope: Scope) -> _Stuck:
        known = scope.known
        deals = standing(scope)
        deals = deals[~known.is_on_hold[deals]]
        clocks = _breached(scope)
        over, share = _past_clocks(scope, deals, clocks)
        age = ages(scope, deals)
        p90 = _p90(scope, deals)
        late = np.where((over == 0) & (age > p90), age - p90, 0.0)
        over, share = np.maximum(over, late), np.maximum(share, late / np.where(p90 > 0, p90, 1))
        return cls(deals, age, over > 0, over, share, clocks)


def _breached(scope: Scope) -> Rows:
    clocks = scope.known.rows("clocks", "started_at")
    missed = (clocks["breached_at"] > LONG_AGO) & (clocks["breached_at"] <= scope.as_of)
    ended = (clocks["ended_at"] > LONG_AGO) & (clocks["ended_at"] <= scope.as_of)
    return clocks.where(missed & ~ended)


def _past_clocks(
    scope: Scope, deals: Places, clocks: Rows
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """By deal: the longest time past a due instant, and the largest beside the clock's budget."""
    n = scope.known.columns.n
    over, share = np.zeros(n), np.zeros(n)
    past = np.maximum(scope.as_of - clocks["breached_at"], 1) / MICROSECONDS_A_DAY
    budget = (clocks["breached_at"] - clocks["started_at"]) / MICROSECONDS_A_DAY
    np.maximum.at(over, clocks.deal, past)
    np.maximum.at(share, clocks.deal, past / np.maximum(budget, 1 / MICROSECONDS_A_DAY))
    return over[deals], share[deals]


def _p90(scope: Scope, deals: Places) -> NDArray[np.float64]:
    """By deal: the p90 of its stage, where the stage has no limit and enough visits to it ended."""
    known = scope.known
    stage = known.visits["stage"][known.last[deals]]
    p90 = np.full(len(deals), np.inf)
    for one, stay in zip(scope.stages, scope.without("owner").once(stays), strict=True):
        limit = stay.curve.quantile(0.9) if stay.ended_n >= ENDED_FROM else None
        if limit is not None:
            here = (stage == one.number) & (scope.line_of[deals] == one.line)
            p90[here & ~_has_limit(scope, one)[deals]] = limit
    return p90


def _has_limit(scope: Scope, stage: Stage) -> NDArray[np.bool_]:
    limited = []
    for book in scope.known.columns.books.books:
        found = book.stage(stage.id) if book.id == stage.playbook else None
        limited.append(bool(found and found.stay and found.stay.limit))
    of_deal: NDArray[np.bool_] = np.array([*limited, False])[scope.known.columns.deals["book"]]
    return of_deal


def _of_stage(scope: Scope, found: _Stuck, stage: Stage) -> Found[StuckStageRow]:
    now = scope.known.visits["stage"][scope.known.last[found.deals]]
    here = (now == stage.number) & (scope.line_of[found.deals] == stage.line)
    sets = {"n": found.deals[here], "stuck_n": found.deals[here & found.is_]}
    age = found.age[here]
    row = StuckStageRow(
        playbook=stage.playbook,
        stage=stage.id,
        **_shares(sets),
        age_p50_days=quantile(age[~np.isnan(age)], 0.5),
    )
    return Found(row, sets)


def _shares(sets: dict[str, Places]) -> dict[str, Any]:
    n, stuck = len(sets["n"]), len(sets["stuck_n"])
    share, low, high = ratio(stuck, n)
    shares = {"stuck_ratio": share, "stuck_low": low, "stuck_high": high}
    return {"n": n, "stuck_n": stuck, **shares}


def _of_deal(scope: Scope, found: _Stuck, place: int, rank: int) -> Found[StuckDealRow]:
    known, deal = scope.known, found.deals[place : place + 1]
    owner = known.owner(known.closing_owner[deal])[0]
    mine = found.clocks.where(found.clocks.deal == deal[0])
    reasons = [_missed(scope, mine, one) for one in np.argsort(mine["breached_at"])]
    reasons = reasons or [StuckReason(why="age", overdue_days=float(found.over[place]))]
    age, stage = found.age[place], known.visits["stage"][known.last[deal]][0]
    row = StuckDealRow(
        rank=rank,
        deal=known.columns.ids.text(int(deal[0])) or "",
        playbook=scope.lines[scope.line_of[deal][0]],
        stage=scope.text(stage) or "",
        owner=None if owner == BLANK else scope.text(owner),
        age_days=None if np.isnan(age) else float(age),
        over_days=float(found.over[place]),
        reason=reasons[0].why,
        reasons=tuple(reasons),
        amount=money(scope.texts, known.columns.deals["currency"][deal], known.amount[deal]),
    )
    return Found(row, {"deal": deal})


def _missed(scope: Scope, clocks: Rows, place: int) -> StuckReason:
    past = (scope.as_of - int(clocks["breached_at"][place])) / MICROSECONDS_A_DAY
    return StuckReason(
        why="clock",
        kind=scope.text(clocks["kind"][place]),
        subject=scope.text(clocks["subject"][place]),
        overdue_days=past,
    )
