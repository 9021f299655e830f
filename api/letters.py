"""Letters: what people were told, and what became of each delivery.

Decides who may see whose. Must never show an address with its secrets; the rows hold none.
"""

from typing import Annotated, Final, Literal

from fastapi import APIRouter, Query
from pydantic import Field

from api.addresses import PREFIX
from api.answers import LISTS, problems
from api.backing import Standing
from api.callers import Caller, check_own
from api.codes import Fault
from api.deals import Limit
from api.payloads import JsonRoute
from deals.model import Authored, PersonId
from deals.refusals import Code
from ledger.letters import DeliveryRow, LetterRow, list_deliveries, list_letters
from ledger.paging import DEFAULT_PAGE, Page
from ledger.people import Person

router: Final = APIRouter(prefix=PREFIX, tags=["letters"], route_class=JsonRoute)

_FAULTS: Final = (*LISTS, Code.NOT_ALLOWED, Fault.UNKNOWN_CALLER)


class LetterQuery(Authored):
    """Which letters. What is left out is not asked."""

    person: PersonId | None = Field(None, description="To whom; the caller by default.")
    cursor: Annotated[str, Field(max_length=1000)] | None = None
    limit: Limit = DEFAULT_PAGE


class DeliveryQuery(LetterQuery):
    """Which deliveries. What is left out is not asked."""

    status: Literal["queued", "sent", "failed"] | None = None


@router.get("/letters", summary="List letters, the latest first", responses=problems(*_FAULTS))
async def show_letters(
    query: Annotated[LetterQuery, Query()], backing: Standing, caller: Caller
) -> Page[LetterRow]:
    """What was written to people, each in their language."""
    person = _whose(query.person, caller)
    return await list_letters(backing.ledger, person, cursor=query.cursor, limit=query.limit)


@router.get(
    "/deliveries", summary="List deliveries, the latest first", responses=problems(*_FAULTS)
)
async def show_deliveries(
    query: Annotated[DeliveryQuery, Query()], backing: Standing, caller: Caller
) -> Page[DeliveryRow]:
    """Each letter on each channel: queued, sent or failed, and why."""
    return await list_deliveries(
        backing.ledger,
        _whose(query.person, caller),
        query.status,
        cursor=query.cursor,
        limit=query.limit,
    )


def _whose(asked: str | None, caller: Person | None) -> str | None:
    """The person asked for; None: everybody, which is for ops.

    Raises:
        Problem: `not_allowed`.
    """
    if caller is None or (asked is None and caller.role == "ops"):
        return asked
    person = asked or caller.id
    check_own(person, caller)
    return person
