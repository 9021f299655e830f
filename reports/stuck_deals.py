"""Why does a deal stand, and what comes next?

Reasons: every clock that was missed and is not answered, what the gate of the stage lacks, and what
somebody said last when they put the deal on hold or acknowledged an escalation.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select

from deals.agenda import next_actions
from deals.clock import ClockKind
from deals.events import EVENT, EscalationAcknowledged, HoldPlaced
from deals.model import Names
from ledger import tables
from ledger.session import Ledger
from reports.cases import Case, Staff

_DAY: Final = timedelta(days=1)
_STATED: Final = ("hold_placed", "escalation_acknowledged")


@dataclass(frozen=True, slots=True)
class Missed:
    """A clock that was missed and is not answered.

    Attributes:
        asked: the action; None where any that moves the deal would do, or a promise says it.
        promised: the words of the promise.
    """

    kind: ClockKind
    asked: Names | None
    promised: str | None
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Stated:
    """What somebody said about why a deal stands."""

    at: datetime
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class NextStep:
    """What comes next: the owner's promise in their words, else the first action on offer."""

    promised: str | None
    action: Names | None
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class StuckDeal:
    """A deal that stands; its age is that of the stage visit, in days of clock time."""

    deal_id: str
    title: str
    customer: str
    owner: str
    amount_minor: int | None
    currency: str
    stage: Names
    age_days: float | None
    missed: tuple[Missed, ...]
    lacking: tuple[Names, ...]
    stated: Stated | None
    next_step: NextStep | None


def stuck_deal(case: Case, stated: Stated | None, staff: Staff, *, as_of: datetime) -> StuckDeal:
    """A deal as people talk about it."""
    deal = case.deal
    shared = ("title", "customer", "amount_minor", "currency")
    entered_at = deal.visit.entered_at
    return StuckDeal(
        **{name: getattr(deal, name) for name in shared},
        deal_id=deal.id,
        owner=staff.name(deal.owner) if deal.owner else "",
        stage=case.stage_name(deal.visit.stage),
        age_days=(as_of - entered_at) / _DAY if entered_at else None,
        missed=_missed(case),
        lacking=tuple(map(case.lacking_name, case.lacking())),
        stated=stated,
        next_step=_next_step(case),
    )


def _missed(case: Case) -> tuple[Missed, ...]:
    """The clocks that were missed and are not answered, the longest past first."""
    found = (
        Missed(
            clock.kind,
            case.asked(clock.kind, clock.subject),
            case.promised(clock),
            clock.breached_at,
        )
        for clock in case.deal.clocks
        if clock.live and clock.breached_at
    )
    return tuple(sorted(found, key=lambda one: one.due_at))


def _next_step(case: Case) -> NextStep | None:
    if step := case.deal.next_step:
        return NextStep(step.what, None, step.due_at)
    on_offer = next_actions(case.playbook, case.deal)
    wanted = [one for one in on_offer if one.required] or on_offer
    return NextStep(None, wanted[0].name, wanted[0].due_at) if wanted else None


async def stated(ledger: Ledger, deal_ids: Collection[str], staff: Staff) -> dict[str, Stated]:
    """The last reason that somebody gave for each deal, if anybody did."""
    event = tables.events.c
    latest = (
        select(event.deal_id, func.max(event.seq).label("seq"))
        .where(event.deal_id.in_(sorted(deal_ids)), event.kind.in_(_STATED))
        .group_by(event.deal_id)
        .subquery()
    )
    of_latest = (event.deal_id == latest.c.deal_id) & (event.seq == latest.c.seq)
    rows = await ledger.rows(select(event.deal_id, event.data).join(latest, of_latest))
    found: dict[str, Stated] = {}
    for row in rows:
        told = EVENT.validate_json(row[event.data])
        if isinstance(told, HoldPlaced | EscalationAcknowledged):
            reason = told.reason if isinstance(told, HoldPlaced) else told.note
            found[row[event.deal_id]] = Stated(told.at, staff.name(told.actor.id), reason)
    return found
