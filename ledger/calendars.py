"""Calendars that took the place of a playbook's own, and who has had which deals counted anew.

Decides which calendar is in force for a playbook version: the latest one put there, else the one
that was published with it. Must never touch a deal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, insert, select

from deals.calendar import Calendar
from ledger import tables
from ledger.paging import DEFAULT_PAGE
from ledger.registers import calendars, recalendars
from ledger.rows import Put, Rows
from ledger.session import Ledger

Status = Literal["running", "done"]


class UnknownRecalendar(Exception):
    """There is none of that id.

    Attributes:
        recalendar: the id.
    """

    def __init__(self, recalendar: str) -> None:
        super().__init__(f"there is no recalendar {recalendar!r}")
        self.recalendar = recalendar


@dataclass(frozen=True, slots=True)
class InForce:
    """A calendar in the place of a playbook's own.

    Attributes:
        at: from when on it is in force.
        by: who put it there.
    """

    playbook_id: str
    playbook_version: int
    at: datetime
    calendar: Calendar
    reason: str
    by: str


@dataclass(frozen=True, slots=True)
class RecalendarRun:
    """Many deals whose due instants are computed again.

    Attributes:
        playbook_id: of which playbook; None: any.
        owner: of whom; None: anybody.
        counts: `total` deals found, `told`, `refused`.
    """

    id: str
    status: Status
    playbook_id: str | None
    playbook_version: int | None
    owner: str | None
    reason: str
    by: str
    counts: dict[str, int]
    started_at: datetime
    finished_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Affected:
    """An open deal, and what its calendar depends on."""

    deal_id: str
    owner: str | None
    playbook_id: str
    playbook_version: int


async def put_calendar(ledger: Ledger, given: InForce) -> None:
    """Put a calendar in force; the same instant again replaces it."""
    row = asdict(given) | {"calendar": given.calendar.model_dump_json()}
    await ledger.write(Rows([Put(calendars, row)]).write)


async def calendars_in_force(ledger: Ledger) -> dict[tuple[str, int], Calendar]:
    """By playbook id and version, where it is not the playbook's own."""
    found = await ledger.rows(select(calendars).order_by(calendars.c.at))
    return {
        (row["playbook_id"], row["playbook_version"]): Calendar.model_validate_json(row["calendar"])
        for row in found
    }


async def begin_recalendar(ledger: Ledger, run: RecalendarRun) -> bool:
    """Note that one begins; whether it is new."""
    return await ledger.write(_begin, run)


async def save_recalendar(ledger: Ledger, run: RecalendarRun) -> None:
    """Keep how far one has come; the same id replaces what was there."""
    await ledger.write(Rows([Put(recalendars, asdict(run))]).write)


async def find_recalendar(ledger: Ledger, recalendar_id: str) -> RecalendarRun:
    """The one of that id.

    Raises:
        UnknownRecalendar: there is none.
    """
    found = await ledger.rows(select(recalendars).where(recalendars.c.id == recalendar_id))
    if not found:
        raise UnknownRecalendar(recalendar_id)
    return RecalendarRun(**found[0])


async def list_recalendars(
    ledger: Ledger, *, limit: int = DEFAULT_PAGE
) -> tuple[RecalendarRun, ...]:
    """The latest ones, the last one first."""
    latest = recalendars.c.started_at.desc()
    statement = select(recalendars).order_by(latest, recalendars.c.id).limit(limit)
    return tuple(RecalendarRun(**row) for row in await ledger.rows(statement))


async def running_recalendars(ledger: Ledger, *, before: datetime) -> tuple[str, ...]:
    """The ids of those that began before an instant and are not done."""
    row = recalendars.c
    statement = select(row.id).where(row.status == "running", row.started_at < before)
    return tuple(found["id"] for found in await ledger.rows(statement.order_by(row.started_at)))


async def affected_deals(ledger: Ledger, run: RecalendarRun) -> Sequence[Affected]:
    """The open deals of a recalendar: what is due first comes first."""
    deals = tables.deals.c
    statement = select(
        deals.id.label("deal_id"), deals.owner, deals.playbook_id, deals.playbook_version
    ).where(deals.status.in_(("open", "on_hold")))
    wanted = (
        (deals.playbook_id, run.playbook_id),
        (deals.playbook_version, run.playbook_version),
        (deals.owner, run.owner),
    )
    for column, value in wanted:
        if value is not None:
            statement = statement.where(column == value)
    soonest = (deals.next_due_at.is_(None), deals.next_due_at, deals.id)
    return [Affected(**row) for row in await ledger.rows(statement.order_by(*soonest))]


def _begin(connection: Connection, run: RecalendarRun) -> bool:
    there = connection.scalar(select(recalendars.c.id).where(recalendars.c.id == run.id))
    if there is None:
        connection.execute(insert(recalendars).values(asdict(run)))
    return there is None
