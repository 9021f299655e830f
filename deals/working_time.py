"""When a duration is used up and when the rungs around its end are reached, by a calendar.

Decides every due instant. Everything is a pure function of its arguments; the tables kept between
calls are functions of a calendar alone, so a workflow may use them. Must never read a clock.

Time is counted on a line: the clock's, or that of working time. A pause is a span in which nothing
counts. Sums are whole microseconds, so a pause of no length moves nothing at all.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from deals import openings
from deals.calendar import Calendar
from deals.duration import Duration, Offset
from deals.openings import ClockTime, Line, WorkingTime, joined, microseconds, moment

NEVER: Final = moment(openings.NEVER)
"""The instant of a rung that waits for the end of a pause when nobody knows that end."""

_CLOCK_TIME = ClockTime()
_SECOND = 1_000_000

_Spans = tuple[tuple[int, int], ...]


class Pause(Protocol):
    """A span in which nothing counts; `until` is None while nobody knows the end."""

    @property
    def since(self) -> datetime:
        """The first instant that does not count."""

    @property
    def until(self) -> datetime | None:
        """The first instant that counts again."""


def add_working(calendar: Calendar, start: datetime, seconds: float) -> datetime:
    """The instant at which so many seconds of working time have passed since start.

    It is the first such instant: an hour from Friday 17:00, with hours until 18:00, ends on Friday
    at 18:00 and not on Monday at 09:00. Negative seconds go back, to the last instant since which
    so much is worked. Zero gives start, worked or not. These are seconds of real time: the
    calendar's scale has no say. A century away it gives `NEVER`, or the year 1.
    """
    instant, amount = microseconds(start), round(seconds * _SECOND)
    if amount == 0:
        return start
    line = _working_time(calendar)
    return moment(line.after(instant, amount) if amount > 0 else line.before(instant, -amount))


def working_between(calendar: Calendar, start: datetime, end: datetime) -> float:
    """Seconds of working time from start to end; 0 if the end comes first. Not scaled."""
    return _working_time(calendar).between(microseconds(start), microseconds(end)) / _SECOND


def working_spans(
    calendar: Calendar, start: datetime, end: datetime
) -> tuple[tuple[datetime, datetime], ...]:
    """The spans of working time from start to end, in order; those that touch are one."""
    spans = _working_time(calendar).spans(microseconds(start), microseconds(end))
    return tuple((moment(opens), moment(closes)) for opens, closes in spans)


def due(
    calendar: Calendar, budget: Duration | datetime, start: datetime, pauses: Iterable[Pause] = ()
) -> datetime | None:
    """When a budget that is spent from start on is used up; what is paused does not count.

    A duration is counted by its own kind, clock or working time, and divided by the calendar's
    scale. A promise names an instant: its budget is the clock time from start to that instant, so
    without a pause it is due then.

    A pause that begins at or after the due instant is not looked at: what is due is due. None if
    the due instant depends on how long a pause will last, or lies beyond the year 9998.
    """
    begin = microseconds(start)
    line, amount = _measured(calendar, budget, begin)
    reached = _forward(line, begin, amount, _disjoint(pauses))
    return moment(reached) if reached < openings.NEVER else None


def rung_at(
    calendar: Calendar,
    offset: Offset,
    budget: Duration | datetime,
    start: datetime,
    due_at: datetime,
    pauses: Iterable[Pause] = (),
) -> datetime:
    """When a rung is reached, of a clock that started at start and is due at `due_at`.

    Zero is the due instant itself, and so is `100%`. A later rung waits while the clock is paused,
    also by a pause that begins at or after the due instant. An earlier one is counted back over the
    pauses, so a rung that lies before a pause stays where it was when the pause moves the due
    instant; it never lies before start. A percentage counts that share of the budget from start,
    above `100%` on past the due instant.

    `NEVER` if the rung depends on how long a pause will last, or lies beyond the year 9998.
    """
    begin, spans = microseconds(start), _disjoint(pauses)
    if offset.percent is not None:
        line, amount = _measured(calendar, budget, begin)
        return _known(_forward(line, begin, amount * offset.percent // 100, spans))
    line, amount = _measured(calendar, offset, begin)
    if amount >= 0:
        return _known(_forward(line, microseconds(due_at), amount, spans))
    return _known(max(begin, _backward(line, microseconds(due_at), -amount, spans)))


@lru_cache(maxsize=64)
def _working_time(calendar: Calendar) -> WorkingTime:
    """The calendar's line of working time with the tables it has built; equal calendars share it.

    64 calendars are a choice: more than one team has.
    """
    zone = ZoneInfo(calendar.time_zone)
    return WorkingTime(zone, calendar.weekly, dict(calendar.exceptions))


def _measured(
    calendar: Calendar, length: Duration | Offset | datetime, start: int
) -> tuple[Line, int]:
    """The line a length is counted on, and how many microseconds of it, signed and scaled."""
    if isinstance(length, datetime):
        return _CLOCK_TIME, microseconds(length) - start
    if length.is_working:
        line: Line = _working_time(calendar)
        seconds = length.working_seconds(calendar)
    else:
        line, seconds = _CLOCK_TIME, length.clock_seconds
    return line, round(seconds * _SECOND / calendar.scale)


def _disjoint(pauses: Iterable[Pause]) -> _Spans:
    """The pauses in order, those that overlap or touch as one, those of no length left out."""
    return tuple(
        joined(
            sorted(
                (
                    microseconds(pause.since),
                    openings.NEVER if pause.until is None else microseconds(pause.until),
                )
                for pause in pauses
            )
        )
    )


def _forward(line: Line, position: int, amount: int, pauses: _Spans) -> int:
    """The first instant by which the amount has passed outside the pauses.

    Nothing, or less (a promise that names an instant before it was given), is not counted.
    """
    if amount <= 0:
        return position + amount
    for begin, end in pauses:
        if line.after(position, amount) <= begin:
            break
        amount -= line.between(position, begin)
        position = max(position, end)
    return line.after(position, amount)


def _backward(line: Line, position: int, amount: int, pauses: _Spans) -> int:
    """The last instant since which the amount, more than nothing, has passed outside the pauses."""
    for begin, end in reversed(pauses):
        if begin >= position:
            continue
        if end == openings.NEVER:
            return openings.NEVER
        if line.before(position, amount) >= end:
            break
        amount -= line.between(end, position)
        position = begin
    return line.before(position, amount)


def _known(instant: int) -> datetime:
    return moment(min(instant, openings.NEVER))
