"""Notifications: on which channels a person is told, when, and a letter to try them.

Decides who may say so and how a channel is written over HTTP: its secrets come in and never come
back. What an address may be, `letters.addresses` decides.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Self
from uuid import uuid4

from fastapi import APIRouter, BackgroundTasks, Path, Request
from pydantic import BaseModel, Field, StringConstraints, model_validator

from api.addresses import PREFIX
from api.answers import LISTS, WRITES, problems
from api.backing import Backing, Standing
from api.callers import Caller, check_own
from api.codes import Fault
from api.envelopes import KEY_PARAMETER, key_of
from api.payloads import JsonRoute
from api.problems import Problem
from api.sending import known_person
from deals.model import Authored, PersonId
from deals.refusals import Code
from gateway import EngineUnavailable
from ledger.letters import DeliveryRow, Letter, deliveries_of, put_letter
from ledger.people import Person
from ledger.preferences import (
    MOST_CHANNELS,
    Channel,
    Preferences,
    find_notifications,
    put_notifications,
)
from letters.addresses import LONGEST, BadChannel
from letters.compose import trial_letter

router: Final = APIRouter(prefix=PREFIX, tags=["letters"], route_class=JsonRoute)

Who = Annotated[PersonId, Path(alias="person_id")]

_ONE: Final = (Code.NOT_ALLOWED, Fault.UNKNOWN_CALLER, Fault.UNKNOWN_PERSON)


class ChannelShown(BaseModel):
    """Where a person is told."""

    id: str
    address: str = Field(description="Without its secrets.")


class ChannelBody(Authored):
    """A new channel by its address, or one that is kept by its id."""

    id: Annotated[str, StringConstraints(max_length=100)] | None = None
    address: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST)] | None = Field(
        None,
        description="`mail` for the person's mail address, or an Apprise address with its secrets."
        " Of a channel that is kept, nothing, or what was shown.",
    )

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.id is None and self.address is None:
            raise ValueError("a channel needs an address, or the id of one that is there")
        return self


class Notifications(Preferences):
    """How a person is told."""

    channels: tuple[ChannelShown, ...]


class NotificationsBody(Preferences):
    """How a person wants to be told; what is left out is the default, or none."""

    channels: tuple[ChannelBody, ...] = Field((), max_length=MOST_CHANNELS)


class Tried(BaseModel):
    """The deliveries of a letter that tries the channels, one each."""

    letter_id: str
    deliveries: tuple[DeliveryRow, ...]


@router.get(
    "/people/{person_id}/notifications",
    summary="Show how a person is told",
    responses=problems(*LISTS, *_ONE),
)
async def show(person_id: Who, backing: Standing, caller: Caller) -> Notifications:
    """Channels in order, without their secrets."""
    check_own(person_id, caller)
    await known_person(backing, person_id)
    return _shown(*await find_notifications(backing.ledger, person_id))


@router.put(
    "/people/{person_id}/notifications",
    summary="Say how a person is told",
    responses=problems(*WRITES, *_ONE, Fault.BAD_CHANNEL, Fault.LEDGER_UNAVAILABLE),
)
async def put(
    person_id: Who,
    body: NotificationsBody,
    backing: Standing,
    caller: Caller,
    afterwards: BackgroundTasks,
) -> Notifications:
    """All of it anew. A letter that waits goes by the new wishes, and so does the next morning."""
    check_own(person_id, caller)
    person = await known_person(backing, person_id)
    _, known = await find_notifications(backing.ledger, person_id)
    told_on = _channels(backing, person, body.channels, {one.id: one for one in known})
    wanted = Preferences(**_wishes(body))
    await put_notifications(backing.ledger, person_id, wanted, told_on)
    afterwards.add_task(backing.rounds.tried)
    await _poke(backing, person_id)
    return _shown(wanted, told_on)


@router.post(
    "/people/{person_id}/notifications/test",
    status_code=201,
    summary="Send a letter that tries a person's channels",
    openapi_extra={"parameters": [KEY_PARAMETER]},
    responses=problems(*WRITES, *_ONE, Fault.LEDGER_UNAVAILABLE),
)
async def try_channels(
    request: Request, person_id: Who, backing: Standing, caller: Caller
) -> Tried:
    """It goes at once, quiet hours or not; `GET /v1/deliveries` tells what became of it."""
    return await tried(backing, person_id, caller, key=key_of(request))


async def tried(
    backing: Backing, person_id: str, caller: Person | None, *, key: str | None
) -> Tried:
    """A letter that tries the channels, sent once for each key.

    Raises:
        Problem: `not_allowed`, `unknown_person`.
    """
    check_own(person_id, caller)
    person = await known_person(backing, person_id)
    now = datetime.now(UTC)
    letter = trial_letter(person, backing.home, name=key or uuid4().hex, now=now)
    await backing.ledger.write(put_letter, letter, now)
    await _poke(backing, person_id)
    return await _tried(backing, letter)


async def _tried(backing: Backing, letter: Letter) -> Tried:
    found = await deliveries_of(backing.ledger, letter.id)
    return Tried(letter_id=letter.id, deliveries=found)


async def _poke(backing: Backing, person: str) -> None:
    """Let the inbox know; if the engine is away, the worker's next round finds what waits."""
    with suppress(EngineUnavailable):
        await backing.engine.poke(person)


def _channels(
    backing: Backing, person: Person, given: tuple[ChannelBody, ...], known: dict[str, Channel]
) -> list[Channel]:
    """The channels that are meant, in order.

    Raises:
        Problem: `bad_channel`.
    """
    found: list[Channel] = []
    for place, one in enumerate(given):
        try:
            channel = _kept(one, known) if one.id else _new(backing, person, one.address or "")
        except BadChannel as fault:
            facts = {"channel": place, "reason": str(fault)}
            raise Problem(Fault.BAD_CHANNEL, f"Channel {place}: {fault}.", facts=facts) from fault
        if channel in found:
            facts = {"channel": place, "reason": "it is there twice"}
            raise Problem(Fault.BAD_CHANNEL, f"Channel {place} is there twice.", facts=facts)
        found.append(channel)
    return found


def _kept(given: ChannelBody, known: dict[str, Channel]) -> Channel:
    channel = known.get(given.id or "")
    if channel is None:
        raise BadChannel("the person has no channel of that id")
    if given.address not in {None, channel.shown}:
        raise BadChannel("a channel keeps its address; give a new one without the id")
    return channel


def _new(backing: Backing, person: Person, address: str) -> Channel:
    shown = backing.addresses.shown(address, person.email)
    return Channel(f"C{uuid4().hex[:12]}", address, shown)


def _shown(wanted: Preferences, told_on: list[Channel] | tuple[Channel, ...]) -> Notifications:
    channels = tuple(ChannelShown(id=one.id, address=one.shown) for one in told_on)
    return Notifications(**_wishes(wanted), channels=channels)


def _wishes(said: Preferences) -> dict[str, Any]:
    return {name: getattr(said, name) for name in Preferences.model_fields}
