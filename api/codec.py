"""Unpacks payloads for Temporal's web pages, which ask for it from the browser.

It gives back what it was given, in plain JSON, so it tells nobody anything new. Must never read a
history itself.
"""

from typing import Final

from fastapi import APIRouter, Request, Response
from google.protobuf.json_format import MessageToJson, Parse, ParseError
from temporalio.api.common.v1 import Payloads

from api.codes import Fault
from api.problems import Problem
from workflows.converter import plain

router: Final = APIRouter(prefix="/codec", include_in_schema=False)

MAX_BODY: Final = 4 * 1024 * 1024
"""Bytes. Source: the size of a message that Temporal's own interface takes."""

_CROSS_ORIGIN: Final = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "POST",
    "Access-Control-Allow-Headers": "content-type, x-namespace",
}


@router.options("/decode")
async def allow() -> Response:
    """Lets pages of another port ask."""
    return Response(status_code=204, headers=_CROSS_ORIGIN)


@router.post("/decode")
async def decode(request: Request) -> Response:
    """Payloads as they are written in a history, those of ours unpacked.

    Raises:
        Problem: `payload_too_large`, `bad_payload`.
    """
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise Problem(Fault.PAYLOAD_TOO_LARGE)
    try:
        given = Parse(bytes(body), Payloads())
        told = Payloads(payloads=[plain(payload) for payload in given.payloads])
    except (ParseError, ValueError) as fault:
        raise Problem(Fault.BAD_PAYLOAD, str(fault)[:200]) from fault
    return Response(MessageToJson(told), media_type="application/json", headers=_CROSS_ORIGIN)
