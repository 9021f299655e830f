"""Notices: what each person has to be told, noted in the transaction that records the event.

Decides whom an event concerns. Who caused it is not told of it, nor is a stranger. Must never
decide when or in which words somebody is told; `letters` does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from sqlalchemy import (
    CompoundSelect,
    Connection,
    RowMapping,
    Select,
    and_,
    bindparam,
    delete,
    func,
    select,
    union,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from deals import events as e
from ledger.leaves import line_at
from ledger.registers import deliveries, letters, notices
from ledger.reporting_line import ReportingLine
from ledger.rows import Row
from ledger.session import Ledger
from ledger.tables import deals, escalations, events

NoticeKind = Literal[
    "remind", "escalate", "warn", "recycle", "override_asked", "assigned", "overridden"
]

CONCERNING: Final = (e.RungReached, e.OverrideAsked, e.DealAssigned, e.GateOverridden)
"""Events that somebody may have to be told of."""

PAST_AFTER: Final = timedelta(days=1)
"""How long ago somebody got a deal when it is an imported past that nobody has to be told. A
choice: commands that waited for a worker are younger."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing that one person has to be told.

    Attributes:
        event: what happened; `deal_id` and `seq` name it.
        owner: the deal's owner; of a deal in the pool, the owner before.
        due_at: the due instant of the clock behind it.
        next_due_at: the earliest due instant of the deal's clocks.
        is_answered: the escalation has been settled since.
    """

    deal_id: str
    seq: int
    kind: NoticeKind
    at: datetime
    event: e.Event
    title: str
    customer: str
    owner: str | None
    playbook_id: str
    playbook_version: int
    due_at: datetime | None
    next_due_at: datetime | None
    is_answered: bool


def concerns_anybody(happened: Iterable[e.Event]) -> bool:
    """Whether one of these events may have to be told to somebody."""
    return any(isinstance(event, CONCERNING) for event in happened)


def announce(
    connection: Connection, deal_id: str, owner: str | None, happened: Sequence[e.Event]
) -> frozenset[str]:
    """Note whom new events of a deal have to be told.

    Args:
        connection: the transaction that records them.
        deal_id: whose events they are.
        owner: who had the deal before them.
        happened: the events, oldest first.

    Returns:
        The persons.
    """
    if not concerns_anybody(happened):
        return frozenset()
    line = line_at(connection, happened[-1].at)
    rows: dict[tuple[int, str], Row] = {}
    for event, owner_then in _with_owners(happened, owner):
        for person, kind in _meant(event, owner_then, line):
            if person in line.known and person != event.actor.id:
                rows.setdefault((event.seq, person), _row(deal_id, event, person, kind))
    if rows:
        dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
        connection.execute(dialect.insert(notices).on_conflict_do_nothing(), list(rows.values()))
    return frozenset(person for _, person in rows)


def untold(connection: Connection, person: str) -> tuple[Notice, ...]:
    """What a person has not been told yet, locked until the transaction ends."""
    statement = _NOTICE.where(notices.c.person == person, notices.c.letter_id.is_(None))
    found = connection.execute(statement.with_for_update(of=notices)).mappings()
    return tuple(_read(row) for row in found)


def untold_since(connection: Connection, person: str) -> datetime | None:
    """The instant of the oldest thing a person has not been told; None: nothing waits."""
    oldest = select(func.min(notices.c.at)).where(
        notices.c.person == person, notices.c.letter_id.is_(None)
    )
    since: datetime | None = connection.scalar(oldest)
    return since


def told_by_last_letter(connection: Connection, person: str) -> tuple[datetime, int] | None:
    """When a person's latest letter with alarms was written, and how many it told of."""
    statement = (
        select(letters.c.id, letters.c.at)
        .where(letters.c.person == person, letters.c.kind == "alarms")
        .order_by(letters.c.at.desc())
        .limit(1)
    )
    found = connection.execute(statement).one_or_none()
    if found is None:
        return None
    count = select(func.count()).where(notices.c.letter_id == found.id)
    return found.at, connection.scalar(count) or 0


def mark_told(connection: Connection, person: str, told: Iterable[Notice], letter_id: str) -> None:
    """Note in which letter a person was told these."""
    keys = [{"k_deal": one.deal_id, "k_seq": one.seq, "k_person": person} for one in told]
    connection.execute(_TOLD, [key | {"k_letter": letter_id} for key in keys])


def drop(connection: Connection, person: str, answered: Iterable[Notice]) -> None:
    """Forget what nobody has to be told any more."""
    keys = [{"k_deal": one.deal_id, "k_seq": one.seq, "k_person": person} for one in answered]
    connection.execute(delete(notices).where(*_KEY), keys)


async def people_to_tell(ledger: Ledger, deal_id: str, *, since: int) -> frozenset[str]:
    """Who has not been told yet of a deal's events from that seq on."""
    statement = select(notices.c.person).where(
        notices.c.deal_id == deal_id, notices.c.seq >= since, notices.c.letter_id.is_(None)
    )
    return frozenset(row["person"] for row in await ledger.rows(statement))


async def people_waiting(ledger: Ledger, *, since: datetime) -> frozenset[str]:
    """Everybody for whom a notice or a delivery has waited since that instant or longer."""
    untold = select(notices.c.person).where(notices.c.letter_id.is_(None), notices.c.at <= since)
    queued = select(deliveries.c.person).where(
        deliveries.c.status == "queued", deliveries.c.queued_at <= since
    )
    return frozenset(await ledger.read(_persons, union(untold, queued)))


_KEY: Final = (
    notices.c.deal_id == bindparam("k_deal"),
    notices.c.seq == bindparam("k_seq"),
    notices.c.person == bindparam("k_person"),
)
_TOLD: Final = update(notices).where(*_KEY).values(letter_id=bindparam("k_letter"))
_NOTICE: Final[Select[*tuple[Any, ...]]] = (
    select(
        notices.c.deal_id,
        notices.c.seq,
        notices.c.kind,
        notices.c.at,
        events.c.data,
        deals.c.title,
        deals.c.customer,
        func.coalesce(deals.c.owner, escalations.c.owner).label("owner"),
        deals.c.playbook_id,
        deals.c.playbook_version,
        escalations.c.due_at,
        deals.c.next_due_at,
        escalations.c.status,
    )
    .join(events, and_(events.c.deal_id == notices.c.deal_id, events.c.seq == notices.c.seq))
    .join(deals, deals.c.id == notices.c.deal_id)
    .join(escalations, escalations.c.id == notices.c.escalation_id, isouter=True)
)


def _persons(connection: Connection, statement: CompoundSelect[str]) -> list[str]:
    return list(connection.scalars(statement))


def _with_owners(
    happened: Sequence[e.Event], owner: str | None
) -> Iterator[tuple[e.Event, str | None]]:
    """Each event of a live deal with the deal's owner then; of an import what came after it."""
    first = happened[0]
    imported = isinstance(first, e.DealOpened) and first.imported_from is not None
    for event in happened:
        if isinstance(event, e.DealOpened | e.DealAssigned | e.DealClaimed):
            owner = event.owner
        elif isinstance(event, e.DealPooled):
            owner = None
        if not (imported and event.command_id == first.command_id):
            yield event, owner


def _meant(
    event: e.Event, owner: str | None, line: ReportingLine
) -> Iterator[tuple[str, NoticeKind]]:
    """The persons an event concerns, each with what it is to them."""
    match event:
        case e.RungReached(do="recycle"):
            for to in ("owner", "manager"):
                yield from ((one, "recycle") for one in line.recipients(owner, to))
        case e.RungReached():
            yield from ((one, event.do) for one in line.recipients(owner, event.to))
        case e.OverrideAsked():
            yield from ((one, "override_asked") for one in line.recipients(owner, "manager"))
        case e.DealAssigned() if not _is_past(event):
            yield from ((one, "assigned") for one in line.recipients(event.owner, "owner"))
        case e.GateOverridden():
            yield from ((one, "overridden") for one in line.recipients(owner, "owner"))
        case _:
            pass


def _is_past(event: e.DealAssigned) -> bool:
    """Whether it was taken over by an import, and nobody has to be told."""
    return event.occurred_at is None or event.at - event.occurred_at > PAST_AFTER


def _row(deal_id: str, event: e.Event, person: str, kind: NoticeKind) -> Row:
    return {
        "deal_id": deal_id,
        "seq": event.seq,
        "person": person,
        "kind": kind,
        "at": event.at,
        "escalation_id": getattr(event, "escalation", None),
    }


def _read(row: RowMapping) -> Notice:
    fields = {name: row[name] for name in Notice.__dataclass_fields__ if name in row}
    # A deal that went to the pool is there whatever was settled by that.
    is_answered = row["status"] == "settled" and row["kind"] != "recycle"
    event = e.EVENT.validate_json(row["data"])
    return Notice(**fields, event=event, is_answered=is_answered)
