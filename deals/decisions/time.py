"""Time as a command.

Reach every deadline that lies behind, one after the other, in the order they were due.
"""

from __future__ import annotations

from deals import events as e
from deals.clocks import Deadline, next_deadline
from deals.commands import PassTime
from deals.decisions.draft import Draft


def pass_time(draft: Draft, _command: PassTime) -> None:
    """Afterwards the next deadline lies ahead of `draft.now`; nothing due: no event."""
    while (deadline := next_deadline(draft.deal)) and deadline.at <= draft.now:
        match deadline.what:
            case "hold_ends":
                draft.add(e.HoldReleased, occurred_at=deadline.at, expired=True)
                draft.set_clocks()
            case "breach":
                _breach(draft, deadline)
            case "rung":
                _reach(draft, deadline)


def _breach(draft: Draft, deadline: Deadline) -> None:
    clock = draft.clock(deadline.clock)
    draft.add(
        e.ClockBreached,
        occurred_at=deadline.at,
        clock=clock.id,
        clock_kind=clock.kind,
        subject=clock.subject,
    )
    draft.set_clocks()


def _reach(draft: Draft, deadline: Deadline) -> None:
    clock = draft.clock(deadline.clock)
    rung = draft.playbook.ladder(clock.ladder)[deadline.rung]
    draft.add(
        e.RungReached,
        occurred_at=deadline.at,
        escalation=f"{draft.deal.id}.{draft.next_seq}",
        clock=clock.id,
        clock_kind=clock.kind,
        subject=clock.subject,
        rung=deadline.rung,
        to=rung.to,
        do=rung.do,
        due_at=clock.due_at or deadline.at,
    )
    if rung.do == "recycle" and not draft.deal.in_pool:
        before = draft.deal.owner
        draft.add(e.DealPooled, occurred_at=deadline.at, before=before, because=clock.id)
        draft.set_clocks()
