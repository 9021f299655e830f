"""The opening hours of a day: as authors write them, and as minutes after local midnight.

Decides which texts name hours and which spans can be the hours of one day. Must never know a date,
a time zone or a holiday: a calendar does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, Discriminator, Tag

AROUND_THE_CLOCK = "around-the-clock"
CLOSED = "closed"
DAY_MINUTES = 24 * 60

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_WEEK: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_SPAN = re.compile(r"([0-9]{1,2}):([0-5][0-9])\s*-\s*([0-9]{1,2}):([0-5][0-9])")


def _in_order(spans: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
    """The spans of a day, found to lie within it, one after the other."""
    free_from = 0
    for start, end in spans:
        shown = f"{start // 60:02}:{start % 60:02}-{end // 60:02}:{end % 60:02}"
        if not 0 <= start < end <= DAY_MINUTES:
            hint = "hours past midnight belong to the next day"
            raise ValueError(f"{shown} does not begin and end, in this order, in one day: {hint}")
        if start < free_from:
            raise ValueError(f"{shown} begins before the span ahead of it ends")
        free_from = end
    return spans


DayHours = Annotated[tuple[tuple[int, int], ...], AfterValidator(_in_order)]
"""The opening hours of one day: (start, end) in minutes after local midnight; empty is closed."""

WHOLE_DAY: DayHours = ((0, DAY_MINUTES),)


def day_hours(text: str) -> DayHours:
    """The hours of a day from `09:00-18:00`, `09:00-12:00, 13:00-18:00`, `closed` and the like.

    Raises:
        ValueError: the text names no hours, or hours that overlap.
    """
    if text in (AROUND_THE_CLOCK, CLOSED):
        return WHOLE_DAY if text == AROUND_THE_CLOCK else ()
    return _in_order(tuple(_span(part.strip()) for part in text.split(",")))


def _span(text: str) -> tuple[int, int]:
    match = _SPAN.fullmatch(text)
    if match is None:
        hint = "write hours as 09:00-18:00 or 09:00-12:00, 13:00-18:00 or around-the-clock"
        raise ValueError(f"{text[:20]!r} is no span of hours: {hint}")
    from_hour, from_minute, to_hour, to_minute = (int(group) for group in match.groups())
    return from_hour * 60 + from_minute, to_hour * 60 + to_minute


def _readable(text: str) -> str:
    day_hours(text)
    return text


HoursText = Annotated[str, AfterValidator(_readable)]
"""The hours of a day as an author writes them."""

WeekText = Annotated[
    Annotated[HoursText, Tag("every-day")] | Annotated[dict[Weekday, HoursText], Tag("by-weekday")],
    Discriminator(lambda value: "by-weekday" if isinstance(value, Mapping) else "every-day"),
]
"""The hours of every working day, or those of each day of the week (a day left out is closed)."""


def week_hours(text: str | Mapping[Weekday, str], weekend: Iterable[int]) -> tuple[DayHours, ...]:
    """The hours from Monday to Sunday.

    One text for all serves the days outside the weekend (0 is Monday); `around-the-clock` serves
    those of the weekend as well.

    Raises:
        ValueError: a text names no hours.
    """
    if not isinstance(text, str):
        return tuple(day_hours(text.get(day, CLOSED)) for day in _WEEK)
    closed = () if text == AROUND_THE_CLOCK else frozenset(weekend)
    return tuple(() if day in closed else day_hours(text) for day in range(len(_WEEK)))


def working_minutes(hours: DayHours) -> int:
    """How many minutes are worked on a day of these hours."""
    return sum(end - start for start, end in hours)


def longest_day(weekly: tuple[DayHours, ...]) -> DayHours:
    """The hours of the longest day of a week; of the first one when several are as long."""
    return max(weekly, key=working_minutes)
