"""The numbers in the bar of every page: what waits today, what needs a manager, what is free.

Decides what is counted there. Must never list anything.
"""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, case, func, select

from ledger import tables
from ledger.agenda import ASKING
from ledger.escalations import EscalationFilter, count_escalations
from ledger.session import Ledger
from web.reader import Reader


class Counts(NamedTuple):
    """What the bar tells a reader."""

    today: int
    """Clocks of their own deals that ask for something."""
    late: int
    """Those of them that were missed."""
    escalations: int
    """Open ones that are meant for them as a manager."""
    pool: int
    """Deals that anybody may claim."""


async def counts_of(ledger: Ledger, reader: Reader) -> Counts:
    """The numbers for a reader."""
    today, late, pool = await ledger.read(_own, reader.person.id)
    wanted = EscalationFilter(
        status=("open",), do=("escalate",), to=("manager", "director"), person=reader.person.id
    )
    needs = await count_escalations(ledger, wanted, reader.staff.line) if reader.is_manager else {}
    return Counts(today, late, sum(needs.values()), pool)


def _own(connection: Connection, person: str) -> tuple[int, int, int]:
    deal, clock = tables.deals.c, tables.clocks.c
    is_late = case((clock.state == "breached", 1), else_=0)
    asking = (
        select(func.count(), func.coalesce(func.sum(is_late), 0))
        .join(tables.deals, deal.id == clock.deal_id)
        .where(deal.owner == person, deal.status == "open", clock.due_at.is_not(None))
        .where(clock.state.in_(("running", "breached")), clock.kind.in_(ASKING))
    )
    today, late = connection.execute(asking).one()
    pool = select(func.count()).where(deal.in_pool)
    return today, int(late), connection.scalar(pool) or 0
