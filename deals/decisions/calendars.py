"""Working by another calendar: every due instant is computed again."""

from __future__ import annotations

from datetime import datetime

from deals import events as e
from deals.commands import Recalendar
from deals.decisions.draft import Draft
from deals.decisions.stages import MANAGING
from deals.refusals import Code, Refused
from deals.working_time import NEVER, due


def recalendar(draft: Draft, command: Recalendar) -> None:
    """Put calendars in force; nothing happens if they are.

    What a clock has missed stays missed, a rung that was reached stays reached, and what now lies
    behind is reached at once. No deal goes to the pool without the warning because of it.

    Raises:
        Refused: `not_allowed` unless the actor manages; `unarmed_sla`.
    """
    if command.actor.role not in MANAGING:
        raise Refused(Code.NOT_ALLOWED, needs="manager")
    deal = draft.deal
    own = command.own if command.own_of == deal.owner else deal.own
    if (command.calendar, own) == (deal.calendar, deal.own):
        return
    draft.add(
        e.CalendarChanged,
        reason=command.reason,
        calendar=command.calendar,
        own=own,
        protected_until=_protected(draft),
    )
    draft.set_clocks()


def _protected(draft: Draft) -> datetime:
    return due(draft.calendar, draft.playbook.pool.warning, draft.now) or NEVER
