"""The agenda: what an owner should do next, the most urgent first.

Decides how a clock that asks for something is put into words. Order and content are the ledger's.
"""

from typing import Annotated, Final

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from api.addresses import PREFIX
from api.answers import LISTS, problems
from api.backing import Backing, Standing
from api.callers import Caller
from api.codes import Fault
from api.deals import Text
from api.problems import Problem
from deals.clock import ClockKind
from deals.model import Instant, Names
from deals.playbook import Playbook
from ledger.agenda import Task, agenda
from ledger.paging import DEFAULT_PAGE, MAX_PAGE

router: Final = APIRouter(prefix=PREFIX, tags=["agenda"])

_WHY: Final[dict[ClockKind, str]] = {
    "action": "The playbook wants it done by then, counted from {since}.",
    "follow_on": "An action done at {since} left it to be done.",
    "promise": "The owner promised a next step at {since}.",
    "idle": "Nothing has moved the deal since {since}.",
}


class DealOnAgenda(BaseModel):
    """The deal that something is to be done for."""

    id: str
    title: str
    customer: str
    stage: str
    amount_minor: int | None
    currency: str


class AgendaItem(BaseModel):
    """One thing to do."""

    deal: DealOnAgenda
    kind: ClockKind
    action: str | None = Field(description="Null where any action that moves the deal will do.")
    name: Names | None
    clock: str
    due_at: Instant
    overdue: bool
    why: str


class Agenda(BaseModel):
    """What to do next: overdue first, then by due instant."""

    owner: str
    items: tuple[AgendaItem, ...]


@router.get(
    "/agenda",
    summary="List what an owner should do next",
    responses=problems(*LISTS, Fault.UNKNOWN_CALLER),
)
async def show_agenda(
    backing: Standing,
    caller: Caller,
    owner: Annotated[Text | None, Query(description="Whose; the caller's by default.")] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = DEFAULT_PAGE,
) -> Agenda:
    """Deals on hold, and clocks that rest, ask for nothing."""
    whose = owner or (caller.id if caller else None)
    if whose is None:
        raise Problem(Fault.BAD_PARAMETER, "Say whose agenda: `owner`, or who you are.")
    tasks = await agenda(backing.ledger, whose, limit=limit)
    return Agenda(owner=whose, items=tuple([await _item(backing, task) for task in tasks]))


async def _item(backing: Backing, task: Task) -> AgendaItem:
    playbook = await backing.shelf.find(task.playbook_id, task.playbook_version)
    action = task.subject if task.kind in {"action", "follow_on"} else None
    deal = {name: getattr(task, name) for name in DealOnAgenda.model_fields if name != "id"}
    return AgendaItem(
        deal=DealOnAgenda(id=task.deal_id, **deal),
        kind=task.kind,
        action=action,
        name=_name(playbook, task.stage, action) if action else None,
        clock=task.clock,
        due_at=task.due_at,
        overdue=task.overdue,
        why=_WHY[task.kind].format(since=f"{task.started_at:%Y-%m-%d %H:%M} UTC"),
    )


def _name(playbook: Playbook, stage_id: str, action_id: str) -> Names | None:
    stage = playbook.stage(stage_id)
    found = stage and (stage.action(action_id) or stage.duty(action_id))
    return found.name if found else None
