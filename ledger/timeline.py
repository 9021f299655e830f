"""Reading what happened to a deal.

Must never write, nor interpret an event.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from typing import Final

from sqlalchemy import Connection, Select, select

from deals.events import EVENT, Event
from ledger.session import Ledger
from ledger.tables import events

EVENTS_AT_ONCE: Final = 5_000
"""How many events `lives` reads at a time. A choice: some megabytes, and more reads no faster."""


async def timeline(
    ledger: Ledger, deal_id: str, *, after: int = 0, limit: int | None = 200
) -> tuple[Event, ...]:
    """A deal's events, oldest first.

    Args:
        ledger: where to read.
        deal_id: whose.
        after: the seq after which to begin; 0 for all.
        limit: how many at most; None for all.
    """
    statement = (
        select(events.c.data)
        .where(events.c.deal_id == deal_id, events.c.seq > after)
        .order_by(events.c.seq)
        .limit(limit)
    )
    return await _events(ledger, statement)


async def command_events(ledger: Ledger, deal_id: str, command_id: str) -> tuple[Event, ...]:
    """What a command did to a deal, oldest first; empty: nothing of it is recorded."""
    statement = (
        select(events.c.data)
        .where(events.c.deal_id == deal_id, events.c.command_id == command_id)
        .order_by(events.c.seq)
    )
    return await _events(ledger, statement)


def lives(connection: Connection) -> Iterator[tuple[str, list[Event]]]:
    """Every deal with all its events, by deal id; a part of them is in memory at a time."""
    statement = select(events.c.deal_id, events.c.data).order_by(events.c.deal_id, events.c.seq)
    rows = connection.execute(statement, execution_options={"yield_per": EVENTS_AT_ONCE})
    for deal_id, life in groupby(rows, key=itemgetter(0)):
        yield deal_id, [EVENT.validate_json(data) for _, data in life]


async def _events(ledger: Ledger, statement: Select[str]) -> tuple[Event, ...]:
    return tuple(EVENT.validate_json(row["data"]) for row in await ledger.rows(statement))
