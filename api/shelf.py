"""Published playbooks, kept in memory once read, and the calendars in force for them.

Decides how old these may be: a version never changes, a calendar may. Must never
publish, nor judge, a playbook.
"""

import time
from typing import Final

from deals.calendar import Calendar
from deals.playbook import Playbook
from ledger.calendars import calendars_in_force
from ledger.playbooks import find_playbook
from ledger.session import Ledger

KEPT: Final = 64
"""Versions held. A choice: more than one company runs deals on; 100 kB each."""

FRESH_SECONDS: Final = 2.0
"""How long the calendars are believed. A choice: as long as what is known of people."""


class Shelf:
    """Playbooks by id and version."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._kept: dict[tuple[str, int], Playbook] = {}
        self._calendars: dict[tuple[str, int], Calendar] = {}
        self._read_again_at = 0.0

    async def find(self, playbook_id: str, version: int | None = None) -> Playbook:
        """That version, or the latest.

        Raises:
            UnknownPlaybook: there is none.
        """
        if version is not None and (kept := self._kept.get((playbook_id, version))):
            return kept
        playbook = (await find_playbook(self._ledger, playbook_id, version)).playbook
        if len(self._kept) >= KEPT:
            self._kept.pop(next(iter(self._kept)))
        return self._kept.setdefault((playbook.id, playbook.version), playbook)

    async def calendar(self, playbook: Playbook) -> Calendar | None:
        """The calendar in force for that version; None: its own."""
        if time.monotonic() >= self._read_again_at:
            self._calendars = await calendars_in_force(self._ledger)
            self._read_again_at = time.monotonic() + FRESH_SECONDS
        return self._calendars.get((playbook.id, playbook.version))

    def forget(self) -> None:
        """Read the calendars anew at the next question, because one was put in force."""
        self._read_again_at = 0.0
