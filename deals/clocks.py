"""The clocks a deal should have, derived anew from its facts.

And the next instant at which one of them matters.

Decides when something is due. Every command's clocks come from here by comparison of what is with
what should be, so no command has to think of clocks. Must never fire anything: `decisions.time`
does.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Literal, NamedTuple

from deals.deal import Anchor, Clock, ClockKind, ClockState, Deal, Pause
from deals.duration import Duration
from deals.gates import settled, stage_of
from deals.playbook import Playbook, Rung
from deals.working_time import due, rung_at

NEXT_STEP = "next-step"


class Deadline(NamedTuple):
    """The next thing that time alone will do to a deal.

    Sorts by instant, then in the order things happen.
    """

    at: datetime
    order: int
    clock: str
    rung: int

    @property
    def what(self) -> Literal["hold_ends", "breach", "rung"]:
        """What happens then."""
        kinds: tuple[Literal["hold_ends"], Literal["breach"], Literal["rung"]] = (
            "hold_ends",
            "breach",
            "rung",
        )
        return kinds[self.order]


class _Rule(NamedTuple):
    """One clock that the playbook or a promise asks for."""

    kind: ClockKind
    subject: str
    anchor: Anchor
    budget: Duration | datetime
    """The rule's duration, or the instant a promise names."""
    ladder: str | None


def next_deadline(deal: Deal) -> Deadline | None:
    """The earliest deadline still ahead of the deal; None when nothing will happen by itself."""
    return min(_deadlines(deal), default=None)


def armed(playbook: Playbook, deal: Deal) -> tuple[Clock, ...]:
    """The clocks the deal should have now, in the playbook's order.

    Those it has keep what they went through.

    Raises:
        ValueError: a due instant cannot be computed; the command that asked for it must be refused.
    """
    if deal.outcome:
        return ()
    return tuple(_clock(playbook, deal, rule) for rule in _rules(playbook, deal))


def _deadlines(deal: Deal) -> Iterator[Deadline]:
    if deal.outcome or deal.in_pool:
        return
    if deal.hold:
        yield Deadline(deal.hold.until, 0, "", 0)
        return
    for clock in deal.clocks:
        if not clock.live or clock.due_at is None:
            continue
        if clock.breached_at is None:
            yield Deadline(clock.due_at, 1, clock.id, 0)
        for rung, at in enumerate(clock.rungs):
            if rung not in clock.reached:
                yield Deadline(at, 2, clock.id, rung)


def _rules(playbook: Playbook, deal: Deal) -> Iterator[_Rule]:
    stage, visit = stage_of(playbook, deal), deal.visit
    began = deal.restarted or Anchor(seq=visit.seq, at=visit.entered_at or visit.heard_at)
    for action in stage.actions:
        if action.due is None or settled(deal, action.id):
            continue
        before = deal.done_in_visit(action.due_from) if action.due_from else None
        if action.due_from and before is None:
            continue
        anchor = Anchor(seq=before.seq, at=before.occurred_at) if before else began
        yield _Rule("action", action.id, anchor, action.due, action.ladder)
    if stage.stay and stage.stay.limit:
        yield _Rule("stay", stage.id, began, stage.stay.limit, stage.stay.ladder)
    if stage.idle:
        moved = deal.moved if deal.moved and deal.moved.at >= began.at else began
        yield _Rule("idle", stage.id, moved, stage.idle.limit, stage.idle.ladder)
    for duty in deal.duties:
        follow_on = stage.duty(duty.action)
        if follow_on:
            anchor = Anchor(seq=duty.seq, at=duty.since)
            yield _Rule("follow_on", duty.action, anchor, follow_on.within, follow_on.ladder)
    if step := deal.next_step:
        anchor = Anchor(seq=step.seq, at=step.set_at)
        yield _Rule("promise", NEXT_STEP, anchor, step.due_at, None)


def _clock(playbook: Playbook, deal: Deal, rule: _Rule) -> Clock:
    clock_id = f"{rule.kind}.{rule.subject}.{rule.anchor.seq}"
    known = deal.clock(clock_id)
    pauses = _pauses(deal, rule)
    due_at = due(playbook.calendar, rule.budget, rule.anchor.at, pauses)
    if due_at is None and not deal.in_pool:
        raise ValueError(f"{rule.kind} {rule.subject} is never due")
    ladder = playbook.ladder(rule.ladder)
    rungs = _rungs(playbook, rule, due_at, pauses, ladder) if due_at and not deal.in_pool else ()
    fresh = Clock(
        id=clock_id,
        kind=rule.kind,
        subject=rule.subject,
        visit=deal.visit.number,
        seq=rule.anchor.seq,
        state="running",
        started_at=rule.anchor.at,
        budget=rule.budget if isinstance(rule.budget, Duration) else None,
        ladder=rule.ladder,
        due_at=due_at,
        rungs=rungs,
        reached=tuple(
            n for n, at in enumerate(rungs) if at <= rule.anchor.at and due_at and at < due_at
        ),
    )
    if known:
        kept = ("visit", "reached", "shift_seconds", "breached_at")
        fresh = fresh.model_copy(update={name: getattr(known, name) for name in kept})
    return shifted(fresh.model_copy(update={"state": _state(deal, fresh)}))


def shifted(clock: Clock) -> Clock:
    """The clock with its rungs to come moved by what an acknowledgement gave."""
    if not clock.shift_seconds:
        return clock
    rungs = tuple(
        at if n in clock.reached else at + clock.shift for n, at in enumerate(clock.rungs)
    )
    return clock.model_copy(update={"rungs": rungs})


def _rungs(
    playbook: Playbook,
    rule: _Rule,
    due_at: datetime,
    pauses: tuple[Pause, ...],
    ladder: tuple[Rung, ...],
) -> tuple[datetime, ...]:
    return tuple(
        rung_at(playbook.calendar, rung.at, rule.budget, rule.anchor.at, due_at, pauses)
        for rung in ladder
    )


def _pauses(deal: Deal, rule: _Rule) -> tuple[Pause, ...]:
    if rule.kind != "idle" or not deal.rests:
        return deal.pauses
    return tuple(sorted((*deal.pauses, *deal.rests), key=lambda pause: pause.since))


def _state(deal: Deal, clock: Clock) -> ClockState:
    if deal.hold or deal.in_pool:
        return "paused"
    if clock.breached_at is not None:
        return "breached"
    promise = next((c for c in deal.clocks if c.kind == "promise" and c.live), None)
    resting = clock.kind == "idle" and deal.next_step and not (promise and promise.breached_at)
    return "paused" if resting else "running"
