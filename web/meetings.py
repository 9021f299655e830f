"""Meetings, to print: which there are papers for, and the team's week on the process.

Decides what is on the paper and how much of it, so that a meeting can be run from it. What a figure
means, its report says; the weekly pack is the one that is mailed. Must never rank people.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Final

from fastapi import APIRouter, Request, Response

from api.backing import Backing, Standing
from api.codes import Fault
from api.problems import Problem
from ledger.deals import DealFilter, DealRow, list_deals
from ledger.people import Person
from reports.alerts import RuleFigures, report
from reports.filters import Filters
from reports.kept import LastWeek, kept
from reports.period import Window, day_begins, window
from reports.stuck import Stuck, StuckStage
from reports.weekly import last_week, weekly
from web.board import latest_playbooks
from web.fullest import Listed, fullest
from web.page import page
from web.reader import Looking, Reader

router: Final = APIRouter(include_in_schema=False)

STAGES: Final = 10
"""Stages that are listed at most. A choice: those of two playbooks."""

PROMISED: Final = (4, 6)
"""Promises that are listed at most: beside as many stages as that, and beside few. Choices."""

ROWS: Final = 14
"""Stages and promises together. A choice: the paper is one sheet."""

SMOOTH: Final = 50
"""Deals won last that are looked at for the one that went smoothly. A choice."""

MONTHS: Final = 6
"""Reviews that are offered. A choice: half a year."""

_WEEK: Final = timedelta(weeks=1)
_QUARTER: Final = timedelta(weeks=13)
_DAY: Final = timedelta(days=1)


@router.get("/meetings")
async def show(request: Request, reader: Looking) -> Response:
    """Which meetings there are papers for."""
    leaders = _leaders(reader)
    chosen = leader_of(request.query_params, reader)
    return await page(
        request,
        reader,
        "meetings",
        tab="meetings",
        leaders=leaders,
        leader=chosen,
        week=last_week(today_of(reader)),
        months=tuple(_months(today_of(reader))),
    )


@router.get("/meetings/weekly")
async def week(request: Request, reader: Looking, backing: Standing) -> Response:
    """The week's paper of a leader's people: as things stand, and what last week promised.

    There is none of an earlier week: which deals are stuck, and why, is known as it is now only.
    """
    leader = leader_of(request.query_params, reader)
    zone = str(reader.zone)
    owners = reader.staff.below(leader.id)
    find = backing.shelf.find
    pack = await weekly(backing.ledger, owners, find, reader.staff, time_zone=zone, now=reader.now)
    stages = _stages(pack.stuck)
    fewest, most = PROMISED
    return await page(
        request,
        reader,
        "weekly",
        tab="meetings",
        leader=leader,
        pack=pack,
        number=pack.first_on.isocalendar().week,
        stages=stages,
        promises=pack.promises[: max(fewest, min(most, ROWS - len(stages.shown)))],
        clocks=await _kept(backing, reader, leader, pack.first_on),
        before=await _kept(backing, reader, leader, pack.first_on - _WEEK),
        smooth=await _smoothest(backing, leader, reader),
        ignored=await _ignored(backing, leader, reader),
        books=await latest_playbooks(backing),
    )


def today_of(reader: Reader) -> date:
    """The reader's day."""
    return reader.now.astimezone(reader.zone).date()


def _leaders(reader: Reader) -> list[Person]:
    """Those to whom others report, by name."""
    people = reader.staff.people.values()
    leading = {one.manager for one in people if one.manager}
    return sorted((one for one in people if one.id in leading), key=lambda one: one.name)


def leader_of(given: Mapping[str, str], reader: Reader) -> Person:
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


def _stages(stuck: Stuck) -> Listed[StuckStage]:
    """The stages that fit, that which holds the team up before all."""
    return fullest(
        stuck.stages,
        STAGES,
        playbook=lambda one: one.playbook_id,
        n=lambda one: one.n,
        spoken_of=stuck.most,
    )


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
    today, zone = today_of(reader), backing.home.time_zone
    quarter: Window = window(today - _QUARTER, today + _DAY, time_zone=zone, as_of=reader.now)
    found = await report(backing.ledger, Filters(quarter, team=leader.team), backing.shelf.find)
    ignored = {(one.stage, one.kind, one.subject): one for one in found.rules if one.ignored}
    return tuple(ignored.values())
