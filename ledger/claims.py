"""Deals that people took from the pool: how many each has.

Decides what counts: open deals whose owner took them from there, and claims that are under way, so
that two at once cannot both be the last one allowed. Must never decide how many are too many.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, Select, delete, func, or_, select, text, union

from ledger.registers import claims
from ledger.rows import Put, Rows
from ledger.session import Ledger
from ledger.tables import deals

UNDER_WAY: Final = timedelta(seconds=10)
"""How long a claim counts as under way. A choice: longer than a command is tried and recorded; one
that the deal refused keeps its place so long."""


async def enter_claim(ledger: Ledger, person: str, deal_id: str, *, now: datetime) -> int:
    """Note that a claim is under way.

    Returns:
        How many other deals from the pool the person has, those included that they are about to
        have.
    """
    return await ledger.write(_enter, person, deal_id, now)


def _enter(connection: Connection, person: str, deal_id: str, now: datetime) -> int:
    if connection.dialect.name == "postgresql":  # two at once would not see one another
        connection.execute(text("LOCK TABLE claims IN SHARE ROW EXCLUSIVE MODE"))
    connection.execute(delete(claims).where(claims.c.at < now - UNDER_WAY))
    held = union(_taken(person), _under_way(person)).subquery()
    count = select(func.count()).select_from(held).where(held.c.id != deal_id)
    found = connection.scalar(count) or 0
    Rows([Put(claims, {"person": person, "deal_id": deal_id, "at": now})]).write(connection)
    return found


def _taken(person: str) -> Select[str]:
    return select(deals.c.id).where(
        deals.c.owner == person,
        deals.c.claimed_at.is_not(None),
        deals.c.status.in_(("open", "on_hold")),
    )


def _under_way(person: str) -> Select[str]:
    """Claims of deals that nobody else has taken meanwhile."""
    return (
        select(claims.c.deal_id.label("id"))
        .join(deals, deals.c.id == claims.c.deal_id, isouter=True)
        .where(claims.c.person == person, or_(deals.c.owner.is_(None), deals.c.owner == person))
    )
