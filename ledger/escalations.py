"""Reading escalations: which rungs were reached, whom they are meant for, what was answered.

Decides which persons a role means today: the row holds the role, so a new manager finds the open
ones. Must never write.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, func, or_, select

from deals.clock import ClockKind
from deals.playbook import Measure, Recipient
from ledger import tables
from ledger.leaves import line_at
from ledger.paging import DEFAULT_PAGE, Order, Page, page
from ledger.reporting_line import ReportingLine
from ledger.session import Ledger

Status = Literal["open", "acknowledged", "settled"]


@dataclass(frozen=True, slots=True)
class Comment:
    """What somebody said about an escalation."""

    at: datetime
    by: str
    note: str


@dataclass(frozen=True, slots=True)
class EscalationRow:
    """A rung that was reached, or a request for an override.

    Attributes:
        owner: the deal's owner now; of one in the pool, the owner when the rung was reached.
        recipients: the persons it is meant for today.
        at: when it fired; `rung_at` is when the rung was due, `due_at` when the clock was.
        until: the ladder rests till then.
    """

    id: str
    deal_id: str
    title: str
    customer: str
    kind: ClockKind | Literal["override"]
    do: Measure
    to: Recipient
    clock: str | None
    rung: int | None
    subject: str
    stage: str | None
    at: datetime
    rung_at: datetime | None
    due_at: datetime | None
    owner: str | None
    team: str | None
    reason: str | None
    status: Status
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    note: str | None
    until: datetime | None
    settled_at: datetime | None
    recipients: tuple[str, ...]
    comments: tuple[Comment, ...]


@dataclass(frozen=True, slots=True)
class EscalationFilter:
    """Which escalations; None does not ask.

    Attributes:
        status: any of these.
        do: any of these.
        to: meant for any of these posts.
        person: those meant for this person, through the reporting line of today.
        owner: those of this owner's deals.
        answered_since: acknowledged then, or later.
    """

    status: tuple[Status, ...] | None = None
    do: tuple[Measure, ...] | None = None
    to: tuple[Recipient, ...] | None = None
    person: str | None = None
    deal_id: str | None = None
    owner: str | None = None
    team: str | None = None
    answered_since: datetime | None = None


_raised, _deal = tables.escalations, tables.deals
_owner: Final = func.coalesce(_deal.c.owner, _raised.c.owner)
_ROW: Final = (
    *(column for column in _raised.c if column.name not in {"seq", "visit", "owner"}),
    _deal.c.title,
    _deal.c.customer,
    _owner.label("owner"),
)
_SELECT: Final = select(*_ROW).join(_deal, _deal.c.id == _raised.c.deal_id)
_NEWEST_FIRST: Final = Order("-at", _raised.c.at, _raised.c.id, descending=True)
_OLDEST_FIRST: Final = Order("at", _raised.c.at, _raised.c.id)


async def list_escalations(
    ledger: Ledger,
    wanted: EscalationFilter,
    *,
    oldest_first: bool = False,
    line: ReportingLine | None = None,
    cursor: str | None = None,
    limit: int = DEFAULT_PAGE,
) -> Page[EscalationRow]:
    """A page of escalations, the latest first unless asked otherwise.

    Whom they are meant for the reporting line says: that of now, if none is given.

    Raises:
        BadCursor: the cursor is not one of this list.
    """
    order = _OLDEST_FIRST if oldest_first else _NEWEST_FIRST
    return await ledger.read(_list, wanted, order, line, cursor=cursor, limit=limit)


async def count_escalations(
    ledger: Ledger, wanted: EscalationFilter, line: ReportingLine
) -> dict[str | None, int]:
    """How many escalations there are of each owner's deals, by that reporting line."""
    return await ledger.read(_count, wanted, line)


async def find_escalation(ledger: Ledger, escalation_id: str) -> EscalationRow | None:
    """The escalation of that id, or None."""
    return await ledger.read(_find, escalation_id, datetime.now(UTC))


def _list(
    connection: Connection,
    wanted: EscalationFilter,
    order: Order,
    line: ReportingLine | None,
    *,
    cursor: str | None,
    limit: int,
) -> Page[EscalationRow]:
    line = line or line_at(connection, datetime.now(UTC))
    statement = _SELECT.where(*_conditions(wanted, line))
    found = page(connection, statement, order, _as_it_is, cursor=cursor, limit=limit)
    return Page(_whole(connection, found.items, line), found.next_cursor)


def _count(
    connection: Connection, wanted: EscalationFilter, line: ReportingLine
) -> dict[str | None, int]:
    statement = (
        select(_owner, func.count())
        .select_from(_raised)
        .join(_deal, _deal.c.id == _raised.c.deal_id)
        .where(*_conditions(wanted, line))
        .group_by(_owner)
    )
    return {owner: count for owner, count in connection.execute(statement)}  # noqa: C416 - rows are no pairs to mypy


def _find(connection: Connection, escalation_id: str, at: datetime) -> EscalationRow | None:
    line = line_at(connection, at)
    found = connection.execute(_SELECT.where(_raised.c.id == escalation_id)).mappings().all()
    return next(iter(_whole(connection, found, line)), None)


def _conditions(wanted: EscalationFilter, line: ReportingLine) -> Iterator[ColumnElement[bool]]:
    if wanted.status is not None:
        yield _raised.c.status.in_(wanted.status)
    if wanted.do is not None:
        yield _raised.c.do.in_(wanted.do)
    if wanted.to is not None:
        yield _raised.c.to.in_(wanted.to)
    if wanted.deal_id is not None:
        yield _raised.c.deal_id == wanted.deal_id
    if wanted.owner is not None:
        yield _owner == wanted.owner
    if wanted.team is not None:
        yield _raised.c.team == wanted.team
    if wanted.answered_since is not None:
        yield _raised.c.acknowledged_at >= wanted.answered_since
    if wanted.person is not None:
        yield or_(*_meant_for(wanted.person, line))


def _meant_for(person: str, line: ReportingLine) -> Iterator[ColumnElement[bool]]:
    """The rungs that `ReportingLine.recipients` would send to the person, as conditions."""
    own = sorted(line.stands_in_for(person) | {person})
    yield and_(_raised.c.to == "owner", _owner.in_(own))
    roles: tuple[Recipient, ...] = ("manager", "director")
    for to in roles:
        theirs: ColumnElement[bool] = _owner.in_(sorted(line.answers_for(person, to)))
        if line.answers_for_strangers(person):
            theirs = or_(theirs, _owner.is_(None), _owner.not_in(sorted(line.known)))
        yield and_(_raised.c.to == to, theirs)


def _as_it_is(row: RowMapping) -> RowMapping:
    return row


def _whole(
    connection: Connection, rows: Sequence[RowMapping], line: ReportingLine
) -> tuple[EscalationRow, ...]:
    """The rows with whom they are meant for and what was said about them."""
    said = _comments(connection, [row["id"] for row in rows])
    return tuple(
        EscalationRow(
            **row,
            recipients=line.recipients(row["owner"], row["to"]),
            comments=tuple(said.get(row["id"], ())),
        )
        for row in rows
    )


def _comments(connection: Connection, escalations: Sequence[str]) -> dict[str, list[Comment]]:
    said = tables.comments.c
    statement = (
        select(said.escalation_id, said.at, said.by, said.note)
        .where(said.escalation_id.in_(escalations))
        .order_by(said.seq)
    )
    found: dict[str, list[Comment]] = {}
    for escalation_id, *comment in connection.execute(statement):
        found.setdefault(escalation_id, []).append(Comment(*comment))
    return found
