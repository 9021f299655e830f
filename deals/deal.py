"""The state of one deal: facts only, nothing that a clock could change behind its back.

Decides what is remembered about a deal. Must never hold a rule: `decide` makes events, `evolve`
folds them into this.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Literal

from deals.duration import Duration
from deals.model import Instant, Recorded
from deals.playbook import Measure, Recipient

Role = Literal["rep", "manager", "director", "ops", "system"]
ClockKind = Literal["action", "stay", "idle", "follow_on", "promise"]
ClockState = Literal["running", "paused", "met", "breached", "stopped"]
Status = Literal["open", "on_hold", "won", "lost", "dropped"]
Result = Literal["won", "lost", "dropped"]
VisitEnd = Literal["forward", "back", "won", "lost", "dropped"]

REMEMBERED_COMMANDS = 200
"""How many command ids a deal carries to recognise a repeat.

Source: ADR 0003; older ones are found in the ledger.
"""


class Actor(Recorded):
    """Who did it, and in which role."""

    id: str
    role: Role


SYSTEM = Actor(id="dealpace", role="system")
OPS = Actor(id="ops", role="ops")
OWNER = Actor(id="", role="rep")
"""Whoever has the deal when a command is decided; ops while nobody has."""


class PlaybookRef(Recorded):
    """The playbook version a deal is pinned to."""

    id: str
    version: int
    digest: str


class Unmet(Recorded):
    """One thing the gate of the present stage still lacks."""

    kind: Literal["action", "fact"]
    id: str


class StageVisit(Recorded):
    """One stay in a stage; coming back later is another visit."""

    number: int
    """1 for the first visit of the deal."""
    stage: str
    entered_at: Instant | None
    """When it began; None where an import does not know."""
    seq: int
    """The event that began it."""
    heard_at: Instant
    """When the engine learned of it; equals `entered_at` unless imported."""
    ended_at: Instant | None = None
    end: VisitEnd | None = None
    waived: tuple[Unmet, ...] = ()


class Done(Recorded):
    """An action done in a visit; of a repeated one the latest, with the count."""

    action: str
    stage: str
    visit: int
    seq: int
    at: Instant
    occurred_at: Instant
    actor: str
    late: bool
    times: int = 1


class Duty(Recorded):
    """An open follow-on: created by one action, ended by another."""

    action: str
    because: str
    visit: int
    seq: int
    since: Instant


class Pause(Recorded):
    """A span in which no clock of the deal counts; `until` None while nobody knows the end."""

    since: Instant
    until: Instant | None
    why: Literal["hold", "pool", "next_step"]


class Hold(Recorded):
    """The deal rests on purpose."""

    since: Instant
    until: Instant
    reason: str
    by: str


class NextStep(Recorded):
    """What the owner promised to do, and by when."""

    what: str
    due_at: Instant
    set_at: Instant
    seq: int
    by: str


class Anchor(Recorded):
    """The event that started a clock, and from when it counts."""

    seq: int
    at: Instant


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
    due_at: Instant | None
    """None while paused with no known end."""
    rungs: tuple[Instant, ...] = ()
    """The instant of each rung of the ladder, in ladder order; empty in the pool."""
    reached: tuple[int, ...] = ()
    """Places of the rungs that are behind it."""
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


class Outcome(Recorded):
    """How a deal ended."""

    result: Result
    at: Instant
    reason: str | None
    amount_minor: int | None


class Answer(Recorded):
    """What became of a command: its last event, or the refusal."""

    seq: int
    digest: str
    refusal: str | None = None
    facts: dict[str, Any] = {}


class Deal(Recorded):
    """One deal."""

    id: str
    title: str
    customer: str
    owner: str | None
    """None: in the pool."""
    team: str | None
    source: str | None
    amount_minor: int | None
    currency: str
    playbook: PlaybookRef
    opened_at: Instant | None
    """When it began in the world; None where an import does not know."""
    seq: int
    at: Instant
    """When the latest event was heard of."""
    visits: tuple[StageVisit, ...] = ()
    done: tuple[Done, ...] = ()
    duties: tuple[Duty, ...] = ()
    facts: dict[str, Any] = {}
    clocks: tuple[Clock, ...] = ()
    """Those of the present visit (ended action clocks included), and the promise."""
    escalations: tuple[Escalation, ...] = ()
    hold: Hold | None = None
    next_step: NextStep | None = None
    pauses: tuple[Pause, ...] = ()
    """Holds and time in the pool, oldest first; no clock counts in them."""
    rests: tuple[Pause, ...] = ()
    """Spans since the last movement in which a promised next step quiets the idle clock."""
    moved: Anchor | None = None
    """The last qualifying action of the visit; None: its beginning."""
    restarted: Anchor | None = None
    """When somebody took the deal from the pool: every clock begins anew there."""
    follow_ups: int = 0
    outcome: Outcome | None = None
    answers: dict[str, Answer] = {}
    """The latest commands by id, oldest first, `REMEMBERED_COMMANDS` at most."""

    @property
    def status(self) -> Status:
        """Open, on hold, or how it ended."""
        if self.outcome:
            return self.outcome.result
        return "on_hold" if self.hold else "open"

    @property
    def visit(self) -> StageVisit:
        """The present stage visit; the last one of a closed deal."""
        return self.visits[-1]

    @property
    def in_pool(self) -> bool:
        """Whether it has no owner and anybody may claim it."""
        return self.owner is None and self.outcome is None

    def done_in_visit(self, action: str) -> Done | None:
        """The record of that action in the present visit, or None."""
        number = self.visit.number
        return next(
            (done for done in self.done if done.action == action and done.visit == number), None
        )

    def duty(self, action: str) -> Duty | None:
        """The oldest open duty of that id, or None."""
        return next((duty for duty in self.duties if duty.action == action), None)

    def clock(self, clock_id: str) -> Clock | None:
        """The clock of that id, or None."""
        return next((clock for clock in self.clocks if clock.id == clock_id), None)

    def escalation(self, escalation_id: str) -> Escalation | None:
        """The open escalation of that id, or None."""
        return next((one for one in self.escalations if one.id == escalation_id), None)
