"""Today: one ranked list of what a rep should do next, done in one click or with a form in place.

Decides how the agenda is put before its owner. Order and content are the report's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from fastapi import APIRouter, Request, Response

from api.backing import Standing
from deals.agenda import NextAction, next_actions
from deals.clock import ClockKind
from deals.duration import Duration
from deals.model import Names
from ledger.agenda import Task as Planned
from ledger.agenda import agenda
from reports.agenda import Todo, explained
from reports.cases import Hearing
from web.beside import beside
from web.clock_line import Line, State, line_of, state_of
from web.page import page
from web.reader import Looking, Reader

router: Final = APIRouter(include_in_schema=False)

SHOWN: Final = 50
"""Things to do that are shown at first. A choice: more than a day has room for."""


Part = Literal["late", "today", "coming"]
"""A section of the list."""

FORMS: Final = ("record", "next", "hold", "assign")
"""Forms that open in a row."""


@dataclass(frozen=True, slots=True)
class Task:
    """A row of the list.

    Attributes:
        key: names the row across pages.
        span: the time left, or how late it is; empty: less than a minute.
        action: what one click records; None where somebody has to say more.
        offered: what may be recorded now.
    """

    key: str
    state: State
    span: str
    deal_id: str
    seq: int
    title: str
    customer: str
    amount_minor: int | None
    currency: str
    stage: Names
    kind: ClockKind
    clock: str
    subject: str
    asked: Names | None
    promised: str | None
    left_by: Names | None
    since: datetime
    budget: Duration | None
    due_at: datetime
    hears_next: Hearing | None
    line: Line
    action: str | None
    offered: tuple[NextAction, ...]


@router.get("/today")
async def today(request: Request, reader: Looking, backing: Standing) -> Response:
    """The reader's own list."""
    planned = await agenda(backing.ledger, reader.person.id)
    asked = request.query_params
    every = "all" in asked
    chosen = planned if every else planned[:SHOWN]
    found = await explained(backing.ledger, chosen, backing.shelf.find, reader.staff)
    tasks = [task_of(one, reader) for one in found]
    opened, do = asked.get("open", ""), asked.get("do", "")
    return await page(
        request,
        reader,
        "today",
        tab="today",
        sections=tuple(_sections(tasks)),
        more=len(planned) - len(chosen),
        total=len(planned),
        of=Counter(_part(one, reader) for one in planned),
        day_line=tuple(_marks(planned, reader)),
        now_x=_x(reader.now, reader),
        opened=opened,
        do=do if do in FORMS else "record",
        every=every,
        reps=reader.choices,
        **(await beside(request, reader, backing)),
    )


def task_of(one: Todo, reader: Reader) -> Task:
    """What the agenda asks for, as a row."""
    case = one.case
    clock = next(clock for clock in case.deal.clocks if clock.id == one.clock)
    scale = case.calendar.scale
    state = state_of(clock, now=reader.now, zone=reader.zone, scale=scale)
    offered = next_actions(case.playbook, case.deal)
    shared = (
        *("deal_id", "seq", "title", "customer", "amount_minor", "currency", "stage", "kind"),
        *("clock", "asked", "promised", "left_by", "since", "budget", "due_at", "hears_next"),
    )
    return Task(
        key=f"{one.deal_id}/{one.clock}",
        state=state,
        span=reader.speech.span(one.due_at - reader.now, in_seconds=scale > 1),
        line=line_of(clock, case.playbook, state, reader.now),
        subject=clock.subject,
        action=_at_once(one.kind, clock.subject, offered),
        offered=offered,
        **{name: getattr(one, name) for name in shared},
    )


def _at_once(kind: ClockKind, subject: str, offered: Iterable[NextAction]) -> str | None:
    """The action that one click records: one that needs no document and no minutes."""
    if kind != "action":
        return None
    found = next((one for one in offered if one.action == subject), None)
    return found.action if found and not found.evidence else None


def _sections(tasks: list[Task]) -> Iterator[tuple[Part, list[Task]]]:
    """Late, due today, coming up; each in the list's order."""
    parts: tuple[tuple[Part, tuple[State, ...]], ...] = (
        *(("late", ("late",)), ("today", ("today",)), ("coming", ("soon", "ok"))),
    )
    for name, states in parts:
        mine = [task for task in tasks if task.state in states]
        if mine:
            yield name, mine


FIRST_HOUR: Final = 8
LAST_HOUR: Final = 20
"""What the day line shows of a day. Choices."""

NAME_WIDTH: Final = 11.0
"""Percent of the line that a name takes. A choice."""

BEFORE: Final = 4.0
AFTER: Final = 96.0
"""Where what lies before the day, and after it, stands; in percent of the line."""


def _x(instant: datetime, reader: Reader) -> float:
    """Where an instant lies on the day line, in percent."""
    local, today = instant.astimezone(reader.zone), reader.now.astimezone(reader.zone).date()
    hours = (local.hour + local.minute / 60 - FIRST_HOUR) / (LAST_HOUR - FIRST_HOUR)
    if local.date() < today or (local.date() == today and hours < 0):
        return BEFORE
    if local.date() > today or hours > 1:
        return AFTER
    return 10 + 80 * hours


def _part(planned: Planned, reader: Reader) -> Part:
    """The section of the list that something belongs to."""
    if planned.overdue:
        return "late"
    today = reader.now.astimezone(reader.zone).date()
    return "today" if planned.due_at.astimezone(reader.zone).date() <= today else "coming"


def _marks(planned: Iterable[Planned], reader: Reader) -> Iterator[tuple[float, State, str]]:
    """A mark wherever something is due, one for all in one place; a name where there is room."""
    last, now, drawn = -100.0, _x(reader.now, reader), set[tuple[int, Part]]()
    for one in sorted(planned, key=lambda one: one.due_at):
        x, part = _x(one.due_at, reader), _part(one, reader)
        if (round(x), part) in drawn:
            continue
        drawn.add((round(x), part))
        has_room = x - last >= NAME_WIDTH and abs(x - now) >= NAME_WIDTH / 2
        if has_room:
            last = x
        yield x, "soon" if part == "coming" else part, one.customer if has_room else ""
