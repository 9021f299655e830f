"""When a date's working day begins and ends, as instants.

What a bare date in a promise or a hold means.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from deals.calendar import Calendar
from deals.working_time import working_spans


def day_ends(calendar: Calendar, day: date) -> datetime:
    """The last working instant of the day; on a free day its midnight."""
    midnight, next_midnight = _bounds(calendar, day)
    spans = working_spans(calendar, midnight, next_midnight)
    return spans[-1][1] if spans else next_midnight


def day_begins(calendar: Calendar, day: date) -> datetime:
    """The first working instant of the day; on a free day its midnight."""
    midnight, next_midnight = _bounds(calendar, day)
    spans = working_spans(calendar, midnight, next_midnight)
    return spans[0][0] if spans else midnight


def _bounds(calendar: Calendar, day: date) -> tuple[datetime, datetime]:
    zone = ZoneInfo(calendar.time_zone)
    starts = (datetime.combine(d, time(), zone) for d in (day, day + timedelta(days=1)))
    first, second = (start.astimezone(UTC) for start in starts)
    return first, second
