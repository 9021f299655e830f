"""The activity that records a deal's events, and the worker's sign of life.

Decides nothing: the ledger compares and writes, in one transaction. Must never be run as a local
activity: it would write before the decision is committed (ADR 0004).
"""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime
from typing import Final

from sqlalchemy.exc import SQLAlchemyError
from temporalio import activity

from activities.messages import RecordBatch
from ledger.heartbeats import beat
from ledger.record import record
from ledger.session import Ledger

log = logging.getLogger(__name__)

HEARTBEAT_SECONDS: Final = 2.0
"""How often a worker says that it is alive. A choice: `readyz` sees a dead one within seconds."""


class LedgerActivities:
    """The activities that need the ledger."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    @activity.defn(name="record")
    async def record(self, batch: RecordBatch) -> None:
        """Record events; again is the same as once.

        Raises:
            LedgerConflict: another event is recorded in one of their places: an alarm.
            LedgerGap: an event before them is missing: an alarm.
        """
        await record(self._ledger, batch.deal_id, batch.events)


async def keep_beating(ledger: Ledger, worker: str, every: float = HEARTBEAT_SECONDS) -> None:
    """Say again and again that a worker is alive, until cancelled.

    A ledger that is away is waited for.

    Args:
        ledger: where to say it.
        worker: the worker's id, which no other running worker has.
        every: clock seconds between two signs.
    """
    while True:
        try:
            now = datetime.now(UTC)
            await beat(ledger, worker, at=now)
        except (SQLAlchemyError, OSError) as fault:
            log.warning("worker %s could not say that it is alive: %s", worker, fault)
        await asyncio.sleep(every)
