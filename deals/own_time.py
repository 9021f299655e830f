"""A person's own working time: hours of their own, and leave that nobody stands in for.

Decides how it changes a calendar. Plain data, pinned with a deal like the calendar itself. Must
never know who the person is, nor ask a holiday library.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import cached_property, lru_cache
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from deals.calendar import Calendar, TimeZone
from deals.hours import Weekday, WeekText, longest_day, week_hours
from deals.model import Authored

LONGEST_LEAVE = timedelta(days=731)
"""A choice: two years, longer than any leave a law gives."""

MOST_LEAVES = 100
"""How many leaves are kept with a deal. A choice."""

REMEMBERED = timedelta(days=400)
"""How long a leave counts after its end: a clock may have begun before it. A choice: more than a
year, longer than working time is counted in any process."""

WEEKEND = frozenset({5, 6})
"""Days without hours, 0 is Monday, where one text serves all working days and no country says."""


def _open_at_all(hours: str | dict[Weekday, str]) -> str | dict[Weekday, str]:
    if not any(week_hours(hours, WEEKEND)):
        raise ValueError("the hours have no working time: open at least one day of the week")
    return hours


OwnHours = Annotated[WeekText, AfterValidator(_open_at_all)]
"""A person's working hours, for all working days or for each day of the week."""


class Away(Authored):
    """Days on which a person does not work: whole days, the last one included."""

    first_on: date
    last_on: date

    @model_validator(mode="after")
    def _is_in_order(self) -> Self:
        if self.last_on < self.first_on:
            raise ValueError("leave ends before it begins")
        if self.last_on - self.first_on > LONGEST_LEAVE:
            raise ValueError(f"leave is at most {LONGEST_LEAVE.days} days long")
        return self

    def days(self) -> tuple[date, ...]:
        """Each of its days."""
        count = (self.last_on - self.first_on).days + 1
        return tuple(self.first_on + timedelta(days=n) for n in range(count))


class OwnTime(Authored):
    """What a person's calendar has that their company's has not."""

    hours: OwnHours | None = None
    """None: the company's."""
    time_zone: TimeZone | None = None
    """Where own hours are local to; None: where the company's are."""
    away: Annotated[tuple[Away, ...], Field(max_length=MOST_LEAVES)] = ()

    @cached_property
    def _fingerprint(self) -> int:
        return hash(self.model_dump_json())

    def __hash__(self) -> int:
        """Computed once: every due instant looks its owner's calendar up."""
        return self._fingerprint


NOTHING_OWN = OwnTime()


@lru_cache(maxsize=1_024)
def personal(base: Calendar, own: OwnTime) -> Calendar:
    """The company's calendar as it is for one person.

    Days on which the company differs from its week are the same for everybody, local to where the
    person is; on a make-up workday the person works their longest day.
    """
    weekly, zone, days = base.weekly, base.time_zone, dict(base.exceptions)
    if own.hours is not None:
        weekly, zone = week_hours(own.hours, WEEKEND), own.time_zone or zone
        made_up = (day for day, hours in days.items() if hours and not base.weekly[day.weekday()])
        days |= dict.fromkeys(tuple(made_up), longest_day(weekly))
    days |= dict.fromkeys((day for away in own.away for day in away.days()), ())
    differing = ((day, hours) for day, hours in days.items() if hours != weekly[day.weekday()])
    return Calendar(
        time_zone=zone, weekly=weekly, exceptions=tuple(sorted(differing)), scale=base.scale
    )
