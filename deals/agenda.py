"""What the owner can do next in the present stage, in the playbook's order."""

from __future__ import annotations

from collections.abc import Iterator

from deals.clock import Clock
from deals.deal import Deal
from deals.gates import missing_before, stage_of
from deals.model import Instant, Names, Recorded
from deals.playbook import Measure, Playbook, Recipient


class NextRung(Recorded):
    """The rung a clock reaches next."""

    at: Instant
    to: Recipient
    do: Measure


class NextAction(Recorded):
    """An action that can be done now, and until when it should be."""

    action: str
    name: Names
    due_at: Instant | None
    overdue: bool
    required: bool
    evidence: tuple[str, ...]
    next_rung: NextRung | None


def next_actions(playbook: Playbook, deal: Deal) -> tuple[NextAction, ...]:
    """Open duties first, then the stage's actions whose predecessors are done.

    Repeatable ones stay on offer.
    """
    if deal.outcome:
        return ()
    return tuple(_offered(playbook, deal))


def next_rung(playbook: Playbook, clock: Clock) -> NextRung | None:
    """The earliest rung ahead of the clock, or None."""
    ladder = playbook.ladder(clock.ladder)
    ahead = ((at, n) for n, at in enumerate(clock.rungs) if n not in clock.reached)
    first = min(ahead, default=None)
    if first is None or not clock.live:
        return None
    at, n = first
    return NextRung(at=at, to=ladder[n].to, do=ladder[n].do)


def _offered(playbook: Playbook, deal: Deal) -> Iterator[NextAction]:
    stage = stage_of(playbook, deal)
    for duty in deal.duties:
        if follow_on := stage.duty(duty.action):
            yield _next(playbook, deal, follow_on.id, follow_on.name, required=True)
    for action in stage.actions:
        done = deal.done_in_visit(action.id) is not None and not action.repeat
        if not done and not missing_before(stage, deal, action.id):
            yield _next(
                playbook,
                deal,
                action.id,
                action.name,
                required=action.required,
                evidence=action.evidence,
            )


def _next(
    playbook: Playbook,
    deal: Deal,
    action: str,
    name: Names,
    *,
    required: bool,
    evidence: tuple[str, ...] = (),
) -> NextAction:
    clocks = (
        c
        for c in deal.clocks
        if c.live and c.kind in {"action", "follow_on"} and c.subject == action
    )
    clock = next(clocks, None)
    return NextAction(
        action=action,
        name=name,
        due_at=clock.due_at if clock else None,
        overdue=bool(clock and clock.breached_at),
        required=required,
        evidence=evidence,
        next_rung=next_rung(playbook, clock) if clock else None,
    )
