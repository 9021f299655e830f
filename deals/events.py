"""What has happened to a deal: the only thing that is ever written, and never changed afterwards.

Each event carries who and when; `at` is when the engine heard of it, `occurred_at` when it happened
in the world.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Union

from pydantic import Field, TypeAdapter

from deals.calendar import Calendar
from deals.deal import PlaybookRef, Unmet, VisitEnd
from deals.event import Base
from deals.events_pace import (
    CalendarChanged,
    ClockBreached,
    ClocksSet,
    EscalationAcknowledged,
    EscalationCommented,
    HoldPlaced,
    HoldReleased,
    PlaybookChanged,
    RungReached,
)
from deals.model import Instant
from deals.own_time import NOTHING_OWN, OwnTime

__all__ = [
    "EVENT",
    "ActionRecorded",
    "Base",
    "CalendarChanged",
    "ClockBreached",
    "ClocksSet",
    "CommandRefused",
    "DealAssigned",
    "DealClaimed",
    "DealDropped",
    "DealLost",
    "DealOpened",
    "DealPooled",
    "DealReopened",
    "DealWon",
    "EscalationAcknowledged",
    "EscalationCommented",
    "Event",
    "FactsRecorded",
    "GateOverridden",
    "HoldPlaced",
    "HoldReleased",
    "NextStepSet",
    "Noted",
    "OverrideAsked",
    "PlaybookChanged",
    "ReplyRecorded",
    "RungReached",
    "StageEntered",
]


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
    calendar: Calendar | None = None
    own: OwnTime = NOTHING_OWN
    imported_from: str | None = None
    seen_at: Instant | None = None
    """When a source that does not know its opening saw it."""


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


class ReplyRecorded(Base):
    """The customer answered."""

    kind: Literal["reply_recorded"] = "reply_recorded"
    note: str | None = None
    moves: bool = True
    """It resets idle."""
    protected_until: Instant


class FactsRecorded(Base):
    """Facts were learned (or taken back: null)."""

    kind: Literal["facts_recorded"] = "facts_recorded"
    facts: dict[str, Any]


class NextStepSet(Base):
    """The owner promised a next step."""

    kind: Literal["next_step_set"] = "next_step_set"
    what: str
    due_at: Instant


class DealAssigned(Base):
    """Another owner."""

    kind: Literal["deal_assigned"] = "deal_assigned"
    owner: str
    team: str | None
    before: str | None
    reason: str | None = None
    own: OwnTime = NOTHING_OWN
    protected_until: Instant | None = None
    """From the pool: not recycled before."""


class DealClaimed(Base):
    """Somebody took it from the pool; its clocks begin anew."""

    kind: Literal["deal_claimed"] = "deal_claimed"
    owner: str
    team: str | None
    own: OwnTime = NOTHING_OWN
    protected_until: Instant | None = None


class DealPooled(Base):
    """It went back to the pool; its clocks rest. `occurred_at` is when that was due."""

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
    ReplyRecorded,
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
    CalendarChanged,
    PlaybookChanged,
    Noted,
    CommandRefused,
]

EVENT: TypeAdapter[Event] = TypeAdapter(Annotated[Event, Field(discriminator="kind")])
"""Reads one event from JSON."""
