"""How deals, and commands that wait, are answered; and how OpenAPI lists what can go wrong.

Decides headers and shapes of answers that several routes share. Must never decide what is answered.
"""

from typing import Any, Final

from fastapi import Response
from pydantic import BaseModel, Field

from api.addresses import address_of, status_address
from api.codes import MEANINGS, Fault
from api.problems import PROBLEM_JSON
from deals.view import DealView
from workflows.became import Applied, Became

JSON: Final = "application/json"

PROBLEM_SCHEMA: Final = {"$ref": "#/components/schemas/ProblemDetails"}

WRITES: Final = (
    Fault.BAD_IDEMPOTENCY_KEY,
    Fault.BAD_PARAMETER,
    Fault.BAD_PAYLOAD,
    Fault.PAYLOAD_TOO_LARGE,
    Fault.UNKNOWN_CALLER,
    Fault.UNSUPPORTED_MEDIA_TYPE,
)
"""What can be wrong with any body."""

LISTS: Final = (Fault.BAD_PARAMETER, Fault.LEDGER_UNAVAILABLE)
"""What can go wrong with any list."""


Responses = dict[int | str, dict[str, Any]]
"""Answers by status, as FastAPI documents them."""


class AcceptedAnswer(BaseModel):
    """The command is durable and will be applied once, or refused; `status_url` tells."""

    command_id: str
    status_url: str = Field(description="Address that tells what became of it.")


def deal_answer(view: DealView) -> Response:
    """A deal."""
    return Response(view.model_dump_json(), media_type=JSON)


def opened_answer(view: DealView) -> Response:
    """A deal that was opened, by this request or by an earlier one of the same key."""
    headers = {"Location": address_of(view.id)}
    return Response(view.model_dump_json(), status_code=201, headers=headers, media_type=JSON)


def command_answer(deal_id: str, became: Became) -> Response:
    """What a command came to: the deal, or where to ask for it."""
    if isinstance(became, Applied):
        return Response(became.json, media_type=JSON)
    status_url = status_address(deal_id, became.command_id)
    body = AcceptedAnswer(command_id=became.command_id, status_url=status_url)
    headers = {"Location": status_url}
    return Response(body.model_dump_json(), status_code=202, headers=headers, media_type=JSON)


def problems(*codes: str) -> Responses:
    """The errors of a route by status, for OpenAPI."""
    listed: Responses = {}
    for code in sorted(set(codes), key=str):
        status, title = MEANINGS[code]
        response = listed.setdefault(status, _problem_response())
        response["description"] += f"- `{code}`: {title}\n"
    return dict(sorted(listed.items(), key=lambda one: str(one[0])))


def _problem_response() -> dict[str, Any]:
    return {"description": "", "content": {PROBLEM_JSON: {"schema": PROBLEM_SCHEMA}}}
