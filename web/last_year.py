"""What the last year says, as each process counts it now and then.

Decides that nobody waits for it: what takes long to count is shown once it is counted. What is
counted, the reports say.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from fastapi import Request

from api.backing import Backing
from reports.last_year import NOTHING, LastYear, last_year

PATIENCE: Final = 0.05
"""Clock seconds that a page waits for it. A choice."""

LASTS: Final = timedelta(minutes=10)
"""Clock time after which it is counted again: an import may have told more. A choice."""

_log = logging.getLogger(__name__)


class Counted:
    """What one process knows of it."""

    def __init__(self) -> None:
        self._task: asyncio.Task[LastYear] | None = None
        self._known = NOTHING
        self._until: datetime | None = None

    async def get(self, backing: Backing, now: datetime) -> LastYear:
        """What is known; what was known before, while it is counted again or if that went wrong."""
        if self._task is None and (self._until is None or now >= self._until):
            zone = backing.home.time_zone
            today = now.astimezone(ZoneInfo(zone)).date()
            counting = last_year(backing.ledger, backing.copy, today, time_zone=zone)
            self._task = asyncio.create_task(counting)
        if self._task is None:
            return self._known
        done, _ = await asyncio.wait({self._task}, timeout=PATIENCE)
        if done:
            self._take(self._task, now)
        return self._known

    def _take(self, task: asyncio.Task[LastYear], now: datetime) -> None:
        self._task, self._until = None, now + LASTS
        if task.cancelled() or task.exception():
            _log.warning("nobody knows what the last year says: %r", task)
        else:
            self._known = task.result()


async def counted(request: Request, backing: Backing, now: datetime) -> LastYear:
    """What this process knows of it."""
    state = request.app.state
    if not hasattr(state, "last_year"):
        state.last_year = Counted()
    known: Counted = state.last_year
    return await known.get(backing, now)
