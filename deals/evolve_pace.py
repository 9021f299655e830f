"""The part of folding that is about pace: clocks, rungs, escalations and their answers.

Decides nothing, like `evolve`, whose part it is.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from deals import events as e
from deals.clock import Clock, Escalation
from deals.deal import Deal

Changes = dict[str, Any]


def pace_after(
    deal: Deal,
    event: e.CalendarChanged
    | e.PlaybookChanged
    | e.ClocksSet
    | e.ClockBreached
    | e.RungReached
    | e.EscalationAcknowledged,
) -> Changes:
    """What of the deal is different after such an event."""
    match event:
        case e.CalendarChanged():
            until = later(deal.protected_until, event.protected_until)
            return {"calendar": event.calendar, "own": event.own, "protected_until": until}
        case e.PlaybookChanged():
            return _repinned(deal, event)
        case e.ClocksSet():
            return {
                "clocks": _kept(deal, event.clocks),
                "escalations": without(deal.escalations, event.settled),
            }
        case e.ClockBreached():
            missed = {"state": "breached", "breached_at": event.occurred_at}
            return {"clocks": _changed(deal.clocks, event.clock, missed)}
        case e.RungReached():
            clock = deal.clock(event.clock)
            reached = {"reached": (*clock.reached, event.rung)} if clock else {}
            return {
                "clocks": _changed(deal.clocks, event.clock, reached),
                "escalations": (*deal.escalations, _raised(event)),
            }
        case e.EscalationAcknowledged():
            answered = {"acknowledged_at": event.at}
            return {
                "escalations": tuple(
                    one.model_copy(update=answered) if one.id == event.escalation else one
                    for one in deal.escalations
                )
            }


def _repinned(deal: Deal, event: e.PlaybookChanged) -> Changes:
    known = {clock.id: clock for clock in (*deal.clocks, *event.clocks)}
    return {
        "playbook": event.playbook,
        "calendar": event.calendar,
        "duties": tuple(duty for duty in deal.duties if duty.action not in event.dropped),
        "clocks": tuple(known.values()),
        "shelved": event.shelved,
        "protected_until": later(deal.protected_until, event.protected_until),
    }


def later(one: datetime | None, other: datetime) -> datetime:
    """The later one of an instant that may be none and another."""
    return max(one, other) if one else other


def asked(deal: Deal, event: e.OverrideAsked) -> Escalation:
    """The escalation that a rep's request to pass a gate raises."""
    return Escalation(
        id=event.escalation,
        kind="override",
        subject=deal.visit.stage,
        clock=None,
        to="manager",
        do="escalate",
        at=event.at,
        due_at=None,
        reason=event.reason,
    )


def _raised(event: e.RungReached) -> Escalation:
    return Escalation(
        id=event.escalation,
        kind=event.clock_kind,
        subject=event.subject,
        clock=event.clock,
        to=event.to,
        do=event.do,
        at=event.at,
        due_at=event.due_at,
    )


def _kept(deal: Deal, changed: tuple[Clock, ...]) -> tuple[Clock, ...]:
    """Live clocks, and of this visit's actions and duties the last that was met.

    Those are kept so that a page can show what was done in time.
    """
    merged = {clock.id: clock for clock in (*deal.clocks, *changed)}
    ended: dict[tuple[str, str], Clock] = {
        (clock.kind, clock.subject): clock
        for clock in merged.values()
        if clock.state == "met"
        and clock.visit == deal.visit.number
        and clock.kind in {"action", "follow_on"}
    }
    return tuple(c for c in merged.values() if c.live or ended.get((c.kind, c.subject)) is c)


def _changed(clocks: tuple[Clock, ...], clock_id: str, update: Changes) -> tuple[Clock, ...]:
    return tuple(
        clock.model_copy(update=update) if clock.id == clock_id else clock for clock in clocks
    )


def without(
    escalations: tuple[Escalation, ...], settled: tuple[str, ...]
) -> tuple[Escalation, ...]:
    """The escalations that remain when some have been answered."""
    return tuple(one for one in escalations if one.id not in settled)
