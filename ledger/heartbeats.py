"""Which workers are alive, as far as they say so themselves.

Decides nothing about what a worker that fell silent means; `readyz` does.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, delete, select

from ledger.registers import heartbeats
from ledger.rows import Put, Rows
from ledger.session import Ledger

FORGET_AFTER: Final = timedelta(days=1)
"""When a silent worker is forgotten. A choice: every restart is a new worker."""


async def beat(ledger: Ledger, worker: str, *, at: datetime) -> None:
    """Say that a worker is alive; drop those not heard of for long."""
    await ledger.write(_beat, worker, at)


async def live_workers(ledger: Ledger, *, since: datetime) -> tuple[str, ...]:
    """The workers that have been heard of since that instant, by id."""
    statement = select(heartbeats.c.worker).where(heartbeats.c.at >= since)
    found = await ledger.rows(statement.order_by(heartbeats.c.worker))
    return tuple(row["worker"] for row in found)


def _beat(connection: Connection, worker: str, at: datetime) -> None:
    Rows([Put(heartbeats, {"worker": worker, "at": at})]).write(connection)
    connection.execute(delete(heartbeats).where(heartbeats.c.at < at - FORGET_AFTER))
