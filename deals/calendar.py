"""Business calendars: which hours are worked where.

Decides what an author's calendar means: it is resolved once, with the public holidays of a country,
and pinned with the playbook as plain data. What follows from it for a duration is decided in
`working_time`. Must never ask the holiday library outside `resolve`, so that no update of it moves
a running deal.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cached_property
from typing import Annotated, Self
from zoneinfo import ZoneInfo

import holidays
from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainSerializer,
    WithJsonSchema,
    model_validator,
)

from deals.hours import (
    AROUND_THE_CLOCK,
    WHOLE_DAY,
    DayHours,
    HoursText,
    WeekText,
    day_hours,
    longest_day,
    week_hours,
    working_minutes,
)
from deals.model import Authored, Recorded

_MOST_YEARS = 50
"""Years of holidays that one calendar may hold. A choice: about 15 kB of JSON."""


def _by_date(value: object) -> object:
    return tuple(sorted(value.items())) if isinstance(value, Mapping) else value


ExceptionalDays = Annotated[
    tuple[tuple[date, DayHours], ...],
    BeforeValidator(_by_date),
    PlainSerializer(dict, return_type=dict[date, DayHours]),
    WithJsonSchema({"type": "object", "additionalProperties": {"type": "array"}}),
]
"""Days with hours of their own, in order of date; an object from date to hours in JSON."""


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
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

    @cached_property
    def _fingerprint(self) -> int:
        return hash((self.time_zone, self.weekly, self.exceptions, self.scale))

    def __hash__(self) -> int:
        """Computed once: every due instant looks its calendar's tables up."""
        return self._fingerprint

    @property
    def around_the_clock(self) -> bool:
        """Whether working time and clock time are the same."""
        return not self.exceptions and set(self.weekly) == {WHOLE_DAY}

    @property
    def business_day_seconds(self) -> int:
        """Working seconds of a business day: those of the longest ordinary day of the week."""
        return 60 * working_minutes(longest_day(self.weekly))


class CalendarSpec(Authored):
    """A business calendar as an author writes it; see `resolve` for what it comes to mean."""

    time_zone: TimeZone
    country: str | None = None
    """ISO 3166 code of the country whose public holidays are free, such as `CN`."""
    subdivision: str | None = None
    """Code of the state or province, where holidays differ by it."""
    hours: WeekText
    exceptions: dict[date, HoursText] = Field(default_factory=dict)
    """Days with hours of their own; these outweigh holidays."""
    scale: Scale = 1

    @model_validator(mode="after")
    def _is_known_and_open(self) -> Self:
        public = _public_holidays(self.country, self.subdivision)
        if not any(week_hours(self.hours, public.weekend)):
            raise ValueError("the calendar has no working time: open at least one day of the week")
        return self


def _public_holidays(
    country: str | None, subdivision: str | None, years: Iterable[int] = ()
) -> holidays.HolidayBase:
    """The public holidays of a place; none at all when it names no country.

    Raises:
        ValueError: nobody knows the holidays of that place.
    """
    if country is None:
        if subdivision is not None:
            raise ValueError("a subdivision needs its country")
        return holidays.HolidayBase()
    if re.fullmatch("[A-Z]{2}", country) is None:
        hint = "write an ISO 3166 code such as CN or NL"
        raise ValueError(f"unknown country {country[:60]!r}: {hint}")
    try:
        return holidays.country_holidays(country, subdiv=subdivision, years=years)
    except NotImplementedError:
        place = country if subdivision is None else f"{subdivision} in {country}"
        raise ValueError(f"no public holidays are known for {place[:60]!r}") from None


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
    weekly = week_hours(spec.hours, public.weekend)
    days: dict[date, DayHours] = {}
    if spec.hours != AROUND_THE_CLOCK:
        days |= dict.fromkeys(public, ())
        made_up = (day for day in public.weekend_workdays if day.year in years)
        days |= dict.fromkeys(made_up, longest_day(weekly))
    days |= {day: day_hours(text) for day, text in spec.exceptions.items()}
    return Calendar(
        time_zone=spec.time_zone,
        weekly=weekly,
        exceptions=tuple(
            (day, hours) for day, hours in sorted(days.items()) if hours != weekly[day.weekday()]
        ),
        scale=spec.scale,
    )
