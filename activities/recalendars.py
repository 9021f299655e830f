"""The activity that has many deals compute their due instants again.

Decides how many are asked at a time, and what each is told: the calendar in force for its playbook
and its owner's own time. Told again under the same id, a deal does nothing. Must never decide what
a calendar means; the core does.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections import Counter
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

from temporalio import activity

from activities.alive import alive
from activities.recalendar_messages import RUN_RECALENDAR, RecalendarJob
from deals.commands import Recalendar, Sent
from deals.deal import Actor
from deals.refusals import Refused
from ledger.calendars import (
    Affected,
    RecalendarRun,
    affected_deals,
    find_recalendar,
    running_recalendars,
    save_recalendar,
)
from ledger.counting import Counting, counting
from ledger.session import Ledger

AT_ONCE: Final = 16
"""Deals asked at a time. A choice: two cores are busy with so many."""

KEEP_EVERY: Final = 100
"""Deals after which progress is kept. A choice: a few seconds' work."""

LOOK_SECONDS: Final = 30.0
"""Clock seconds between two looks for what was not begun. A choice: one small query."""

NOT_BEGUN: Final = timedelta(seconds=10)
"""Clock time after which it is looked whether the engine has it. A choice: longer than a try to
begin it takes."""

SETTLES: Final = timedelta(seconds=5)
"""Clock time from the beginning after which no deal is opened on what was in force before, and all
that were are in the ledger. A choice: an API process believes calendars and leave for two seconds,
and records follow within two more."""

_log = logging.getLogger(__name__)


class Deals(Protocol):
    """The way to running deals: what is needed of the gateway."""

    async def submit(self, deal_id: str, command: Sent, *, repeatable: bool = False) -> object:
        """Send a command; the same id again has no second effect."""


class Engine(Protocol):
    """Where recalendars run: what is needed of the gateway."""

    async def begin(self, job: RecalendarJob) -> None:
        """Begin one, unless it runs."""


class RecalendarActivities:
    """The activity of recalendars, with what it stands on."""

    def __init__(self, ledger: Ledger, deals: Deals, *, settles: timedelta = SETTLES) -> None:
        """Take what it stands on.

        Args:
            ledger: knows which deals there are, and keeps how far it is.
            deals: the way to them.
            settles: clock time from the beginning until the last look.
        """
        self._ledger = ledger
        self._deals = deals
        self._settles = settles

    @activity.defn(name=RUN_RECALENDAR)
    async def run_recalendar(self, job: RecalendarJob) -> dict[str, int]:
        """Tell every deal that it concerns; again is the same as once.

        Returns:
            How many deals came to what: `total`, `told`, `refused`.
        """
        async with alive():
            run = await find_recalendar(self._ledger, job.recalendar_id)
            known = await counting(self._ledger, on=datetime.now(UTC).date())
            counts, seen = Counter(total=0, told=0, refused=0), set[str]()
            while deals := await self._unseen(run, seen):
                seen.update(deal.deal_id for deal in deals)
                counts["total"] += len(deals)
                for start in range(0, len(deals), KEEP_EVERY):
                    await save_recalendar(self._ledger, replace(run, counts=dict(counts)))
                    counts.update(await self._tell(run, known, deals[start : start + KEEP_EVERY]))
            ended = replace(run, status="done", counts=dict(counts), finished_at=datetime.now(UTC))
            await save_recalendar(self._ledger, ended)
            return dict(counts)

    async def _unseen(self, run: RecalendarRun, seen: AbstractSet[str]) -> Sequence[Affected]:
        """The deals that have not been told. There are none only once all has settled."""

        async def look() -> Sequence[Affected]:
            deals = await affected_deals(self._ledger, run)
            return [deal for deal in deals if deal.deal_id not in seen]

        if deals := await look():
            return deals
        settled_at = run.started_at + self._settles
        await asyncio.sleep((settled_at - datetime.now(UTC)).total_seconds())
        return await look()

    async def _tell(
        self, run: RecalendarRun, known: Counting, deals: Sequence[Affected]
    ) -> Counter[str]:
        turns = asyncio.Semaphore(AT_ONCE)

        async def told(deal: Affected) -> str:
            async with turns:
                try:
                    command = _command(run, known, deal)
                    await self._deals.submit(deal.deal_id, command, repeatable=True)
                except Refused:  # closed meanwhile, or a clock that could not be armed
                    return "refused"
                return "told"

        return Counter(await asyncio.gather(*map(told, deals)))


async def take_up(ledger: Ledger, engine: Engine, every: float = LOOK_SECONDS) -> None:
    """Begin what the ledger says is running and the engine has not, until cancelled.

    The engine may have been away when it was asked for; one that runs there notices nothing.

    Args:
        ledger: knows what is not done.
        engine: where it is to run.
        every: clock seconds between two looks.
    """
    while True:
        try:
            before = datetime.now(UTC) - NOT_BEGUN
            for recalendar in await running_recalendars(ledger, before=before):
                await engine.begin(RecalendarJob(recalendar_id=recalendar))
        except Exception as fault:  # noqa: BLE001 - whoever is away comes back
            _log.warning("recalendars could not be taken up: %r", fault)
        await asyncio.sleep(every * random.uniform(0.75, 1.25))  # noqa: S311 - not in step


def _command(run: RecalendarRun, known: Counting, deal: Affected) -> Recalendar:
    return Recalendar(
        command_id=f"recalendar-{run.id}",
        actor=Actor(id=run.by, role="system"),
        reason=run.reason,
        calendar=known.calendar(deal.playbook_id, deal.playbook_version),
        own_of=deal.owner,
        own=known.own(deal.owner),
    )
