"""Which deadlines a life leads to: worked out from what people did, by brute force.

Shares no code with the core. It reads the playbook and the calendars as plain data, and of a deal's
events only those that people caused, and says what time alone does then: when a hold runs out,
which due instant is missed, which rung is reached; in which order, and when each was due.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final, NamedTuple

from deals import events as e
from tests.deals import brute_force
from tests.deals.brute_force import Plain

HOLD_ENDS: Final = 0
MISSED: Final = 1
REACHED: Final = 2
"""What time does; of equal instants in this order."""


class Happening(NamedTuple):
    """Something that time does.

    Attributes:
        at: when it is due.
        what: one of the three.
        clock: its id; none of a hold.
        rung: its place in the ladder.
        visit: the number of the stage visit.
    """

    at: datetime
    what: int
    clock: str
    rung: int
    visit: int


def foretold(book: dict[str, Any], life: Sequence[e.Event], until: datetime) -> list[Happening]:
    """Everything that time does to the deal up to that instant.

    Args:
        book: the playbook, in JSON.
        life: the deal's events; those that time caused are passed over.
        until: when the life is looked at.
    """
    fate = Fate(book, {one.escalation: one.clock for one in life if one.kind == "rung_reached"})
    for event in life:
        if event.actor.role != "system":
            if event.n == 0:
                fate.age(event.at)
            fate.take(event)
    fate.age(until)
    return fate.happened


def happened(life: Sequence[e.Event]) -> list[Happening]:
    """What the events say that time did."""
    visit, found = 0, []
    for one in life:
        match one:
            case e.StageEntered():
                visit = one.visit
            case e.HoldReleased(expired=True, occurred_at=datetime() as at):
                found.append(Happening(at, HOLD_ENDS, "", 0, visit))
            case e.ClockBreached(occurred_at=datetime() as at):
                found.append(Happening(at, MISSED, one.clock, 0, visit))
            case e.RungReached(occurred_at=datetime() as at):
                found.append(Happening(at, REACHED, one.clock, one.rung, visit))
    return found


class Pause(NamedTuple):
    since: datetime
    until: datetime | None


class Anchor(NamedTuple):
    """An event, and from when something counts because of it."""

    seq: int
    at: datetime


class Rule(NamedTuple):
    """A clock that is asked for."""

    id: str
    start: datetime
    budget: str | datetime
    ladder: str | None


@dataclass
class Clock:
    """What a clock went through."""

    missed: bool = False
    reached: set[int] = field(default_factory=set)
    shift: timedelta = timedelta(0)


@dataclass
class Visit:
    """A stay in a stage, and what was done in it."""

    number: int
    stage: dict[str, Any]
    began: Anchor
    moved: Anchor | None = None
    done: dict[str, Anchor] = field(default_factory=dict)
    waived: set[str] = field(default_factory=set)
    duties: list[tuple[str, Anchor]] = field(default_factory=list)

    def action(self, name: str) -> dict[str, Any] | None:
        return next((one for one in self.stage["actions"] if one["id"] == name), None)

    def duty(self, name: str) -> dict[str, Any]:
        made = [one["then"] for one in self.stage["actions"] if one["then"]]
        return next(one for one in made if one["id"] == name)


class Fate:
    """A deal, as far as its pace goes.

    Attributes:
        happened: what time has done so far.
    """

    def __init__(self, book: dict[str, Any], escalations: dict[str, str]) -> None:
        self.happened: list[Happening] = []
        self._book = book
        self._escalations = escalations
        self._calendar, self._own = book["calendar"], NOBODYS
        self._clocks: dict[str, Clock] = {}
        self._pauses: list[Pause] = []
        self._rests: list[Pause] = []
        self._promise: tuple[Anchor, datetime] | None = None
        self._hold: datetime | None = None
        self._protected: datetime | None = None
        self._in_pool = self._closed = False
        self._visit = Visit(0, {}, Anchor(0, brute_force.EPOCH))

    # ---- What time does ----

    def age(self, until: datetime) -> None:
        """Let everything happen that is due by then, the earliest first."""
        if self._visit.number:
            self._arm()
        while (due := min(self._ahead(), default=None)) and due.at <= until:
            self.happened.append(due)
            if due.what == HOLD_ENDS:
                self._resume(due.at)
            elif due.what == MISSED:
                self._clocks[due.clock].missed = True
            else:
                self._clocks[due.clock].reached.add(due.rung)
                if self._recycles(due):
                    self._to_the_pool(due.at)

    def _arm(self) -> None:
        """Begin the clocks that are new; their reminders of before are passed over."""
        if self._closed:
            return
        for rule in self._rules():
            if rule.id not in self._clocks:
                due_at, rungs = self._schedule(rule)
                self._clocks[rule.id] = Clock(
                    reached={
                        place
                        for place, at in enumerate(rungs)
                        if at and due_at and at <= rule.start and at < due_at
                    }
                )

    def _ahead(self) -> Iterator[Happening]:
        if self._closed or self._in_pool or not self._visit.number:
            return
        number = self._visit.number
        if self._hold:
            yield Happening(self._hold, HOLD_ENDS, "", 0, number)
            return
        for rule in self._rules():
            clock, (due_at, rungs) = self._clocks[rule.id], self._schedule(rule)
            if due_at and not clock.missed:
                yield Happening(due_at, MISSED, rule.id, 0, number)
            for place, at in enumerate(rungs):
                if at and place not in clock.reached:
                    yield Happening(at, REACHED, rule.id, place, number)

    def _recycles(self, due: Happening) -> bool:
        (name,) = [rule.ladder for rule in self._rules() if rule.id == due.clock]
        ladder = self._ladder(name)
        return due.rung < len(ladder) and bool(ladder[due.rung]["do"] == "recycle")

    # ---- Which clocks run, and when each is due ----

    def _rules(self) -> Iterator[Rule]:
        visit, stage = self._visit, self._visit.stage
        for action in stage["actions"]:
            if action["due"] and action["id"] not in {*visit.done, *visit.waived}:
                before = action["due_from"]
                if since := visit.done.get(before) if before else visit.began:
                    yield _rule("action", action["id"], since, action["due"], action["ladder"])
        if stage["stay"] and stage["stay"]["limit"]:
            stay = stage["stay"]
            yield _rule("stay", stage["id"], visit.began, stay["limit"], stay["ladder"])
        if idle := stage["idle"]:
            moved = visit.moved if visit.moved and visit.moved.at >= visit.began.at else visit.began
            yield _rule("idle", stage["id"], moved, idle["limit"], idle["ladder"])
        for name, since in visit.duties:
            duty = visit.duty(name)
            yield _rule("follow_on", name, since, duty["within"], duty["ladder"])
        if self._promise:
            yield _rule("promise", "next-step", *self._promise, None)

    def _schedule(self, rule: Rule) -> tuple[datetime | None, list[datetime | None]]:
        """When the clock is due, and each rung of its ladder, the warning last."""
        clock, ladder = self._clocks.get(rule.id, Clock()), self._ladder(rule.ladder)
        rests = self._rests if rule.id.startswith("idle.") else []
        pauses = (*self._pauses, *rests)
        due_at = _due(self._plain(), rule.budget, rule.start, pauses)
        if due_at is None:
            return None, []
        rungs: list[datetime | None] = []
        for place, rung in enumerate(ladder):
            at = _rung(self._plain(), rung["at"], rule.budget, rule.start, due_at, pauses)
            rungs.append(at + clock.shift if at and place not in clock.reached else at)
        if ladder[-1]["do"] == "recycle" and rungs[-1]:
            recycled_at = rungs[-1] = max(rungs[-1], self._protected or rungs[-1])
            warning = f"-{self._book['pool']['warning']}"
            rungs.append(
                _rung(self._plain(), warning, recycled_at, rule.start, recycled_at, pauses)
            )
        return due_at, rungs

    def _ladder(self, name: str | None) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._book["ladders"][name or "default"]
        return found

    def _plain(self) -> Plain:
        return _calendar(json.dumps(self._calendar), json.dumps(self._own))

    def _in(self, length: str, at: datetime) -> datetime:
        """When so much has passed from then on."""
        found = _due(self._plain(), length, at, ())
        assert found
        return found

    # ---- What people do ----

    def take(self, event: e.Event) -> None:  # noqa: C901, PLR0912 - one line for each
        """Note what somebody did."""
        match event:
            case e.DealOpened():
                self._own = event.own.model_dump(mode="json")
                self._calendar = _json(event.calendar) or self._calendar
            case e.StageEntered():
                self._enter(event)
            case e.ActionRecorded():
                self._act(event)
            case e.ReplyRecorded():
                self._hear(event)
            case e.NextStepSet():
                self._promise_to(event)
            case e.HoldPlaced():
                self._hold = event.until
                self._pauses.append(Pause(event.at, event.until))
            case e.HoldReleased():
                self._resume(event.at)
            case e.DealAssigned() | e.DealClaimed():
                self._hand_over(event)
            case e.GateOverridden():
                self._visit.waived |= {one.id for one in event.waived if one.kind == "action"}
                left = [one for one in self._visit.duties if one[0] not in self._visit.waived]
                self._visit.duties = left
            case e.DealWon() | e.DealLost() | e.DealDropped():
                self._close(event)
            case e.DealReopened():
                self._closed = False
            case e.EscalationAcknowledged(until=datetime() as until):
                self._quiet(self._escalations[event.escalation], until)
            case e.CalendarChanged():
                warned = self._in(self._book["pool"]["warning"], event.at)
                self._protected = max(warned, self._protected or warned)
                self._own = event.own.model_dump(mode="json")
                self._calendar = _json(event.calendar) or self._book["calendar"]
            case _:
                assert event.kind in PASSED_OVER, event.kind

    def _enter(self, event: e.StageEntered) -> None:
        (stage,) = [one for one in self._book["stages"] if one["id"] == event.stage]
        self._visit = Visit(event.visit, stage, Anchor(event.seq, event.occurred_at or event.at))
        self._rests = [rest for rest in self._rests if rest.until and rest.until > event.at]

    def _act(self, event: e.ActionRecorded) -> None:
        visit, at = self._visit, event.occurred_at or event.at
        standing = visit.action(event.action)
        rule = standing or visit.duty(event.action)
        open_duty = next((one for one in visit.duties if one[0] == event.action), None)
        if open_duty:
            visit.duties.remove(open_duty)
        visit.done[event.action] = Anchor(event.seq, at)
        if standing and standing["then"]:
            visit.duties.append((standing["then"]["id"], Anchor(event.seq, at)))
        if rule["resets_idle"]:
            self._move(event)
            self._promise, self._rests = None, []

    def _move(self, event: e.Event) -> None:
        at, before = event.occurred_at or event.at, self._visit.moved
        self._visit.moved = Anchor(event.seq, max(at, before.at) if before else at)

    def _hear(self, event: e.ReplyRecorded) -> None:
        idle = self._visit.stage["idle"]
        if idle is None or idle["replies"]:
            self._move(event)
        spared = self._in(self._book["pool"]["protection"], event.at)
        self._protected = max(spared, self._protected or spared)

    def _promise_to(self, event: e.NextStepSet) -> None:
        """The idle clock rests until then, and not any more until an earlier promise."""
        self._rests = [Pause(one.since, _earlier(one.until, event.at)) for one in self._rests]
        self._rests.append(Pause(event.at, event.due_at))
        self._promise = Anchor(event.seq, event.at), event.due_at

    def _hand_over(self, event: e.DealAssigned | e.DealClaimed) -> None:
        if self._in_pool:
            self._pauses[-1] = self._pauses[-1]._replace(until=event.at)
            self._visit.began, self._visit.moved = Anchor(event.seq, event.at), None
            self._protected = self._in(self._book["pool"]["protection"], event.at)
            self._in_pool = False
        self._own = event.own.model_dump(mode="json")

    def _to_the_pool(self, at: datetime) -> None:
        self._in_pool, self._own = True, NOBODYS
        self._promise, self._rests, self._protected = None, [], None
        self._pauses.append(Pause(at, None))

    def _resume(self, at: datetime) -> None:
        self._pauses[-1] = self._pauses[-1]._replace(until=at)
        self._hold = None

    def _close(self, event: e.Event) -> None:
        if self._hold:
            self._resume(event.at)
        self._closed = True
        self._promise, self._rests, self._visit.duties = None, [], []

    def _quiet(self, clock_id: str, until: datetime) -> None:
        """Move the rungs to come, so that the first of them comes then."""
        (rule,) = [rule for rule in self._rules() if rule.id == clock_id]
        clock, (_, rungs) = self._clocks[clock_id], self._schedule(rule)
        ahead = [at for place, at in enumerate(rungs) if at and place not in clock.reached]
        if ahead and min(ahead) < until:
            clock.shift += until - min(ahead)


NOBODYS: Final[dict[str, Any]] = {"hours": None, "time_zone": None, "away": []}

PASSED_OVER: Final = frozenset(
    {"facts_recorded", "override_asked", "noted", "command_refused", "clocks_set"}
    | {"escalation_acknowledged", "escalation_commented"}
)
"""What people cause and no clock minds; what the clocks become because of them is for us to say."""


def _rule(
    kind: str, subject: str, since: Anchor, budget: str | datetime, ladder: str | None
) -> Rule:
    return Rule(f"{kind}.{subject}.{since.seq}", since.at, budget, ladder)


def _earlier(one: datetime | None, other: datetime) -> datetime:
    return min(one, other) if one else other


def _json(calendar: Any) -> Any:  # noqa: ANN401 - a calendar of the core, or none
    return calendar.model_dump(mode="json") if calendar else None


@cache
def _calendar(pinned: str, own: str) -> Plain:
    return Plain.read(json.loads(pinned)).of(json.loads(own))


_due = cache(brute_force.due)
_rung = cache(brute_force.rung)
