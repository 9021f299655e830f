"""What surrounds a command: the key that makes it happen once, its fingerprint, and how to answer.

Decides which headers carry that. They are read by hand and documented here: FastAPI's own reading
of headers costs a command a quarter of its way through the API, measured. Must never look at what
the command says.
"""

import base64
import hashlib
import re
import secrets
from typing import Any, Final, NamedTuple
from uuid import uuid4

from fastapi import Request

from api.callers import PERSON_PARAMETER
from api.codes import Fault
from api.payloads import digest_of
from api.problems import Problem

KEY: Final = "Idempotency-Key"
PREFER: Final = "Prefer"
RESPOND_ASYNC: Final = "respond-async"

ID_LENGTH: Final = 12
"""Characters of an id after its letter. A choice: 60 bits, no clash among a billion."""

_KEY_PATTERN: Final = "^[!-~]{1,200}$"
_KEY: Final = re.compile(_KEY_PATTERN)

KEY_PARAMETER: Final[dict[str, Any]] = {
    "name": KEY,
    "in": "header",
    "required": False,
    "description": "Names this write for ever: the same key and body have one effect and the same"
    " answer, however often; the same key with another body is refused.",
    "schema": {"type": "string", "pattern": _KEY_PATTERN},
}

PREFER_PARAMETER: Final[dict[str, Any]] = {
    "name": PREFER,
    "in": "header",
    "required": False,
    "description": "`respond-async`: answer 202 as soon as the command is durable.",
    "schema": {"type": "string"},
}

COMMAND_HEADERS: Final[dict[str, Any]] = {
    "parameters": [PERSON_PARAMETER, KEY_PARAMETER, PREFER_PARAMETER]
}
"""The headers of every command, for OpenAPI."""


class Envelope(NamedTuple):
    """What surrounds one command."""

    command_id: str
    digest: str
    respond_async: bool
    is_named: bool
    """Whether the caller chose the id."""


async def envelope_of(request: Request) -> Envelope:
    """The envelope of a request whose body is JSON.

    Raises:
        Problem: `bad_idempotency_key`.
    """
    key = key_of(request)
    return Envelope(
        command_id=uuid4().hex if key is None else key,
        digest=digest_of(request.method, request.scope["path"], await request.json()),
        respond_async=_prefers_async(request.headers.get(PREFER, "")),
        is_named=key is not None,
    )


def key_of(request: Request) -> str | None:
    """The request's idempotency key, if it has one.

    Raises:
        Problem: `bad_idempotency_key`.
    """
    key = request.headers.get(KEY)
    if key is not None and _KEY.fullmatch(key) is None:
        raise Problem(Fault.BAD_IDEMPOTENCY_KEY)
    return key


def named_by(letter: str, key: str | None) -> str:
    """An id that begins with the letter: always the same of one key, else a new one."""
    seed = secrets.token_bytes() if key is None else key.encode()
    return letter + base64.b32encode(hashlib.sha256(seed).digest()).decode()[:ID_LENGTH].lower()


def _prefers_async(prefer: str) -> bool:
    """Whether one of the preferences is ours. Source: RFC 7240 section 4.1."""
    return any(one.partition(";")[0].strip().lower() == RESPOND_ASYNC for one in prefer.split(","))
