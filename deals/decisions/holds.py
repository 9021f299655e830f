"""Letting a deal rest on purpose, and going on."""

from __future__ import annotations

from datetime import datetime, timedelta

from deals import events as e
from deals.calendar import Calendar
from deals.commands import PlaceHold, ReleaseHold
from deals.days import day_begins
from deals.decisions.draft import Draft
from deals.decisions.stages import MANAGING
from deals.duration import Duration
from deals.refusals import Code, Refused
from deals.working_time import NEVER, due


def place_hold(draft: Draft, command: PlaceHold) -> None:
    """Every clock rests until then; a date stands for the beginning of its working day.

    Raises:
        Refused: `on_hold`, `hold_in_past`, `hold_too_long` unless the actor manages.
    """
    if draft.deal.hold:
        raise Refused(Code.ON_HOLD, until=draft.deal.hold.until.isoformat())
    calendar = draft.calendar
    given = command.until
    until = given if isinstance(given, datetime) else day_begins(calendar, given)
    if until <= draft.now:
        raise Refused(Code.HOLD_IN_PAST, until=given.isoformat(), now=draft.now.isoformat())
    latest = _latest(calendar, draft.playbook.hold.limit, draft.now)
    if until > latest and command.actor.role not in MANAGING:
        raise Refused(
            Code.HOLD_TOO_LONG, until=given.isoformat(), latest=latest.isoformat(), needs="manager"
        )
    draft.add(e.HoldPlaced, until=until, reason=command.reason)
    draft.set_clocks()


def release_hold(draft: Draft, _command: ReleaseHold) -> None:
    """Go on with what each clock had left.

    Raises:
        Refused: `not_on_hold`.
    """
    if draft.deal.hold is None:
        raise Refused(Code.NOT_ON_HOLD, status=draft.deal.status)
    draft.add(e.HoldReleased, expired=False)
    draft.set_clocks()


def _latest(calendar: Calendar, limit: Duration, now: datetime) -> datetime:
    """How far a hold may reach without a manager.

    A moment longer, since a form takes a moment to fill in.
    """
    return (due(calendar, limit, now) or NEVER) + timedelta(minutes=1)
