"""What should somebody do next, for whom, why, and by when?

Population: the clocks of a person's open deals that an action of theirs answers; deals on hold, and
clocks that rest, ask for nothing. Order: missed first, then by due instant.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from deals.clock import Clock, ClockKind
from deals.duration import Duration
from deals.model import Names
from ledger.agenda import Task, agenda
from ledger.session import Ledger
from reports.cases import Case, Find, Hearing, Staff, cases


@dataclass(frozen=True, slots=True)
class Todo:
    """One thing to do.

    Attributes:
        owner: whose deal it is.
        asked: the action; None where any that moves the deal will do, or a promise says it.
        promised: the words of the promise.
        since: when the clock started; it gives `budget`, None for a promise.
        left_by: the action that left it to be done.
        hears_next: who hears if it is not done; None: nobody.
        case: the deal, whole.
        seq: its latest event, which was heard of at `heard_at`.
    """

    owner: str
    deal_id: str
    title: str
    customer: str
    amount_minor: int | None
    currency: str
    stage: Names
    clock: str
    kind: ClockKind
    asked: Names | None
    promised: str | None
    since: datetime
    budget: Duration | None
    left_by: Names | None
    due_at: datetime
    overdue: bool
    hears_next: Hearing | None
    case: Case
    seq: int
    heard_at: datetime


async def todo(ledger: Ledger, owner: str, find: Find, staff: Staff) -> tuple[Todo, ...]:
    """What the clocks of an owner's deals ask for, in order.

    Args:
        ledger: where to look.
        owner: whose.
        find: finds playbooks.
        staff: whom rungs mean.
    """
    return await explained(ledger, await agenda(ledger, owner), find, staff)


async def explained(
    ledger: Ledger, tasks: Sequence[Task], find: Find, staff: Staff
) -> tuple[Todo, ...]:
    """The same, of some of it."""
    found = await cases(ledger, {task.deal_id for task in tasks}, find)
    return tuple(_todos(tasks, found, staff))


def _todos(tasks: Sequence[Task], found: dict[str, Case], staff: Staff) -> Iterator[Todo]:
    for task in tasks:
        case = found[task.deal_id]
        clock = case.deal.clock(task.clock)
        if clock and clock.live:  # it may have been answered since the list was read
            yield _todo(task, case, clock, staff)


def _todo(task: Task, case: Case, clock: Clock, staff: Staff) -> Todo:
    shared = ("owner", "deal_id", "title", "customer", "amount_minor", "currency", "kind")
    return Todo(
        **{name: getattr(task, name) for name in (*shared, "due_at", "overdue")},
        stage=case.stage_name(task.stage),
        clock=clock.id,
        asked=case.asked(task.kind, task.subject),
        promised=case.promised(clock),
        since=clock.started_at,
        budget=clock.budget,
        left_by=case.left_by(clock),
        hears_next=staff.hears_next(case, clock),
        case=case,
        seq=case.deal.seq,
        heard_at=case.deal.at,
    )
