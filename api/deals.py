"""Reading deals: lists, one, its timeline, its clocks, and what became of a command.

Decides what a reader may ask and how the answer is cut into pages. Must never change a deal.
"""

from datetime import UTC, datetime
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from api.addresses import PREFIX, DealId
from api.answers import JSON, LISTS, deal_answer, problems
from api.backing import Standing
from api.codes import Fault
from api.explanations import ClockExplained, explained
from api.problems import Problem
from api.reading import deal_as_it_is, recorded
from api.summaries import summary
from deals.deal import Actor, Answer, Status
from deals.model import Authored, Instant
from deals.refusals import Code
from deals.view import DealView
from gateway import EngineUnavailable
from ledger.deals import DealFilter, DealRow, Sort, list_deals
from ledger.leaves import line_at
from ledger.paging import DEFAULT_PAGE, MAX_PAGE, Page
from ledger.timeline import timeline

router: Final = APIRouter(prefix=PREFIX, tags=["deals"])

Text = Annotated[str, Field(min_length=1, max_length=200)]
Limit = Annotated[int, Field(ge=1, le=MAX_PAGE)]
ONE_DEAL: Final = (
    Code.UNKNOWN_DEAL,
    Fault.BAD_PARAMETER,
    Fault.LEDGER_UNAVAILABLE,
    Fault.ENGINE_UNAVAILABLE,
)
"""What can go wrong with reading any deal."""


class DealQuery(Authored):
    """Which deals, in which order. What is left out is not asked."""

    status: tuple[Status, ...] | None = Field(None, description="Any of these; may be repeated.")
    stage: Text | None = None
    owner: Text | None = None
    team: Text | None = None
    source: Text | None = None
    overdue: bool | None = Field(None, description="A clock has passed its due instant unanswered.")
    in_pool: bool | None = None
    q: Text | None = Field(None, description="Part of the title, the customer or the id.")
    sort: Sort = Field("-opened_at", description="A hyphen in front: highest first.")
    cursor: Annotated[str, Field(max_length=1000)] | None = Field(
        None, description="`next_cursor` of the page before, with the same order."
    )
    limit: Limit = DEFAULT_PAGE


class TimelineItem(BaseModel):
    """An event; further fields depend on its kind."""

    model_config = ConfigDict(extra="allow")

    kind: str
    seq: int
    at: Instant
    occurred_at: Instant | None
    actor: Actor
    command_id: str
    n: int
    summary: str = Field(description="The event in one English sentence.")


class Timeline(BaseModel):
    """A deal's events, oldest first."""

    items: tuple[TimelineItem, ...]
    next_cursor: str | None


class Clocks(BaseModel):
    """The clocks of a deal, laid open."""

    deal: str
    seq: int
    as_of: Instant
    clocks: tuple[ClockExplained, ...]


class CommandStatus(BaseModel):
    """What became of a command."""

    command_id: str
    status: Literal["applied", "refused", "pending"]
    seq: int | None = Field(None, description="Its last event; the refusal's own if refused.")
    code: str | None = Field(None, description="Why it was refused.")
    facts: dict[str, JsonValue] | None = None


@router.get("/deals", summary="List deals", responses=problems(*LISTS))
async def show_deals(query: Annotated[DealQuery, Query()], backing: Standing) -> Page[DealRow]:
    """As the ledger has them, some milliseconds behind the deals themselves."""
    asked = {name: getattr(query, name) for name in DealFilter.__dataclass_fields__}
    return await list_deals(
        backing.ledger,
        DealFilter(**asked),
        sort=query.sort,
        cursor=query.cursor,
        limit=query.limit,
    )


@router.get(
    "/deals/{id}",
    summary="Show a deal",
    response_model=DealView,
    responses=problems(*ONE_DEAL),
)
async def show_deal(deal_id: DealId, backing: Standing) -> Response:
    """As it is; `stale` where no worker answers and the ledger's record has to do."""
    return deal_answer(await deal_as_it_is(backing, deal_id))


@router.get(
    "/deals/{id}/timeline",
    summary="List what happened to a deal, oldest first",
    response_model=Timeline,
    responses=problems(*LISTS, *ONE_DEAL),
)
async def show_timeline(
    deal_id: DealId,
    backing: Standing,
    cursor: Annotated[
        str | None,
        Query(pattern=r"^(0|[1-9][0-9]{0,8})$", description="`next_cursor` of the page before."),
    ] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = 200,
) -> Response:
    """The audit log: who did what and when, and what time alone did."""
    await recorded(backing, deal_id)
    after = int(cursor or 0)
    found = await timeline(backing.ledger, deal_id, after=after, limit=limit + 1)
    items = tuple(
        TimelineItem(**event.model_dump(), summary=summary(event)) for event in found[:limit]
    )
    following = str(items[-1].seq) if len(found) > limit else None
    page = Timeline(items=items, next_cursor=following)
    return Response(page.model_dump_json(), media_type=JSON)


@router.get(
    "/deals/{id}/clocks",
    summary="Explain why a deal's clocks are due when they are",
    responses=problems(*ONE_DEAL),
)
async def explain_clocks(deal_id: DealId, backing: Standing) -> Clocks:
    """Budget, what counted and what did not, rungs passed and next, and what stops each clock."""
    deal = await recorded(backing, deal_id)
    if deal is None:
        raise Problem(Fault.LEDGER_UNAVAILABLE, "The deal is too new to be in the ledger.")
    playbook = await backing.shelf.find(deal.playbook.id, deal.playbook.version)
    now = datetime.now(UTC)
    line = await backing.ledger.read(line_at, now)
    clocks = explained(playbook, deal, line, now=now)
    return Clocks(deal=deal.id, seq=deal.seq, as_of=now, clocks=clocks)


@router.get(
    "/deals/{id}/commands/{command_id:path}",
    summary="Tell what became of a command",
    responses=problems(Fault.BAD_PARAMETER, Fault.LEDGER_UNAVAILABLE, Fault.UNKNOWN_COMMAND),
)
async def show_command(deal_id: DealId, command_id: str, backing: Standing) -> CommandStatus:
    """Pending means that nobody can tell yet: a command that was accepted waits for the worker."""
    try:
        answer = await backing.engine.outcome(deal_id, command_id)
    except EngineUnavailable:
        return CommandStatus(command_id=command_id, status="pending")
    if answer is None:
        raise Problem(Fault.UNKNOWN_COMMAND, facts={"command_id": command_id})
    return _status(command_id, answer)


def _status(command_id: str, answer: Answer) -> CommandStatus:
    if answer.refusal is None:
        return CommandStatus(command_id=command_id, status="applied", seq=answer.seq)
    return CommandStatus(
        command_id=command_id,
        status="refused",
        seq=answer.seq,
        code=answer.refusal,
        facts=answer.facts,
    )
