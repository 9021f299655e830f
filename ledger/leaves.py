"""Leave: when people are away, and who stands in.

Decides which leave can be entered, what it makes of a person's own time, and who is absent at an
instant. A person's days are those of their time zone. Must never touch a deal; a recalendar does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, delete, insert, select

from deals.model import Instant, Line, PersonId
from deals.own_time import MOST_LEAVES, Away, OwnTime
from ledger.people import Person, Post, UnknownPerson, everybody, has_left, placed
from ledger.registers import leaves
from ledger.reporting_line import ReportingLine
from ledger.session import Ledger, home_of


class BadLeave(Exception):
    """It cannot be entered; the message says why."""


class UnknownLeave(Exception):
    """The person has no leave of that id.

    Attributes:
        leave: the id.
    """

    def __init__(self, leave: str) -> None:
        super().__init__(f"there is no leave {leave!r}")
        self.leave = leave


class Leave(Away):
    """Days on which a person is away, the last one included."""

    id: str
    person: PersonId
    delegate: PersonId | None = None
    """Who stands in: is told, and works on; None: working time of the person's deals rests."""
    note: Line | None = None
    entered_at: Instant


async def put_leave(ledger: Ledger, leave: Leave) -> None:
    """Enter leave; the same id replaces what was there.

    Args:
        ledger: where to.
        leave: when, and who stands in.

    Raises:
        UnknownPerson: the person or the delegate is nobody known.
        BadLeave: it lies in the past, or somebody would stand in for themselves.
    """
    await ledger.write(_put, leave)


async def end_leave(ledger: Ledger, person: str, leave_id: str) -> Leave:
    """Take a leave back, and give what it was.

    Raises:
        UnknownLeave: there is none of that id.
    """
    return await ledger.write(_end, person, leave_id)


async def list_leaves(ledger: Ledger, *, since: date) -> tuple[Leave, ...]:
    """Leave that ends on that day or later, by person and time."""
    return await ledger.read(ahead, since=since)


def ahead(connection: Connection, *, since: date) -> tuple[Leave, ...]:
    """The same, within work that somebody else began."""
    statement = select(leaves).where(leaves.c.last_on >= since)
    ordered = statement.order_by(leaves.c.person, leaves.c.first_on, leaves.c.id)
    return tuple(Leave(**row) for row in connection.execute(ordered).mappings())


def own_time(person: Person, entered: Iterable[Leave]) -> OwnTime:
    """The person's own hours, and the leave in which nobody stands in."""
    alone = (
        Away(first_on=one.first_on, last_on=one.last_on)
        for one in entered
        if one.person == person.id and one.delegate is None
    )
    return OwnTime(hours=person.hours, time_zone=person.time_zone, away=tuple(alone)[-MOST_LEAVES:])


def absences(
    people: Sequence[Person | Post], entered: Sequence[Leave], *, now: datetime, home: str
) -> dict[str, str | None]:
    """Who is away at that instant, and who stands in: nobody does for those who have left.

    Args:
        people: everybody.
        entered: leave that has not ended.
        now: the instant.
        home: the time zone of who names none.
    """
    zones = {person.id: person.time_zone or home for person in people}
    found: dict[str, str | None] = {}
    for leave in entered:
        today = now.astimezone(ZoneInfo(zones.get(leave.person, home))).date()
        if leave.first_on <= today <= leave.last_on:
            found[leave.person] = leave.delegate or found.get(leave.person)
    return found | {one.id: None for one in people if has_left(one, now, home=home)}


def line_at(connection: Connection, now: datetime) -> ReportingLine:
    """The reporting line at an instant, with who is absent then."""
    people = placed(connection)
    entered = ahead(connection, since=now.date() - timedelta(days=1))
    away = absences(people, entered, now=now, home=home_of(connection))
    return ReportingLine(people, away)


def _put(connection: Connection, leave: Leave) -> None:
    people = {person.id: person for person in everybody(connection)}
    for named in filter(None, (leave.person, leave.delegate)):
        if named not in people:
            raise UnknownPerson(named)
    zone = ZoneInfo(people[leave.person].time_zone or home_of(connection))
    if leave.last_on < leave.entered_at.astimezone(zone).date():
        raise BadLeave("the leave lies in the past")
    if leave.delegate == leave.person:
        raise BadLeave("nobody stands in for themselves")
    last_on = people[leave.delegate].last_on if leave.delegate else None
    if last_on is not None and last_on < leave.last_on:
        raise BadLeave("whoever stands in leaves before it ends")
    connection.execute(delete(leaves).where(leaves.c.id == leave.id))
    connection.execute(insert(leaves).values(leave.model_dump()))


def _end(connection: Connection, person: str, leave_id: str) -> Leave:
    mine = (leaves.c.id == leave_id, leaves.c.person == person)
    found = connection.execute(select(leaves).where(*mine)).mappings().one_or_none()
    if found is None:
        raise UnknownLeave(leave_id)
    connection.execute(delete(leaves).where(*mine))
    return Leave(**found)
