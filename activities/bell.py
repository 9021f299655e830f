"""The bell: lets the inbox of a person know that there may be something to tell.

Decides how often. Nothing is lost when it fails: what has to be told are rows, and on its rounds it
finds whom they have kept waiting. Must never hold up the record of a deal.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

from sqlalchemy.exc import SQLAlchemyError

from ledger.notices import people_waiting
from ledger.session import Ledger

REST_SECONDS: Final = 5.0
"""Clock seconds from one ring for a person to the next. A choice: what happens meanwhile has a
ring of its own at their end, and a letter gathers longer."""

AT_ONCE: Final = 16
"""Rings under way. A choice: more are no faster on two cores."""

ROUND_SECONDS: Final = 60.0
"""Clock seconds between two rounds. A choice: only what a crash left behind waits for them."""

WAITED: Final = timedelta(seconds=10)
"""Clock time after which something waits too long for its ring. A choice: twice the rest."""

_log = logging.getLogger(__name__)


class Inboxes(Protocol):
    """How inboxes are reached."""

    async def poke(self, person: str) -> None:
        """Tell a person's inbox, begun if it does not run, to look."""

    async def wake(self, person: str) -> None:
        """Begin a person's inbox unless it runs; one that runs notices nothing."""


class Bell:
    """The bell of one worker."""

    def __init__(self, ledger: Ledger, inboxes: Inboxes, *, rest: float = REST_SECONDS) -> None:
        """Hang it.

        Args:
            ledger: tells on the rounds who waits.
            inboxes: whom it rings.
            rest: clock seconds from one ring for a person to the next.
        """
        self._ledger = ledger
        self._inboxes = inboxes
        self._rest = rest
        self._waiting: set[str] = set()
        self._rests_until: dict[str, float] = {}
        self._at_once = asyncio.Semaphore(AT_ONCE)
        self._ringing: set[asyncio.Task[None]] = set()

    def ring(self, people: Iterable[str]) -> None:
        """Ring for people; returns at once. A ring that waits already will do for this one too."""
        for person in set(people) - self._waiting:
            self._waiting.add(person)
            ringing = asyncio.create_task(self._ring(person))
            self._ringing.add(ringing)
            ringing.add_done_callback(self._ringing.discard)

    async def go_round(self, every: float = ROUND_SECONDS) -> None:
        """Wake the inboxes of those who wait for something, again and again, until cancelled.

        The first time at once, since whoever worked before may have been killed.

        Args:
            every: clock seconds between two rounds.
        """
        while True:
            try:
                waiting = await people_waiting(self._ledger, since=datetime.now(UTC) - WAITED)
            except (SQLAlchemyError, OSError) as fault:
                _log.warning("who waits for a letter could not be asked: %s", fault)
            else:
                await asyncio.gather(*(self._reach(self._inboxes.wake, one) for one in waiting))
            await asyncio.sleep(every * random.uniform(0.75, 1.25))  # noqa: S311 - not in step

    async def _ring(self, person: str) -> None:
        now = asyncio.get_running_loop().time
        await asyncio.sleep(self._rests_until.get(person, 0) - now())
        self._waiting.discard(person)  # what happens from here on needs a ring of its own
        self._rests_until[person] = now() + self._rest
        await self._reach(self._inboxes.poke, person)

    async def _reach(self, how: Callable[[str], Awaitable[None]], person: str) -> None:
        async with self._at_once:
            try:
                await how(person)
            except Exception as fault:  # noqa: BLE001 - whatever it is, the next round tries again
                _log.warning("the inbox of %s could not be reached: %s", person, fault)
