"""What a rep records: actions done, facts learned, the next step promised."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from deals import events as e
from deals.commands import NextStepGiven, RecordAction, RecordFacts, RecordReply
from deals.days import day_ends
from deals.deal import Deal
from deals.decisions.draft import Draft
from deals.decisions.ownership import protected_until
from deals.facts import checked
from deals.gates import missing_before, stage_of
from deals.playbook import Action, FollowOn, Playbook, Stage
from deals.refusals import Code, Refused

CLOCK_SKEW = timedelta(seconds=60)
"""How far ahead of ours a sender's clock may be.

A choice: more is a mistake, less refuses honest people.
"""


def record_action(draft: Draft, command: RecordAction) -> None:
    """Record an action of the stage, or the duty another action left.

    Raises:
        Refused: `on_hold`, `unknown_action`, `action_not_in_stage`, `already_done`, `out_of_order`,
            `evidence_missing`, `occurred_in_future`, `occurred_before_deal`, `next_step_in_past`.
    """
    deal, stage = draft.deal, stage_of(draft.playbook, draft.deal)
    if deal.hold:
        raise Refused(Code.ON_HOLD, until=deal.hold.until.isoformat())
    action = _standard_action(draft.playbook, stage, command.action)
    happened = _happened(draft, command.occurred_at)
    duty = deal.duty(command.action)
    _check_repeat(deal, action, has_duty=duty is not None)
    if missing := missing_before(stage, deal, command.action):
        raise Refused(Code.OUT_OF_ORDER, action=command.action, after=list(missing))
    if isinstance(action, Action) and action.evidence and not command.evidence:
        raise Refused(Code.EVIDENCE_MISSING, action=command.action, evidence=list(action.evidence))
    draft.add(
        e.ActionRecorded,
        occurred_at=happened,
        action=command.action,
        stage=stage.id,
        visit=deal.visit.number,
        note=command.note,
        evidence=tuple(one.model_dump(mode="json", exclude_none=True) for one in command.evidence),
        late=_is_late(deal, command.action, happened),
        duty=duty is not None,
        **_consequences(draft.playbook, stage, action),
    )
    if command.next_step:
        _promise(draft, command.next_step)
    draft.set_clocks()


def record_reply(draft: Draft, command: RecordReply) -> None:
    """Record that the customer answered.

    It restarts the idle clock, unless the stage says otherwise, and keeps the deal from the pool
    for a while. It keeps no promise and does no action.

    Raises:
        Refused: `occurred_in_future`, `occurred_before_deal`.
    """
    idle = stage_of(draft.playbook, draft.deal).idle
    draft.add(
        e.ReplyRecorded,
        occurred_at=_happened(draft, command.occurred_at),
        note=command.note,
        moves=idle is None or idle.replies,
        protected_until=protected_until(draft),
    )
    draft.set_clocks()


def record_facts(draft: Draft, command: RecordFacts) -> None:
    """Record facts; null takes one back.

    Raises:
        Refused: `unknown_fact`, `bad_fact`.
    """
    draft.add(e.FactsRecorded, facts=check_facts(draft.playbook, command.facts))


def check_facts(playbook: Playbook, facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts, each in the one form its kind has.

    Raises:
        Refused: `unknown_fact` with the names known, `bad_fact`.
    """
    for name in facts:
        if name not in playbook.facts:
            raise Refused(Code.UNKNOWN_FACT, fact=name, known=sorted(playbook.facts))
    return {
        name: None if value is None else checked(name, playbook.facts[name], value)
        for name, value in facts.items()
    }


def _standard_action(playbook: Playbook, stage: Stage, action_id: str) -> Action | FollowOn:
    found = stage.action(action_id) or stage.duty(action_id)
    if found:
        return found
    if playbook.knows_action(action_id):
        elsewhere = next(s.id for s in playbook.stages if s.action(action_id) or s.duty(action_id))
        raise Refused(
            Code.ACTION_NOT_IN_STAGE, action=action_id, stage=stage.id, belongs_to=elsewhere
        )
    known = [action.id for action in stage.actions]
    raise Refused(Code.UNKNOWN_ACTION, action=action_id, stage=stage.id, known=known)


def _happened(draft: Draft, occurred_at: datetime | None) -> datetime:
    if occurred_at is None:
        return draft.now
    if occurred_at > draft.now + CLOCK_SKEW:
        raise Refused(
            Code.OCCURRED_IN_FUTURE, occurred_at=occurred_at.isoformat(), now=draft.now.isoformat()
        )
    opened = draft.deal.opened_at
    if opened and occurred_at < opened:
        raise Refused(
            Code.OCCURRED_BEFORE_DEAL,
            occurred_at=occurred_at.isoformat(),
            opened_at=opened.isoformat(),
        )
    return min(occurred_at, draft.now)


def _check_repeat(deal: Deal, action: Action | FollowOn, *, has_duty: bool) -> None:
    """A duty can be done as often as it arises.

    A standard action once a visit unless the playbook says otherwise.
    """
    done = deal.done_in_visit(action.id)
    if done is None or has_duty or (isinstance(action, Action) and action.repeat):
        return
    raise Refused(Code.ALREADY_DONE, action=action.id, at=done.at.isoformat(), actor=done.actor)


def _is_late(deal: Deal, action_id: str, happened: datetime) -> bool:
    """Whether it happened after the due instant of the clock it answers, if it has one."""
    clocks = (
        c
        for c in deal.clocks
        if c.live and c.kind in {"action", "follow_on"} and c.subject == action_id
    )
    return any(clock.due_at is not None and happened > clock.due_at for clock in clocks)


def _consequences(playbook: Playbook, stage: Stage, action: Action | FollowOn) -> dict[str, Any]:
    if isinstance(action, FollowOn):
        return {"moves": action.resets_idle, "follow_up": False}
    by_default = action.resets_idle and playbook.counts_follow_ups(stage.id)
    return {
        "moves": action.resets_idle,
        "follow_up": by_default if action.follow_up is None else action.follow_up,
        "creates": action.then.id if action.then else None,
    }


def _promise(draft: Draft, given: NextStepGiven) -> None:
    """A date stands for the end of its working day."""
    on = given.on
    due_at = on if isinstance(on, datetime) else day_ends(draft.calendar, on)
    if due_at <= draft.now:
        raise Refused(Code.NEXT_STEP_IN_PAST, on=on.isoformat(), now=draft.now.isoformat())
    draft.add(e.NextStepSet, what=given.what, due_at=due_at)
