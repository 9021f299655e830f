"""Time counted by going through it, minute by minute: what due instants are held against.

Shares no code with the core. A calendar is plain data here, as it stands in JSON, and the zone's
rules are only ever asked what a wall clock shows at an instant, never when it shows something.
Instants are microseconds since 1970 UTC; a minute in which an instant or the edge of a pause lies
is cut there, so sums are exact.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from functools import cache
from typing import Any, Final, Protocol
from zoneinfo import ZoneInfo

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MINUTE: Final = 60_000_000
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR
STEPS: Final = (DAY, HOUR, MINUTE)
"""In which time is gone through: minutes are added up where an hour or a day is used up whole."""

LIFETIME: Final = 100 * 366 * DAY
"""Whoever has counted so far counts in vain."""

FOR_EVER: Final = 10 * LIFETIME
"""The end of a pause whose end nobody knows."""

UNITS: Final = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800, "bh": 3_600}
"""Seconds of each; a business day has as many as its calendar says."""

Hours = tuple[tuple[int, int], ...]


class Span(Protocol):
    """A span in which nothing counts; `until` is None while nobody knows the end."""

    @property
    def since(self) -> datetime: ...

    @property
    def until(self) -> datetime | None: ...


@dataclass(frozen=True, eq=False)
class Plain:
    """A calendar as plain data; each is told from others by being another.

    Attributes:
        zone: the IANA name.
        weekly: hours from Monday to Sunday, in minutes after midnight.
        exceptions: days with hours of their own.
        scale: how many times faster than life.
    """

    zone: str
    weekly: tuple[Hours, ...]
    exceptions: tuple[tuple[date, Hours], ...]
    scale: float

    @classmethod
    def read(cls, pinned: dict[str, Any]) -> "Plain":
        """A pinned calendar as it stands in JSON."""
        return cls(
            pinned["time_zone"],
            tuple(_hours(hours) for hours in pinned["weekly"]),
            tuple((date.fromisoformat(d), _hours(h)) for d, h in pinned["exceptions"].items()),
            pinned["scale"],
        )

    def of(self, own: dict[str, Any]) -> "Plain":
        """The calendar as it is for a person with that time of their own, as it stands in JSON."""
        days = dict(self.exceptions)
        weekly, zone = self.weekly, self.zone
        if own["hours"] is not None:
            weekly, zone = _week(own["hours"]), own["time_zone"] or self.zone
            longest = max(weekly, key=_length)
            made_up = {
                day for day, hours in days.items() if hours and not self.weekly[day.weekday()]
            }
            days |= dict.fromkeys(made_up, longest)
        for away in own["away"]:
            day = date.fromisoformat(away["first_on"])
            while day <= date.fromisoformat(away["last_on"]):
                days[day] = ()
                day += timedelta(days=1)
        return Plain(zone, weekly, tuple(days.items()), self.scale)

    @property
    def day_seconds(self) -> int:
        """Of one business day: of the longest day of the week."""
        return 60 * max(map(_length, self.weekly))


def _hours(written: Iterable[Iterable[int]]) -> Hours:
    return tuple((start, end) for start, end in written)


def _length(hours: Hours) -> int:
    return sum(end - start for start, end in hours)


def _week(written: str | dict[str, str]) -> tuple[Hours, ...]:
    """A week's hours as a person writes them: one text serves Monday to Friday."""
    names = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    if isinstance(written, str):
        written = dict.fromkeys(names[:5], written)
    return tuple(_hours(_clock_times(written.get(name, "closed"))) for name in names)


def _clock_times(written: str) -> list[list[int]]:
    times = [
        60 * int(hour) + int(minute) for hour, minute in re.findall("([0-9]+):([0-9]+)", written)
    ]
    return [times[n : n + 2] for n in range(0, len(times), 2)]


# ---- What the wall clock shows ----


@cache
def _shown(zone: str, day: date) -> dict[int, int]:
    """When the wall clock first shows each minute of a local day, in minutes since 1970."""
    found: dict[int, int] = {}
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    for minute in range(-16 * 60, 40 * 60):
        instant = midnight + timedelta(minutes=minute)
        local = instant.astimezone(ZoneInfo(zone))
        if local.date() == day:
            found.setdefault(60 * local.hour + local.minute, micros(instant) // MINUTE)
    return found


@cache
def _mark(zone: str, day: date, minute: int) -> int:
    """When a local time comes, in minutes since 1970.

    The first one that shows it. What the clock skips comes when it would have come without the
    change: so long after the last minute that was shown.
    """
    local, skipped = datetime(day.year, day.month, day.day) + timedelta(minutes=minute), 0  # noqa: DTZ001 - local
    while (found := _shown(zone, local.date()).get(60 * local.hour + local.minute)) is None:
        local, skipped = local - timedelta(minutes=1), skipped + 1
    return found + skipped


@cache
def _worked(calendar: Plain | None, day: int) -> bytes:
    """For each minute of a UTC day since 1970, whether it counts: 1 or 0."""
    if calendar is None:
        return bytes([1]) * 1_440
    marks, begins = bytearray(1_440), day * 1_440
    exceptions = dict(calendar.exceptions)
    for away in range(-2, 3):
        local = date(1970, 1, 1) + timedelta(days=day + away)
        for start, end in exceptions.get(local, calendar.weekly[local.weekday()]):
            opens, closes = (_mark(calendar.zone, local, minute) for minute in (start, end))
            for minute in range(max(opens, begins), min(closes, begins + 1_440)):
                marks[minute - begins] = 1
    return bytes(marks)


# ---- Counting ----


@dataclass(frozen=True)
class Count:
    """What counts: each minute, or those that a calendar works; none within a pause.

    Attributes:
        calendar: None where each minute counts.
        pauses: their edges, in any order; they may overlap.
    """

    calendar: Plain | None
    pauses: tuple[tuple[int, int], ...] = ()

    def onwards(self, instant: int, amount: int) -> int | None:
        """The first instant by which so much has counted; None: never, or nobody knows when.

        Less than nothing lies behind.
        """
        last = instant + LIFETIME
        while amount and instant < last:
            for step in STEPS:
                end = self._edge_after(instant, step)
                if (counted := self._counted(instant, end)) < amount:
                    break
            else:
                return instant + amount
            instant, amount = end, amount - counted
        return None if amount else instant

    def back(self, instant: int, amount: int) -> int | None:
        """The last instant since which so much has counted; None: nobody knows."""
        last = instant - LIFETIME
        while amount and instant > last:
            if any(since < instant < until == FOR_EVER for since, until in self.pauses):
                return None
            for step in STEPS:
                start = self._edge_before(instant, step)
                if (counted := self._counted(start, instant)) < amount:
                    break
            else:
                return instant - amount
            instant, amount = start, amount - counted
        return instant

    def between(self, start: int, end: int) -> int:
        """How much counts from start to end."""
        total = 0
        while start < end:
            stop = min(self._edge_after(start, DAY), end)
            total, start = total + self._counted(start, stop), stop
        return total

    def _counted(self, start: int, end: int) -> int:
        """How much counts from start to end, between which no day and no pause begins or ends."""
        if any(since <= start and end <= until for since, until in self.pauses):
            return 0
        marks = _worked(self.calendar, start // DAY)
        first, last = start % DAY // MINUTE, (end - 1) % DAY // MINUTE
        cut = marks[first] * (start % MINUTE) + marks[last] * (-end % MINUTE)
        return MINUTE * marks.count(1, first, last + 1) - cut

    def _edge_after(self, instant: int, step: int) -> int:
        edges = (edge for pause in self.pauses for edge in pause if edge > instant)
        return min([(instant // step + 1) * step, *edges])

    def _edge_before(self, instant: int, step: int) -> int:
        edges = (edge for pause in self.pauses for edge in pause if edge < instant)
        return max([(instant - 1) // step * step, *edges])


# ---- What is due when ----


def due(
    calendar: Plain, budget: str | datetime, start: datetime, pauses: Iterable[Span] = ()
) -> datetime | None:
    """When a budget is used up that is spent from start on; None: nobody knows."""
    count, amount = _measured(calendar, budget, start, pauses)
    return instant_of(count.onwards(micros(start), amount))


def rung(
    calendar: Plain,
    offset: str,
    budget: str | datetime,
    start: datetime,
    due_at: datetime,
    pauses: Iterable[Span] = (),
) -> datetime | None:
    """When a rung around that due instant is reached; None: nobody knows."""
    if offset.endswith("%"):
        count, amount = _measured(calendar, budget, start, pauses)
        return instant_of(count.onwards(micros(start), amount * int(offset[:-1]) // 100))
    count, amount = _measured(calendar, offset, start, pauses)
    if amount >= 0:
        return instant_of(count.onwards(micros(due_at), amount))
    found = instant_of(count.back(micros(due_at), -amount))
    return max(found, start) if found else None


def _measured(
    calendar: Plain, length: str | datetime, start: datetime, pauses: Iterable[Span]
) -> tuple[Count, int]:
    """What counts for a length, and how much of it there is."""
    edges = tuple(
        (micros(one.since), FOR_EVER if one.until is None else micros(one.until)) for one in pauses
    )
    if isinstance(length, datetime):
        return Count(None, edges), micros(length) - micros(start)
    number, unit = re.fullmatch("([+-]?[0-9]+)([a-z]+)", length).groups()  # type: ignore[union-attr] # a length
    seconds = int(number) * (calendar.day_seconds if unit == "bd" else UNITS[unit])
    amount = round(Fraction(seconds * 1_000_000) / Fraction(calendar.scale))
    return Count(calendar if unit in {"bd", "bh"} else None, edges), amount


def micros(instant: datetime) -> int:
    return (instant - EPOCH) // timedelta(microseconds=1)


def instant_of(micros_since_1970: int | None) -> datetime | None:
    return None if micros_since_1970 is None else EPOCH + timedelta(microseconds=micros_since_1970)
