"""What needs a manager: why, since when, and when it climbs further; with the answer in place.

Decides the order: what climbs next comes first; and which form is open beside the answer. Whom an
escalation means, the ledger's people say.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from fastapi import APIRouter, Request, Response

from api.backing import Backing, Standing
from deals.decisions.escalations import DEFAULT_EXTENSION
from deals.refusals import Code, Refused
from deals.working_time import due
from ledger.escalations import EscalationFilter, EscalationRow, find_escalation, list_escalations
from ledger.timeline import timeline
from reports.cases import Case, Hearing, cases
from reports.period import day_begins
from web.deal import ClockShown, about, clock_shown
from web.page import page
from web.reader import Looking, Reader

router: Final = APIRouter(include_in_schema=False)

SHOWN: Final = 100
"""Escalations that are listed. A choice."""

FORMS: Final = frozenset({"extend", "assign", "override"})
"""Forms that open beside the answer."""

LAST: Final = 6
"""Events of the deal that are shown beside its escalation. A choice."""


@dataclass(frozen=True, slots=True)
class Raised:
    """An escalation, with the clock that raised it as it is now.

    Attributes:
        climbs: who hears next, if nobody answers; None: nobody.
        until: the time until then, in words.
    """

    row: EscalationRow
    case: Case
    clock: ClockShown | None
    climbs: Hearing | None
    until: str


@router.get("/escalations")
async def show(request: Request, reader: Looking, backing: Standing) -> Response:
    """The list, and the first of it."""
    return await _page(request, reader, backing, None)


@router.get("/escalations/{escalation_id}")
async def one(request: Request, escalation_id: str, reader: Looking, backing: Standing) -> Response:
    """The list, and one of it."""
    found = await find_escalation(backing.ledger, escalation_id)
    if found is None:
        raise Refused(Code.UNKNOWN_ESCALATION, escalation=escalation_id)
    return await _page(request, reader, backing, found)


async def _page(
    request: Request, reader: Reader, backing: Backing, chosen: EscalationRow | None
) -> Response:
    wanted = EscalationFilter(
        status=("open",),
        do=("escalate",),
        to=("manager", "director"),
        person=reader.person.id,
    )
    found = await list_escalations(backing.ledger, wanted, line=reader.staff.line, limit=SHOWN)
    rows = list(found.items)
    if chosen and all(row.id != chosen.id for row in rows):
        rows.append(chosen)
    raised = sorted(await _raised(backing, reader, rows), key=_climbing)
    present = next((one for one in raised if chosen is None or one.row.id == chosen.id), None)
    do = request.query_params.get("do", "")
    return await page(
        request,
        reader,
        "escalations",
        tab="escalations",
        raised=[one for one in raised if one.row.status == "open"],
        present=present,
        answered=await _answered_today(reader, backing),
        do=do if do in FORMS else "",
        holds_until=_holds_until(present, reader.now) if present else None,
        **(await _about(backing, reader, present)),
    )


async def _answered_today(reader: Reader, backing: Backing) -> tuple[EscalationRow, ...]:
    """Those meant for the reader that somebody answered since midnight, the latest answer first."""
    today = reader.now.astimezone(reader.zone).date()
    wanted = EscalationFilter(
        do=("escalate",),
        to=("manager", "director"),
        person=reader.person.id,
        answered_since=day_begins(today, str(reader.zone)),
    )
    found = await list_escalations(backing.ledger, wanted, line=reader.staff.line, limit=SHOWN)
    return tuple(sorted(found.items, key=lambda row: row.acknowledged_at or row.at, reverse=True))


async def _raised(
    backing: Backing, reader: Reader, rows: Iterable[EscalationRow]
) -> tuple[Raised, ...]:
    found = await cases(backing.ledger, {row.deal_id for row in rows}, backing.shelf.find)
    return tuple(_with_clocks(rows, found, reader))


def _with_clocks(
    rows: Iterable[EscalationRow], found: dict[str, Case], reader: Reader
) -> Iterator[Raised]:
    for row in rows:
        case = found[row.deal_id]
        clock = case.deal.clock(row.clock) if row.clock else None
        climbs = reader.staff.hears_next(case, clock) if clock else None
        until = reader.speech.span(
            climbs.at - reader.now, in_seconds=case.calendar.scale > 1
        ) if climbs else ""  # fmt: skip
        shown = clock_shown(case, clock, reader) if clock else None
        yield Raised(row, case, shown, climbs, until)


def _climbing(one: Raised) -> tuple[bool, datetime]:
    return (one.climbs is None, one.climbs.at if one.climbs else one.row.at)


def _holds_until(one: Raised, now: datetime) -> datetime:
    """Until when an answer of now holds the ladder, if it gives no day."""
    until = due(one.case.calendar, DEFAULT_EXTENSION, now, ())
    assert until is not None  # noqa: S101 - it is clock time, which always comes
    return until


async def _about(backing: Backing, reader: Reader, present: Raised | None) -> dict[str, Any]:
    if present is None:
        return {"events": ()}
    deal_id = present.row.deal_id
    happened = await timeline(backing.ledger, deal_id, limit=None)
    told = [one for one in reversed(happened) if one.kind != "clocks_set"]
    return {**about(present.case, reader), "events": told[:LAST]}
