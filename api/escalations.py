"""Escalations: rungs that were reached, and requests to let a deal pass.

Decides how they are listed and which deal an answer goes to. Whom a role means is decided by the
ledger's people at the time of asking.
"""

from typing import Annotated, Final, Literal

from fastapi import APIRouter, Query
from pydantic import Field

from api.addresses import PREFIX, target_escalation
from api.answers import LISTS, problems
from api.backing import Standing
from api.deals import Limit, Text
from api.payloads import JsonRoute
from api.verbs import Verb, add_routes
from deals.commands import Acknowledge, Comment
from deals.model import Authored
from deals.playbook import Measure
from deals.refusals import Code
from ledger.escalations import EscalationFilter, EscalationRow, list_escalations
from ledger.paging import DEFAULT_PAGE, Page

router: Final = APIRouter(prefix=PREFIX, tags=["escalations"], route_class=JsonRoute)


class EscalationQuery(Authored):
    """Which escalations. What is left out is not asked."""

    status: Literal["open", "acknowledged", "settled", "all"] = "open"
    to: Text | None = Field(None, description="Those meant for this person today.")
    do: Measure | None = Field(None, description="Only reminders, or only escalations.")
    deal: Text | None = None
    owner: Text | None = None
    team: Text | None = None
    cursor: Annotated[str, Field(max_length=1000)] | None = None
    limit: Limit = DEFAULT_PAGE


@router.get(
    "/escalations", summary="List escalations, the latest first", responses=problems(*LISTS)
)
async def list_all(
    query: Annotated[EscalationQuery, Query()], backing: Standing
) -> Page[EscalationRow]:
    """Reminders, escalations, recyclings and requests for an override."""
    wanted = EscalationFilter(
        status=None if query.status == "all" else (query.status,),
        do=(query.do,) if query.do else None,
        person=query.to,
        deal_id=query.deal,
        owner=query.owner,
        team=query.team,
    )
    return await list_escalations(backing.ledger, wanted, cursor=query.cursor, limit=query.limit)


_REFUSALS: Final = (Code.DEAL_CLOSED, Code.ESCALATION_CLOSED, Code.UNKNOWN_ESCALATION)

VERBS: Final = (
    Verb(
        "acknowledge",
        Acknowledge,
        "Answer an escalation",
        (*_REFUSALS, Code.EXTENSION_IN_PAST),
    ),
    Verb("comment", Comment, "Say something about an escalation", _REFUSALS),
)

add_routes(router, "/escalations/{id}", target_escalation, VERBS)
