"""From when to when a report looks, and what it knows.

Decides how dates become instants: at 00:00 in the company's time zone. Pure: no clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo


class BadPeriod(Exception):
    """A window that ends before it begins.

    Attributes:
        first_on: its beginning.
        end_on: its end.
    """

    def __init__(self, first_on: date, end_on: date) -> None:
        super().__init__(f"the window ends on {end_on}, before it begins on {first_on}")
        self.first_on = first_on
        self.end_on = end_on


@dataclass(frozen=True, slots=True)
class Window:
    """`[since, until)` as a report sees it at `as_of`.

    Attributes:
        since: its first instant; None: everything before counts.
        until: the first instant after it; None: it reaches up to `as_of`.
        as_of: what is known: everything up to then, and nothing after it.
    """

    since: datetime | None
    until: datetime | None
    as_of: datetime

    @property
    def complete(self) -> bool:
        """Whether it ends before what is not yet known."""
        return self.until is None or self.until <= self.as_of


def window(
    first_on: date | None, end_on: date | None, *, time_zone: str, as_of: datetime
) -> Window:
    """The window of these dates.

    Args:
        first_on: the first day; None: from the beginning.
        end_on: the day after the last one; None: up to `as_of`.
        time_zone: in which the days begin.
        as_of: what is known.

    Raises:
        BadPeriod: it ends before it begins.
    """
    if first_on and end_on and first_on > end_on:
        raise BadPeriod(first_on, end_on)
    since = day_begins(first_on, time_zone) if first_on else None
    return Window(since, day_begins(end_on, time_zone) if end_on else None, as_of)


def day_begins(day: date, time_zone: str) -> datetime:
    """00:00 of the day; of two such instants the earlier, where there is none the one PEP 495 has.

    Raises:
        OverflowError: the day lies at the edge of the calendar.
    """
    return datetime.combine(day, time(), ZoneInfo(time_zone)).astimezone(UTC)
