"""How an error is told: problem details (RFC 9457) with a stable code and the facts behind it.

Decides the shape of every answer that is not a success, and which exception becomes which. Must
never repeat more than a line of what a caller sent, nor show anything of our inside.
"""

import logging
from collections.abc import Mapping
from typing import Any, Final

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, JsonValue
from pydantic_core import to_json
from sqlalchemy.exc import DataError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from starlette.exceptions import HTTPException as StarletteHTTPException

from api.codes import MEANINGS, Fault
from deals.fault import MOST_FAULTS
from deals.refusals import Refused
from gateway import EngineUnavailable
from ledger.files import UnknownFile
from ledger.paging import BadCursor
from ledger.playbooks import UnknownPlaybook
from reports.ask import NoDates
from reports.filters import UnknownFilter
from reports.period import BadPeriod

PROBLEM_JSON: Final = "application/problem+json"

_TYPE: Final = "urn:dealpace:problem:"
_LONGEST: Final = 300
_MOST: Final = MOST_FAULTS + 1
"""Characters of one text, and items of one list, that a problem repeats. Source: the faults of a
playbook, the longest of all, are bounded so; everything else is shorter."""
_MOST_PLACES: Final = 20
"""Faults of a body that a problem names. A choice: enough to mend it by."""
_DEEPEST: Final = 4
"""Levels of a fact's value that a problem shows; refusals have three. A choice."""

LEDGER_AWAY: Final[tuple[type[Exception], ...]] = (
    OperationalError,
    InterfaceError,
    PoolExhausted,
    ConnectionError,
    TimeoutError,
)
"""What the drivers raise when the database cannot be reached, or not in time."""

UNKEEPABLE: Final[tuple[type[Exception], ...]] = (DataError, OverflowError, UnicodeEncodeError)
"""What comes of a value that no column or calendar can hold; only callers have such values."""

_log = logging.getLogger(__name__)


class ProblemDetails(BaseModel):
    """Every error has this shape; `code` is stable, and `facts` say what is particular."""

    model_config = ConfigDict(json_schema_extra={"examples": [{
        "type": "urn:dealpace:problem:out_of_order",
        "title": "Other actions come first.",
        "status": 409,
        "code": "out_of_order",
        "detail": "Other actions come first.",
        "facts": {"action": "send-quote", "after": ["find-decision-maker"]},
    }]})  # fmt: skip

    type: str = Field(description="The code as a URN.")
    title: str = Field(description="The same words for every occurrence of the code.")
    status: int
    code: str
    detail: str = Field(description="What is wrong this time.")
    facts: dict[str, JsonValue] = Field(description="Values that explain it; keys vary by code.")


class Problem(HTTPException):
    """An error that says how it will be told.

    Attributes:
        code: a key of `MEANINGS`.
        facts: plain JSON values that explain it.
    """

    def __init__(
        self,
        code: str,
        detail: str | None = None,
        *,
        facts: Mapping[str, Any] | None = None,
        status: int | None = None,
    ) -> None:
        meaning = MEANINGS[code]
        super().__init__(status or meaning.status, detail or meaning.title)
        self.code = code
        self.facts = facts or {}


def answer(problem: Problem) -> Response:
    """The problem as a response."""
    content = {
        "type": _TYPE + problem.code,
        "title": MEANINGS[problem.code].title,
        "status": problem.status_code,
        "code": problem.code,
        "detail": problem.detail,
        "facts": shortened(problem.facts),
    }
    return Response(
        to_json(content, inf_nan_mode="null", fallback=str),
        status_code=problem.status_code,
        headers=problem.headers,
        media_type=PROBLEM_JSON,
    )


def shortened(value: object, level: int = 0) -> object:
    """The value with long texts, long lists and deep nesting cut off."""
    if isinstance(value, str):
        return _short(value)
    if isinstance(value, Mapping | list | tuple) and level == _DEEPEST:
        return "…"
    if isinstance(value, Mapping):
        kept = list(value.items())[:_MOST]
        return {_short(str(key)): shortened(one, level + 1) for key, one in kept}
    if isinstance(value, list | tuple):
        return [shortened(one, level + 1) for one in value[:_MOST]]
    return value


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def install(app: FastAPI) -> None:
    """Let every exception that can leave a route be told as a problem."""
    told: dict[type[Exception], Any] = {
        Problem: _problem,
        Refused: _refused,
        RequestValidationError: _invalid,
        StarletteHTTPException: _http,
        EngineUnavailable: _engine_unavailable,
        UnknownFile: _unknown_file,
        UnknownPlaybook: _unknown_playbook,
        BadCursor: _bad_cursor,
        BadPeriod: _bad_period,
        UnknownFilter: _unknown_filter,
        NoDates: _no_dates,
        Exception: _unexpected,
    }
    told |= dict.fromkeys(LEDGER_AWAY, _ledger_unavailable)
    told |= dict.fromkeys(UNKEEPABLE, _unkeepable)
    for fault, handler in told.items():
        app.add_exception_handler(fault, handler)


def refused(refusal: Refused) -> Problem:
    """What the core refused, as a problem."""
    return Problem(refusal.code, facts=refusal.facts)


async def _problem(_request: Request, problem: Problem) -> Response:
    return answer(problem)


async def _refused(_request: Request, refusal: Refused) -> Response:
    return answer(refused(refusal))


async def _invalid(_request: Request, invalid: RequestValidationError) -> Response:
    errors = invalid.errors()
    faults = [_fault(error) for error in errors[:_MOST_PLACES]]
    in_body = any(error["loc"][0] == "body" for error in errors)
    code = Fault.BAD_PAYLOAD if in_body else Fault.BAD_PARAMETER
    return answer(Problem(code, _sentence(faults), facts={"faults": faults}))


def _fault(error: Mapping[str, Any]) -> dict[str, str]:
    at = ".".join(_short(str(part)) for part in error["loc"])
    return {"at": _short(at), "fault": _short(str(error["msg"]))}


def _sentence(faults: list[dict[str, str]]) -> str:
    first = f"{faults[0]['at']}: {faults[0]['fault']}"
    return first if len(faults) == 1 else f"{first} (and {len(faults) - 1} more)"


async def _http(request: Request, error: StarletteHTTPException) -> Response:
    """What the framework itself refuses."""
    codes = {404: Fault.UNKNOWN_ROUTE, 405: Fault.METHOD_NOT_ALLOWED}
    code = codes.get(error.status_code, Fault.BAD_PAYLOAD)
    facts = {"method": request.method, "path": request.url.path} if code in codes.values() else {}
    detail = None if facts else _short(error.detail)
    problem = Problem(code, detail, facts=facts)
    problem.headers = error.headers
    return answer(problem)


async def _engine_unavailable(_request: Request, _fault: EngineUnavailable) -> Response:
    return answer(Problem(Fault.ENGINE_UNAVAILABLE))


async def _unknown_file(_request: Request, fault: UnknownFile) -> Response:
    return answer(Problem(Fault.UNKNOWN_FILE, facts={"file": fault.file}))


async def _unknown_playbook(_request: Request, fault: UnknownPlaybook) -> Response:
    facts = {"playbook": fault.playbook, "version": fault.version}
    return answer(Problem(Fault.UNKNOWN_PLAYBOOK, facts=facts))


async def _bad_cursor(_request: Request, _fault: BadCursor) -> Response:
    return answer(Problem(Fault.BAD_PARAMETER, "The cursor is not one of this list and order."))


async def _bad_period(_request: Request, fault: BadPeriod) -> Response:
    return answer(Problem(Fault.BAD_PERIOD, facts={"from": fault.first_on, "to": fault.end_on}))


async def _no_dates(_request: Request, _fault: NoDates) -> Response:
    return answer(Problem(Fault.NO_DATES))


async def _unknown_filter(_request: Request, fault: UnknownFilter) -> Response:
    facts = {"filter": fault.name, "value": fault.value}
    return answer(Problem(Fault.UNKNOWN_FILTER, facts=facts))


async def _unkeepable(request: Request, _fault: Exception) -> Response:
    code = Fault.BAD_PARAMETER if request.method == "GET" else Fault.BAD_PAYLOAD
    return answer(Problem(code, "A number, an instant or a text is out of range."))


async def _ledger_unavailable(request: Request, fault: Exception) -> Response:
    _log.warning("the ledger is away: %s %s: %r", request.method, request.url.path, fault)
    return answer(Problem(Fault.LEDGER_UNAVAILABLE))


async def _unexpected(request: Request, fault: Exception) -> Response:
    _log.error("unexpected: %s %s", request.method, request.url.path, exc_info=fault)
    return answer(Problem(Fault.INTERNAL_ERROR))
