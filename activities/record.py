"""The activity that records a deal's events, and the worker's sign of life.

Decides nothing: the ledger compares and writes, in one transaction. Must never be run as a local
activity: it would write before the decision is committed (ADR 0004).
"""

from __future__ import annotations

import asyncio
import logging
import random
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from sqlalchemy.exc import SQLAlchemyError
from temporalio import activity

from activities.bell import Bell
from activities.burst import Burst
from activities.messages import RecordBatch
from deals.events import RungReached
from ledger.heartbeats import beat
from ledger.notices import concerns_anybody, people_to_tell
from ledger.record import RecordResult, record
from ledger.session import Ledger

log = logging.getLogger(__name__)

HEARTBEAT_SECONDS: Final = 2.0
"""How often a worker says that it is alive. A choice: `readyz` sees a dead one within seconds."""


class Gathering(NamedTuple):
    """How long a record stays under way once it is written, while its deal gathers the next ones.

    Attributes:
        each: clock seconds for each record that is under way at this worker.
        at_most: clock seconds.
        among: so many records under way; where there are more, many deals are busy once instead of
            a few deals often, and a record ends when it is written.
    """

    each: float
    at_most: float
    among: int = 20


AT_ONCE: Final = Gathering(0, 0)
"""A record ends when it is written."""

GATHERING: Final = Gathering(each=0.1, at_most=2)
"""Source: measured (ADR 0012). A deal that never rests has its rows 0.1 s late, 2 s under load. The
20 are half of the activities that a worker takes at once."""

LATE: Final = timedelta(milliseconds=250)
"""Clock time by which a deadline is decided late where very many fall due at one instant. A choice:
alone it comes sooner, and nobody minds so much."""


class LedgerActivities:
    """The activities that need the ledger."""

    def __init__(
        self,
        ledger: Ledger,
        gathering: Gathering = AT_ONCE,
        bell: Bell | None = None,
        burst: Burst | None = None,
    ) -> None:
        """Take what they stand on.

        Args:
            ledger: where to record.
            gathering: how long a record stays under way.
            bell: rings for those who have to be told of what was recorded; None: nobody does.
            burst: knows whether very many deadlines are being decided; None: never.
        """
        self._ledger = ledger
        self._gathering = gathering
        self._bell = bell
        self._burst = burst
        self._under_way = 0

    @activity.defn(name="record")
    async def record(self, batch: RecordBatch) -> None:
        """Record events, and let the deal gather the next ones; again is the same as once.

        Raises:
            LedgerConflict: another event is recorded in one of their places: an alarm.
            LedgerGap: an event before them is missing: an alarm.
        """
        self._under_way += 1
        try:
            if gives_way := self._burst is not None and _is_late(batch):
                await self._burst.over()
            result = await record(self._ledger, batch.deal_id, batch.events)
            if self._bell:
                self._bell.ring(await self._to_tell(batch, result))
            if not gives_way:
                await self._gather()
        finally:
            self._under_way -= 1

    async def _to_tell(self, batch: RecordBatch, result: RecordResult) -> frozenset[str]:
        """Whom to ring for; of a repeat also those whose ring may have died with a worker."""
        if result.known and concerns_anybody(batch.events):
            first = batch.events[0].seq
            return await people_to_tell(self._ledger, batch.deal_id, since=first)
        return result.to_tell

    async def _gather(self) -> None:
        """Wait: not just as long as the others, nor at all when the worker is to stop."""
        if self._under_way > self._gathering.among:
            return
        length = min(self._gathering.each * self._under_way, self._gathering.at_most)
        spread = random.uniform(0.75, 1.25)  # noqa: S311 - nobody has to guess it
        with suppress(TimeoutError):
            async with asyncio.timeout(length * spread):
                await activity.wait_for_worker_shutdown()


def _is_late(batch: RecordBatch) -> bool:
    """Whether the batch holds a deadline that was decided late."""
    return any(
        event.at - event.occurred_at > LATE
        for event in batch.events
        if isinstance(event, RungReached) and event.occurred_at
    )


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
