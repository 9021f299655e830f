"""Letters: what was written to people, and each delivery of it on each channel, once.

Decides that a letter is written once for each key, and that a delivery which ended stays as it
ended. Must never send anything.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, NamedTuple

from sqlalchemy import Connection, Select, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from ledger.paging import DEFAULT_PAGE, Order, Page, page
from ledger.preferences import channels_of
from ledger.registers import channels, deliveries, letters, people
from ledger.session import Ledger

LetterKind = Literal["alarms", "agenda", "digest", "weekly", "test"]
Status = Literal["queued", "sent", "failed"]


@dataclass(frozen=True, slots=True)
class Letter:
    """What a person is sent at once.

    Attributes:
        key: what makes it come once; a letter whose key was used before is not written.
        chart: a Vega-Lite specification, as JSON, that mails show as a picture.
    """

    person: str
    kind: LetterKind
    key: str
    language: str
    subject: str
    body: str
    chart: str | None = None

    @property
    def id(self) -> str:
        """Follows from the key. 20 hex digits are a choice: 80 bits."""
        return f"L{hashlib.sha256(self.key.encode()).hexdigest()[:20]}"


@dataclass(frozen=True, slots=True)
class LetterRow:
    """A letter that was written."""

    id: str
    person: str
    kind: LetterKind
    language: str
    subject: str
    body: str
    at: datetime


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """A letter on a channel.

    Attributes:
        channel: its address without secrets.
        why: why the last attempt that failed did.
        ended_at: when it was sent, or given up.
    """

    id: str
    letter_id: str
    kind: LetterKind
    subject: str
    person: str
    channel_id: str
    channel: str
    status: Status
    attempts: int
    why: str | None
    queued_at: datetime
    ended_at: datetime | None


class Parcel(NamedTuple):
    """What has to be known to attempt a delivery.

    Attributes:
        chart: of the letter.
        address: None where the channel is gone.
        email: the person's.
        attempts: this one included.
    """

    id: str
    kind: LetterKind
    subject: str
    body: str
    chart: str | None
    address: str | None
    email: str | None
    attempts: int


def put_letter(connection: Connection, letter: Letter, now: datetime) -> bool:
    """Write a letter and queue its deliveries, one for each of the person's channels.

    Args:
        connection: a transaction that somebody else began.
        letter: what is written.
        now: when.

    Returns:
        False: its key was used before, and nothing is written.
    """
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    row = {name: getattr(letter, name) for name in ("id", *letter.__dataclass_fields__)}
    written = connection.execute(
        dialect.insert(letters).values(row | {"at": now}).on_conflict_do_nothing()
    )
    if not written.rowcount:
        return False
    queued: list[dict[str, Any]] = [
        {
            "id": f"{letter.id}.{number}",
            "letter_id": letter.id,
            "person": letter.person,
            "channel_id": channel.id,
            "channel": channel.shown,
            "status": "queued",
            "attempts": 0,
            "queued_at": now,
        }
        for number, channel in enumerate(channels_of(connection, letter.person), start=1)
    ]
    if queued:
        connection.execute(insert(deliveries), queued)
    return True


async def is_written(ledger: Ledger, key: str) -> bool:
    """Whether a letter of that key was written before."""
    return bool(await ledger.rows(select(letters.c.id).where(letters.c.key == key)))


def queued_deliveries(connection: Connection, person: str) -> tuple[str, ...]:
    """The ids of a person's deliveries that have not ended, the oldest first."""
    statement = (
        select(deliveries.c.id)
        .where(deliveries.c.person == person, deliveries.c.status == "queued")
        .order_by(deliveries.c.queued_at, deliveries.c.id)
    )
    return tuple(connection.scalars(statement))


async def begin_attempt(ledger: Ledger, delivery_id: str) -> Parcel | None:
    """Count an attempt before it is made; None where there is nothing left to do."""
    return await ledger.write(_begin, delivery_id)


async def end_delivery(
    ledger: Ledger, delivery_id: str, status: Literal["sent", "failed"], *, now: datetime
) -> None:
    """Say for good how a delivery ended, unless it has."""
    await ledger.write(_change, delivery_id, {"status": status, "ended_at": now})


async def note_failure(ledger: Ledger, delivery_id: str, why: str) -> None:
    """Say why an attempt failed."""
    await ledger.write(_change, delivery_id, {"why": why})


async def undo_attempt(ledger: Ledger, delivery_id: str, why: str) -> None:
    """Say why an attempt that was counted was not made after all."""
    values = {"attempts": deliveries.c.attempts - 1, "why": why}
    await ledger.write(_change, delivery_id, values)


async def list_letters(
    ledger: Ledger, person: str | None = None, *, cursor: str | None = None, limit: int
) -> Page[LetterRow]:
    """A page of letters, the latest first.

    Raises:
        BadCursor: the cursor is not one of this list.
    """
    return await ledger.read(_list_letters, person, cursor=cursor, limit=limit)


async def list_deliveries(
    ledger: Ledger,
    person: str | None = None,
    status: Status | None = None,
    *,
    cursor: str | None = None,
    limit: int = DEFAULT_PAGE,
) -> Page[DeliveryRow]:
    """A page of deliveries, the latest first.

    Raises:
        BadCursor: the cursor is not one of this list.
    """
    return await ledger.read(_list_deliveries, person, status, cursor=cursor, limit=limit)


async def deliveries_of(ledger: Ledger, letter_id: str) -> tuple[DeliveryRow, ...]:
    """The deliveries of a letter, in the order of its person's channels."""
    in_order = func.length(deliveries.c.id), deliveries.c.id  # they are numbered
    statement = _DELIVERY.where(deliveries.c.letter_id == letter_id).order_by(*in_order)
    return tuple(DeliveryRow(**row) for row in await ledger.rows(statement))


_LATEST_LETTERS: Final = Order("-at", letters.c.at, letters.c.id, descending=True)
_LATEST_DELIVERIES: Final = Order(
    "-queued_at", deliveries.c.queued_at, deliveries.c.id, descending=True
)
_LETTER: Final = tuple(column for column in letters.c if column.name not in {"key", "chart"})
_DELIVERY: Final[Select[*tuple[Any, ...]]] = select(
    *deliveries.c, letters.c.kind, letters.c.subject
).join(letters, letters.c.id == deliveries.c.letter_id)
_PARCEL: Final = (
    select(
        deliveries.c.id,
        letters.c.kind,
        letters.c.subject,
        letters.c.body,
        letters.c.chart,
        channels.c.address,
        people.c.email,
        deliveries.c.attempts,
    )
    .join(letters, letters.c.id == deliveries.c.letter_id)
    .join(channels, channels.c.id == deliveries.c.channel_id, isouter=True)
    .join(people, people.c.id == deliveries.c.person, isouter=True)
)


def _begin(connection: Connection, delivery_id: str) -> Parcel | None:
    counted = connection.execute(
        update(deliveries)
        .where(deliveries.c.id == delivery_id, deliveries.c.status == "queued")
        .values(attempts=deliveries.c.attempts + 1)
    )
    if not counted.rowcount:
        return None
    return Parcel(*connection.execute(_PARCEL.where(deliveries.c.id == delivery_id)).one())


def _change(connection: Connection, delivery_id: str, values: dict[str, Any]) -> None:
    connection.execute(
        update(deliveries)
        .where(deliveries.c.id == delivery_id, deliveries.c.status == "queued")
        .values(values)
    )


def _list_letters(
    connection: Connection, person: str | None, *, cursor: str | None, limit: int
) -> Page[LetterRow]:
    statement = select(*_LETTER)
    if person is not None:
        statement = statement.where(letters.c.person == person)
    return page(
        connection,
        statement,
        _LATEST_LETTERS,
        lambda row: LetterRow(**row),
        cursor=cursor,
        limit=limit,
    )


def _list_deliveries(
    connection: Connection,
    person: str | None,
    status: Status | None,
    *,
    cursor: str | None,
    limit: int,
) -> Page[DeliveryRow]:
    statement = _DELIVERY
    if person is not None:
        statement = statement.where(deliveries.c.person == person)
    if status is not None:
        statement = statement.where(deliveries.c.status == status)
    return page(
        connection,
        statement,
        _LATEST_DELIVERIES,
        lambda row: DeliveryRow(**row),
        cursor=cursor,
        limit=limit,
    )
