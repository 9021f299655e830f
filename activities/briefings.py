"""The activity that briefs people: everybody concerned gets their letters, and is then poked.

Decides on which days nobody is briefed: on those that none of the deals spoken of is worked on. A
round done again writes no second letter, and one person who cannot be briefed holds back no other.
Must never send anything; the inboxes do.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.alive import alive
from activities.briefing_letters import (
    Reader,
    agenda_key,
    agenda_letter,
    digest_key,
    digest_letter,
    weekly_key,
    weekly_letter,
)
from activities.briefing_messages import BRIEF, RoundDue
from activities.rounds import Office, office
from ledger.letters import Letter, is_written, put_letter
from ledger.people import Person
from ledger.session import Ledger
from letters.compose import Home
from reports.agenda import todo
from reports.cases import Books
from reports.digest import digest
from reports.weekly import is_business_day, last_week, weekly

Poke = Callable[[str], Awaitable[None]]
"""Has a person's inbox see out what is written."""

_log = logging.getLogger(__name__)


class BriefingActivities:
    """The activity of briefings, with what it stands on."""

    def __init__(self, ledger: Ledger, home: Home, poke: Poke) -> None:
        self._ledger = ledger
        self._home = home
        self._poke = poke
        self._books = Books(ledger)

    @activity.defn(name=BRIEF)
    async def brief(self, due: RoundDue) -> int:
        """Brief everybody whom the round is for; again is the same as once.

        Returns:
            How many letters were written.

        Raises:
            ApplicationError: somebody could not be briefed; everybody else was.
        """
        async with alive():
            return await self.briefed(due, now=datetime.now(UTC))

    async def briefed(self, due: RoundDue, *, now: datetime) -> int:
        """The same, at an instant."""
        here = await office(self._ledger, self._home, now=now)
        today = due.at.astimezone(ZoneInfo(due.round.time_zone)).date()
        desk = _Desk(self._ledger, self._books, here, today, now)
        written, failed = 0, []
        for person in here.concerned(due.round):
            try:
                write = desk.weekly if due.round.kind == "weekly" else desk.morning
                written += await write(person)
                await self._poke(person.id)
            except Exception:  # noqa: BLE001 - one who cannot be briefed holds back no other
                _log.exception("%s could not be briefed", person.id)
                failed.append(person.id)
        if failed:
            raise ApplicationError(f"not briefed: {', '.join(failed)}")
        return written


@dataclass(frozen=True, slots=True)
class _Desk:
    """Where the letters of one round are written."""

    ledger: Ledger
    books: Books
    office: Office
    today: date
    now: datetime

    async def morning(self, person: Person) -> int:
        """Write a person's list and digest; how many letters are new."""
        return await self._agenda(person) + await self._digest(person)

    async def weekly(self, person: Person) -> int:
        """Write a leader's pack on the first working day of the week; how many letters are new."""
        led = self.office.led(person.id)
        key = weekly_key(person.id, last_week(self.today))
        if not led or await is_written(self.ledger, key):
            return 0
        if not await is_business_day(self.ledger, led, self.books.find, self.today):
            return 0
        reader = self._reader(person)
        pack = await weekly(
            self.ledger,
            led,
            self.books.find,
            self.office.staff,
            time_zone=reader.time_zone,
            now=self.now,
        )
        return await self._put(weekly_letter(reader, pack))

    async def _agenda(self, person: Person) -> int:
        if await is_written(self.ledger, agenda_key(person.id, self.today)):
            return 0
        owners, staff = self.office.whose(person.id), self.office.staff
        lists = [await todo(self.ledger, owner, self.books.find, staff) for owner in owners]
        todos = [one for each in lists for one in each]
        if not any(one.case.is_worked_on(self.today) for one in todos):
            return 0
        away = {owner: staff.name(owner) for owner in owners[1:]}
        reader = self._reader(person)
        return await self._put(
            agenda_letter(reader, todos, away=away, today=self.today, now=self.now)
        )

    async def _digest(self, person: Person) -> int:
        if await is_written(self.ledger, digest_key(person.id, self.today)):
            return 0
        staff = self.office.staff
        found = await digest(self.ledger, person.id, self.books.find, staff)
        raised = [one for owner in found.owners for one in owner.raised]
        if not any(one.case.is_business_day(self.today) for one in raised):
            return 0
        reader = self._reader(person)
        return await self._put(digest_letter(reader, found, today=self.today, now=self.now))

    async def _put(self, letter: Letter | None) -> int:
        return int(letter is not None and await self.ledger.write(put_letter, letter, self.now))

    def _reader(self, person: Person) -> Reader:
        home = self.office.home
        return Reader(person.id, home.language_of(person), home.zone_of(person))
