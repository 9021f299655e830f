"""People: who they are and whom they report to.

Decides that nobody reports to a stranger or, by any way round, to themselves. Must never know a
deal: deals name their owners by any text, since imported files do.
"""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from typing import Annotated, Literal, NamedTuple
from zoneinfo import ZoneInfo

from pydantic import StringConstraints
from sqlalchemy import Connection, select, text

from deals.calendar import TimeZone
from deals.model import Authored, Line, PersonId
from deals.own_time import OwnHours
from ledger.registers import people
from ledger.reporting_line import ReportingLine
from ledger.rows import Put, Rows
from ledger.session import Ledger

Email = Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+$", max_length=254)]
"""An address that mail may be sent to. Source of the length: RFC 5321, 4.5.3.1.3."""

Locale = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*$")]
"""A language tag such as `en` or `zh-Hans`."""


class UnknownPerson(Exception):
    """Nobody has that id.

    Attributes:
        person: the id.
    """

    def __init__(self, person: str) -> None:
        super().__init__(f"nobody has the id {person!r}")
        self.person = person


class ManagerCircle(Exception):
    """Somebody would report to themselves.

    Attributes:
        path: the ids round the circle, beginning and ending with the same.
    """

    def __init__(self, path: tuple[str, ...]) -> None:
        super().__init__(" reports to ".join(path))
        self.path = path


class PersonChanged(Exception):
    """Somebody else has changed the person meanwhile.

    Attributes:
        person: as they are now.
    """

    def __init__(self, person: Person | None) -> None:
        super().__init__("the person is not as they were")
        self.person = person


class Person(Authored):
    """Somebody who works with deals."""

    id: PersonId
    name: Line
    email: Email | None = None
    role: Literal["rep", "manager", "director", "ops"]
    manager: PersonId | None = None
    """Whom the person reports to."""
    team: Line | None = None
    locale: Locale | None = None
    """None: the installation's."""
    time_zone: TimeZone | None = None
    """None: the calendar's of the deal."""
    hours: OwnHours | None = None
    """Their own working hours, in their time zone; None: the calendar's of the deal."""
    automatic: bool = False
    """A machine: it owns deals until a person takes them. Reports give it a row and no rank."""
    last_on: date | None = None
    """Their last day; None: they stay. From the day after nobody asks them, and their deals go on
    until somebody takes them over."""

    def digest(self) -> str:
        """Changes whenever anything about the person does."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


class Post(NamedTuple):
    """What has to be known of a person to find out who is asked, and when it is their day."""

    id: str
    role: str
    manager: str | None
    time_zone: str | None
    last_on: date | None


def has_left(person: Person | Post, now: datetime, *, home: str) -> bool:
    """Whether their last day is over, where they are; `home` is for who names no time zone."""
    if person.last_on is None:
        return False
    return now.astimezone(ZoneInfo(person.time_zone or home)).date() > person.last_on


async def find_person(ledger: Ledger, person_id: str) -> Person:
    """The person of that id.

    Raises:
        UnknownPerson: there is none.
    """
    found = await ledger.read(person_of, person_id)
    if found is None:
        raise UnknownPerson(person_id)
    return found


async def list_people(ledger: Ledger) -> tuple[Person, ...]:
    """Everybody, by id."""
    return await ledger.read(everybody)


async def put_person(ledger: Ledger, person: Person, *, was: str | None = None) -> Person | None:
    """Add a person, or change the one of that id; who that was before.

    Args:
        ledger: where.
        person: as they are to be.
        was: the digest of whom it is to change, empty of somebody new; None: whoever is there.

    Raises:
        UnknownPerson: the manager is nobody.
        ManagerCircle: the person would report to themselves, by one or more steps.
        PersonChanged: it would change somebody else than `was` says, and to something else.
    """
    return await ledger.write(_put, person, was)


def person_of(connection: Connection, person_id: str) -> Person | None:
    """The person of that id, or None, within work that somebody else began."""
    found = connection.execute(select(people).where(people.c.id == person_id)).mappings().all()
    return Person(**found[0]) if found else None


def everybody(connection: Connection) -> tuple[Person, ...]:
    """Everybody, by id, within work that somebody else began."""
    found = connection.execute(select(people).order_by(people.c.id))
    return tuple(Person(**row) for row in found.mappings())


def placed(connection: Connection) -> tuple[Post, ...]:
    """Everybody's post; read whenever a rung is reached, so no more than that."""
    found = connection.execute(
        select(people.c.id, people.c.role, people.c.manager, people.c.time_zone, people.c.last_on)
    )
    return tuple(Post(*row) for row in found)


def _put(connection: Connection, person: Person, was: str | None) -> Person | None:
    if connection.dialect.name == "postgresql":  # two changes at once could close a circle
        connection.execute(text("LOCK TABLE people IN SHARE ROW EXCLUSIVE MODE"))
    before = person_of(connection, person.id)
    is_other = was is not None and was != (before.digest() if before else "")
    if is_other and before != person:
        raise PersonChanged(before)
    line = ReportingLine(everybody(connection))
    if path := line.circle(person.id, person.manager):
        raise ManagerCircle(path)
    if person.manager is not None and person.manager not in line.known:
        raise UnknownPerson(person.manager)
    Rows([Put(people, person.model_dump())]).write(connection)
    return before
