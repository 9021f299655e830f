"""Owners of imported deals, who did something to them and whom they report to become people.

Decides that those who are there stay as they are, whatever the file says. Must never leave a deal
with an owner whom nobody knows.
"""

from __future__ import annotations

from collections.abc import Iterable

from imports.remarks import Remark, Rule, remark
from ledger.people import ManagerCircle, Person, list_people, put_person
from ledger.session import Ledger


class Owners:
    """The people that one import adds.

    Attributes:
        added: how many it has added so far.
    """

    def __init__(self, ledger: Ledger) -> None:
        self.added = 0
        self._ledger = ledger
        self._mine: dict[str, Person] = {}

    async def add(self, owners: Iterable[Person]) -> list[Remark]:
        """Add those who are absent, their managers first; who comes twice is taken as first told.

        Returns:
            What could not be kept of them.
        """
        told = self._told(owners)
        there = {person.id for person in await list_people(self._ledger)} - self._mine.keys()
        new = [person for person in told.values() if person.id not in there]
        for person in new:  # those they report to may come later, so first without them
            self.added += person.id not in self._mine
            await put_person(self._ledger, person.model_copy(update={"manager": None}))
            self._mine[person.id] = person
        return [one for person in new if person.manager for one in await self._report_to(person)]

    def _told(self, owners: Iterable[Person]) -> dict[str, Person]:
        """Who has to be put: owners not yet met, and managers not yet known as such."""
        told: dict[str, Person] = {}
        for owner in owners:
            if owner.id not in self._mine:
                told.setdefault(owner.id, owner)
        for name in {owner.manager: None for owner in told.values() if owner.manager}:
            plain = Person(id=name, name=name, role="rep")
            known = told.get(name) or self._mine.get(name) or plain
            if known.role != "manager":
                told[name] = known.model_copy(update={"role": "manager"})
        return told

    async def _report_to(self, person: Person) -> list[Remark]:
        try:
            await put_person(self._ledger, person)
        except ManagerCircle as circle:
            message = f"{person.id} does not report to {person.manager}: {circle}"
            return [remark(0, Rule.MANAGER_LEFT_OUT, person.id, message)]
        return []
