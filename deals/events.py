"""What has happened to a deal: the only thing that is ever written, and never changed afterwards.

Each event carries who and when; `at` is when the engine heard of it, `occurred_at` when it happened
in the world.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Union

from pydantic import Field, TypeAdapter

from deals.clock import Clock, ClockKind
from deals.deal import Actor, PlaybookRef, Unmet, VisitEnd
from deals.model import Instant, Recorded
from deals.playbook import Measure, Recipient


class Base(Recorded):
    """What every event carries."""

    seq: int
    """1, 2, 3 … within the deal."""
    at: Instant
    occurred_at: Instant | None
    """When it happened; None where an import does not know."""
    actor: Actor
    command_id: str
    n: int
    """Its place among the events of its command, from 0."""
    digest: str = ""
    """The command's fingerprint; on its last event only."""


class DealOpened(Base):
    """A deal began. `occurred_at` is its opening."""

    kind: Literal["deal_opened"] = "deal_opened"
    deal_id: str
    title: str
    customer: str
    owner: str | None
    team: str | None
    source: str | None
    amount_minor: int | None
    currency: str
    playbook: PlaybookRef
    imported_from: str | None = None


class StageEntered(Base):
    """A stage visit began; if there was one before, it ended as `left` says."""

    kind: Literal["stage_entered"] = "stage_entered"
    stage: str
    visit: int
    left: VisitEnd | None = None
    reason: str | None = None


class ActionRecorded(Base):
    """An action, or an open duty, was done."""

    kind: Literal["action_recorded"] = "action_recorded"
    action: str
    stage: str
    visit: int
    note: str | None = None
    evidence: tuple[dict[str, Any], ...] = ()
    late: bool = False
    """Its own clock was breached before it happened."""
    moves: bool = True
    """It counts as movement (resets idle, keeps a promise)."""
    follow_up: bool = False
    duty: bool = False
    """It ended a duty that another action had created."""
    creates: str | None = None
    """The duty it creates."""


class FactsRecorded(Base):
    """Facts were learned (or taken back: null)."""

    kind: Literal["facts_recorded"] = "facts_recorded"
    facts: dict[str, Any]


class NextStepSet(Base):
    """The owner promised a next step."""

    kind: Literal["next_step_set"] = "next_step_set"
    what: str
    due_at: Instant


class HoldPlaced(Base):
    """Every clock rests."""

    kind: Literal["hold_placed"] = "hold_placed"
    until: Instant
    reason: str


class HoldReleased(Base):
    """Clocks go on; `occurred_at` is when the hold ended."""

    kind: Literal["hold_released"] = "hold_released"
    expired: bool
    """It ran to its end; else somebody resumed earlier."""


class DealAssigned(Base):
    """Another owner."""

    kind: Literal["deal_assigned"] = "deal_assigned"
    owner: str
    team: str | None
    before: str | None
    reason: str | None = None


class DealClaimed(Base):
    """Somebody took it from the pool; its clocks begin anew."""

    kind: Literal["deal_claimed"] = "deal_claimed"
    owner: str
    team: str | None


class DealPooled(Base):
    """It went back to the pool; its clocks rest."""

    kind: Literal["deal_pooled"] = "deal_pooled"
    before: str | None
    because: str
    """The clock whose ladder ended here."""


class OverrideAsked(Base):
    """A rep asked a manager to let the deal pass."""

    kind: Literal["override_asked"] = "override_asked"
    reason: str
    escalation: str
    unmet: tuple[Unmet, ...]


class GateOverridden(Base):
    """A manager waived what the gate lacked."""

    kind: Literal["gate_overridden"] = "gate_overridden"
    reason: str
    waived: tuple[Unmet, ...]
    settled: tuple[str, ...] = ()


class DealWon(Base):
    """Signed. The amount is that at the close."""

    kind: Literal["deal_won"] = "deal_won"
    reason: str | None
    amount_minor: int | None


class DealLost(Base):
    """The customer went elsewhere."""

    kind: Literal["deal_lost"] = "deal_lost"
    reason: str | None
    amount_minor: int | None = None


class DealDropped(Base):
    """We let go."""

    kind: Literal["deal_dropped"] = "deal_dropped"
    reason: str | None
    amount_minor: int | None = None


class DealReopened(Base):
    """A closing was taken back; a new visit follows."""

    kind: Literal["deal_reopened"] = "deal_reopened"
    reason: str


class ClocksSet(Base):
    """Clocks started, moved, paused, went on, were met or stopped: each as it is now."""

    kind: Literal["clocks_set"] = "clocks_set"
    clocks: tuple[Clock, ...]
    settled: tuple[str, ...] = ()
    """Open escalations that this answered."""


class ClockBreached(Base):
    """A due instant passed unanswered; `occurred_at` is that instant."""

    kind: Literal["clock_breached"] = "clock_breached"
    clock: str
    clock_kind: ClockKind
    subject: str


class RungReached(Base):
    """A ladder's rung was reached; `occurred_at` is the instant it was due, `at` when it fired."""

    kind: Literal["rung_reached"] = "rung_reached"
    escalation: str
    clock: str
    clock_kind: ClockKind
    subject: str
    rung: int
    to: Recipient
    do: Measure
    due_at: Instant
    """The due instant of the clock (not of the rung)."""


class EscalationAcknowledged(Base):
    """Somebody answered; the ladder rests until `until`."""

    kind: Literal["escalation_acknowledged"] = "escalation_acknowledged"
    escalation: str
    note: str
    until: Instant | None


class EscalationCommented(Base):
    """Somebody said something about it."""

    kind: Literal["escalation_commented"] = "escalation_commented"
    escalation: str
    note: str


class Noted(Base):
    """Something worth keeping on the timeline that changes nothing (imports)."""

    kind: Literal["noted"] = "noted"
    note: str


class CommandRefused(Base):
    """A command that came by signal was refused; nothing else changed."""

    kind: Literal["command_refused"] = "command_refused"
    command: str
    code: str
    facts: dict[str, Any]


Event = Union[  # noqa: UP007 - a tuple of types is needed for the discriminator
    DealOpened,
    StageEntered,
    ActionRecorded,
    FactsRecorded,
    NextStepSet,
    HoldPlaced,
    HoldReleased,
    DealAssigned,
    DealClaimed,
    DealPooled,
    OverrideAsked,
    GateOverridden,
    DealWon,
    DealLost,
    DealDropped,
    DealReopened,
    ClocksSet,
    ClockBreached,
    RungReached,
    EscalationAcknowledged,
    EscalationCommented,
    Noted,
    CommandRefused,
]

EVENT: TypeAdapter[Event] = TypeAdapter(Annotated[Event, Field(discriminator="kind")])
"""Reads one event from JSON."""
