"""Folding: what a deal looks like after an event.

Decides nothing: every event is simply believed, so a fold never fails and never needs a clock or a
calendar.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, assert_never

from deals import events as e
from deals.clock import Anchor, Cause, Pause
from deals.deal import (
    REMEMBERED_COMMANDS,
    Answer,
    Deal,
    Done,
    Duty,
    Hold,
    NextStep,
    Outcome,
    StageVisit,
    VisitEnd,
)
from deals.evolve_ownership import ended, owner_changed, pooled
from deals.evolve_pace import asked, later, pace_after, without

Changes = dict[str, Any]

_RESULTS: dict[str, VisitEnd] = {
    "deal_won": "won",
    "deal_lost": "lost",
    "deal_dropped": "dropped",
}


def fold(deal: Deal | None, happened: Iterable[e.Event]) -> Deal:
    """The deal after these events, oldest first.

    Raises:
        ValueError: there is neither a deal nor an event.
    """
    for event in happened:
        deal = evolve(deal, event)
    if deal is None:
        msg = "nothing to fold"
        raise ValueError(msg)
    return deal


def evolve(deal: Deal | None, event: e.Event) -> Deal:
    """The deal after one event; the first one is always `DealOpened`."""
    if isinstance(event, e.DealOpened):
        deal, changes = _opened(event), {}
    elif deal is None:
        msg = f"a deal begins with deal_opened, not {event.kind}"
        raise ValueError(msg)
    else:
        changes = _changes(deal, event)
    return deal.model_copy(
        update=changes
        | {"seq": event.seq, "at": event.at, "answers": _remembered(deal.answers, event)}
    )


def _changes(deal: Deal, event: e.Event) -> Changes:
    match event:
        case e.StageEntered():
            return _stage_entered(deal, event)
        case e.ActionRecorded():
            return _action_recorded(deal, event)
        case e.ReplyRecorded():
            return _reply_recorded(deal, event)
        case e.FactsRecorded():
            return _facts_recorded(deal, event)
        case e.NextStepSet():
            return _next_step_set(deal, event)
        case e.HoldPlaced():
            return _hold_placed(deal, event)
        case e.HoldReleased():
            return {"hold": None, "pauses": ended(deal.pauses, event)}
        case e.DealAssigned() | e.DealClaimed() | e.DealPooled():
            return owner_changed(deal, event)
        case e.OverrideAsked():
            return {"escalations": (*deal.escalations, asked(deal, event))}
        case e.GateOverridden():
            return _gate_overridden(deal, event)
        case e.DealWon() | e.DealLost() | e.DealDropped():
            return _closed(deal, event, _RESULTS[event.kind])
        case e.DealReopened():
            return {"outcome": None}
        case (
            e.CalendarChanged()
            | e.PlaybookChanged()
            | e.ClocksSet()
            | e.ClockBreached()
            | e.RungReached()
            | e.EscalationAcknowledged()
        ):
            return pace_after(deal, event)
        case e.EscalationCommented() | e.Noted() | e.CommandRefused() | e.DealOpened():
            return {}
        case _:
            assert_never(event)


def _opened(event: e.DealOpened) -> Deal:
    shared = event.model_dump(
        include={"title", "customer", "owner", "team", "source", "amount_minor", "currency"}
    )
    return Deal(
        id=event.deal_id,
        playbook=event.playbook,
        calendar=event.calendar,
        own=event.own,
        opened_at=event.occurred_at,
        seen_at=event.seen_at,
        seq=event.seq,
        at=event.at,
        pauses=() if event.owner else (pooled(event),),
        **shared,
    )


def _stage_entered(deal: Deal, event: e.StageEntered) -> Changes:
    visit = StageVisit(
        number=event.visit,
        stage=event.stage,
        entered_at=event.occurred_at,
        seq=event.seq,
        heard_at=event.at,
        by=event.actor.id,
    )
    before = _visit_ended(deal.visits, event, event.left) if event.left else deal.visits
    resting = tuple(rest for rest in deal.rests if rest.until and rest.until > event.at)
    fresh: Changes = {"duties": (), "shelved": (), "moved": None, "restarted": None}
    return fresh | {"rests": resting, "visits": (*before, visit)}


def _action_recorded(deal: Deal, event: e.ActionRecorded) -> Changes:
    happened, by = event.occurred_at or event.at, event.actor.id
    earlier = next(
        (d for d in deal.done if (d.action, d.visit) == (event.action, event.visit)), None
    )
    done = Done(
        action=event.action,
        stage=event.stage,
        visit=event.visit,
        seq=event.seq,
        at=event.at,
        occurred_at=happened,
        actor=event.actor.id,
        late=event.late,
        times=earlier.times + 1 if earlier else 1,
    )
    duties = deal.duties
    if event.duty and (ended := deal.duty(event.action)):
        duties = tuple(duty for duty in duties if duty is not ended)
    if event.creates:
        created = Duty(
            action=event.creates,
            because=event.action,
            visit=event.visit,
            seq=event.seq,
            since=happened,
            by=event.actor.id,
        )
        duties = (*duties, created)
    changes: Changes = {
        "done": (*(d for d in deal.done if d is not earlier), done),
        "duties": duties,
        "follow_ups": deal.follow_ups + event.follow_up,
    }
    if event.moves:
        moved = _moved(deal, event, happened, Cause(what="action", subject=event.action, by=by))
        changes |= {"moved": moved, "rests": (), "next_step": None}
    return changes


def _reply_recorded(deal: Deal, event: e.ReplyRecorded) -> Changes:
    changes: Changes = {"protected_until": later(deal.protected_until, event.protected_until)}
    if event.moves:
        cause = Cause(what="reply", by=event.actor.id)
        changes["moved"] = _moved(deal, event, event.occurred_at or event.at, cause)
    return changes


def _moved(deal: Deal, event: e.Event, happened: datetime, cause: Cause) -> Anchor:
    """From when the idle clock counts: what is heard late moves nothing back."""
    at = max(happened, deal.moved.at) if deal.moved else happened
    return Anchor(seq=event.seq, at=at, cause=cause)


def _facts_recorded(deal: Deal, event: e.FactsRecorded) -> Changes:
    facts = {name: value for name, value in (deal.facts | event.facts).items() if value is not None}
    return {"facts": facts, "source": event.facts.get("source") or deal.source}


def _next_step_set(deal: Deal, event: e.NextStepSet) -> Changes:
    step = NextStep(
        what=event.what, due_at=event.due_at, set_at=event.at, seq=event.seq, by=event.actor.id
    )
    earlier = tuple(
        rest.model_copy(update={"until": event.at})
        if rest.until is None or rest.until > event.at
        else rest
        for rest in deal.rests
    )
    return {
        "next_step": step,
        "rests": (*earlier, Pause(since=event.at, until=event.due_at, why="next_step")),
    }


def _hold_placed(deal: Deal, event: e.HoldPlaced) -> Changes:
    hold = Hold(since=event.at, until=event.until, reason=event.reason, by=event.actor.id)
    return {
        "hold": hold,
        "pauses": (*deal.pauses, Pause(since=event.at, until=event.until, why="hold")),
    }


def _gate_overridden(deal: Deal, event: e.GateOverridden) -> Changes:
    visit = deal.visit.model_copy(update={"waived": (*deal.visit.waived, *event.waived)})
    duties = tuple(
        duty for duty in deal.duties if all(duty.action != one.id for one in event.waived)
    )
    return {
        "visits": (*deal.visits[:-1], visit),
        "duties": duties,
        "escalations": without(deal.escalations, event.settled),
    }


def _closed(deal: Deal, event: e.DealWon | e.DealLost | e.DealDropped, result: VisitEnd) -> Changes:
    amount = event.amount_minor if event.amount_minor is not None else deal.amount_minor
    outcome = Outcome.model_validate(
        {
            "result": result,
            "at": event.occurred_at or event.at,
            "reason": event.reason,
            "amount_minor": event.amount_minor,
        }
    )
    return {
        "outcome": outcome,
        "amount_minor": amount,
        "visits": _visit_ended(deal.visits, event, result),
        "hold": None,
        "next_step": None,
        "rests": (),
        "duties": (),
        "pauses": ended(deal.pauses, event) if deal.hold else deal.pauses,
    }


def _visit_ended(
    visits: tuple[StageVisit, ...], event: e.Event, end: VisitEnd
) -> tuple[StageVisit, ...]:
    last = visits[-1].model_copy(update={"ended_at": event.occurred_at, "end": end})
    return (*visits[:-1], last)


def _remembered(answers: dict[str, Answer], event: e.Event) -> dict[str, Answer]:
    if event.actor.role == "system":
        return answers
    known = answers.get(event.command_id)
    answer = Answer(seq=event.seq, digest=event.digest or (known.digest if known else ""))
    if isinstance(event, e.CommandRefused):
        answer = answer.model_copy(update={"refusal": event.code, "facts": event.facts})
    kept = {**answers, event.command_id: answer}
    while len(kept) > REMEMBERED_COMMANDS:
        del kept[next(iter(kept))]
    return kept
