"""Keeping the schedules of briefings in step with what people want, for as long as a process runs.

Decides how soon a change that nobody told of is noticed. Must never stop because the server or the
ledger is away: it looks again.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Final

from activities.briefing_messages import Round
from workflows.schedules import Schedules

LOOK_SECONDS: Final = 30.0
"""How often what is wanted is looked up. A choice: two small queries."""

ANEW_SECONDS: Final = 3_600.0
"""How often the server is asked though nothing has changed. A choice: somebody may have deleted a
schedule by hand, or the server may have lost one."""

Wanted = Callable[[], Awaitable[frozenset[Round]]]
"""Says which rounds people need now."""

_log = logging.getLogger(__name__)


class RoundKeeper:
    """Keeps the server's schedules in step."""

    def __init__(self, schedules: Schedules, wanted: Wanted) -> None:
        self._schedules = schedules
        self._wanted = wanted
        self._aligned: frozenset[Round] | None = None
        self._anew_at = 0.0
        self._turn = asyncio.Lock()

    async def align(self) -> None:
        """Bring the schedules in step with what people want now, if anything has changed.

        Raises:
            NoAnswer: the server is away.
        """
        async with self._turn:
            wanted = await self._wanted()
            if wanted == self._aligned and time.monotonic() < self._anew_at:
                return
            await self._schedules.align(wanted)
            self._aligned, self._anew_at = wanted, time.monotonic() + ANEW_SECONDS

    async def keep(self, every: float = LOOK_SECONDS) -> None:
        """Align again and again, until cancelled.

        Args:
            every: clock seconds between two looks.
        """
        while True:
            await self.tried()
            await asyncio.sleep(every)

    async def tried(self) -> None:
        """Align; what cannot be done now is done at a later look."""
        try:
            await self.align()
        except Exception as fault:  # noqa: BLE001 - whoever is away comes back
            _log.warning("the schedules of briefings could not be brought in step: %r", fault)
