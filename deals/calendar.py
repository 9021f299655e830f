"""Business calendars: which hours are worked where, and when a duration that starts now is over.

Decides what an author's calendar means (resolved once, with the public holidays of a country, and
pinned with the playbook as plain data) and every due instant and rung that follows from it. All
arithmetic is a pure function of its arguments. Must never read a clock, and never ask the holiday
library outside `resolve`, so that no update of it moves a running deal.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

import holidays
from pydantic import (
    AfterValidator,
    BeforeValidator,
    Discriminator,
    Field,
    PlainSerializer,
    Tag,
    WithJsonSchema,
    model_validator,
)

from deals.model import Authored, Recorded

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_WEEK: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_AROUND_THE_CLOCK = "around-the-clock"
_CLOSED = "closed"
_DAY_MINUTES = 24 * 60
_MOST_YEARS = 50
"""Years of holidays that one calendar may hold. A choice: about 30 kB of JSON."""

_SPAN = re.compile(r"([0-9]{1,2}):([0-5][0-9])\s*-\s*([0-9]{1,2}):([0-5][0-9])")


def _in_order(spans: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
    """The spans of a day, found to lie within it, one after the other."""
    free_from = 0
    for start, end in spans:
        shown = f"{start // 60:02}:{start % 60:02}-{end // 60:02}:{end % 60:02}"
        if not 0 <= start < end <= _DAY_MINUTES:
            hint = "hours past midnight belong to the next day"
            raise ValueError(f"{shown} does not begin and end, in this order, in one day: {hint}")
        if start < free_from:
            raise ValueError(f"{shown} begins before the span ahead of it ends")
        free_from = end
    return spans


DayHours = Annotated[tuple[tuple[int, int], ...], AfterValidator(_in_order)]
"""The opening hours of one day: (start, end) in minutes after local midnight; empty is closed."""


def _by_date(value: object) -> object:
    return tuple(sorted(value.items())) if isinstance(value, Mapping) else value


ExceptionalDays = Annotated[
    tuple[tuple[date, DayHours], ...],
    BeforeValidator(_by_date),
    PlainSerializer(dict, return_type=dict[date, DayHours]),
    WithJsonSchema({"type": "object", "additionalProperties": {"type": "array"}}),
]
"""Days with hours of their own, in order of date; an object from date to hours in JSON."""


@lru_cache(maxsize=256)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _known_zone(name: str) -> str:
    try:
        _zone(name)
    except (KeyError, ValueError, OSError):
        hint = "write an IANA name such as Asia/Shanghai or Europe/Amsterdam"
        raise ValueError(f"unknown time zone {name!r}: {hint}") from None
    return name


TimeZone = Annotated[str, AfterValidator(_known_zone)]
"""The IANA name of a time zone."""

Scale = Annotated[float, Field(ge=1, le=1_000_000)]
"""How many times faster than life a demo runs. At most a million, which makes a second one
microsecond, the shortest time that instants can tell apart."""


class Calendar(Recorded):
    """Working hours as plain data, pinned with a playbook: what was worked out once and for all.

    `scale` divides every duration, clock and working alike, and leaves the hours where they are.
    """

    time_zone: TimeZone
    weekly: tuple[DayHours, ...] = Field(min_length=7, max_length=7)
    """Hours from Monday to Sunday."""
    exceptions: ExceptionalDays = ()
    scale: Scale = 1

    @model_validator(mode="after")
    def _has_working_time(self) -> Self:
        if not any(self.weekly):
            raise ValueError("the calendar has no working time: open at least one day of the week")
        return self

    @property
    def around_the_clock(self) -> bool:
        """Whether working time and clock time are the same."""
        return not self.exceptions and set(self.weekly) == {((0, _DAY_MINUTES),)}

    @property
    def business_day_seconds(self) -> int:
        """Working seconds of a business day: those of the longest ordinary day of the week."""
        return 60 * _minutes(_standard_day(self.weekly))


def _minutes(hours: DayHours) -> int:
    return sum(end - start for start, end in hours)


def _standard_day(weekly: tuple[DayHours, ...]) -> DayHours:
    """The hours of the longest day of the week; of the first one when several are as long."""
    return max(weekly, key=_minutes)


def _hours(text: str) -> DayHours:
    """The hours of a day as an author writes them: `09:00-12:00, 13:00-18:00`, `closed`.

    Raises:
        ValueError: the text names no hours, or hours that overlap.
    """
    if text in (_AROUND_THE_CLOCK, _CLOSED):
        return ((0, _DAY_MINUTES),) if text == _AROUND_THE_CLOCK else ()
    return _in_order(tuple(_span(part.strip()) for part in text.split(",")))


def _span(text: str) -> tuple[int, int]:
    match = _SPAN.fullmatch(text)
    if match is None:
        hint = "write hours as 09:00-18:00, 09:00-12:00, 13:00-18:00, around-the-clock or closed"
        raise ValueError(f"{text[:20]!r} is no span of hours: {hint}")
    from_hour, from_minute, to_hour, to_minute = (int(group) for group in match.groups())
    return from_hour * 60 + from_minute, to_hour * 60 + to_minute


def _readable(text: str) -> str:
    _hours(text)
    return text


HoursText = Annotated[str, AfterValidator(_readable)]
"""The hours of a day as an author writes them."""

WeekHours = Annotated[
    Annotated[HoursText, Tag("every-day")] | Annotated[dict[Weekday, HoursText], Tag("by-weekday")],
    Discriminator(lambda value: "by-weekday" if isinstance(value, Mapping) else "every-day"),
]
"""The hours of every working day, or those of each day of the week (a day left out is free)."""


class CalendarSpec(Authored):
    """A business calendar as an author writes it; see `resolve` for what it comes to mean."""

    time_zone: TimeZone
    country: str | None = None
    """ISO 3166 code of the country whose public holidays are free, such as `CN`."""
    subdivision: str | None = None
    """Code of the state or province, where holidays differ by it."""
    hours: WeekHours
    exceptions: dict[date, HoursText] = {}
    """Days with hours of their own; these outweigh holidays."""
    scale: Scale = 1

    @model_validator(mode="after")
    def _is_known_and_open(self) -> Self:
        public = _public_holidays(self.country, self.subdivision)
        if not any(_weekly(self.hours, public.weekend)):
            raise ValueError("the calendar has no working time: open at least one day of the week")
        return self


def _public_holidays(
    country: str | None, subdivision: str | None, years: Iterable[int] = ()
) -> holidays.HolidayBase:
    """The public holidays of a place; none at all when it names no country.

    Raises:
        ValueError: nobody knows the holidays of that place.
    """
    if country is None and subdivision is None:
        return holidays.HolidayBase()
    if country is None or re.fullmatch("[A-Z]{2}", country) is None:
        raise ValueError(f"unknown country {country!r}: write an ISO 3166 code such as CN or NL")
    try:
        return holidays.country_holidays(country, subdiv=subdivision, years=years)
    except NotImplementedError:
        place = country if subdivision is None else f"{subdivision} in {country}"
        raise ValueError(f"no public holidays are known for {place[:60]!r}") from None


def _weekly(hours: str | Mapping[Weekday, str], weekend: Iterable[int]) -> tuple[DayHours, ...]:
    """The hours from Monday to Sunday; one text for all serves the days outside the weekend."""
    if not isinstance(hours, str):
        return tuple(_hours(hours.get(day, _CLOSED)) for day in _WEEK)
    free = () if hours == _AROUND_THE_CLOCK else frozenset(weekend)
    return tuple(() if day in free else _hours(hours) for day in range(len(_WEEK)))


def resolve(spec: CalendarSpec, first_year: int, last_year: int) -> Calendar:
    """Works out the holidays of the years from first to last and returns plain data.

    A public holiday is closed; a make-up workday (a weekend day worked in exchange, as in China)
    has the hours of the longest ordinary day. `around-the-clock` knows neither. The weekend is the
    country's own, Saturday and Sunday without one. After the last year the plain week goes on.

    Raises:
        ValueError: the years are not in order, or more than 50.
    """
    if not first_year <= last_year < first_year + _MOST_YEARS:
        raise ValueError(f"{first_year} to {last_year} are not 1 to {_MOST_YEARS} years in order")
    years = range(first_year, last_year + 1)
    public = _public_holidays(spec.country, spec.subdivision, years)
    weekly = _weekly(spec.hours, public.weekend)
    days: dict[date, DayHours] = {}
    if spec.hours != _AROUND_THE_CLOCK:
        days |= dict.fromkeys(public, ())
        made_up = (day for day in public.weekend_workdays if day.year in years)
        days |= dict.fromkeys(made_up, _standard_day(weekly))
    days |= {day: _hours(text) for day, text in spec.exceptions.items()}
    return Calendar(
        time_zone=spec.time_zone,
        weekly=weekly,
        exceptions=tuple(
            (day, hours) for day, hours in sorted(days.items()) if hours != weekly[day.weekday()]
        ),
        scale=spec.scale,
    )
