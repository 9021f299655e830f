"""What rows follow from an event.

Decides the content of every derived row, from the deal before and after the event and the event
itself, and from nothing else: no clock, no other row, no database. So folding the same events again
gives the same rows (`rebuild`). Must never decide anything about a deal.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from deals import events as e
from deals.clock import Clock
from deals.deal import Deal, StageVisit
from deals.evolve import evolve
from ledger import tables
from ledger.present import deal_row, state_row
from ledger.project_values import said_of_note, values_changed
from ledger.rows import Change, Key, Patch, Put, Row

_Owned = e.DealOpened | e.DealAssigned | e.DealClaimed | e.DealPooled


def project(before: Deal | None, happened: Iterable[e.Event]) -> tuple[Deal, list[Change]]:
    """The deal after these events, oldest first, and what changes in the rows.

    Raises:
        ValueError: there is neither a deal nor an event.
    """
    changed: list[Change] = []
    for event in happened:
        after = evolve(before, event)
        changed += changes(before, after, event)
        before = after
    if before is None:
        msg = "nothing to project"
        raise ValueError(msg)
    changed += Put(tables.deals, deal_row(before)), Put(tables.deal_states, state_row(before))
    return before, changed


def changes(before: Deal | None, after: Deal, event: e.Event) -> Iterator[Change]:
    """What one event changes, apart from the deal's own row."""
    if before is not None:
        yield from _visits_changed(before, after, event)
        yield from _escalations_settled(before, after, event)
    yield from values_changed(before, after, event)
    yield from _of_its_kind(before, after, event)


def _of_its_kind(before: Deal | None, after: Deal, event: e.Event) -> Iterator[Change]:
    match event:
        case e.DealOpened() | e.DealAssigned() | e.DealClaimed() | e.DealPooled():
            yield from _owner_changed(before, after, event)
        case e.ActionRecorded():
            yield Put(tables.actions, _action_row(before, after, event))
        case e.ClocksSet():
            for clock in event.clocks:
                yield _clock_set(before, after, clock, event)
        case e.ClockBreached():
            if missed := after.clock(event.clock):
                yield Put(tables.clocks, _clock_row(after, missed, event))
        case e.RungReached() | e.OverrideAsked():
            yield Put(tables.escalations, _escalation_row(after, event))
        case e.EscalationAcknowledged():
            yield Patch(tables.escalations, (event.escalation,), _acknowledgement(event))
        case e.EscalationCommented():
            yield Put(tables.comments, _comment_row(after, event))
        case _:
            pass


def _visits_changed(before: Deal, after: Deal, event: e.Event) -> Iterator[Change]:
    if before.visits is after.visits:
        return
    known = {visit.number: visit for visit in before.visits}
    for visit in after.visits:
        was = known.get(visit.number)
        if was is None:
            yield Put(tables.stage_visits, _visit_row(after, visit))
        elif was != visit:
            key: Key = (after.id, visit.number)
            yield Patch(tables.stage_visits, key, _visit_ending(was, visit, event))


def _visit_row(deal: Deal, visit: StageVisit) -> Row:
    return {
        "deal_id": deal.id,
        "number": visit.number,
        "stage": visit.stage,
        "seq": visit.seq,
        "entered_at": visit.entered_at,
        "heard_at": visit.heard_at,
        "ended_at": visit.ended_at,
        "end": visit.end,
        "ended_seq": None,
        "owner": deal.owner,
        "team": deal.team,
        "person": deal.owner,
        "person_team": deal.team if deal.owner else None,
        "reassigned": False,
        "waived": [one.model_dump() for one in visit.waived],
    }


def _visit_ending(was: StageVisit, visit: StageVisit, event: e.Event) -> Row:
    """What changes in a visit: it ends, or its gate is waived."""
    values: Row = {}
    if visit.end != was.end or visit.ended_at != was.ended_at:
        values |= {"ended_at": visit.ended_at, "end": visit.end, "ended_seq": event.seq}
    if visit.waived != was.waived:
        values["waived"] = [one.model_dump() for one in visit.waived]
    return values


def _owner_changed(before: Deal | None, after: Deal, event: _Owned) -> Iterator[Change]:
    yield Put(tables.owners, _owner_row(after, event))
    if before is None:
        return
    if before.visits and before.outcome is None and before.owner != after.owner:
        taken: Row = {"reassigned": True}
        if after.owner:
            taken |= {"person": after.owner, "person_team": after.team}
        yield Patch(tables.stage_visits, (after.id, after.visit.number), taken)
    changed_at = event.occurred_at or event.at
    for clock in after.clocks:
        if clock.live and (clock.due_at is None or clock.due_at > changed_at):
            values: Row = {"owner": after.owner, "team": after.team}
            yield Patch(tables.clocks, (after.id, clock.id), values)


def _owner_row(deal: Deal, event: _Owned) -> Row:
    return {
        "deal_id": deal.id,
        "seq": event.seq,
        "owner": deal.owner,
        "team": deal.team,
        "since": event.occurred_at,
        "heard_at": event.at,
    }


def _action_row(before: Deal | None, after: Deal, event: e.ActionRecorded) -> Row:
    return {
        "deal_id": after.id,
        "seq": event.seq,
        "action": event.action,
        "stage": event.stage,
        "visit": event.visit,
        "occurred_at": event.occurred_at,
        "at": event.at,
        "actor": event.actor.id,
        "actor_role": event.actor.role,
        "owner": after.owner,
        "team": after.team,
        "late": event.late,
        "moves": event.moves,
        "follow_up": event.follow_up,
        "duty": event.duty,
        "evidence_n": len(event.evidence),
        "after_close": before is not None and before.outcome is not None,
    } | said_of_note(event.note)


def _clock_set(before: Deal | None, after: Deal, clock: Clock, event: e.Event) -> Change:
    """The clock's row; whose it was when it was missed stays, whoever ends it."""
    row = _clock_row(after, clock, event)
    was = before.clock(clock.id) if before else None
    if was is None or was.breached_at is None or was.due_at != clock.due_at:
        return Put(tables.clocks, row)
    fixed = {"deal_id", "id", "owner", "team", "stage"}
    changed = {name: value for name, value in row.items() if name not in fixed}
    return Patch(tables.clocks, (after.id, clock.id), changed)


def _clock_row(deal: Deal, clock: Clock, event: e.Event) -> Row:
    return {
        "deal_id": deal.id,
        "id": clock.id,
        "kind": clock.kind,
        "subject": clock.subject,
        "visit": clock.visit,
        "stage": _stage_of_visit(deal, clock.visit),
        "seq": clock.seq,
        "state": clock.state,
        "started_at": clock.started_at,
        "cause": clock.cause.what if clock.cause else None,
        "cause_by": clock.cause.by if clock.cause else None,
        "due_at": clock.due_at,
        "breached_at": clock.breached_at,
        "ended_at": clock.ended_at,
        "ended_seq": None if clock.live else event.seq,
        "owner": deal.owner,
        "team": deal.team,
    }


def _stage_of_visit(deal: Deal, number: int) -> str | None:
    return next((visit.stage for visit in deal.visits if visit.number == number), None)


def _escalation_row(deal: Deal, event: e.RungReached | e.OverrideAsked) -> Row:
    raised = deal.escalation(event.escalation)
    rung = event if isinstance(event, e.RungReached) else None
    return {
        "id": event.escalation,
        "deal_id": deal.id,
        "seq": event.seq,
        "kind": rung.clock_kind if rung else "override",
        "do": rung.do if rung else "escalate",
        "to": rung.to if rung else "manager",
        "clock": rung.clock if rung else None,
        "rung": rung.rung if rung else None,
        "subject": rung.subject if rung else deal.visit.stage,
        "stage": deal.visit.stage,
        "visit": deal.visit.number,
        "at": event.at,
        "rung_at": event.occurred_at,
        "due_at": rung.due_at if rung else None,
        "owner": deal.owner,
        "team": deal.team,
        "reason": raised.reason if raised else None,
        "status": "open",
        "acknowledged_at": None,
        "acknowledged_by": None,
        "note": None,
        "until": None,
        "settled_at": None,
    }


def _acknowledgement(event: e.EscalationAcknowledged) -> Row:
    return {
        "status": "acknowledged",
        "acknowledged_at": event.at,
        "acknowledged_by": event.actor.id,
        "note": event.note,
        "until": event.until,
    }


def _escalations_settled(before: Deal, after: Deal, event: e.Event) -> Iterator[Patch]:
    if before.escalations is after.escalations:
        return
    for one in before.escalations:
        if after.escalation(one.id) is None:
            settled: Row = {"status": "settled", "settled_at": event.at}
            yield Patch(tables.escalations, (one.id,), settled)


def _comment_row(deal: Deal, event: e.EscalationCommented) -> Row:
    return {
        "deal_id": deal.id,
        "seq": event.seq,
        "escalation_id": event.escalation,
        "at": event.at,
        "by": event.actor.id,
        "note": event.note,
    }
