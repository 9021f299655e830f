"""By what a deal's working time is counted: the calendar in force, and its owner's own time.

Decides nothing: it brings together what `calendars`, `people` and `leaves` say at one moment.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from deals.calendar import Calendar
from deals.own_time import NOTHING_OWN, REMEMBERED, OwnTime
from ledger.calendars import calendars_in_force
from ledger.leaves import list_leaves, own_time
from ledger.people import list_people
from ledger.session import Ledger


@dataclass(frozen=True, slots=True)
class Counting:
    """What was in force when it was read."""

    calendars: Mapping[tuple[str, int], Calendar]
    own_times: Mapping[str, OwnTime]

    def calendar(self, playbook_id: str, version: int) -> Calendar | None:
        """The calendar in the place of the playbook's own; None: there is none."""
        return self.calendars.get((playbook_id, version))

    def own(self, owner: str | None) -> OwnTime:
        """The person's own time; nothing of one who is not known."""
        return self.own_times.get(owner or "", NOTHING_OWN)


async def counting(ledger: Ledger, *, on: date) -> Counting:
    """What is in force on that day."""
    people = await list_people(ledger)
    entered = await list_leaves(ledger, since=on - REMEMBERED)
    own_times = {person.id: own_time(person, entered) for person in people}
    return Counting(await calendars_in_force(ledger), own_times)
