"""The instants at which working time begins and ends in a time zone, and quick sums over them.

Decides how local hours become spans of real time: 09:00 is what the wall clock shows, whatever the
season; a time that the clock skips counts as PEP 495 says for `fold=0`, a time that it shows twice
is the earlier one. Instants are whole microseconds since 1970 UTC, so sums are exact. Tables are
built a year at a time, on first use, from the arguments and the zone's rules alone: two threads at
once write the same. Must never know a duration, a pause or a deal.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo

from deals.hours import DayHours

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_MARGIN_DAYS = 2
"""How far local dates stray from the UTC year: 14 hours, and a day where the date line moved."""

_FARTHEST_YEARS = 100
"""After so many years a search ends. A choice: ten times the longest duration; it bounds the work
that a calendar with an hour a week can cause."""


def microseconds(instant: datetime) -> int:
    """An aware instant as microseconds since 1970."""
    return (instant - _EPOCH) // _MICROSECOND


def moment(instant: int) -> datetime:
    """Microseconds since 1970 as an aware UTC instant."""
    return _EPOCH + instant * _MICROSECOND


NEVER = microseconds(datetime(9999, 1, 1, tzinfo=UTC))
"""Nothing is due at or after this instant: it stands for the end of what does not end."""

DAWN = microseconds(datetime(1, 1, 1, tzinfo=UTC))
"""The earliest instant there is."""


def joined(spans: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Spans in order of their starts, as the fewest that cover the same time; empty ones vanish."""
    running: tuple[int, int] | None = None
    for start, end in spans:
        if end <= start:
            continue
        if running is not None and start <= running[1]:
            running = running[0], max(running[1], end)
            continue
        if running is not None:
            yield running
        running = start, end
    if running is not None:
        yield running


class _Year(NamedTuple):
    """The openings of one UTC year; `worked[n]` is the time worked before opening n."""

    starts: tuple[int, ...]
    ends: tuple[int, ...]
    worked: tuple[int, ...]

    @property
    def total(self) -> int:
        return self.worked[-1]

    def worked_until(self, instant: int) -> int:
        opening = bisect_right(self.starts, instant) - 1
        if opening < 0:
            return 0
        return self.worked[opening] + min(instant, self.ends[opening]) - self.starts[opening]

    def first_instant(self, worked: int) -> int:
        """The first instant at which so much is worked; more than nothing, at most the total."""
        opening = bisect_left(self.worked, worked) - 1
        return self.starts[opening] + worked - self.worked[opening]

    def last_instant(self, worked: int) -> int:
        """The last instant at which so much is worked; less than the total."""
        opening = bisect_right(self.worked, worked) - 1
        return self.starts[opening] + worked - self.worked[opening]


class Line(Protocol):
    """A way to count time. Instants and amounts are microseconds; amounts are more than nothing."""

    def after(self, instant: int, amount: int) -> int:
        """The first instant by which so much has been counted; `NEVER` or later if none is."""

    def before(self, instant: int, amount: int) -> int:
        """The last instant since which so much has been counted, of an instant before `NEVER`."""

    def between(self, start: int, end: int) -> int:
        """How much is counted from start to end; nothing if the end comes first."""


class ClockTime:
    """Time as the clock counts it: every instant counts."""

    def after(self, instant: int, amount: int) -> int:
        """The instant by which so much time has passed."""
        return instant + amount

    def before(self, instant: int, amount: int) -> int:
        """The instant since which so much time has passed."""
        return instant - amount

    def between(self, start: int, end: int) -> int:
        """How much time passes from start to end; nothing if the end comes first."""
        return max(end - start, 0)


class WorkingTime:
    """Time as the openings of a calendar count it; the week must have some."""

    def __init__(
        self, zone: ZoneInfo, weekly: tuple[DayHours, ...], exceptions: Mapping[date, DayHours]
    ) -> None:
        """Takes the hours from Monday to Sunday, and those of days that differ."""
        self._zone = zone
        self._weekly = weekly
        self._exceptions = exceptions
        self._years: dict[int, _Year] = {}

    def after(self, instant: int, amount: int) -> int:
        """The first instant by which so much is worked; `NEVER` if that is a century away."""
        if instant >= NEVER:
            return NEVER
        first = year = moment(instant).year
        target = self._year(year).worked_until(instant) + amount
        while target > (total := self._year(year).total):
            target -= total
            year += 1
            if year == first + _FARTHEST_YEARS or year == moment(NEVER).year:
                return NEVER
        return self._year(year).first_instant(target)

    def before(self, instant: int, amount: int) -> int:
        """The last instant since which so much is worked; `DAWN` if that is a century ago."""
        first = year = moment(instant).year
        target = self._year(year).worked_until(instant) - amount
        while target < 0:
            year -= 1
            if year == first - _FARTHEST_YEARS or year < moment(DAWN).year:
                return DAWN
            target += self._year(year).total
        return self._year(year).last_instant(target)

    def between(self, start: int, end: int) -> int:
        """How much is worked from start to end; nothing if the end comes first."""
        if end <= start:
            return 0
        first, last = moment(start).year, moment(end).year
        whole = sum(self._year(year).total for year in range(first, last))
        return whole + self._year(last).worked_until(end) - self._year(first).worked_until(start)

    def spans(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """The openings between two instants, cut off at both; those that touch are one."""
        tables = map(self._year, range(moment(start).year, moment(end).year + 1))
        return joined(
            (max(opens, start), min(closes, end))
            for table in tables
            for opens, closes in zip(table.starts, table.ends, strict=True)
        )

    def _year(self, year: int) -> _Year:
        known = self._years.get(year)
        if known is None:
            known = self._years[year] = self._table(year)
        return known

    def _table(self, year: int) -> _Year:
        """The openings of a UTC year in order, none touching the next."""
        begin = microseconds(datetime(year, 1, 1, tzinfo=UTC))
        finish = microseconds(datetime(year + 1, 1, 1, tzinfo=UTC))
        openings = tuple(
            joined(
                (max(opens, begin), min(closes, finish))
                for opens, closes in sorted(self._openings(year))
            )
        )
        return _Year(
            starts=tuple(opens for opens, _ in openings),
            ends=tuple(closes for _, closes in openings),
            worked=tuple(accumulate((closes - opens for opens, closes in openings), initial=0)),
        )

    def _openings(self, year: int) -> Iterator[tuple[int, int]]:
        """The openings of every local date that can touch a UTC year."""
        first = max(date(year, 1, 1).toordinal() - _MARGIN_DAYS, 1)
        last = date(year, 12, 31).toordinal() + _MARGIN_DAYS
        for day in map(date.fromordinal, range(first, last + 1)):
            midnight = datetime(day.year, day.month, day.day, tzinfo=self._zone)
            for start, end in self._exceptions.get(day, self._weekly[day.weekday()]):
                yield (
                    microseconds(midnight + timedelta(minutes=start)),
                    microseconds(midnight + timedelta(minutes=end)),
                )
