"""Makes a route of a command: its body, its address, its documentation.

Decides what every route of a command has in common. Must never know a particular command; the
tables in `commands` and `escalations` do.
"""

from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from api.addresses import Target
from api.answers import WRITES, AcceptedAnswer, Responses, problems
from api.backing import backing_of
from api.bodies import body_of, fields_of
from api.callers import caller_of
from api.codes import Fault
from api.envelopes import COMMAND_HEADERS, envelope_of
from api.sending import Call, Fill, send
from deals.commands import Sent
from deals.refusals import Code
from deals.view import DealView

ANY_COMMAND: Final = (
    *WRITES,
    Code.KEY_REUSED,
    Code.NOT_ALLOWED,
    Code.UNKNOWN_DEAL,
    Fault.ENGINE_UNAVAILABLE,
)
"""What can go wrong with every command."""

_ACCEPTED: Final[Responses] = {
    202: {"model": AcceptedAnswer, "description": "It is durable, and will be decided once."}
}

Endpoint = Callable[..., Awaitable[Response]]


class Verb(NamedTuple):
    """One command's route."""

    path: str
    command: type[Sent]
    says: str
    refusals: tuple[str, ...] = ()
    """What else can go wrong with this one."""
    fill: Fill | None = None
    """Completes its fields with what the body does not say."""


def add_routes(
    router: APIRouter, address: str, target: Callable[[str], Target], verbs: tuple[Verb, ...]
) -> None:
    """Give each verb its route.

    Args:
        router: where to.
        address: of what the verbs are done to; ends in its one parameter, `id`.
        target: reads that parameter.
        verbs: the commands.
    """
    for verb in verbs:
        router.add_api_route(
            f"{address}/{verb.path}",
            _endpoint(verb, target),
            methods=["POST"],
            operation_id=verb.command.__name__,
            summary=verb.says,
            description=verb.command.__doc__,
            response_model=DealView,
            openapi_extra=COMMAND_HEADERS,
            responses=_ACCEPTED | problems(*ANY_COMMAND, *verb.refusals),
        )


def _endpoint(verb: Verb, target: Callable[[str], Target]) -> Endpoint:
    """The verb's endpoint; a body whose every field may be left out may be left out itself.

    It has no dependencies of FastAPI's: each would cost a command 0.04 ms, measured.
    """

    async def endpoint(
        *,
        request: Request,
        id: str,  # noqa: A002 - the parameter's name in the address
        body: BaseModel,
    ) -> Response:
        to = target(id)
        backing = backing_of(request)
        caller = await caller_of(request)
        fields = {**fields_of(body), **to.fields}
        if verb.fill:
            fields |= await verb.fill(backing, Call(to.deal_id, fields, caller))
        envelope = await envelope_of(request)
        return await send(
            backing, to.deal_id, verb.command, fields, caller=caller, envelope=envelope
        )

    body_type = body_of(verb.command)
    endpoint.__annotations__["body"] = body_type
    if not any(field.is_required() for field in body_type.model_fields.values()):
        endpoint.__kwdefaults__ = {"body": body_type()}
    return endpoint
