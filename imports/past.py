"""A deal's past as its dates tell it, put in order.

Decides what gives way where dates contradict each other: the end holds before the opening, an entry
before the opening, and the present stage is always the last. Every change is remarked. Must never
invent an instant: what is not known stays unknown.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from deals.deal import Result
from imports.remarks import Rule


class Visit(NamedTuple):
    """A stage that was entered, and when; None if nobody knows."""

    stage: str
    at: datetime | None


class End(NamedTuple):
    """How a deal ended, and when; None if nobody knows."""

    outcome: Result
    at: datetime | None


class Notes(Protocol):
    """Who is told of every change."""

    def note(self, rule: Rule, subject: str, message: str) -> None:
        """Remark something."""


@dataclass(frozen=True, slots=True)
class Past:
    """What is known of a deal.

    Attributes:
        opened_at: when it began.
        visits: the stages in the order they were entered, the present (or last) one at the end.
        end: how it ended; None while it is open.
    """

    opened_at: datetime | None
    visits: tuple[Visit, ...]
    end: End | None


def in_order(past: Past, *, starts_with: str, notes: Notes) -> Past:
    """The past in an order that can have happened.

    Args:
        past: as the dates tell it.
        starts_with: the playbook's first stage; who is there and nowhere else entered it at the
            opening.
        notes: who is told what was changed, and what is not known.
    """
    visits = _before_the_present(past.visits, notes)
    opened_at = past.opened_at
    end_at = past.end.at if past.end else None
    if end_at is not None:
        if opened_at is not None and end_at < opened_at:
            told = f"ended {_day(end_at)}, opened {_day(opened_at)}: opened when it ended"
            notes.note(Rule.END_BEFORE_OPEN, "", told)
            opened_at = end_at
        elif late := [visit for visit in visits if visit.at and visit.at > end_at]:
            told = f"entered {late[-1].stage} after its end: entered when it ended"
            notes.note(Rule.ENTERED_AFTER_END, late[-1].stage, told)
        visits = tuple(v._replace(at=min(v.at, end_at)) if v.at else v for v in visits)
    opened_at = _opening(opened_at, visits, notes)
    if len(visits) == 1 and visits[0] == (starts_with, None):
        visits = (Visit(starts_with, opened_at),)
    return Past(opened_at, visits, past.end)


def _before_the_present(visits: tuple[Visit, ...], notes: Notes) -> tuple[Visit, ...]:
    """The dated visits by instant, those after the present stage's entry left out."""
    present = visits[-1]
    kept: list[tuple[datetime, Visit]] = []
    for visit in visits[:-1]:
        if visit.at and present.at and visit.at > present.at:
            told = f"{visit.stage} was entered after {present.stage}, where the deal is: left out"
            notes.note(Rule.VISIT_LEFT_OUT, visit.stage, told)
        elif visit.at:
            kept.append((visit.at, visit))
    kept.sort(key=lambda dated: dated[0])
    return (*(visit for _, visit in kept), present)


def _opening(
    opened_at: datetime | None, visits: tuple[Visit, ...], notes: Notes
) -> datetime | None:
    first = min((visit.at for visit in visits if visit.at), default=None)
    if first is None or opened_at is None:
        return opened_at or first
    if first < opened_at:
        told = f"entered a stage {_day(first)}, opened {_day(opened_at)}: opened then"
        notes.note(Rule.ENTERED_BEFORE_OPEN, "", told)
        return first
    return opened_at


def _day(instant: datetime) -> str:
    return instant.date().isoformat()
