"""How a deal moves through its stages.

On, back, past a gate with a manager's word, to its end and back from there.
"""

from __future__ import annotations

from deals import events as e
from deals.commands import Advance, Close, Override, Reopen, Return
from deals.deal import Result
from deals.decisions.draft import Draft
from deals.gates import unmet
from deals.refusals import Code, Refused

MANAGING = frozenset({"manager", "director", "ops", "system"})
"""Roles that may let a deal pass, hold it long, or take it from its owner."""

ENDINGS: dict[Result, type[e.DealWon | e.DealLost | e.DealDropped]] = {
    "won": e.DealWon,
    "lost": e.DealLost,
    "dropped": e.DealDropped,
}
"""The event of each way to end."""


def advance(draft: Draft, _command: Advance) -> None:
    """Go on to the next stage, if the gate is open.

    Raises:
        Refused: `on_hold`, `last_stage`, `gate_unmet` with what is unmet.
    """
    _check_not_on_hold(draft)
    following = draft.playbook.next_stage(draft.deal.visit.stage)
    if following is None:
        raise Refused(Code.LAST_STAGE, stage=draft.deal.visit.stage)
    _check_gate(draft)
    _enter(draft, following.id, left="forward")


def return_to(draft: Draft, command: Return) -> None:
    """Go back to an earlier stage; a new visit begins there.

    Raises:
        Refused: `on_hold`, `unknown_stage`, `not_an_earlier_stage`.
    """
    _check_not_on_hold(draft)
    if draft.playbook.stage(command.to) is None:
        raise Refused(
            Code.UNKNOWN_STAGE, stage=command.to, known=[s.id for s in draft.playbook.stages]
        )
    here = draft.deal.visit.stage
    if draft.playbook.position(command.to) >= draft.playbook.position(here):
        raise Refused(Code.NOT_AN_EARLIER_STAGE, stage=here, to=command.to)
    _enter(draft, command.to, left="back", reason=command.reason)


def override(draft: Draft, command: Override) -> None:
    """Waive what the gate lacks; from a rep, ask the manager to.

    Raises:
        Refused: `gate_met` when nothing is lacking.
    """
    lacking = unmet(draft.playbook, draft.deal)
    if not lacking:
        raise Refused(Code.GATE_MET, stage=draft.deal.visit.stage)
    if command.actor.role in MANAGING:
        asked = tuple(one.id for one in draft.deal.escalations if one.kind == "override")
        draft.add(e.GateOverridden, reason=command.reason, waived=lacking, settled=asked)
        draft.set_clocks()
    else:
        escalation = f"{draft.deal.id}.{draft.next_seq}"
        draft.add(e.OverrideAsked, reason=command.reason, escalation=escalation, unmet=lacking)


def close(draft: Draft, command: Close) -> None:
    """End the deal: won through the gate of the last stage, lost or dropped from anywhere.

    Raises:
        Refused: `not_last_stage`, `gate_unmet` (won only); `on_hold` (won only).
    """
    if command.outcome == "won":
        _check_not_on_hold(draft)
        here = draft.deal.visit.stage
        if following := draft.playbook.next_stage(here):
            raise Refused(Code.NOT_LAST_STAGE, stage=here, next=following.id)
        _check_gate(draft)
    amount = command.amount_minor
    if command.outcome == "won" and amount is None:
        amount = draft.deal.amount_minor
    draft.add(ENDINGS[command.outcome], reason=command.reason, amount_minor=amount)
    draft.set_clocks()


def reopen(draft: Draft, command: Reopen) -> None:
    """Take a closing back; a new visit begins in the stage it closed from.

    Raises:
        Refused: `deal_open`.
    """
    if draft.deal.outcome is None:
        raise Refused(Code.DEAL_OPEN, stage=draft.deal.visit.stage)
    draft.add(e.DealReopened, reason=command.reason)
    visit = draft.deal.visit
    draft.add(e.StageEntered, stage=visit.stage, visit=visit.number + 1)
    draft.set_clocks()


def _enter(draft: Draft, stage: str, **fields: str) -> None:
    draft.add(e.StageEntered, stage=stage, visit=draft.deal.visit.number + 1, **fields)
    draft.set_clocks()


def _check_not_on_hold(draft: Draft) -> None:
    if draft.deal.hold:
        raise Refused(Code.ON_HOLD, until=draft.deal.hold.until.isoformat())


def _check_gate(draft: Draft) -> None:
    if lacking := unmet(draft.playbook, draft.deal):
        stage = draft.deal.visit.stage
        raise Refused(Code.GATE_UNMET, stage=stage, unmet=[one.model_dump() for one in lacking])
