"""From when to when a report looks, and what it knows.

Decides how dates become instants: at 00:00 in the company's time zone. Pure: no clock.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

PeriodKind = Literal["week", "month"]
"""ISO weeks, which begin on Monday; calendar months."""

MOST_PERIODS: Final = 600
"""Weeks or months that a window is divided into at most, the last ones. A choice: 11 years of
weeks."""


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


def periods(inside: Window, kind: PeriodKind, *, time_zone: str) -> Iterator[tuple[str, Window]]:
    """The whole weeks or months that touch a window and begin before `as_of`, each with its name.

    Of more than `MOST_PERIODS` the last ones.

    Args:
        inside: the window; it needs a beginning.
        kind: weeks are called `2026-W01`, months `2026-01`.
        time_zone: in which days begin.
    """
    zone = ZoneInfo(time_zone)
    assert inside.since is not None  # noqa: S101 - the caller knows the first event
    end = min(inside.until, inside.as_of) if inside.until else inside.as_of
    days = MOST_PERIODS * (7 if kind == "week" else 30)
    earliest = max(end.astimezone(zone).date().toordinal() - days, 1)
    first_on = max(inside.since.astimezone(zone).date(), date.fromordinal(earliest))
    day = _beginning(first_on, kind)
    while (since := day_begins(day, time_zone)) < end:
        following = _beginning(day + timedelta(days=7 if kind == "week" else 31), kind)
        until = day_begins(following, time_zone)
        yield _name(day, kind), replace(inside, since=since, until=until)
        day = following


def before(period: Window, kind: PeriodKind, *, time_zone: str) -> Window:
    """The week or month before one."""
    assert period.since is not None  # noqa: S101 - every period has a beginning
    first_on = period.since.astimezone(ZoneInfo(time_zone)).date()
    day = _beginning(first_on - timedelta(days=1), kind)
    return replace(period, since=day_begins(day, time_zone), until=period.since)


def _beginning(day: date, kind: PeriodKind) -> date:
    return day.replace(day=1) if kind == "month" else day - timedelta(days=day.weekday())


def _name(day: date, kind: PeriodKind) -> str:
    return f"{day:%Y-%m}" if kind == "month" else f"{day:%G-W%V}"
