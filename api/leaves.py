"""Leave: when people are away, and who stands in.

Decides who may enter it, and that the deals of whoever is away without a delegate are counted anew.
What leave does to a clock the core decides.
"""

from datetime import UTC, date, datetime
from typing import Annotated, Final

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel

from api.addresses import PREFIX
from api.answers import LISTS, WRITES, problems
from api.backing import Backing, Standing
from api.callers import Caller, actor_of
from api.codes import Fault
from api.envelopes import KEY_PARAMETER, key_of, named_by
from api.payloads import JsonRoute
from api.problems import Problem
from api.recalendars import start_for
from api.sending import known_person
from deals.decisions.stages import MANAGING
from deals.model import Line, PersonId
from deals.own_time import Away
from deals.refusals import Code
from ledger.leaves import BadLeave, Leave, UnknownLeave, end_leave, list_leaves, put_leave
from ledger.people import Person, UnknownPerson

router: Final = APIRouter(prefix=PREFIX, tags=["people"], route_class=JsonRoute)

Who = Annotated[PersonId, Path(alias="person_id")]

_WRITES: Final = (
    *WRITES,
    Code.NOT_ALLOWED,
    Fault.LEDGER_UNAVAILABLE,
    Fault.UNKNOWN_PERSON,
)


class LeaveBody(Away):
    """Days away, the last one included."""

    delegate: PersonId | None = None
    """Who stands in: is told, and the clocks go on; null: working time rests meanwhile."""
    note: Line | None = None


class Leaves(BaseModel):
    """Leave that has not ended."""

    items: tuple[Leave, ...]


@router.get(
    "/people/{person_id}/leaves",
    summary="List a person's leave",
    responses=problems(*LISTS, Fault.UNKNOWN_PERSON),
)
async def show_leaves(person: Who, backing: Standing) -> Leaves:
    """Present and to come, the earliest first."""
    await known_person(backing, person)
    found = await list_leaves(backing.ledger, since=_today())
    return Leaves(items=tuple(one for one in found if one.person == person))


@router.post(
    "/people/{person_id}/leaves",
    status_code=201,
    summary="Enter leave",
    openapi_extra={"parameters": [KEY_PARAMETER]},
    responses=problems(*_WRITES, Fault.BAD_LEAVE),
)
async def enter(
    request: Request, person: Who, body: LeaveBody, backing: Standing, caller: Caller
) -> Leave:
    """Without a delegate the person's deals are counted anew: working time rests meanwhile."""
    return await entered(backing, person, body, caller, key=key_of(request))


async def entered(
    backing: Backing, person: str, body: LeaveBody, caller: Person | None, *, key: str | None
) -> Leave:
    """The leave, entered now; the same key enters it once.

    Raises:
        Problem: `not_allowed`, `unknown_person`, `bad_leave`.
    """
    check_allowed(person, caller)
    entered_at = datetime.now(UTC)
    leave = Leave(
        id=named_by("L", key),
        person=person,
        entered_at=entered_at,
        **body.model_dump(),
    )
    try:
        await put_leave(backing.ledger, leave)
    except UnknownPerson as fault:
        raise Problem(Fault.UNKNOWN_PERSON, facts={"person": fault.person}) from fault
    except BadLeave as fault:
        raise Problem(Fault.BAD_LEAVE, f"{str(fault).capitalize()}.") from fault
    await _counted_anew(backing, leave, caller, "leave")
    return leave


@router.delete(
    "/people/{person_id}/leaves/{leave_id}",
    status_code=204,
    summary="Take leave back",
    responses=problems(*_WRITES, Fault.UNKNOWN_LEAVE),
)
async def take_back(
    person: Who,
    leave_id: Annotated[str, Path(max_length=100)],
    backing: Standing,
    caller: Caller,
) -> Response:
    """The person's deals are counted as if it had never been entered."""
    check_allowed(person, caller)
    try:
        leave = await end_leave(backing.ledger, person, leave_id)
    except UnknownLeave as fault:
        raise Problem(Fault.UNKNOWN_LEAVE, facts={"leave": leave_id}) from fault
    await _counted_anew(backing, leave, caller, "leave taken back")
    return Response(status_code=204)


def check_allowed(person: str, caller: Person | None) -> None:
    """People enter their own leave; whoever manages enters anybody's.

    Raises:
        Problem: `not_allowed`.
    """
    if caller and caller.id != person and caller.role not in MANAGING:
        raise Problem(Code.NOT_ALLOWED, "Leave is entered by oneself, or by whoever manages.")


async def _counted_anew(backing: Backing, leave: Leave, caller: Person | None, why: str) -> None:
    backing.directory.forget()
    if leave.delegate is None:
        reason = f"{why} of {leave.person}, {leave.first_on} to {leave.last_on}"
        await start_for(backing, leave.person, reason=reason, by=actor_of(caller).id or "ops")


def _today() -> date:
    return datetime.now(UTC).date()
