"""Who is briefed when: the rounds that people need, and whom each is for.

Decides that a time of day is local to where a person is, and that nobody who is away is briefed;
whoever stands in for them is, of their deals. Must never decide what a briefing says.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from sqlalchemy import Connection

from activities.briefing_messages import Round
from ledger.leaves import absences, ahead
from ledger.people import Person, everybody
from ledger.preferences import DEFAULTS, Preferences, all_preferences
from ledger.session import Ledger
from letters.compose import Home
from reports.cases import Staff

WEEKLY_AT: Final = "08:00"
"""When the weekly pack comes, on the first working day of a week. A choice: before the meeting."""

LEADING: Final = frozenset({"manager", "director"})
"""Roles that read the weekly pack."""

_A_DAY: Final = timedelta(days=1)


class Office(NamedTuple):
    """Everybody as they are at an instant, and how they want to be told."""

    staff: Staff
    preferences: Mapping[str, Preferences]
    home: Home

    def rounds(self) -> frozenset[Round]:
        """One for each zone and time of day that somebody has."""
        found: set[Round] = set()
        for person in self.staff.people.values():
            zone, wanted = self.home.zone_of(person), self._morning(person)
            found.add(Round(kind="weekly", time_zone=zone, local_time=WEEKLY_AT))
            if wanted:
                found.add(Round(kind="morning", time_zone=zone, local_time=wanted))
        return frozenset(found)

    def concerned(self, due: Round) -> tuple[Person, ...]:
        """Whom a round is for, by id."""
        return tuple(
            person
            for person in self.staff.people.values()
            if self.home.zone_of(person) == due.time_zone
            and not self.staff.line.is_absent(person.id)
            and (due.kind == "weekly" or self._morning(person) == due.local_time)
        )

    def whose(self, person: str) -> tuple[str, ...]:
        """The person, and those they stand in for."""
        return (person, *sorted(self.staff.line.stands_in_for(person) - {person}))

    def led(self, person: str) -> frozenset[str]:
        """Whose deals the person's weekly pack speaks of; empty: they get none."""
        people = self.staff.people
        leaders = (one for one in self.whose(person) if one in people)
        teams = (self.staff.below(one) for one in leaders if people[one].role in LEADING)
        return frozenset().union(*teams)

    def _morning(self, person: Person) -> str | None:
        return self.preferences.get(person.id, DEFAULTS).agenda_at


async def office(ledger: Ledger, home: Home, *, now: datetime) -> Office:
    """Everybody as they are at that instant."""
    return await ledger.read_as_one(_office, home, now)


async def wanted_rounds(ledger: Ledger, home: Home) -> frozenset[Round]:
    """The rounds that people need now."""
    return (await office(ledger, home, now=datetime.now(UTC))).rounds()


def _office(connection: Connection, home: Home, now: datetime) -> Office:
    people = everybody(connection)
    entered = ahead(connection, since=now.date() - _A_DAY)  # it may be yesterday somewhere
    away = absences(people, entered, now=now, home=home.time_zone)
    staff = Staff(people, away, time_zone=home.time_zone)
    return Office(staff, all_preferences(connection), home)
