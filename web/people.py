"""People: who is there by team, whom they report to, who is away, and where nobody would be asked.

Decides how people are put before one another: what they have to do and when they are there, never a
score. Who may change what, the API decides; the forms are in `web.person_forms`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request, Response

from api.backing import Backing, Standing
from api.codes import Fault
from api.problems import Problem
from deals.decisions.stages import MANAGING
from ledger.deals import DealFilter, list_deals
from ledger.leaves import Leave, list_leaves
from ledger.owners import Load, loads
from ledger.people import Person
from ledger.preferences import find_notifications
from web.page import page
from web.reader import Looking, Reader

router: Final = APIRouter(include_in_schema=False)

MOST_DEALS: Final = 50
"""Open deals of a person that are shown. A choice: the rest is on the board."""

SOON: Final = timedelta(days=14)
"""How long before it begins leave is shown beside a name. A choice: time to hand things over."""

IDLE: Final = Load(0, 0)
"""Of whoever has no open deal."""


class Row(NamedTuple):
    """A person in the list.

    Attributes:
        leave: the one they are on, or soon.
        is_away: today, where they are.
        has_left: for good.
    """

    person: Person
    load: Load
    leave: Leave | None
    is_away: bool
    has_left: bool


class Stays(NamedTuple):
    """A deal that could not be handed over; `why` is a code."""

    deal_id: str
    customer: str
    why: str


class Vacancy(NamedTuple):
    """A post where nobody would be asked.

    Attributes:
        manager: who holds it and is away or has left; None: it is nobody's.
        has_left: for good.
        people: whose deals' escalations go elsewhere.
        hears: who is asked in that place; by name.
    """

    manager: str | None
    has_left: bool
    leave: Leave | None
    people: tuple[str, ...]
    hears: tuple[str, ...]


@router.get("/people")
async def everybody(request: Request, reader: Looking, backing: Standing) -> Response:
    """Everybody, by team."""
    held = await loads(backing.ledger)
    away = await leaves_ahead(backing, reader)
    people = sorted(reader.staff.people.values(), key=lambda one: (one.team or "", one.name))
    rows = [_row(one, held, away.get(one.id, ()), reader) for one in people]
    rows.sort(key=lambda row: (row.person.team or "", row.person.role == "rep"))
    here = (row for row in rows if not row.has_left)
    teams = [(team, list(mine)) for team, mine in groupby(here, lambda row: row.person.team or "")]
    return await page(
        request,
        reader,
        "people",
        tab="people",
        teams=[one for one in teams if one[0]] + [one for one in teams if not one[0]],
        leavers=[row for row in rows if row.has_left],
        vacancies=tuple(_vacancies(reader, held, away)),
        strangers={one: load for one, load in held.items() if one not in reader.staff.people},
    )


@router.get("/people/{person_id}")
async def one(request: Request, person_id: str, reader: Looking, backing: Standing) -> Response:
    """One person."""
    return await person_page(request, reader, backing, person_of(reader, person_id))


def person_of(reader: Reader, person_id: str) -> Person:
    """The person of that id.

    Raises:
        Problem: `unknown_person`.
    """
    found = reader.staff.people.get(person_id)
    if found is None:
        raise Problem(Fault.UNKNOWN_PERSON, facts={"person": person_id}, status=404)
    return found


async def person_page(  # noqa: PLR0913 - a form that was refused brings what was typed
    request: Request,
    reader: Reader,
    backing: Backing,
    person: Person,
    kept: Mapping[str, str] | None = None,
    faults: Mapping[str, str] | None = None,
    *,
    stays: Sequence[Stays] = (),
    status: int = 200,
) -> Response:
    """A person, with the forms that the reader may use; what was refused beside its field."""
    wanted = DealFilter(status=("open", "on_hold"), owner=person.id)
    held = await loads(backing.ledger)
    found = await list_deals(backing.ledger, wanted, sort="next_due_at", limit=MOST_DEALS)
    ahead = (await leaves_ahead(backing, reader)).get(person.id, ())
    return await page(
        request, reader, "person", tab="people", status=status,
        person=person, zone=reader.staff.zone(person.id),
        row=_row(person, held, ahead, reader),
        leaves=ahead, deals=found.items,
        reports=sorted(one.name for one in reader.staff.people.values()
                       if one.manager == person.id),
        others=[one for one in reader.choices if one.id != person.id],
        stays=stays,
        may_enter=reader.person.id == person.id or reader.person.role in MANAGING,
        **await _told(backing, reader, person), kept=kept or {}, faults=faults or {},
    )  # fmt: skip


async def leaves_ahead(backing: Backing, reader: Reader) -> dict[str, tuple[Leave, ...]]:
    """Each person's leave that has not ended where they are, the earliest first."""
    since = reader.now.date() - timedelta(days=1)
    found = await list_leaves(backing.ledger, since=since)
    mine = groupby(found, lambda leave: leave.person)
    return {
        person: tuple(one for one in theirs if one.last_on >= _today(reader, person))
        for person, theirs in mine
    }


def _today(reader: Reader, person: str) -> date:
    return reader.now.astimezone(ZoneInfo(reader.staff.zone(person))).date()


def _row(person: Person, held: Mapping[str, Load], ahead: Iterable[Leave], reader: Reader) -> Row:
    today = _today(reader, person.id)
    leave = next((one for one in ahead if one.first_on <= today + SOON), None)
    is_away = leave is not None and leave.first_on <= today
    return Row(person, held.get(person.id, IDLE), leave, is_away, reader.is_gone(person))


def _vacancies(
    reader: Reader, held: Mapping[str, Load], away: Mapping[str, tuple[Leave, ...]]
) -> Iterator[Vacancy]:
    """Posts of managers where an escalation finds nobody, and who hears of it then."""
    line = reader.staff.line
    found: dict[tuple[str | None, tuple[str, ...]], list[str]] = {}
    for person in reader.staff.people.values():
        works = person.role == "rep" and not reader.is_gone(person)
        if person.automatic or not (works or person.id in held):
            continue
        stands = line.recipients(person.id, "manager")
        is_absent = person.manager is not None and line.is_absent(person.manager)
        stand_in = _stand_in(reader, person.manager) if is_absent else None
        nobodys = person.role == "rep" and person.manager is None
        if nobodys or (is_absent and not stand_in):
            found.setdefault((person.manager, stands), []).append(person.name)
    for (manager, stands), people in found.items():
        leave = next(iter(away.get(manager or "", ())), None)
        boss = reader.staff.people.get(manager or "")
        has_left = boss is not None and reader.is_gone(boss)
        hears = tuple(reader.name(one) for one in stands)
        yield Vacancy(reader.name(manager) or None, has_left, leave, tuple(sorted(people)), hears)


def _stand_in(reader: Reader, absent: str | None) -> str | None:
    """Who stands in for somebody absent; None: nobody."""
    everybody = reader.staff.people
    return next((one for one in everybody if absent in reader.staff.line.stands_in_for(one)), None)


async def _told(backing: Backing, reader: Reader, person: Person) -> dict[str, Any]:
    """How the person is told, for themselves and for ops."""
    if reader.person.id != person.id and reader.person.role != "ops":
        return {"wishes": None, "channels": ()}
    wishes, channels = await find_notifications(backing.ledger, person.id)
    return {"wishes": wishes, "channels": channels}
