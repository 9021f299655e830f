"""A clock of a deal, what starts and stops it, and what it raises.

Decides what is remembered about pace. Must never hold a rule, like `deal`, whose part it is.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from deals.duration import Duration
from deals.model import Instant, Recorded
from deals.playbook import Measure, Recipient

ClockKind = Literal["action", "stay", "idle", "follow_on", "promise"]
ClockState = Literal["running", "paused", "met", "breached", "stopped"]


class Pause(Recorded):
    """A span in which no clock of the deal counts; `until` None while nobody knows the end."""

    since: Instant
    until: Instant | None
    why: Literal["hold", "pool", "next_step"]


class Cause(Recorded):
    """What started a clock, and whose doing that was."""

    what: Literal["stage", "action", "reply", "claim", "promise"]
    subject: str | None = None
    """The stage, or the action."""
    by: str


class Anchor(Recorded):
    """The event that started a clock, and from when it counts."""

    seq: int
    at: Instant
    cause: Cause | None = None
    """None where an older version wrote it."""


class Clock(Recorded):
    """One running SLA.

    Where it started, when it is due, which rungs follow and which have been reached.

    `due_at` and `rungs` are carried as instants so that nobody who reads them needs the calendar;
    `decide` alone derives them (ADR 0006).
    """

    id: str
    """`kind.subject.seq`, where seq is the event that started it."""
    kind: ClockKind
    subject: str
    """The action for action and follow_on; the stage for stay and idle; `next-step` for promise."""
    visit: int
    seq: int
    state: ClockState
    started_at: Instant
    budget: Duration | None
    """The rule's duration; None for a promise, which names its instant itself."""
    ladder: str | None
    cause: Cause | None = None
    """None where an older version started it."""
    due_at: Instant | None
    """None while paused with no known end."""
    rungs: tuple[Instant, ...] = ()
    """The instant of each rung of the ladder, in ladder order; empty in the pool."""
    reached: tuple[int, ...] = ()
    """Places of the rungs that are behind it."""
    told: tuple[tuple[Recipient, Measure], ...] = ()
    """What was told by the ladder of another version, and has no rung in the present one."""
    shift_seconds: float = 0.0
    """Clock seconds by which an acknowledgement moved the rungs still to come."""
    breached_at: Instant | None = None
    """The due instant it missed."""
    ended_at: Instant | None = None
    """When it was met (the action's own instant) or stopped."""

    @property
    def shift(self) -> timedelta:
        """By how much an acknowledgement moved the rungs still to come, in clock time."""
        return timedelta(seconds=self.shift_seconds)

    @property
    def live(self) -> bool:
        """Whether it can still reach a deadline."""
        return self.state in {"running", "paused", "breached"}


class Escalation(Recorded):
    """A rung that was reached and not yet answered, or a rep's request to a manager."""

    id: str
    """`deal id.seq of the event that raised it`."""
    kind: ClockKind | Literal["override"]
    subject: str
    clock: str | None
    to: Recipient
    do: Measure
    at: Instant
    due_at: Instant | None
    acknowledged_at: Instant | None = None
    reason: str | None = None
