"""How a command is sent on: completed from elsewhere, submitted, counted, answered.

Decides what the API adds to a body: who gives the command, whose team the new owner is in, and that
the files it names are there. Must never decide whether the command may happen.
"""

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple, TypeVar

from fastapi import Response

from api.answers import command_answer
from api.backing import Backing
from api.bodies import files_named
from api.callers import actor_of
from api.codes import Fault
from api.envelopes import Envelope
from api.problems import Problem
from deals.commands import Sent
from deals.refusals import Refused
from gateway import EngineUnavailable
from ledger.files import UnknownFile, find_file
from ledger.people import Person
from workflows.became import Accepted

Fields = dict[str, Any]


class Call(NamedTuple):
    """What was asked of a deal, and by whom."""

    deal_id: str
    fields: Fields
    caller: Person | None


Fill = Callable[[Backing, Call], Awaitable[Fields]]
"""Completes the fields of a body with what the API knows."""

AnswerT = TypeVar("AnswerT")


async def send(
    backing: Backing,
    deal_id: str,
    command: type[Sent],
    fields: Fields,
    *,
    caller: Person | None,
    envelope: Envelope,
) -> Response:
    """Send a command to a deal and answer with what it came to.

    Raises:
        Refused, EngineUnavailable: as `gateway.Gateway.submit` says.
        Problem: `unknown_file`.
    """
    await check_files(backing, fields)
    sent = command(
        **fields,
        command_id=envelope.command_id,
        digest=envelope.digest,
        actor=actor_of(caller),
    )
    submission = backing.engine.submit(
        deal_id, sent, respond_async=envelope.respond_async, repeatable=envelope.is_named
    )
    became = await counted(backing, sent.kind, submission)
    return command_answer(deal_id, became)


async def counted(backing: Backing, kind: str, submission: Awaitable[AnswerT]) -> AnswerT:
    """What the engine answers, counted by what it came to."""
    try:
        became = await submission
    except Refused as refused:
        backing.metrics.command_answered(kind, refused.code)
        raise
    except EngineUnavailable:
        backing.metrics.command_answered(kind, Fault.ENGINE_UNAVAILABLE)
        raise
    waits = isinstance(became, Accepted)
    backing.metrics.command_answered(kind, "accepted" if waits else "applied")
    return became


async def check_files(backing: Backing, fields: Fields) -> None:
    """Find every uploaded file that the fields name.

    Raises:
        Problem: `unknown_file`.
    """
    for file in files_named(fields):
        try:
            await find_file(backing.ledger, file)
        except UnknownFile:
            raise Problem(Fault.UNKNOWN_FILE, facts={"file": file}, status=422) from None


async def present_person(backing: Backing, person_id: str) -> Person:
    """The person that a body names, who may take a deal.

    Raises:
        Problem: `unknown_person`, `person_left`.
    """
    person = await known_person(backing, person_id)
    if backing.has_left(person):
        raise Problem(Fault.PERSON_LEFT, facts={"person": person_id})
    return person


async def known_person(backing: Backing, person_id: str) -> Person:
    """The person that a body names.

    Raises:
        Problem: `unknown_person`.
    """
    person = await backing.directory.find(person_id)
    if person is None:
        raise Problem(Fault.UNKNOWN_PERSON, facts={"person": person_id})
    return person
