"""The one timer a deal keeps.

Decides when it is armed and when it is left alone: it is re-armed only when a deadline comes before
it. One that moved later lets it fire and look again, so an action that moves one costs no event.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from temporalio import workflow


class TimeStandsStillError(Exception):
    """A deadline that lies behind was rung for and is still there: a fault of the core."""


class Alarm:
    """Rings at the next deadline of a deal."""

    def __init__(
        self,
        due_at: Callable[[], datetime | None],
        *,
        summary: Callable[[], str],
        armed: Callable[[], None],
        ring: Callable[[], None],
    ) -> None:
        """Keep the deadlines of one deal.

        Args:
            due_at: the next deadline as it is now, None when there is none.
            summary: what the timer is for, for the Temporal UI.
            armed: told whenever a timer starts.
            ring: told when one has fired, or the deadline lies behind already; a timer may be too
                early, when the deadline has moved later meanwhile.
        """
        self._due_at = due_at
        self._summary = summary
        self._armed = armed
        self._ring = ring
        self._kept: datetime | None = None

    @property
    def is_settled(self) -> bool:
        """Whether there is a timer if one is needed, and none that is not.

        Whatever else a task asks of the server waits for it: how a history is cut into tasks may
        differ from one replay to the next (sdk-rust#1146), and the order of commands must not.
        """
        return self._due_at() is None if self._kept is None else not self._is_moot(self._kept)

    async def run(self) -> None:
        """Keep one deadline after the other; never returns."""
        while True:
            await workflow.wait_condition(lambda: self._due_at() is not None)
            if due_at := self._due_at():
                await self._keep(due_at)

    async def _keep(self, due_at: datetime) -> None:
        wait = due_at - workflow.now()
        if wait <= timedelta(0):
            self._ring()
            if self._due_at() == due_at:
                raise TimeStandsStillError(due_at)
            return
        self._armed()
        timer = asyncio.create_task(workflow.sleep(wait, summary=self._summary()))
        self._kept = due_at
        await workflow.wait_condition(lambda: timer.done() or self._is_moot(due_at))
        self._kept = None
        if timer.done():
            self._ring()
        else:
            timer.cancel()

    def _is_moot(self, kept: datetime) -> bool:
        """Whether a timer for that instant would ring too late, or for nothing."""
        due_at = self._due_at()
        return due_at is None or due_at < kept
