"""What surrounds a command: the key that makes it happen once, its fingerprint, and how to answer.

Decides which headers carry that. Must never look at what the command says.
"""

from typing import Annotated, Final, NamedTuple
from uuid import uuid4

from fastapi import Depends, Header, Request

from api.payloads import digest_of

GivenKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        pattern=r"^[\x21-\x7e]{1,200}$",
        description="Names this write for ever: the same key and body have one effect and the same"
        " answer, however often; the same key with another body is refused.",
    ),
]

GivenPreference = Annotated[
    str | None,
    Header(
        alias="Prefer",
        description="`respond-async`: answer 202 as soon as the command is durable.",
    ),
]

RESPOND_ASYNC: Final = "respond-async"


class Envelope(NamedTuple):
    """What surrounds one command."""

    command_id: str
    digest: str
    respond_async: bool
    is_named: bool
    """Whether the caller chose the id."""


async def _envelope(
    request: Request, given: GivenKey = None, prefer: GivenPreference = None
) -> Envelope:
    return Envelope(
        command_id=given or uuid4().hex,
        digest=digest_of(request.method, request.url.path, await request.json()),
        respond_async=prefer is not None and _prefers_async(prefer),
        is_named=given is not None,
    )


Enveloped = Annotated[Envelope, Depends(_envelope)]
"""The envelope, as a route asks for it."""


def _prefers_async(prefer: str) -> bool:
    """Whether one of the preferences is ours. Source: RFC 7240 section 4.1."""
    return any(one.partition(";")[0].strip().lower() == RESPOND_ASYNC for one in prefer.split(","))
