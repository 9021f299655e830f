"""What happens to the clocks of a deal, and what they raise: the events of pace.

Decides names and shapes, like `events`, whose part it is.
"""

from __future__ import annotations

from typing import Literal

from deals.calendar import Calendar
from deals.clock import Clock, ClockKind
from deals.deal import PlaybookRef
from deals.event import Base
from deals.model import Instant
from deals.own_time import OwnTime
from deals.playbook import Measure, Recipient


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


class CalendarChanged(Base):
    """Other calendars are in force; what follows for the clocks is said by the next event."""

    kind: Literal["calendar_changed"] = "calendar_changed"
    reason: str
    calendar: Calendar | None
    own: OwnTime
    protected_until: Instant
    """Nothing that moved nearer takes the deal from its owner without the warning."""


class PlaybookChanged(Base):
    """The deal goes on by another version; what follows for the clocks is said by the next event.

    No visit ends or begins.
    """

    kind: Literal["playbook_changed"] = "playbook_changed"
    reason: str
    before: PlaybookRef
    playbook: PlaybookRef
    calendar: Calendar | None
    dropped: tuple[str, ...] = ()
    """Duties that the version does not know."""
    clocks: tuple[Clock, ...] = ()
    """Those that go on or come back, with what was told before at its place in the new ladder."""
    shelved: tuple[Clock, ...] = ()
    """Those that the version does not ask for, kept for the way back."""
    protected_until: Instant
    """Nothing that moved nearer takes the deal from its owner without the warning."""


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
