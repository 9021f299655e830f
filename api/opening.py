"""Opening a deal: once for each key, decided here, started by the gateway.

Decides a new deal's id and what a repeat is answered. What a deal begins with the core decides,
before anything starts, so a refusal leaves nothing behind.
"""

from datetime import UTC, datetime
from typing import Final

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from api.addresses import PREFIX
from api.answers import WRITES, opened_answer, problems
from api.backing import Backing, backing_of
from api.bodies import PlaybookNamed, PlaybookText, body_of, fields_of, playbook_named
from api.callers import caller_of
from api.codes import Fault
from api.envelopes import COMMAND_HEADERS, Envelope, envelope_of, named_by
from api.payloads import JsonRoute
from api.reading import deal_as_it_is
from api.sending import Fields, check_files, counted, present_person
from deals.commands import OpenDeal
from deals.deal import Actor, PlaybookRef
from deals.decide import decide
from deals.playbook import Playbook
from deals.refusals import Code, Refused
from deals.view import DealView
from ledger.people import Person
from workflows.calls import AlreadyOpen

router: Final = APIRouter(prefix=PREFIX, tags=["deals"], route_class=JsonRoute)

OpenDealBody: Final = body_of(OpenDeal, playbook=(PlaybookText | PlaybookNamed, ...))


async def open_deal(request: Request, body: BaseModel) -> Response:
    """The owner has to be a known person, and the playbook a published one.

    The deal's id follows from the `Idempotency-Key`, so a repeat finds the same deal.
    """
    backing, caller = backing_of(request), await caller_of(request)
    envelope = await envelope_of(request)
    return opened_answer(await opened(backing, fields_of(body), caller, envelope))


async def opened(
    backing: Backing, fields: Fields, caller: Person | None, envelope: Envelope
) -> DealView:
    """The deal, opened now or by an earlier request of the same key.

    Args:
        backing: where.
        fields: those of the body.
        caller: who opens it; None: its owner.
        envelope: the key, and the fingerprint of what was said.

    Raises:
        Problem: `unknown_file`, `unknown_person`, `person_left`.
        UnknownPlaybook: there is none.
        ValidationError: a field does not fit.
        Refused: what the core refuses; `key_reused`.
        EngineUnavailable: as `gateway.Gateway` says.
    """
    await check_files(backing, fields)
    owner = await present_person(backing, fields["owner"])
    named = playbook_named(fields["playbook"])
    playbook = await backing.shelf.find(named.id, named.version)
    ref = PlaybookRef(id=playbook.id, version=playbook.version, digest=playbook.digest)
    command = OpenDeal(
        **fields | {"playbook": ref},
        deal_id=deal_id_of(envelope),
        team=owner.team,
        calendar=await backing.shelf.calendar(playbook),
        own=await backing.directory.own_time(owner.id),
        command_id=envelope.command_id,
        digest=envelope.digest,
        actor=_actor(caller, owner),
    )
    opening = _opened(backing, playbook, command, envelope)
    return await counted(backing, command.kind, opening)


def deal_id_of(envelope: Envelope) -> str:
    """The id of the deal that a request opens, or has opened before."""
    return named_by("D", envelope.command_id)


open_deal.__annotations__["body"] = OpenDealBody

router.add_api_route(
    "/deals",
    open_deal,
    methods=["POST"],
    status_code=201,
    summary="Open a deal in the first stage of its playbook",
    operation_id="OpenDeal",
    openapi_extra=COMMAND_HEADERS,
    response_model=DealView,
    responses=problems(
        *WRITES,
        Code.KEY_REUSED,
        Fault.ENGINE_UNAVAILABLE,
        Code.BAD_FACT,
        Code.UNARMED_SLA,
        Code.UNKNOWN_FACT,
        Fault.UNKNOWN_FILE,
        Fault.PERSON_LEFT,
        Fault.UNKNOWN_PERSON,
        Fault.UNKNOWN_PLAYBOOK,
    ),
)


async def _opened(
    backing: Backing, playbook: Playbook, command: OpenDeal, envelope: Envelope
) -> DealView:
    """The deal, opened now or by an earlier request of the same key.

    Raises:
        Refused: what the core refuses; `key_reused`.
        EngineUnavailable: as `gateway.Gateway` says.
    """
    events = decide(playbook, None, command, now=datetime.now(UTC))
    try:
        return await backing.engine.open(playbook, events, repeatable=envelope.is_named)
    except AlreadyOpen:
        answer = await backing.engine.outcome(command.deal_id, command.command_id)
    if answer is None or answer.digest != command.digest:
        raise Refused(Code.KEY_REUSED, command_id=command.command_id)
    return await deal_as_it_is(backing, command.deal_id)


def _actor(caller: Person | None, owner: Person) -> Actor:
    """Who opens the deal: the caller, else its owner as a rep."""
    return Actor(id=caller.id, role=caller.role) if caller else Actor(id=owner.id, role="rep")
