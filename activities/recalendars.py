"""The activity that has many deals compute their due instants again.

Decides how many are asked at a time, and what each is told: the calendar in force for its playbook
and its owner's own time. Told again under the same id, a deal does nothing. Must never decide what
a calendar means; the core does.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
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
    save_recalendar,
)
from ledger.counting import Counting, counting
from ledger.session import Ledger

AT_ONCE: Final = 16
"""Deals asked at a time. A choice: two cores are busy with so many."""

KEEP_EVERY: Final = 100
"""Deals after which progress is kept. A choice: a few seconds' work."""


class Deals(Protocol):
    """The way to running deals: what is needed of the gateway."""

    async def submit(self, deal_id: str, command: Sent, *, repeatable: bool = False) -> object:
        """Send a command; the same id again has no second effect."""


class RecalendarActivities:
    """The activity of recalendars, with what it stands on."""

    def __init__(self, ledger: Ledger, deals: Deals) -> None:
        self._ledger = ledger
        self._deals = deals

    @activity.defn(name=RUN_RECALENDAR)
    async def run_recalendar(self, job: RecalendarJob) -> dict[str, int]:
        """Tell every deal that it concerns; again is the same as once.

        Returns:
            How many deals came to what: `total`, `told`, `refused`.
        """
        async with alive():
            run = await find_recalendar(self._ledger, job.recalendar_id)
            known = await counting(self._ledger, on=datetime.now(UTC).date())
            deals = await affected_deals(self._ledger, run)
            counts = Counter(total=len(deals), told=0, refused=0)
            for start in range(0, len(deals), KEEP_EVERY):
                await save_recalendar(self._ledger, replace(run, counts=dict(counts)))
                counts.update(await self._tell(run, known, deals[start : start + KEEP_EVERY]))
            ended = replace(run, status="done", counts=dict(counts), finished_at=datetime.now(UTC))
            await save_recalendar(self._ledger, ended)
            return dict(counts)

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


def _command(run: RecalendarRun, known: Counting, deal: Affected) -> Recalendar:
    return Recalendar(
        command_id=f"recalendar-{run.id}",
        actor=Actor(id=run.by, role="system"),
        reason=run.reason,
        calendar=known.calendar(deal.playbook_id, deal.playbook_version),
        own_of=deal.owner,
        own=known.own(deal.owner),
    )
