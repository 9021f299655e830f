"""How people want to be told, and where.

Decides what holds for somebody who never chose. Must never know what an address means: `letters`
checks it, and says how it is shown without its secrets.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Final, Self

from pydantic import Field, StringConstraints, model_validator
from sqlalchemy import Connection, delete, insert, select

from deals.model import Authored
from ledger.people import UnknownPerson
from ledger.registers import channels, people, preferences
from ledger.rows import Put, Rows
from ledger.session import Ledger

LocalTime = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
"""A time of day where the person is, such as `08:30`."""

MOST_CHANNELS: Final = 10
"""Channels of one person. A choice: nobody reads the same on more."""

DIGEST_AT: Final = "08:30"
"""When alarms come that wait for the digest. A choice: before the day's first meeting."""

AGENDA_AT: Final = "08:00"
"""When the morning list comes. A choice: as the day begins."""


class Preferences(Authored):
    """How one person wants to be told; the defaults hold for whoever never chose."""

    digest: bool = False
    """Whether alarms wait for `digest_at`; else they come as they happen."""
    digest_at: LocalTime = DIGEST_AT
    agenda_at: LocalTime | None = AGENDA_AT
    """When the morning list comes; None: never."""
    quiet_from: LocalTime | None = Field(
        None, description="From when on no alarm comes; may lie after `quiet_to`: over midnight."
    )
    quiet_to: LocalTime | None = None

    @model_validator(mode="after")
    def _quiet_hours_are_whole(self) -> Self:
        if (self.quiet_from is None) != (self.quiet_to is None):
            raise ValueError("`quiet_from` and `quiet_to` go together")
        if self.quiet_from is not None and self.quiet_from == self.quiet_to:
            raise ValueError("quiet hours that end when they begin would last all day")
        return self


DEFAULTS: Final = Preferences()


@dataclass(frozen=True, slots=True)
class Channel:
    """Where a person is told.

    Attributes:
        id: names it for ever, also after it is gone.
        address: `mail`, or an Apprise address with its secrets.
        shown: the address without its secrets.
    """

    id: str
    address: str
    shown: str


async def find_notifications(
    ledger: Ledger, person: str
) -> tuple[Preferences, tuple[Channel, ...]]:
    """How a person wants to be told, and on which channels, in order.

    Raises:
        UnknownPerson: there is nobody of that id.
    """
    return await ledger.read_as_one(_find, person)


async def put_notifications(
    ledger: Ledger, person: str, wanted: Preferences, told_on: Sequence[Channel]
) -> None:
    """Replace how a person wants to be told, and all channels; their order is kept.

    Raises:
        UnknownPerson: there is nobody of that id.
    """
    await ledger.write(_put, person, wanted, told_on)


def preferences_of(connection: Connection, person: str) -> Preferences:
    """How a person wants to be told, within work that somebody else began."""
    return all_preferences(connection, (person,)).get(person, DEFAULTS)


def all_preferences(
    connection: Connection, of: Iterable[str] | None = None
) -> dict[str, Preferences]:
    """What people chose, by person; whoever never chose is missing, `DEFAULTS` holds for them.

    Args:
        connection: where to read.
        of: of these persons only; None: of everybody.
    """
    statement = select(preferences)
    if of is not None:
        statement = statement.where(preferences.c.person.in_(tuple(of)))
    fields = Preferences.model_fields
    return {
        row["person"]: Preferences(**{name: row[name] for name in fields})
        for row in connection.execute(statement).mappings()
    }


def channels_of(connection: Connection, person: str) -> tuple[Channel, ...]:
    """A person's channels in order, within work that somebody else began."""
    statement = (
        select(channels.c.id, channels.c.address, channels.c.shown)
        .where(channels.c.person == person)
        .order_by(channels.c.place)
    )
    return tuple(Channel(*row) for row in connection.execute(statement))


def _find(connection: Connection, person: str) -> tuple[Preferences, tuple[Channel, ...]]:
    _need(connection, person)
    return preferences_of(connection, person), channels_of(connection, person)


def _put(
    connection: Connection, person: str, wanted: Preferences, told_on: Sequence[Channel]
) -> None:
    _need(connection, person)
    Rows([Put(preferences, {"person": person, **wanted.model_dump()})]).write(connection)
    connection.execute(delete(channels).where(channels.c.person == person))
    if told_on:
        connection.execute(
            insert(channels),
            [
                {
                    "id": channel.id,
                    "person": person,
                    "place": place,
                    "address": channel.address,
                    "shown": channel.shown,
                }
                for place, channel in enumerate(told_on)
            ],
        )


def _need(connection: Connection, person: str) -> None:
    if connection.scalar(select(people.c.id).where(people.c.id == person)) is None:
        raise UnknownPerson(person)
