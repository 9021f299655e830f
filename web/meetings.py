"""Meetings, to print: the team's week on the process, and the month's review.

Decides what is on the paper and how much of it, so that a meeting can be run from it. What a figure
means, its report says; the weekly pack is the one that is mailed. Must never rank people.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Final

from fastapi import APIRouter, Request, Response

from api.backing import Backing, Standing
from api.codes import Fault
from api.problems import Problem
from deals.playbook import Playbook
from deals.playbook_changes import Change, changes
from ledger.deals import DealFilter, DealRow, list_deals
from ledger.people import Person
from ledger.playbooks import list_playbooks
from reports.alerts import RuleFigures, report
from reports.filters import Filters
from reports.kept import LastWeek, kept
from reports.period import Window, day_begins, window
from reports.weekly import last_week, weekly
from web.board import latest_playbooks
from web.page import page
from web.reader import Looking, Reader
from web.reports import Asked, Wanted, five_of, movers_of, tables_of

router: Final = APIRouter(include_in_schema=False)

PROMISED: Final = 6
"""Promises that are listed. A choice: the paper is one page."""

SMOOTH: Final = 50
"""Deals won last that are looked at for the one that went smoothly. A choice."""

MONTHS: Final = 6
"""Reviews that are offered. A choice: half a year."""

WORST: Final = 8
FEWEST: Final = 5
"""Rules that are named as least often kept, of those that were due so often. Choices."""

_WEEK: Final = timedelta(weeks=1)
_QUARTER: Final = timedelta(weeks=13)
_DAY: Final = timedelta(days=1)
_MONTH: Final = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")

_OF_MONTH: Final[Wanted] = {
    "conversion": (("stages", "stages"),),
    "reps": (("coach", "coach"),),
    "sla": (("by_rule", "rules"),),
    "actions": (("standard", "standard"),),
    "follow-ups": (("by_segment", "after_third"),),
}


@router.get("/meetings")
async def show(request: Request, reader: Looking) -> Response:
    """Which meetings there are papers for."""
    leaders = _leaders(reader)
    chosen = _leader(request.query_params, reader)
    return await page(
        request,
        reader,
        "meetings",
        tab="meetings",
        leaders=leaders,
        leader=chosen,
        week=last_week(_today(reader)),
        months=tuple(_months(_today(reader))),
    )


@router.get("/meetings/weekly")
async def week(request: Request, reader: Looking, backing: Standing) -> Response:
    """The week's paper of a leader's people: as things stand, and what last week promised."""
    leader = _leader(request.query_params, reader)
    zone = str(reader.zone)
    owners = reader.staff.below(leader.id)
    find = backing.shelf.find
    pack = await weekly(backing.ledger, owners, find, reader.staff, time_zone=zone, now=reader.now)
    return await page(
        request,
        reader,
        "weekly",
        tab="meetings",
        leader=leader,
        pack=pack,
        number=pack.first_on.isocalendar().week,
        promises=pack.promises[:PROMISED],
        clocks=await _kept(backing, reader, leader, pack.first_on),
        before=await _kept(backing, reader, leader, pack.first_on - _WEEK),
        smooth=await _smoothest(backing, leader, reader),
        ignored=await _ignored(backing, leader, reader),
        books=await latest_playbooks(backing),
    )


@router.get("/meetings/monthly")
async def month(request: Request, reader: Looking, backing: Standing) -> Response:
    """The review of a month that has begun, beside the month before.

    Raises:
        Problem: `bad_parameter`, it is no month or has not begun.
    """
    leader = _leader(request.query_params, reader)
    first_on = _month(request.query_params.get("month"), _today(reader))
    end_on = _next_month(first_on)
    earlier_on = (first_on - _DAY).replace(day=1)
    filters = {"team": leader.team or ""}
    asked = Asked(first_on, end_on, earlier_on, filters)
    tables = await tables_of(backing, asked, reader, _OF_MONTH)
    now, was, _ = await five_of(backing, asked)
    rules = [one for one in tables.pop("rules") if one.row.kept_ratio is not None]
    often = [one for one in rules if one.row.n - one.row.moot_n >= FEWEST]
    return await page(
        request,
        reader,
        "monthly",
        tab="meetings",
        leader=leader,
        first_on=first_on,
        is_over=end_on <= _today(reader),
        five=now,
        before=was,
        worst=sorted(often, key=lambda one: one.row.kept_ratio)[:WORST],
        kept_n=sum(one.row.kept_n for one in rules),
        clocks_n=sum(one.row.n - one.row.moot_n for one in rules),
        movers=movers_of(tables["standard"]),
        published=await _published(backing, first_on, end_on),
        books=await latest_playbooks(backing),
        **tables,
    )


def _today(reader: Reader) -> date:
    return reader.now.astimezone(reader.zone).date()


def _leaders(reader: Reader) -> list[Person]:
    """Those to whom others report, by name."""
    people = reader.staff.people.values()
    leading = {one.manager for one in people if one.manager}
    return sorted((one for one in people if one.id in leading), key=lambda one: one.name)


def _leader(given: Mapping[str, str], reader: Reader) -> Person:
    """Whose meeting it is: who is asked for, else the reader if they lead, else their manager.

    Raises:
        Problem: `unknown_person`.
    """
    people, asked = reader.staff.people, given.get("manager")
    if asked and asked not in people:
        raise Problem(Fault.UNKNOWN_PERSON, facts={"person": asked})
    if asked:
        return people[asked]
    if reader.person in _leaders(reader):
        return reader.person
    return people.get(reader.person.manager or "", reader.person)


def _months(today: date) -> Iterator[date]:
    """The first days of the latest months, the present one first."""
    first_on = today.replace(day=1)
    for _ in range(MONTHS):
        yield first_on
        first_on = (first_on - _DAY).replace(day=1)


def _month(given: str | None, today: date) -> date:
    """The first day of the month asked for, else of the last whole one."""
    if not given:
        return (today.replace(day=1) - _DAY).replace(day=1)
    found = _MONTH.fullmatch(given)
    first_on = date(int(found[1]), int(found[2]), 1) if found else None
    if first_on is None or first_on > today:
        raise Problem(Fault.BAD_PARAMETER, facts={"faults": [{"at": "month", "fault": given}]})
    return first_on


def _next_month(first_on: date) -> date:
    return (first_on + timedelta(days=31)).replace(day=1)


async def _kept(backing: Backing, reader: Reader, leader: Person, monday: date) -> LastWeek:
    """What became of the clocks of a week."""
    zone = str(reader.zone)
    since, until = day_begins(monday, zone), day_begins(monday + _WEEK, zone)
    return await kept(
        backing.ledger, leader.id, leader.team, since=since, until=until, now=reader.now
    )


async def _smoothest(
    backing: Backing, leader: Person, reader: Reader
) -> tuple[DealRow, float] | None:
    """The deal of the last quarter that was won in the fewest days of its calendar."""
    books = await latest_playbooks(backing)
    wanted = DealFilter(status=("won",), team=leader.team)
    found = await list_deals(backing.ledger, wanted, sort="-closed_at", limit=SMOOTH)
    lasted = [
        (
            (one.closed_at - one.opened_at) / _DAY * books[one.playbook_id].calendar.scale,
            one.id,
            one,
        )
        for one in found.items
        if one.closed_at and one.opened_at and one.closed_at > reader.now - _QUARTER
    ]
    if not lasted:
        return None
    days, _, deal = min(lasted)
    return deal, days


async def _ignored(backing: Backing, leader: Person, reader: Reader) -> tuple[RuleFigures, ...]:
    """Rules of the last quarter whose alerts nobody acts on."""
    today, zone = _today(reader), backing.home.time_zone
    quarter: Window = window(today - _QUARTER, today + _DAY, time_zone=zone, as_of=reader.now)
    found = await report(backing.ledger, Filters(quarter, team=leader.team), backing.shelf.find)
    ignored = {(one.stage, one.kind, one.subject): one for one in found.rules if one.ignored}
    return tuple(ignored.values())


async def _published(
    backing: Backing, first_on: date, end_on: date
) -> list[tuple[Playbook, tuple[Change, ...]]]:
    """The versions published in a month, each with what it changed."""
    zone = backing.home.time_zone
    since, until = day_begins(first_on, zone), day_begins(end_on, zone)
    every = [(one.playbook, one.published_at) for one in await list_playbooks(backing.ledger)]
    return [(book, _changed(book, every)) for book, at in every if since <= at < until]


def _changed(book: Playbook, every: list[tuple[Playbook, datetime]]) -> tuple[Change, ...]:
    """What a version changed of the one before; nothing of the first one."""
    earlier = [one for one, _ in every if one.id == book.id and one.version < book.version]
    return changes(max(earlier, key=lambda one: one.version), book) if earlier else ()
