"""Why a clock is due when it is: what was counted, what was not, whom it tells, and what stops it.

Decides how the core's arithmetic is laid open, span by span. Must never compute a due instant: that
of the deal is shown, and the spans say how it came about.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby, islice, pairwise
from typing import Final, Literal
from zoneinfo import ZoneInfo

from deals.clock import Cause, Clock, ClockKind, ClockState, Pause
from deals.clocks import calendar_of
from deals.deal import Deal
from deals.gates import stage_of
from deals.model import Instant, Recorded
from deals.playbook import Measure, Playbook, Recipient
from deals.working_time import working_spans
from ledger.reporting_line import ReportingLine

MOST_SPANS: Final = 400
"""Spans that an explanation lists of one clock. A choice: half a year of working days."""

Why = Literal["counts", "outside_hours", "hold", "pool", "next_step"]
Part = tuple[datetime, datetime]


class Span(Recorded):
    """A stretch of time on the way to the due instant, and whether it counts."""

    from_at: Instant
    to_at: Instant
    seconds: float
    """Clock seconds."""
    counts: bool
    why: Why


class RungExplained(Recorded):
    """A rung of the clock's ladder."""

    at: Instant
    to: Recipient
    persons: tuple[str, ...]
    """Whom that means today."""
    do: Measure
    state: Literal["passed", "next", "ahead", "void"]
    """Void: the clock ended before it came to this."""


class StoppedBy(Recorded):
    """What stops the clock: any of these."""

    actions: tuple[str, ...]
    commands: tuple[str, ...]


class DayOff(Recorded):
    """A day on which the clock did not count though its week has hours then."""

    on: date
    why: Literal["holiday", "leave"]


class ClockExplained(Recorded):
    """One clock, laid open."""

    id: str
    kind: ClockKind
    subject: str
    state: ClockState
    started_at: Instant
    started_by: int
    """Seq of the event that started it."""
    cause: Cause | None
    """What that was, and whose doing."""
    budget: str | None
    """The rule's duration; null for a promise, which names its instant itself."""
    counted_in: Literal["clock_time", "working_time"]
    scale: float
    """By how much the playbook's calendar shortens every duration; 1 in real life."""
    due_at: Instant | None
    breached_at: Instant | None
    ended_at: Instant | None
    counted_seconds: float
    """Seconds counted so far."""
    remaining_seconds: float | None
    """Seconds still to be counted until it is due; null while that is not known."""
    spans: tuple[Span, ...]
    """From the start to the due instant; to now while that is not known."""
    spans_left_off: int
    days_off: tuple[DayOff, ...]
    """Of working time, from the start to the due instant: the first ones of each clock."""
    shift_seconds: float
    """Clock seconds by which an acknowledgement moved the rungs still to come."""
    rungs: tuple[RungExplained, ...]
    stopped_by: StoppedBy


def explained(
    playbook: Playbook, deal: Deal, line: ReportingLine, *, now: datetime
) -> tuple[ClockExplained, ...]:
    """Each clock of the deal, in its order."""
    return tuple(_explained(playbook, deal, clock, line, now) for clock in deal.clocks)


def _explained(
    playbook: Playbook, deal: Deal, clock: Clock, line: ReportingLine, now: datetime
) -> ClockExplained:
    spans = _spans(playbook, deal, clock, clock.due_at or max(now, clock.started_at))
    until = min(now, clock.ended_at or now)
    counted = sum(_seconds(span.from_at, min(span.to_at, until)) for span in spans if span.counts)
    whole = sum(span.seconds for span in spans if span.counts)
    shared = ("id", "kind", "subject", "state", "started_at", "due_at", "breached_at", "ended_at")
    return ClockExplained(
        **{name: getattr(clock, name) for name in shared},
        started_by=clock.seq,
        cause=clock.cause,
        budget=str(clock.budget) if clock.budget else None,
        counted_in="working_time" if _is_working(clock) else "clock_time",
        scale=playbook.calendar.scale,
        counted_seconds=counted,
        remaining_seconds=whole - counted if clock.due_at else None,
        spans=spans[:MOST_SPANS],
        spans_left_off=max(0, len(spans) - MOST_SPANS),
        days_off=tuple(islice(_days_off(playbook, deal, clock), MOST_SPANS)),
        shift_seconds=clock.shift_seconds,
        rungs=tuple(_rungs(playbook, deal, clock, line)),
        stopped_by=_stopped_by(playbook, deal, clock),
    )


def _is_working(clock: Clock) -> bool:
    return clock.budget is not None and clock.budget.is_working


def _spans(playbook: Playbook, deal: Deal, clock: Clock, end: datetime) -> tuple[Span, ...]:
    """What lies between the clock's start and its end, in order; neighbours of one kind are one."""
    start = clock.started_at
    if end <= start:
        return ()
    pauses = _pauses(deal, clock)
    calendar = calendar_of(playbook, deal)
    hours = working_spans(calendar, start, end) if _is_working(clock) else ((start, end),)
    cuts = {start, end, *(at for part in hours for at in part)}
    cuts |= {at for pause in pauses for at in (pause.since, pause.until) if at}
    inside = sorted(at for at in cuts if start <= at <= end)
    parts = ((part, _why(part, pauses, hours)) for part in pairwise(inside))
    return tuple(_joined(parts))


def _days_off(playbook: Playbook, deal: Deal, clock: Clock) -> Iterator[DayOff]:
    if not _is_working(clock) or clock.due_at is None:
        return
    calendar = calendar_of(playbook, deal)
    zone = ZoneInfo(calendar.time_zone)
    first, last = (at.astimezone(zone).date() for at in (clock.started_at, clock.due_at))
    away = {day for leave in deal.own.away for day in leave.days()}
    for day, hours in calendar.exceptions:
        if first <= day <= last and not hours and calendar.weekly[day.weekday()]:
            yield DayOff(on=day, why="leave" if day in away else "holiday")


def _pauses(deal: Deal, clock: Clock) -> list[Pause]:
    """The pauses that the clock met; one that began after it ended was none of its."""
    found = (*deal.pauses, *(deal.rests if clock.kind == "idle" else ()))
    return [one for one in found if clock.ended_at is None or one.since < clock.ended_at]


def _why(part: Part, pauses: Iterable[Pause], hours: Sequence[Part]) -> Why:
    begin, _ = part
    for pause in pauses:
        if pause.since <= begin and (pause.until is None or begin < pause.until):
            return pause.why
    opening = bisect_right(hours, begin, key=lambda hour: hour[0]) - 1
    return "counts" if opening >= 0 and begin < hours[opening][1] else "outside_hours"


def _joined(parts: Iterable[tuple[Part, Why]]) -> Iterator[Span]:
    for why, group in groupby(parts, key=lambda one: one[1]):
        found = [part for part, _ in group]
        begin, end = found[0][0], found[-1][1]
        counts = why == "counts"
        seconds = _seconds(begin, end)
        yield Span(from_at=begin, to_at=end, seconds=seconds, counts=counts, why=why)


def _seconds(begin: datetime, end: datetime) -> float:
    return max(end - begin, timedelta()).total_seconds()


def _rungs(
    playbook: Playbook, deal: Deal, clock: Clock, line: ReportingLine
) -> Iterator[RungExplained]:
    ahead = [(at, n) for n, at in enumerate(clock.rungs) if n not in clock.reached]
    following = min(ahead, default=None)
    rungs = zip(clock.rungs, range(len(clock.rungs)), playbook.ladder(clock.ladder), strict=False)
    for at, n, rung in sorted(rungs, key=lambda one: one[:2]):
        state: Literal["passed", "next", "ahead", "void"] = "ahead"
        if n in clock.reached:
            state = "passed"
        elif not clock.live:
            state = "void"
        elif (at, n) == following:
            state = "next"
        persons = line.recipients(deal.owner, rung.to)
        yield RungExplained(at=at, to=rung.to, persons=persons, do=rung.do, state=state)


def _stopped_by(playbook: Playbook, deal: Deal, clock: Clock) -> StoppedBy:
    stage = stage_of(playbook, deal)
    moving = tuple(action.id for action in stage.actions if action.resets_idle)
    leaving = ("advance", "return", "close")
    match clock.kind:
        case "action" | "follow_on":
            return StoppedBy(actions=(clock.subject,), commands=("override", *leaving))
        case "stay":
            return StoppedBy(actions=(), commands=leaving)
        case "idle":
            replies = ("replies",) if stage.idle is None or stage.idle.replies else ()
            return StoppedBy(actions=moving, commands=(*replies, *leaving))
        case "promise":
            return StoppedBy(actions=moving, commands=leaving)
