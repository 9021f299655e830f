"""Deals with their playbooks, as briefings speak of them.

Decides what the things in a deal are called, and which days count as working days for it. Must
never decide anything about a deal.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from deals.calendar import Calendar
from deals.clock import Clock, ClockKind
from deals.clocks import calendar_of
from deals.deal import Deal, Unmet
from deals.gates import unmet
from deals.model import Names
from deals.playbook import Measure, Playbook, Recipient
from deals.working_time import NEVER
from ledger.deals import deal_states
from ledger.people import Person
from ledger.playbooks import find_playbook
from ledger.reporting_line import ReportingLine
from ledger.session import Ledger

Find = Callable[[str, int], Awaitable[Playbook]]
"""Finds a published playbook by id and version."""


def stage_name(playbook: Playbook, stage: str) -> Names:
    """What a stage is called; one that the playbook does not know, by its id."""
    found = playbook.stage(stage)
    return found.name if found else {"en": stage}


@dataclass(frozen=True, slots=True)
class Case:
    """A deal and the playbook it is pinned to."""

    playbook: Playbook
    deal: Deal

    @property
    def calendar(self) -> Calendar:
        """The calendar the deal's time is counted by."""
        return calendar_of(self.playbook, self.deal)

    def stage_name(self, stage: str) -> Names:
        """What a stage is called."""
        return stage_name(self.playbook, stage)

    def asked(self, kind: ClockKind, subject: str) -> Names | None:
        """What a clock asks for; None where any movement answers it, or a promise names it."""
        return self.action_name(subject) if kind in {"action", "follow_on"} else None

    def action_name(self, action: str) -> Names:
        """What an action or a duty is called; the stage the deal is in is asked first."""
        here = self.playbook.stage(self.deal.visit.stage)
        stages = (*((here,) if here else ()), *self.playbook.stages)
        found = (stage.action(action) or stage.duty(action) for stage in stages)
        return next((one.name for one in found if one), {"en": action})

    def promised(self, clock: Clock) -> str | None:
        """The next step that a clock holds its owner to."""
        step = self.deal.next_step
        return step.what if step and clock.kind == "promise" and step.seq == clock.seq else None

    def left_by(self, clock: Clock) -> Names | None:
        """The action that created the duty which a clock asks for."""
        duty = self.deal.duty(clock.subject) if clock.kind == "follow_on" else None
        return self.action_name(duty.because) if duty else None

    def lacking(self) -> tuple[Unmet, ...]:
        """What the gate of its stage still lacks."""
        return unmet(self.playbook, self.deal)

    def lacking_name(self, one: Unmet) -> Names:
        """What that is called."""
        rule = self.playbook.facts.get(one.id) if one.kind == "fact" else None
        return rule.name if rule else self.action_name(one.id)

    def is_worked_on(self, day: date) -> bool:
        """Whether its owner works that day: hours and leave of their own included."""
        return _is_worked(calendar_of(self.playbook, self.deal), day)

    def is_business_day(self, day: date) -> bool:
        """Whether the company works that day, whatever its owner does."""
        return _is_worked(self.deal.calendar or self.playbook.calendar, day)


class Books:
    """Published playbooks, kept once they are read: a version never changes."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._kept: dict[tuple[str, int], Playbook] = {}

    async def find(self, playbook_id: str, version: int) -> Playbook:
        """That version.

        Raises:
            UnknownPlaybook: there is none.
        """
        kept = self._kept.get((playbook_id, version))
        if kept is None:
            kept = (await find_playbook(self._ledger, playbook_id, version)).playbook
            self._kept[playbook_id, version] = kept
        return kept


async def cases(ledger: Ledger, deal_ids: Iterable[str], find: Find) -> dict[str, Case]:
    """Those deals, by id; one that is not recorded is left out.

    Raises:
        UnknownPlaybook: a deal is pinned to a version that was never published.
    """
    states = await deal_states(ledger, deal_ids)
    pinned = {(deal.playbook.id, deal.playbook.version) for deal in states.values()}
    books = {one: await find(*one) for one in pinned}
    return {
        deal.id: Case(books[deal.playbook.id, deal.playbook.version], deal)
        for deal in states.values()
    }


def _is_worked(calendar: Calendar, day: date) -> bool:
    hours = dict(calendar.exceptions).get(day, calendar.weekly[day.weekday()])
    return bool(hours)


class Hearing(NamedTuple):
    """Who but the owner hears next, and when, if nobody answers."""

    at: datetime
    to: Recipient
    do: Measure
    persons: tuple[str, ...]
    """Their names; empty for the pool."""


class Staff:
    """Everybody: what they are called, whom they report to, where they are, and who is away."""

    def __init__(
        self,
        people: Iterable[Person],
        absences: Mapping[str, str | None] | None = None,
        *,
        time_zone: str,
    ) -> None:
        """Take everybody as they are now.

        Args:
            people: everybody.
            absences: who is absent today, and the delegate of each.
            time_zone: the company's, for those who say none.
        """
        self.people: Mapping[str, Person] = {person.id: person for person in people}
        self.line = ReportingLine(self.people.values(), absences)
        self._time_zone = time_zone

    def name(self, person: str) -> str:
        """What somebody is called; a stranger by their id."""
        known = self.people.get(person)
        return known.name if known else person

    def zone(self, person: str) -> str:
        """The time zone in which somebody lives; a stranger in the company's."""
        known = self.people.get(person)
        return (known.time_zone if known else None) or self._time_zone

    def hears_next(self, case: Case, clock: Clock) -> Hearing | None:
        """Who but the owner hears of a clock next, if nobody answers; None: nobody."""
        ladder = case.playbook.ladder(clock.ladder)
        ahead = sorted((at, n) for n, at in enumerate(clock.rungs) if n not in clock.reached)
        climbs = ((at, ladder[n]) for at, n in ahead if ladder[n].do in {"escalate", "recycle"})
        at, rung = next(climbs, (NEVER, None))
        if rung is None or at >= NEVER or not clock.live:
            return None
        persons = self.line.recipients(case.deal.owner, rung.to)
        return Hearing(at, rung.to, rung.do, tuple(map(self.name, persons)))

    def below(self, person: str) -> frozenset[str]:
        """The person and everybody who reports to them, directly or not."""
        found, ahead = {person}, [person]
        while ahead:
            boss = ahead.pop()
            more = {one.id for one in self.people.values() if one.manager == boss} - found
            found |= more
            ahead += more
        return frozenset(found)
