"""Who is who and who is away, kept in memory, so that no command waits for the ledger to tell.

Decides how old this knowledge may be. Must never change a person.
"""

import asyncio
import logging
import time
from datetime import UTC, datetime
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from deals.own_time import NOTHING_OWN, REMEMBERED, OwnTime
from ledger.leaves import Leave, list_leaves, own_time
from ledger.people import Person, list_people
from ledger.session import Ledger

FRESH_SECONDS: Final = 2.0
"""How long the directory believes what it read. A choice: a changed role holds everywhere within
two seconds, and at once in the process that changed it."""

PATIENCE_SECONDS: Final = 0.25
"""How long a caller waits for a ledger that hangs before what was last known serves. A choice."""

FIRST_PATIENCE_SECONDS: Final = 5.0
"""The same while nobody is known yet and nothing else can serve. A choice: a record's own limit."""

_log = logging.getLogger(__name__)


class Directory:
    """Everybody, as last read."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._people: dict[str, Person] = {}
        self._leaves: tuple[Leave, ...] = ()
        self._read_again_at = 0.0

    async def find(self, person_id: str) -> Person | None:
        """The person of that id, None if nobody has it.

        Raises:
            SQLAlchemyError, OSError: the ledger is away and nobody is known yet.
        """
        if time.monotonic() >= self._read_again_at or person_id not in self._people:
            await self._read()
        return self._people.get(person_id)

    async def own_time(self, person_id: str | None) -> OwnTime:
        """The hours and leave of that person; nothing of their own if nobody has that id."""
        person = await self.find(person_id) if person_id else None
        return own_time(person, self._leaves) if person else NOTHING_OWN

    def forget(self) -> None:
        """Read anew at the next question, because somebody was changed."""
        self._read_again_at = 0.0

    async def _read(self) -> None:
        self._read_again_at = time.monotonic() + FRESH_SECONDS  # the others need not read as well
        try:
            patience = PATIENCE_SECONDS if self._people else FIRST_PATIENCE_SECONDS
            async with asyncio.timeout(patience):
                everybody = await list_people(self._ledger)
                since = datetime.now(UTC).date() - REMEMBERED
                self._leaves = await list_leaves(self._ledger, since=since)
        except (SQLAlchemyError, OSError) as fault:
            if not self._people:
                raise
            _log.warning("the directory of people could not be read again: %r", fault)
        else:
            self._people = {person.id: person for person in everybody}
