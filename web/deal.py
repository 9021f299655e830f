"""One deal: where it stands, what its clocks ask for, what is missing, and what happened.

Decides how a deal is laid out for whoever looks. What is true of it, the core and the ledger say.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from fastapi import APIRouter, Request, Response

from api.backing import Backing, Standing
from api.codes import Fault
from api.explanations import ClockExplained, explained
from api.problems import Problem
from api.reading import recorded
from deals.agenda import NextAction, next_actions
from deals.clock import Clock, ClockKind
from deals.deal import Done
from deals.duration import Duration
from deals.events import ActionRecorded, ClockBreached, ClocksSet, Event, RungReached
from deals.gates import missing_before, stage_of, unmet
from deals.model import Names
from deals.playbook import FactRule, Stage
from deals.view import workflow_id
from ledger.timeline import timeline
from reports.cases import Case, Hearing
from web.clock_line import HERO_TICK, Line, State, line_of, state_of
from web.given import READINGS
from web.last_year import counted
from web.page import page
from web.path import steps
from web.reader import Looking, Reader

router: Final = APIRouter(include_in_schema=False)

SHOWN: Final = 40
"""Events that a deal's page shows at first. A choice."""

DAY: Final = timedelta(days=1)

FORMS: Final = frozenset(READINGS) - {"advance", "resume", "claim"}
"""Commands that have a page with their form."""


@dataclass(frozen=True, slots=True)
class ClockShown:
    """A clock as the page tells of it; read by the same words as a row of the list."""

    id: str
    kind: ClockKind
    subject: str
    state: State
    span: str
    asked: Names | None
    promised: str | None
    left_by: Names | None
    since: datetime
    budget: Duration | None
    due_at: datetime | None
    hears_next: Hearing | None
    line: Line
    ladder: Line
    """The same line, with room for names at its rungs."""


@dataclass(frozen=True, slots=True)
class ActionShown:
    """An action of the present stage.

    Attributes:
        done: the latest record of it in this visit.
        before: what has to be done first.
        offered: it can be recorded now.
        clock: that runs for it.
    """

    id: str
    name: Names
    done: Done | None
    before: tuple[Names, ...]
    offered: NextAction | None
    clock: ClockShown | None
    required: bool


@dataclass(frozen=True, slots=True)
class FactShown:
    """A fact of the playbook, and what is known."""

    id: str
    rule: FactRule
    value: Any
    is_missing: bool


@router.get("/deals/{deal_id}")
async def show(request: Request, deal_id: str, reader: Looking, backing: Standing) -> Response:
    """The deal as it is."""
    case = await case_of(backing, deal_id)
    clocks = [clock_shown(case, clock, reader) for clock in case.deal.clocks if clock.live]
    clocks.sort(key=lambda one: (one.due_at is None, one.due_at or reader.now))
    asked = request.query_params.get("why")
    told = request.query_params.get("timeline", "")
    events = await _events(backing, deal_id)
    return await page(
        request,
        reader,
        "deal",
        tab="board",
        **about(case, reader),
        won_days=await _won_days(request, backing, case, reader.now),
        clocks=clocks,
        hero=next((one for one in clocks if one.state != "paused"), None),
        steps=tuple(steps(case, reader.now)),
        actions=tuple(_actions(case, clocks)),
        missing=[(one, case.lacking_name(one)) for one in case.lacking()],
        facts=tuple(_facts(case)),
        events=_chosen(events, told),
        events_n=len(events),
        told=told if told in {"all", "late"} else "",
        why=_explained(case, reader, asked) if asked else None,
        opened=request.query_params.get("open", ""),
    )


@router.get("/deals/{deal_id}/{verb}")
async def form(
    request: Request, deal_id: str, verb: str, reader: Looking, backing: Standing
) -> Response:
    """The form of a command, as a page of its own."""
    if verb not in FORMS:
        raise Problem(Fault.UNKNOWN_ROUTE, facts={"path": request.url.path})
    case = await case_of(backing, deal_id)
    return await page(
        request, reader, "deal_form", tab="board", verb=verb, **about(case, reader),
        facts=tuple(_facts(case)), kept=request.query_params, faults={},
    )  # fmt: skip


async def case_of(backing: Backing, deal_id: str) -> Case:
    """A deal with its playbook, as recorded so far.

    Raises:
        Refused: `unknown_deal`.
        Problem: `ledger_unavailable`.
    """
    deal = await recorded(backing, deal_id)
    if deal is None:
        raise Problem(Fault.LEDGER_UNAVAILABLE)
    return Case(await backing.shelf.find(deal.playbook.id, deal.playbook.version), deal)


def about(case: Case, reader: Reader) -> dict[str, Any]:
    """What every page about a deal speaks of."""
    deal, playbook = case.deal, case.playbook
    following = playbook.next_stage(deal.visit.stage)
    position = playbook.position(deal.visit.stage)
    return {
        "deal": deal,
        "playbook": playbook,
        "stage": stage_of(playbook, deal),
        "following": following,
        "earlier": playbook.stages[:position],
        "offered": next_actions(playbook, deal),
        "lacking": len(unmet(playbook, deal)),
        "workflow": workflow_id(deal.id),
        "reps": reader.choices,
        "age": _age(case, reader.now),
    }


def _age(case: Case, now: datetime) -> int | None:
    """For how many whole days of its calendar the deal is, or was, open."""
    deal = case.deal
    if deal.opened_at is None:
        return None
    until = deal.outcome.at if deal.outcome else now
    return int((until - deal.opened_at) / DAY * case.calendar.scale)


async def _won_days(request: Request, backing: Backing, case: Case, now: datetime) -> int | None:
    """How many days of its calendar half of the deals like it took until they were won."""
    known = (await counted(request, backing, now)).won_days.get(case.playbook.id)
    return round(known * case.calendar.scale) if known and not case.deal.outcome else None


def clock_shown(case: Case, clock: Clock, reader: Reader) -> ClockShown:
    """A clock of a deal."""
    scale = case.calendar.scale
    state = state_of(clock, now=reader.now, zone=reader.zone, scale=scale)
    left = (clock.due_at - reader.now) if clock.due_at else timedelta()
    return ClockShown(
        id=clock.id,
        kind=clock.kind,
        subject=clock.subject,
        state=state,
        span=reader.speech.span(left, in_seconds=scale > 1),
        asked=case.asked(clock.kind, clock.subject),
        promised=case.promised(clock),
        left_by=case.left_by(clock),
        since=clock.started_at,
        budget=clock.budget,
        due_at=clock.due_at,
        hears_next=reader.staff.hears_next(case, clock),
        line=line_of(clock, case.playbook, state, reader.now),
        ladder=line_of(clock, case.playbook, state, reader.now, tick=HERO_TICK),
    )


def _actions(case: Case, clocks: list[ClockShown]) -> Iterator[ActionShown]:
    """Open duties, then the stage's actions, in the playbook's order."""
    deal, stage = case.deal, stage_of(case.playbook, case.deal)
    offered = {one.action: one for one in next_actions(case.playbook, deal)}
    duties = [duty.action for duty in deal.duties]
    for name in dict.fromkeys((*(action.id for action in stage.actions), *duties)):
        action = stage.action(name)
        before = missing_before(stage, deal, name) if not deal.outcome else ()
        running = (one for one in clocks if one.kind in {"action", "follow_on"})
        yield ActionShown(
            id=name,
            name=case.action_name(name),
            done=deal.done_in_visit(name) if name not in duties else None,
            before=tuple(case.action_name(one) for one in before),
            offered=offered.get(name),
            clock=next((one for one in running if one.subject == name), None),
            required=action.required if action else True,
        )


def _facts(case: Case) -> Iterator[FactShown]:
    """Those of the stage first, then what else is known, then the rest."""
    wanted = _wanted(case)
    known = case.deal.facts
    ids = [*wanted, *(one for one in case.playbook.facts if one not in wanted)]
    for fact in sorted(ids, key=lambda one: (one not in wanted, one not in known)):
        rule = case.playbook.facts.get(fact)
        if rule:
            value = known.get(fact)
            yield FactShown(fact, rule, value, fact in wanted and value is None)


def _wanted(case: Case) -> tuple[str, ...]:
    stage: Stage = stage_of(case.playbook, case.deal)
    return stage.facts


async def _events(backing: Backing, deal_id: str) -> Sequence[Event]:
    """What happened, the latest first; what clocks did by themselves only as far as it tells."""
    found = await timeline(backing.ledger, deal_id, limit=None)
    return [one for one in reversed(found) if not isinstance(one, ClocksSet)]


def _chosen(events: Sequence[Event], told: str) -> Sequence[Event]:
    """Those that are asked for: the latest, all, or what was late."""
    if told == "late":
        return [one for one in events if _is_late(one)]
    return events if told == "all" else events[:SHOWN]


def _is_late(event: Event) -> bool:
    if isinstance(event, ActionRecorded):
        return event.late
    if isinstance(event, RungReached):
        return event.do != "remind"
    return isinstance(event, ClockBreached)


def _explained(case: Case, reader: Reader, clock: str) -> ClockExplained | None:
    found = explained(case.playbook, case.deal, reader.staff.line, now=reader.now)
    return next((one for one in found if one.id == clock), None)
