"""What each owner has: how many open deals, and how many of them are overdue.

Decides what counts: deals that are open or on hold and have an owner. Must never rank anybody.
"""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import case, func, select

from ledger.session import Ledger
from ledger.tables import deals


class Load(NamedTuple):
    """Deals of one owner, those on hold included."""

    open: int
    overdue: int


async def loads(ledger: Ledger) -> dict[str, Load]:
    """What each owner has, by id; also of owners who are nobody known."""
    statement = (
        select(
            deals.c.owner,
            func.count().label("open"),
            func.sum(case((deals.c.overdue, 1), else_=0)).label("overdue"),
        )
        .where(deals.c.status.in_(("open", "on_hold")), deals.c.owner.is_not(None))
        .group_by(deals.c.owner)
    )
    found = await ledger.rows(statement)
    return {row["owner"]: Load(row["open"], int(row["overdue"])) for row in found}
