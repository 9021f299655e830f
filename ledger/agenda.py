"""Reading what an owner should do next, as far as a clock asks for it.

Decides the order: missed first, then by due instant. Must never say why something is due; the deal
itself does. The stay clock is left out: no single action answers it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select

from deals.clock import ClockKind
from ledger.paging import MAX_PAGE
from ledger.session import Ledger
from ledger.tables import clocks, deals

ASKING: Final[tuple[ClockKind, ...]] = ("action", "follow_on", "promise", "idle")
"""Clocks that an action of the owner answers."""


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to do.

    Attributes:
        subject: the action for action and follow_on, the stage for idle, `next-step` for promise.
        due_at: by when; what is overdue has missed it.
    """

    deal_id: str
    title: str
    customer: str
    owner: str
    stage: str
    playbook_id: str
    playbook_version: int
    amount_minor: int | None
    currency: str
    clock: str
    kind: ClockKind
    subject: str
    started_at: datetime
    due_at: datetime
    overdue: bool


_TASK: Final = (
    clocks.c.deal_id,
    deals.c.title,
    deals.c.customer,
    deals.c.owner,
    deals.c.stage,
    deals.c.playbook_id,
    deals.c.playbook_version,
    deals.c.amount_minor,
    deals.c.currency,
    clocks.c.id.label("clock"),
    clocks.c.kind,
    clocks.c.subject,
    clocks.c.started_at,
    clocks.c.due_at,
    (clocks.c.state == "breached").label("overdue"),
)


async def agenda(ledger: Ledger, owner: str, *, limit: int = MAX_PAGE) -> tuple[Task, ...]:
    """What the clocks of an owner's deals ask for: overdue first, then by due instant.

    Deals on hold and clocks that rest are left out.
    """
    statement = (
        select(*_TASK)
        .join(deals, deals.c.id == clocks.c.deal_id)
        .where(deals.c.owner == owner, deals.c.status == "open")
        .where(clocks.c.state.in_(("running", "breached")), clocks.c.kind.in_(ASKING))
        .where(clocks.c.due_at.is_not(None))
        .order_by((clocks.c.state != "breached"), clocks.c.due_at, clocks.c.deal_id, clocks.c.id)
        .limit(limit)
    )
    return tuple(Task(**row) for row in await ledger.rows(statement))
