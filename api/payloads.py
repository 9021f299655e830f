"""How a body is read: its size, its media type, its JSON, and what no store could keep.

Decides what is a body at all, before any model looks at it. JSON is parsed once and strictly: no
NaN, no lone surrogates, no bottomless nesting; and no text or number that the database or a reader
of JSON could not hold. Must never know a field.
"""

import hashlib
import json
import re
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, ClassVar, Final

from fastapi import Request, Response
from fastapi.routing import APIRoute
from pydantic_core import from_json
from starlette.types import Message, Receive

from api.codes import Fault
from api.problems import Problem

MAX_BODY: Final = 256 * 1024
"""Bytes of a JSON or YAML body. A choice: far above a playbook, the largest thing people write."""

MAX_NUMBER: Final = 2**53
"""Largest number in a body. Source: RFC 8259 section 6; beyond it readers of JSON disagree."""

NUL: Final = "\x00"
"""The one character that PostgreSQL cannot hold."""

_SUSPICIOUS: Final = re.compile(rb"\\u0000|\d{16}|\d[eE]\+?\d{2}")
"""What a body must contain to hold anything that `_unkeepable` looks for; most contain none."""

_LENGTH: Final = re.compile("[0-9]{1,18}")

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class JsonRequest(Request):
    """A request whose body is strict JSON; no body at all stands for an empty object."""

    async def body(self) -> bytes:
        """The body as sent.

        Raises:
            Problem: `unsupported_media_type`.
        """
        content = await super().body()
        if not content:
            return b""
        media_type = media_type_of(self)
        if media_type != "application/json" and not media_type.endswith("+json"):
            raise Problem(
                Fault.UNSUPPORTED_MEDIA_TYPE,
                "Send JSON with `Content-Type: application/json`.",
                facts={"media_type": media_type},
            )
        return content

    async def json(self) -> object:
        """The body, parsed once.

        Raises:
            Problem: `bad_payload`.
        """
        if not hasattr(self, "_json"):
            self._json = parsed(await self.body())
        return self._json


class LimitedRoute(APIRoute):
    """A route that reads no more of a body than it may."""

    limit: ClassVar[int] = MAX_BODY
    too_large: ClassVar[Fault] = Fault.PAYLOAD_TOO_LARGE
    request_class: ClassVar[type[Request]] = Request

    def get_route_handler(self) -> Handler:
        """The route's handler behind the limit."""
        handle = super().get_route_handler()

        async def limited(request: Request) -> Response:
            receive = _counted(request, self.limit, self.too_large)
            return await handle(self.request_class(request.scope, receive))

        return limited


class JsonRoute(LimitedRoute):
    """A route whose body, if it takes one, is strict JSON."""

    request_class = JsonRequest


def parsed(content: bytes) -> object:
    """What the JSON says.

    Raises:
        Problem: `bad_payload`.
    """
    try:
        value = from_json(content, allow_inf_nan=False) if content else {}
    except ValueError as fault:
        raise Problem(Fault.BAD_PAYLOAD, f"The body is not JSON: {fault}.") from fault
    if _SUSPICIOUS.search(content) and (reason := _unkeepable(value)):
        raise Problem(Fault.BAD_PAYLOAD, f"The body holds {reason}.")
    return value


def digest_of(method: str, path: str, payload: object) -> str:
    """The fingerprint of what was sent: equal for equal JSON, however it was written.

    16 hex digits of SHA-256 are a choice: 64 bits, and a deal remembers 200 commands.
    """
    canonical = json.dumps(payload, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{method} {path}\n{canonical}".encode()).hexdigest()[:16]


def media_type_of(request: Request) -> str:
    """The body's media type in lower case, without parameters; empty if none was sent."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _unkeepable(value: object) -> str | None:
    """What of the value no store or reader could hold, or None; JSON bounds the depth."""
    if isinstance(value, str):
        return "a NUL character" if NUL in value else None
    if isinstance(value, int | float):
        return "a number that is out of range" if abs(value) > MAX_NUMBER else None
    if isinstance(value, dict):
        return next((found for pair in value.items() if (found := _unkeepable_in(pair))), None)
    return _unkeepable_in(value) if isinstance(value, list) else None


def _unkeepable_in(values: Iterable[object]) -> str | None:
    return next((found for value in values if (found := _unkeepable(value))), None)


def _counted(request: Request, limit: int, too_large: Fault) -> Receive:
    """The request's messages, until their bodies together pass the limit.

    Raises:
        Problem: when they do; at once if the request says so beforehand.
    """
    seen = _announced(request) if _announced(request) > limit else 0

    async def receive() -> Message:
        nonlocal seen
        message = await request.receive()
        seen += len(message.get("body", b""))
        if seen > limit:
            raise Problem(too_large, f"At most {limit} bytes are taken.", facts={"limit": limit})
        return message

    return receive


def _announced(request: Request) -> int:
    """The length that the request says its body has; 0 if it does not say, or nonsense."""
    length = request.headers.get("content-length", "")
    return int(length) if _LENGTH.fullmatch(length) else 0
