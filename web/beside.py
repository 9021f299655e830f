"""What stands beside Today's list: likely to close, resting, and last week's clocks.

Decides how that is put before its owner. What is counted, the reports say. Must never rank people.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from fastapi import Request

from api.backing import Backing
from deals.clock import ClockKind
from deals.model import Names
from ledger.deals import DealFilter, list_deals
from reports.cases import cases, stage_name
from reports.kept import LastWeek as Week
from reports.kept import Missed, Share, kept
from reports.likely import Chances, Likely, likely
from reports.period import day_begins
from reports.weekly import last_week
from web.last_year import LASTS, counted
from web.names import action_name
from web.reader import Reader

RESTING: Final = 5
"""Deals on hold that are shown. A choice."""

LIKELY: Final = 3
"""Deals that are shown as likely to close. A choice: what one can think of at once."""

LOOKED_AT: Final = 200
"""Open deals of a reader that are asked whether they are likely to close. A choice: more than
anybody works on."""

_WEEK: Final = timedelta(weeks=1)


@dataclass(frozen=True, slots=True)
class Resting:
    """A deal on hold, and why."""

    deal_id: str
    customer: str
    until: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class NotKept:
    """A clock that was missed: `asked` as rows of the list have it."""

    missed: Missed
    kind: ClockKind
    asked: Names | None
    promised: None = None


@dataclass(frozen=True, slots=True)
class LastWeek:
    """Last week's clocks."""

    own: Share
    team: Share | None
    missed: tuple[NotKept, ...]


class Weeks:
    """Last week's clocks of each reader, as each process counts them now and then."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[date, datetime, Week]] = {}

    async def of(self, reader: Reader, backing: Backing) -> Week:
        """What became of them, as of some minutes ago at most."""
        monday = last_week(reader.now.astimezone(reader.zone).date())
        known = self._known.get(reader.person.id)
        if known and known[0] == monday and reader.now < known[1]:
            return known[2]
        week = await _week(reader, backing, monday)
        self._known[reader.person.id] = (monday, reader.now + LASTS, week)
        return week


async def _week(reader: Reader, backing: Backing, monday: date) -> Week:
    zone = str(reader.zone)
    since, until = day_begins(monday, zone), day_begins(monday + _WEEK, zone)
    who = reader.person
    return await kept(backing.ledger, who.id, who.team, since=since, until=until, now=reader.now)


async def beside(request: Request, reader: Reader, backing: Backing) -> dict[str, Any]:
    """What the side of Today speaks of."""
    state = request.app.state
    if not hasattr(state, "weeks"):
        state.weeks = Weeks()
    known = (await counted(request, backing, reader.now)).chances
    found, stages = await _likely(known, reader, backing)
    return {
        "likely": found,
        "stages": stages,
        "resting": await _resting(reader, backing),
        "last_week": await _told(await state.weeks.of(reader, backing), backing),
    }


async def _likely(
    known: Chances, reader: Reader, backing: Backing
) -> tuple[tuple[Likely, ...], dict[str, Names]]:
    """The deals, and what the stage of each is called."""
    if not known:
        return (), {}
    own = DealFilter(status=("open",), owner=reader.person.id)
    rows = await list_deals(backing.ledger, own, sort="-stage_entered_at", limit=LOOKED_AT)
    found = likely(rows.items, known, reader.now)[:LIKELY]
    names: dict[str, Names] = {}
    for one in found:
        book = await backing.shelf.find(one.deal.playbook_id, one.deal.playbook_version)
        names[one.deal.id] = stage_name(book, one.deal.stage or "")
    return found, names


async def _resting(reader: Reader, backing: Backing) -> tuple[Resting, ...]:
    on_hold = DealFilter(status=("on_hold",), owner=reader.person.id)
    rows = await list_deals(backing.ledger, on_hold, sort="next_due_at", limit=RESTING)
    found = await cases(backing.ledger, [row.id for row in rows.items], backing.shelf.find)
    whole = [found[row.id].deal for row in rows.items if row.id in found]
    return tuple(
        Resting(deal.id, deal.customer, deal.hold.until, deal.hold.reason)
        for deal in whole
        if deal.hold
    )


async def _told(week: Week, backing: Backing) -> LastWeek | None:
    """The same with names; None of a week without any clock."""
    if not week.own.n and not (week.team and week.team.n):
        return None
    missed = [await _not_kept(one, backing) for one in week.missed]
    return LastWeek(week.own, week.team, tuple(missed))


async def _not_kept(one: Missed, backing: Backing) -> NotKept:
    named = one.kind in {"action", "follow_on"}
    book = await backing.shelf.find(*one.playbook) if named else None
    return NotKept(one, one.kind, action_name(book, one.subject) if book else None)
