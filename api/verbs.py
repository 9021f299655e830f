"""Makes a route of a command: its body, its address, its documentation.

Decides what every route of a command has in common. Must never know a particular command; the
tables in `commands` and `escalations` do.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Final, NamedTuple

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel

from api.addresses import Target
from api.answers import WRITES, AcceptedAnswer, Responses, problems
from api.backing import Standing
from api.bodies import body_of, fields_of
from api.callers import Caller
from api.codes import Fault
from api.envelopes import Enveloped
from api.sending import Fill, send
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
    router: APIRouter,
    address: str,
    target: Callable[..., Awaitable[Target]],
    verbs: tuple[Verb, ...],
) -> None:
    """Give each verb its route.

    Args:
        router: where to.
        address: of what the verbs are done to, with its parameter.
        target: the dependency that reads that parameter.
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
            responses=_ACCEPTED | problems(*ANY_COMMAND, *verb.refusals),
        )


def _endpoint(verb: Verb, target: Callable[..., Awaitable[Target]]) -> Endpoint:
    """The verb's endpoint; a body whose every field may be left out may be left out itself."""

    async def endpoint(
        *, target: Target, body: BaseModel, backing: Standing, caller: Caller, envelope: Enveloped
    ) -> Response:
        fields = {**fields_of(body), **target.fields}
        if verb.fill:
            fields |= await verb.fill(backing, fields, caller)
        return await send(
            backing, target.deal_id, verb.command, fields, caller=caller, envelope=envelope
        )

    body_type = body_of(verb.command)
    named: dict[str, Any] = {"target": Annotated[Target, Depends(target)], "body": body_type}
    endpoint.__annotations__ |= named
    if not any(field.is_required() for field in body_type.model_fields.values()):
        endpoint.__kwdefaults__ = {"body": body_type()}
    return endpoint
