"""What an event says, in one short English sentence: for timelines read by people in a hurry.

Decides words only. Must never leave out what the event's own fields say; they stand beside it.
"""

from typing import Final, assert_never

from deals import events as e
from deals.clock import Clock, ClockKind
from deals.deal import Unmet
from deals.model import Instant
from deals.playbook import Measure

_CLOCKS: Final[dict[ClockKind, str]] = {
    "action": "{}",
    "follow_on": "{}",
    "stay": "leaving {}",
    "idle": "movement in {}",
    "promise": "the {}",
}
_MEASURES: Final[dict[Measure, str]] = {
    "remind": "Reminded the {to}",
    "escalate": "Escalated to the {to}",
    "warn": "Warned the {to} that it goes to the pool",
    "recycle": "Returned to the {to}",
}

_Told = (
    e.OverrideAsked
    | e.GateOverridden
    | e.DealWon
    | e.DealLost
    | e.DealDropped
    | e.DealReopened
    | e.ClocksSet
    | e.ClockBreached
    | e.RungReached
    | e.EscalationAcknowledged
    | e.EscalationCommented
    | e.CalendarChanged
    | e.PlaybookChanged
    | e.Noted
    | e.CommandRefused
)


def summary(event: e.Event) -> str:
    """The sentence."""
    return f"{_said(event)}."


def _said(event: e.Event) -> str:  # noqa: C901, PLR0911 - one line for each event
    """What somebody did."""
    match event:
        case e.DealOpened():
            return f"Opened for {event.customer}" + (" by an import" if event.imported_from else "")
        case e.StageEntered():
            return f"Entered {event.stage}" + (" again" if event.left == "back" else "")
        case e.ActionRecorded():
            return f"Did {event.action}" + (", late" if event.late else "")
        case e.ReplyRecorded():
            return "The customer answered"
        case e.FactsRecorded():
            return f"Recorded {', '.join(event.facts)}"
        case e.NextStepSet():
            return f"Promised to {event.what} by {_minute(event.due_at)}"
        case e.HoldPlaced():
            return f"Put on hold until {_minute(event.until)}: {event.reason}"
        case e.HoldReleased():
            return "The hold ran out" if event.expired else "Resumed"
        case e.DealAssigned():
            return f"Assigned to {event.owner}"
        case e.DealClaimed():
            return f"Claimed by {event.owner}"
        case e.DealPooled():
            return "Went back to the pool"
        case _:
            return _told(event)


def _told(event: _Told) -> str:  # noqa: C901, PLR0911, PLR0912 - one line for each event
    """Gates, ends, and what time does."""
    match event:
        case e.OverrideAsked():
            return f"Asked to pass without {_listed(event.unmet)}: {event.reason}"
        case e.GateOverridden():
            return f"Allowed to pass without {_listed(event.waived)}: {event.reason}"
        case e.DealWon():
            return "Won"
        case e.DealLost() | e.DealDropped():
            how = "Lost" if isinstance(event, e.DealLost) else "Dropped"
            return f"{how}: {event.reason}" if event.reason else how
        case e.DealReopened():
            return f"Reopened: {event.reason}"
        case e.ClocksSet():
            return f"Clocks set: {'; '.join(map(_clock, event.clocks))}"
        case e.ClockBreached():
            return f"Overdue: {_asked(event.clock_kind, event.subject)}"
        case e.RungReached():
            told = _MEASURES[event.do].format(to=event.to)
            return f"{told}: {_asked(event.clock_kind, event.subject)}"
        case e.EscalationAcknowledged():
            return f"Acknowledged: {event.note}"
        case e.EscalationCommented():
            return f"Commented: {event.note}"
        case e.CalendarChanged():
            return f"Other calendar: {event.reason}"
        case e.PlaybookChanged():
            return f"Goes on by version {event.playbook.version}: {event.reason}"
        case e.Noted():
            return event.note or "Noted"
        case e.CommandRefused():
            return f"Refused {event.command}: {event.code}"
        case _:
            assert_never(event)


def _clock(clock: Clock) -> str:
    asked = _asked(clock.kind, clock.subject)
    if clock.live:
        return f"{asked} due {_minute(clock.due_at)}" if clock.due_at else f"{asked} waiting"
    return f"{asked} {clock.state}"


def _asked(kind: ClockKind, subject: str) -> str:
    """What a clock asks for."""
    return _CLOCKS[kind].format(subject)


def _listed(unmet: tuple[Unmet, ...]) -> str:
    return ", ".join(one.id for one in unmet)


def _minute(instant: Instant) -> str:
    return f"{instant:%Y-%m-%d %H:%M} UTC"
