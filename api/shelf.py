"""Published playbooks, kept in memory once read: a version never changes.

Must never publish, nor judge, a playbook.
"""

from typing import Final

from deals.playbook import Playbook
from ledger.playbooks import find_playbook
from ledger.session import Ledger

KEPT: Final = 64
"""Versions held. A choice: more than one company runs deals on; 100 kB each."""


class Shelf:
    """Playbooks by id and version."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._kept: dict[tuple[str, int], Playbook] = {}

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
