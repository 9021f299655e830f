"""The clocks a deal should have, derived anew from its facts.

And the next instant at which one of them matters.

Decides when something is due. Every command's clocks come from here by comparison of what is with
what should be, so no command has to think of clocks. Must never fire anything: `decisions.time`
does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from deals.calendar import Calendar
from deals.clock import Anchor, Cause, Clock, ClockKind, ClockState, Pause
from deals.deal import Deal, Done
from deals.duration import Duration, Offset
from deals.gates import settled, stage_of
from deals.own_time import NOTHING_OWN, personal
from deals.playbook import Playbook
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


def calendar_of(playbook: Playbook, deal: Deal) -> Calendar:
    """The calendar by which the deal's time is counted: the company's, as its owner works."""
    base = deal.calendar or playbook.calendar
    return base if deal.own == NOTHING_OWN else personal(base, deal.own)


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


def quieted(playbook: Playbook, deal: Deal, clock: Clock, until: datetime) -> Clock:
    """The clock with the rungs to come moved, so that the first comes at `until` or later.

    They keep their distances. The very same clock if none comes earlier.
    """
    ahead = [at for n, at in enumerate(clock.rungs) if n not in clock.reached]
    if not ahead or min(ahead) >= until:
        return clock
    by = (until - min(ahead)).total_seconds()
    moved = clock.model_copy(update={"shift_seconds": clock.shift_seconds + by})
    others = (moved if one.id == clock.id else one for one in deal.clocks)
    wanted = armed(playbook, deal.model_copy(update={"clocks": tuple(others)}))
    return next(one for one in wanted if one.id == clock.id)


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
    stage = stage_of(playbook, deal)
    began = deal.restarted or _entry(deal)
    for action in stage.actions:
        if action.due is None or settled(deal, action.id):
            continue
        before = deal.done_in_visit(action.due_from) if action.due_from else None
        if action.due_from and before is None:
            continue
        anchor = _after(before) if before else began
        yield _Rule("action", action.id, anchor, action.due, action.ladder)
    if stage.stay and stage.stay.limit:
        yield _Rule("stay", stage.id, began, stage.stay.limit, stage.stay.ladder)
    if stage.idle:
        moved = deal.moved if deal.moved and deal.moved.at >= began.at else began
        yield _Rule("idle", stage.id, moved, stage.idle.limit, stage.idle.ladder)
    for duty in deal.duties:
        follow_on = stage.duty(duty.action)
        if follow_on:
            cause = Cause(what="action", subject=duty.because, by=duty.by) if duty.by else None
            anchor = Anchor(seq=duty.seq, at=duty.since, cause=cause)
            yield _Rule("follow_on", duty.action, anchor, follow_on.within, follow_on.ladder)
    if step := deal.next_step:
        cause = Cause(what="promise", subject=step.what, by=step.by)
        anchor = Anchor(seq=step.seq, at=step.set_at, cause=cause)
        yield _Rule("promise", NEXT_STEP, anchor, step.due_at, None)


def _entry(deal: Deal) -> Anchor:
    visit = deal.visit
    cause = Cause(what="stage", subject=visit.stage, by=visit.by) if visit.by else None
    return Anchor(seq=visit.seq, at=visit.entered_at or visit.heard_at, cause=cause)


def _after(done: Done) -> Anchor:
    cause = Cause(what="action", subject=done.action, by=done.actor)
    return Anchor(seq=done.seq, at=done.occurred_at, cause=cause)


def _clock(playbook: Playbook, deal: Deal, rule: _Rule) -> Clock:
    """The clock as it should be; the very one the deal has, if nothing about it has changed."""
    pinned = _Pinned(deal.playbook.digest, calendar_of(playbook, deal), playbook)
    pauses = _pauses(deal, rule)
    due_at, rungs = _schedule(pinned, rule.ladder, rule.budget, rule.anchor.at, pauses)
    if deal.in_pool:
        rungs = ()
    elif due_at is None:
        raise ValueError(f"{rule.kind} {rule.subject} is never due")
    clock_id = f"{rule.kind}.{rule.subject}.{rule.anchor.seq}"
    known = deal.clock(clock_id)
    if rungs:
        rungs = _warned(pinned, deal, rule, _shifted(known, rungs) if known else rungs, pauses)
    clock = known or _started(deal, rule, clock_id, due_at, rungs)
    now: dict[str, Any] = {"due_at": due_at, "rungs": rungs, "state": _state(deal, clock)}
    if known:  # another version of the playbook may say otherwise
        now |= {"budget": _said(rule), "ladder": rule.ladder}
    if all(getattr(clock, name) == value for name, value in now.items()):
        return clock
    return clock.model_copy(update=now)


def _started(
    deal: Deal, rule: _Rule, clock_id: str, due_at: datetime | None, rungs: tuple[datetime, ...]
) -> Clock:
    """A clock that starts here; a reminder due before that is skipped."""
    began = rule.anchor.at
    return Clock(
        id=clock_id,
        kind=rule.kind,
        subject=rule.subject,
        visit=deal.visit.number,
        seq=rule.anchor.seq,
        state="running",
        started_at=began,
        budget=_said(rule),
        ladder=rule.ladder,
        cause=rule.anchor.cause,
        due_at=due_at,
        rungs=rungs,
        reached=tuple(n for n, at in enumerate(rungs) if due_at and at <= began and at < due_at),
    )


def _said(rule: _Rule) -> Duration | None:
    """The rule's duration; None of a promise, which names an instant."""
    return rule.budget if isinstance(rule.budget, Duration) else None


def _shifted(clock: Clock, rungs: tuple[datetime, ...]) -> tuple[datetime, ...]:
    """The rungs, those to come moved by what an acknowledgement gave."""
    if not clock.shift_seconds:
        return rungs
    return tuple(at if n in clock.reached else at + clock.shift for n, at in enumerate(rungs))


def _warned(
    pinned: _Pinned, deal: Deal, rule: _Rule, rungs: tuple[datetime, ...], pauses: tuple[Pause, ...]
) -> tuple[datetime, ...]:
    """The rungs, the one that recycles not before the protection ends, and its warning behind."""
    if pinned.playbook.ladder(rule.ladder)[-1].do != "warn":
        return rungs
    recycled_at = max(rungs[-1], deal.protected_until or rungs[-1])
    warned_at = _warning_at(pinned, rule.anchor.at, recycled_at, pauses)
    return (*rungs[:-1], recycled_at, warned_at)


@dataclass(frozen=True, slots=True)
class _Pinned:
    """A playbook, told from others by its digest, and the calendar a deal counts by."""

    digest: str
    calendar: Calendar
    playbook: Playbook = field(compare=False)


@lru_cache(maxsize=20_000)
def _schedule(
    pinned: _Pinned,
    ladder: str | None,
    budget: Duration | datetime,
    start: datetime,
    pauses: tuple[Pause, ...],
) -> tuple[datetime | None, tuple[datetime, ...]]:
    """When such a clock is due, and its rungs; kept, since a command changes few clocks of a deal.

    20,000 are a choice: those of some 4,000 deals, about 15 MB.
    """
    calendar = pinned.calendar
    due_at = due(calendar, budget, start, pauses)
    if due_at is None:
        return None, ()
    written = (one for one in pinned.playbook.ladder(ladder) if one.do != "warn")
    rungs = tuple(rung_at(calendar, one.at, budget, start, due_at, pauses) for one in written)
    return due_at, rungs


@lru_cache(maxsize=20_000)
def _warning_at(
    pinned: _Pinned, start: datetime, recycled_at: datetime, pauses: tuple[Pause, ...]
) -> datetime:
    """When the owner is warned; kept for the same reason."""
    before = Offset(f"-{pinned.playbook.pool.warning}")
    return rung_at(pinned.calendar, before, recycled_at, start, recycled_at, pauses)


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
