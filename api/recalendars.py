"""Calendars that change under running deals: put in force, and counted by, in every deal at once.

Decides what may be asked and how far it is shown. What a calendar means the core decides; telling
the deals is done by a workflow. Must never touch a deal.
"""

import asyncio
import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Final

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, Field

from activities.recalendar_messages import RecalendarJob
from api.addresses import PREFIX
from api.answers import LISTS, WRITES, problems
from api.backing import Backing, Standing
from api.bodies import PlaybookNamed, PlaybookText, playbook_named
from api.callers import Administrator
from api.codes import Fault
from api.envelopes import KEY_PARAMETER, key_of, named_by
from api.payloads import JsonRoute
from api.problems import Problem
from api.sending import known_person
from deals.calendar import Calendar, CalendarSpec
from deals.model import Authored, Instant, PersonId, Reason
from deals.playbook import Playbook
from deals.playbook_faults import faults
from deals.refusals import Code
from gateway import EngineUnavailable
from ledger.calendars import (
    InForce,
    RecalendarRun,
    Status,
    UnknownRecalendar,
    begin_recalendar,
    find_recalendar,
    list_recalendars,
    put_calendar,
)
from ledger.paging import DEFAULT_PAGE, MAX_PAGE
from ledger.playbooks import PublishedPlaybook, UnknownPlaybook, list_playbooks
from playbooks.fault import PlaybookFaults
from playbooks.judge import pinned
from playbooks.load import load_playbook

_log = logging.getLogger(__name__)

router: Final = APIRouter(prefix=PREFIX, tags=["calendars"], route_class=JsonRoute)


class RecalendarBody(Authored):
    """Which deals count by which calendar from now on, and why."""

    reason: Reason
    playbook: PlaybookText | PlaybookNamed | None = Field(
        None, description="Deals of this playbook, all versions or one; null: of any."
    )
    owner: PersonId | None = Field(None, description="Deals of this person; null: everybody's.")
    calendar: CalendarSpec | None = Field(
        None, description="Put in force for the playbook; its pace (`scale`) stays."
    )
    renew: bool = Field(
        default=False, description="Look the holidays of the playbook's own calendar up again."
    )


class RecalendarShown(BaseModel):
    """How far it is."""

    id: str
    status: Status
    playbook: str | None
    version: int | None
    owner: str | None
    reason: str
    by: str
    counts: dict[str, int] = Field(description="Deals: `total`, `told`, `refused`.")
    started_at: Instant
    finished_at: Instant | None


class Recalendars(BaseModel):
    """The latest ones."""

    items: tuple[RecalendarShown, ...]


@router.post(
    "/recalendars",
    status_code=201,
    summary="Count many deals by other calendars",
    openapi_extra={"parameters": [KEY_PARAMETER]},
    responses=problems(
        *WRITES,
        Code.NOT_ALLOWED,
        Fault.BAD_CALENDAR,
        Fault.LEDGER_UNAVAILABLE,
        Fault.UNKNOWN_PERSON,
        Fault.UNKNOWN_PLAYBOOK,
    ),
)
async def begin(
    request: Request,
    response: Response,
    body: RecalendarBody,
    backing: Standing,
    administrator: Administrator,
) -> RecalendarShown:
    """It begins at once and goes on by itself: `GET /v1/recalendars/{id}` tells how far it is.

    Deals opened later count by the calendar that was put in force as well.
    """
    named = playbook_named(body.playbook) if body.playbook else None
    if body.owner:
        await known_person(backing, body.owner)
    now = datetime.now(UTC)
    if named:
        await _put_in_force(backing, await _versions(backing, named), body, administrator.id, now)
    elif body.calendar or body.renew:
        raise Problem(Fault.BAD_CALENDAR, "Say which playbook the calendar is for.")
    run = RecalendarRun(
        id=named_by("R", key_of(request)),
        status="running",
        playbook_id=named.id if named else None,
        playbook_version=named.version if named else None,
        owner=body.owner,
        reason=body.reason,
        by=administrator.id,
        counts={},
        started_at=now,
    )
    await start(backing, run)
    response.headers["Location"] = f"{PREFIX}/recalendars/{run.id}"
    return _shown(await find_recalendar(backing.ledger, run.id))


@router.get(
    "/recalendars", summary="List recalendars, the latest first", responses=problems(*LISTS)
)
async def show_all(
    backing: Standing, limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = DEFAULT_PAGE
) -> Recalendars:
    """Those begun by hand, and those that a leave or other hours began."""
    found = await list_recalendars(backing.ledger, limit=limit)
    return Recalendars(items=tuple(map(_shown, found)))


@router.get(
    "/recalendars/{recalendar_id}",
    summary="Show how far a recalendar is",
    responses=problems(*LISTS, Fault.UNKNOWN_RECALENDAR),
)
async def show(
    recalendar_id: Annotated[str, Path(max_length=100)], backing: Standing
) -> RecalendarShown:
    """Done when every deal has been told."""
    try:
        return _shown(await find_recalendar(backing.ledger, recalendar_id))
    except UnknownRecalendar as fault:
        raise Problem(Fault.UNKNOWN_RECALENDAR, facts={"recalendar": recalendar_id}) from fault


async def start(backing: Backing, run: RecalendarRun) -> None:
    """Begin it, once for each id. While the engine is away it waits: a worker begins it then."""
    if not await begin_recalendar(backing.ledger, run):
        return
    try:
        await backing.engine.begin(RecalendarJob(recalendar_id=run.id))
    except EngineUnavailable as fault:
        _log.warning("recalendar %s waits for the engine: %s", run.id, fault)


async def start_for(backing: Backing, owner: str, *, reason: str, by: str) -> None:
    """Have one person's deals counted anew, because that person's own time has changed."""
    run = RecalendarRun(
        id=named_by("R", None),
        status="running",
        playbook_id=None,
        playbook_version=None,
        owner=owner,
        reason=reason,
        by=by,
        counts={},
        started_at=datetime.now(UTC),
    )
    await start(backing, run)


async def _versions(backing: Backing, named: PlaybookNamed) -> list[PublishedPlaybook]:
    """The published versions that are meant: one, or all.

    Raises:
        UnknownPlaybook: there is none.
    """
    found = [
        one
        for one in await list_playbooks(backing.ledger)
        if one.playbook.id == named.id and named.version in {None, one.playbook.version}
    ]
    if not found:
        raise UnknownPlaybook(named.id, named.version)
    return found


async def _put_in_force(
    backing: Backing,
    versions: Sequence[PublishedPlaybook],
    body: RecalendarBody,
    by: str,
    now: datetime,
) -> None:
    """Put the calendar in force for each version, after all have been judged."""
    wanted = [(one.playbook, await _calendar(one, body, now)) for one in versions]
    for playbook, calendar in wanted:
        if calendar is None:
            continue
        given = InForce(playbook.id, playbook.version, now, calendar, body.reason, by)
        await put_calendar(backing.ledger, given)
    backing.shelf.forget()


async def _calendar(
    published: PublishedPlaybook, body: RecalendarBody, now: datetime
) -> Calendar | None:
    """The calendar that is to be in force for a version; None: as it is.

    Raises:
        Problem: `bad_calendar`.
    """
    playbook, year = published.playbook, now.year
    if body.renew:
        return await asyncio.to_thread(_renewed, published.source, year)
    if body.calendar is None:
        return None
    spec = body.calendar.model_copy(update={"scale": playbook.calendar.scale})
    calendar = await asyncio.to_thread(pinned, spec, year)
    _check(playbook, calendar)
    return calendar


def _renewed(source: str, year: int) -> Calendar:
    """The playbook's own calendar with the holidays as they are known by now."""
    try:
        return load_playbook(source, year=year).playbook.calendar
    except PlaybookFaults as fault:
        told = f"Its text cannot be read any more: {fault.faults[0].message}."
        raise Problem(Fault.BAD_CALENDAR, told) from fault


def _check(playbook: Playbook, calendar: Calendar) -> None:
    found = tuple(faults(playbook.model_copy(update={"calendar": calendar})))
    if found:
        raise Problem(
            Fault.BAD_CALENDAR,
            f"{playbook.id} version {playbook.version} cannot run on it: {found[0].message}.",
            facts={"faults": [{"message": one.message, "hint": one.hint} for one in found]},
        )


def _shown(run: RecalendarRun) -> RecalendarShown:
    shared = ("id", "status", "owner", "reason", "by", "counts")
    return RecalendarShown(
        **{name: getattr(run, name) for name in (*shared, "started_at", "finished_at")},
        playbook=run.playbook_id,
        version=run.playbook_version,
    )
