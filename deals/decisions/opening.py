"""How a deal begins: opened by a rep, or taken over from elsewhere with its true past."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from deals import events as e
from deals.commands import ImportDeal, OpenDeal, PastStep
from deals.deal import Actor
from deals.decisions.actions import check_facts
from deals.decisions.draft import Draft
from deals.decisions.stages import ENDINGS
from deals.gates import stage_of
from deals.own_time import OwnTime
from deals.refusals import Code, Refused

NOBODY: Final = Actor(id="", role="system")
"""Who did what nobody is known to have done."""

REOPENED: Final = "opened again, as the source tells"
"""Why a deal of the past went on after its end, where the source does not say."""


def open_deal(draft: Draft, command: OpenDeal) -> None:
    """Begin in the first stage.

    Raises:
        Refused: `unknown_fact`, `bad_fact`.
    """
    facts = _facts_with_source(draft, command)
    _opened(draft, command, occurred_at=draft.now)
    draft.add(e.StageEntered, stage=draft.playbook.stages[0].id, visit=1)
    if facts:
        draft.add(e.FactsRecorded, facts=facts)
    draft.set_clocks()


def import_deal(draft: Draft, command: ImportDeal) -> None:
    """Take a deal over.

    Its steps as they happened, without gates; rungs already behind it stay silent.

    Raises:
        Refused: `unknown_fact`, `bad_fact`, `unknown_stage`, `unknown_action`,
        `occurred_in_future`.
    """
    facts = _facts_with_source(draft, command)
    _opened(draft, command, occurred_at=command.opened_at)
    for step in command.past:
        _take_over(draft, step, command.own)
    if facts:
        draft.add(e.FactsRecorded, facts=facts, occurred_at=None)
    draft.set_clocks()
    _silence_the_past(draft)


def _facts_with_source(draft: Draft, command: OpenDeal | ImportDeal) -> dict[str, object]:
    """The facts given, and the source as one of them where the playbook has a fact of that name."""
    rule = draft.playbook.facts.get("source")
    given = (
        {"source": command.source}
        if command.source and rule and "source" not in command.facts
        else {}
    )
    return check_facts(draft.playbook, {**given, **command.facts})


def _opened(draft: Draft, command: OpenDeal | ImportDeal, occurred_at: datetime | None) -> None:
    draft.add(
        e.DealOpened,
        occurred_at=occurred_at,
        deal_id=command.deal_id,
        title=command.title,
        customer=command.customer,
        owner=command.owner,
        team=command.team,
        source=command.source,
        amount_minor=command.amount_minor,
        currency=command.currency or draft.playbook.currency,
        playbook=command.playbook,
        calendar=command.calendar,
        own=command.own,
        imported_from=command.reference if isinstance(command, ImportDeal) else None,
        seen_at=command.seen_at if isinstance(command, ImportDeal) else None,
    )


def _take_over(draft: Draft, step: PastStep, own: OwnTime) -> None:
    if step.at and step.at > draft.now:
        raise Refused(
            Code.OCCURRED_IN_FUTURE, occurred_at=step.at.isoformat(), now=draft.now.isoformat()
        )
    by = Actor(id=step.actor, role="rep") if step.actor else draft.command.actor
    told: dict[str, Any] = {"occurred_at": step.at, "actor": by}
    match step.kind:
        case "stage":
            _enter_past_stage(draft, step, told)
        case "action":
            _take_over_action(draft, step, told)
        case "owner" if step.owner:
            before = draft.deal.owner
            told |= {"owner": step.owner, "team": step.team, "before": before, "own": own}
            draft.add(e.DealAssigned, **told)
        case "facts":
            draft.add(e.FactsRecorded, facts=check_facts(draft.playbook, step.facts), **told)
        case "end" if step.outcome and draft.deal.outcome is None:
            told |= {"reason": step.reason, "amount_minor": step.amount_minor}
            draft.add(ENDINGS[step.outcome], **told)
        case _:
            draft.add(e.Noted, note=step.note or "", **told)


def _enter_past_stage(draft: Draft, step: PastStep, told: dict[str, Any]) -> None:
    if step.stage is None or draft.playbook.stage(step.stage) is None:
        raise Refused(Code.UNKNOWN_STAGE, stage=step.stage)
    visits = draft.deal.visits
    left = None
    if draft.deal.outcome:
        draft.add(e.DealReopened, reason=step.reason or REOPENED, **told)
    elif visits:
        forward = draft.playbook.position(step.stage) > draft.playbook.position(visits[-1].stage)
        left = "forward" if forward else "back"
    draft.add(e.StageEntered, stage=step.stage, visit=len(visits) + 1, left=left, **told)


def _take_over_action(draft: Draft, step: PastStep, told: dict[str, Any]) -> None:
    """An action of the past; done by nobody known, it is the system's, who is no person."""
    playbook = draft.playbook
    if step.action is None or not playbook.knows_action(step.action):
        raise Refused(Code.UNKNOWN_ACTION, action=step.action)
    stage = stage_of(playbook, draft.deal)
    action = stage.action(step.action)
    counts = playbook.counts_follow_ups(stage.id)
    follow_up = action.follow_up if action and action.follow_up is not None else counts
    draft.add(
        e.ActionRecorded,
        action=step.action,
        stage=stage.id,
        visit=draft.deal.visit.number,
        note=step.note,
        moves=action.resets_idle if action else True,
        follow_up=follow_up,
        **(told if step.actor else told | {"actor": NOBODY}),
    )


def _silence_the_past(draft: Draft) -> None:
    """Mark what is overdue once, and every rung behind as reached: no storm of old alarms."""
    overdue = tuple(
        clock.model_copy(
            update={
                "state": "breached" if clock.due_at <= draft.now else clock.state,
                "breached_at": clock.due_at if clock.due_at <= draft.now else None,
                "reached": tuple(n for n, at in enumerate(clock.rungs) if at <= draft.now),
            }
        )
        for clock in draft.deal.clocks
        if clock.due_at and min((clock.due_at, *clock.rungs)) <= draft.now
    )
    if overdue:
        draft.add(e.ClocksSet, clocks=overdue)
