"""Answering an escalation: acknowledging it with a note, or just saying something."""

from __future__ import annotations

from deals import events as e
from deals.clock import Escalation
from deals.clocks import quieted
from deals.commands import Acknowledge, Comment
from deals.decisions.draft import Draft
from deals.duration import Duration
from deals.refusals import Code, Refused
from deals.working_time import due

DEFAULT_EXTENSION = Duration("24h")
"""How long an acknowledgement without a date quiets the ladder.

A choice: one day to do what was promised.
"""


def acknowledge(draft: Draft, command: Acknowledge) -> None:
    """The ladder rests until then, and goes on with its old distances.

    Raises:
        Refused: `unknown_escalation`, `escalation_closed`, `extension_in_past`.
    """
    escalation = _open(draft, command.escalation)
    if escalation.acknowledged_at:
        raise Refused(Code.ESCALATION_CLOSED, escalation=escalation.id)
    if command.extend_until and command.extend_until <= draft.now:
        raise Refused(Code.EXTENSION_IN_PAST, extend_until=command.extend_until.isoformat())
    clock = draft.deal.clock(escalation.clock) if escalation.clock else None
    until = command.extend_until or due(draft.calendar, DEFAULT_EXTENSION, draft.now, ())
    draft.add(
        e.EscalationAcknowledged,
        escalation=escalation.id,
        note=command.note,
        until=until if clock else None,
    )
    if clock and until:
        moved = quieted(draft.playbook, draft.deal, clock, until)
        if moved is not clock:
            draft.set_clock(moved)


def comment(draft: Draft, command: Comment) -> None:
    """Put a word beside it; nothing else changes.

    Raises:
        Refused: `unknown_escalation`, `escalation_closed`.
    """
    escalation = _open(draft, command.escalation)
    draft.add(e.EscalationCommented, escalation=escalation.id, note=command.note)


def _open(draft: Draft, escalation_id: str) -> Escalation:
    """The open escalation of that id.

    One whose event has passed but is not open any more is closed.
    """
    found = draft.deal.escalation(escalation_id)
    if found:
        return found
    seq = escalation_id.removeprefix(f"{draft.deal.id}.")
    existed = seq.isdecimal() and 0 < int(seq) <= draft.deal.seq
    raise Refused(
        Code.ESCALATION_CLOSED if existed else Code.UNKNOWN_ESCALATION, escalation=escalation_id
    )
