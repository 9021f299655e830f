"""The month's review, to print: figures, two deals of each rep, and what to change.

Decides what is on the paper and how much of it, so that two sheets are enough: what is cut off says
how much more there is, and where. What a figure means, its report says. Must never rank people:
those who tell come by name.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from api.backing import Backing, Standing
from api.codes import Fault
from api.problems import Problem
from deals.playbook import Playbook
from deals.playbook_changes import Change, changes
from ledger.people import Person
from ledger.playbooks import list_playbooks
from reports.compare import RANKED_FROM
from reports.period import day_begins
from reports.won_and_lost import Pair, won_and_lost
from web.board import latest_playbooks
from web.fullest import fullest
from web.meetings import leader_of, today_of
from web.names import fact_of
from web.page import page
from web.reader import Looking, Reader
from web.reports import Asked, Line, Wanted, five_of, movers_of, tables_of

router: Final = APIRouter(include_in_schema=False)

STAGES: Final = 10
"""Stages that are listed, of the fullest playbooks. A choice: two sheets of paper."""

WORST: Final = 5
FEWEST: Final = 5
"""Rules that are named as least often kept, of those that were due so often. Choices."""

CHANNELS: Final = 5
"""Sources that are listed, those of most deals. A choice."""

FOLLOW_UPS: Final = 5
"""The last number of follow-ups that is listed. A choice: the report tells more."""

NOTES: Final = 4
"""Notes on what went together with winning. A choice."""

CHANGES: Final = 4
"""Versions of playbooks and what they changed: lines that are listed. A choice."""

TELLING: Final = 8
"""Reps whose deals are printed; the page has all. A choice: two sheets of paper."""

_DAY: Final = timedelta(days=1)
_MONTH: Final = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")

_TABLES: Final[Wanted] = {
    "conversion": (("stages", "stages"),),
    "reps": (("coach", "coach"),),
    "sla": (("by_rule", "rules"),),
    "actions": (("standard", "standard"),),
    "channels": (("closed", "channels"),),
    "follow-ups": (("after", "follow_ups"), ("by_segment", "after_third")),
}


@router.get("/meetings/monthly")
async def month(request: Request, reader: Looking, backing: Standing) -> Response:
    """The review of a month that has begun, beside the month before.

    Raises:
        Problem: `bad_parameter`, it is no month or has not begun.
    """
    leader = leader_of(request.query_params, reader)
    first_on = _month(request.query_params.get("month"), today_of(reader))
    end_on = (first_on + timedelta(days=31)).replace(day=1)
    earlier_on = (first_on - _DAY).replace(day=1)
    asked = Asked(first_on, end_on, earlier_on, {"team": leader.team or ""})
    now, was, _ = await five_of(backing, asked)
    books = await latest_playbooks(backing)
    published = await _published(backing, first_on, end_on)
    return await page(
        request,
        reader,
        "monthly",
        tab="meetings",
        leader=leader,
        first_on=first_on,
        is_over=end_on <= today_of(reader),
        five=now,
        before=was,
        published=published[:CHANGES],
        published_more=len(published[CHANGES:]),
        telling=await _telling(backing, leader, reader, first_on, end_on),
        printed_n=TELLING,
        books=books,
        fact_of=fact_of(books),
        more=f"/reports?{urlencode(asked.query())}",
        **_on_paper(await tables_of(backing, asked, reader, _TABLES)),
    )


def _on_paper(tables: dict[str, list[Line]]) -> dict[str, Any]:
    """What the paper shows of these tables."""
    rules = [one for one in tables["rules"] if one.row.kept_ratio is not None]
    often = [one for one in rules if one.row.n - one.row.moot_n >= FEWEST]
    stages = [one for one in tables["stages"] if one.row.n]
    channels = sorted(tables["channels"], key=lambda one: -one.row.n)
    hopeless = [one.row for one in tables["after_third"]]
    notes = [
        *(("moves", one) for one in movers_of(tables["standard"])),
        *(("hopeless", one) for one in hopeless if one.hopeless and one.key),
        *(("practise", one.row) for one in tables["coach"] if one.row.stage),
    ]
    return {
        "stages": fullest(stages, STAGES, playbook=_playbook, n=lambda one: one.row.n),
        "worst": sorted(often, key=lambda one: one.row.kept_ratio)[:WORST],
        "kept_n": sum(one.row.kept_n for one in rules),
        "clocks_n": sum(one.row.n - one.row.moot_n for one in rules),
        "channels": channels[:CHANNELS],
        "channels_more": len(channels[CHANNELS:]),
        "follow_ups": [one for one in tables["follow_ups"] if one.row.n][:FOLLOW_UPS],
        "enough": RANKED_FROM,
        "notes": notes[:NOTES],
        "notes_more": len(notes[NOTES:]),
    }


def _playbook(line: Line) -> str:
    playbook: str = line.row.playbook
    return playbook


async def _telling(
    backing: Backing, leader: Person, reader: Reader, first_on: date, end_on: date
) -> Sequence[tuple[Person, Pair]]:
    """The leader's people by name, with what they tell of: reps, and who else ended a deal."""
    zone, everybody = backing.home.time_zone, reader.staff.people
    below = [everybody[one] for one in reader.staff.below(leader.id) if one in everybody]
    people = sorted((one for one in below if not one.automatic), key=lambda one: one.name)
    since, until = day_begins(first_on, zone), day_begins(end_on, zone)
    owners = [one.id for one in people]
    pairs = await won_and_lost(backing.ledger, owners, backing.shelf.find, since=since, until=until)
    told = [(one, pairs[one.id]) for one in people]
    return [
        (one, pair)
        for one, pair in told
        if pair.won or pair.lost or (one.role == "rep" and not reader.is_gone(one))
    ]


def _month(given: str | None, today: date) -> date:
    """The first day of the month asked for, else of the last whole one."""
    if not given:
        return (today.replace(day=1) - _DAY).replace(day=1)
    found = _MONTH.fullmatch(given)
    first_on = date(int(found[1]), int(found[2]), 1) if found else None
    if first_on is None or first_on > today:
        raise Problem(Fault.BAD_PARAMETER, facts={"faults": [{"at": "month", "fault": given}]})
    return first_on


async def _published(
    backing: Backing, first_on: date, end_on: date
) -> list[tuple[Playbook, Change | None]]:
    """The versions published in a month, and after each, line by line, what it changed."""
    zone = backing.home.time_zone
    since, until = day_begins(first_on, zone), day_begins(end_on, zone)
    every = [(one.playbook, one.published_at) for one in await list_playbooks(backing.ledger)]
    new = [book for book, at in every if since <= at < until]
    return [(book, line) for book in new for line in (None, *_changed(book, every))]


def _changed(book: Playbook, every: list[tuple[Playbook, datetime]]) -> tuple[Change, ...]:
    """What a version changed of the one before; nothing of the first one."""
    earlier = [one for one, _ in every if one.id == book.id and one.version < book.version]
    return changes(max(earlier, key=lambda one: one.version), book) if earlier else ()
