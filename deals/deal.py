"""The state of one deal: facts only, nothing that a clock could change behind its back.

Decides what is remembered about a deal. Must never hold a rule: `decide` makes events, `evolve`
folds them into this.
"""

from __future__ import annotations

from typing import Any, Literal

from deals.calendar import Calendar
from deals.clock import Anchor, Clock, Escalation, Pause
from deals.model import Instant, Recorded
from deals.own_time import NOTHING_OWN, OwnTime

Role = Literal["rep", "manager", "director", "ops", "system"]
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
    by: str | None = None
    """Who began it; None where an older version wrote it."""
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
    by: str | None = None
    """Whose action created it; None where an older version wrote it."""


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


class Former(Recorded):
    """Whoever had the deal when it went to the pool."""

    owner: str
    since: Instant
    """When it went there."""


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
    calendar: Calendar | None = None
    """The company's calendar in force for it; None: the playbook's."""
    own: OwnTime = NOTHING_OWN
    """What its owner's calendar has that the company's has not."""
    opened_at: Instant | None
    """When it began in the world; None where an import does not know."""
    seen_at: Instant | None = None
    """When the source of an import that does not know saw it."""
    seq: int
    at: Instant
    """When the latest event was heard of."""
    visits: tuple[StageVisit, ...] = ()
    done: tuple[Done, ...] = ()
    duties: tuple[Duty, ...] = ()
    facts: dict[str, Any] = {}
    clocks: tuple[Clock, ...] = ()
    """Those of the present visit (ended action clocks included), and the promise."""
    shelved: tuple[Clock, ...] = ()
    """Those that other versions of the playbook asked for in this visit, with what they told."""
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
    former: Former | None = None
    """Who had it when it last went to the pool."""
    claimed_at: Instant | None = None
    """When its owner took it from the pool; None: not from there."""
    protected_until: Instant | None = None
    """No ladder takes it from its owner before that."""
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
