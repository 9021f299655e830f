"""How long it takes to add working time across five years of a calendar.

The floor is a sum of clock time that is shown on the wall of the same zone and brought back, one
`datetime` for another: no hours, no holidays. Both take turns, sum by sum.
"""

import random
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from statistics import median, quantiles
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from benchmarks.report import Report, Table, Target
from benchmarks.scale import Scale
from deals.calendar import Calendar, CalendarSpec, resolve
from deals.own_time import Away, OwnTime, personal
from deals.working_time import add_working

NAME: Final = "working_time"

FIRST, LAST = 2024, 2028
"""Five years of holidays."""

HOURS: Final = "09:00-12:00, 13:30-18:00"

MOST_US: Final = 50.0
"""Source: the target that was set."""

_SEED: Final = 20
_DAY: Final = 27_000
"""Seconds worked on a day of `HOURS`."""


class Case(NamedTuple):
    """A calendar, and microseconds for each sum: ours and the floor's."""

    name: str
    calendar: Calendar
    cold: float
    ours: list[float]
    floor: list[float]


async def run(scale: Scale) -> Report:
    """Measure."""
    china = _calendar("Asia/Shanghai", "CN")
    leave = tuple(
        Away(first_on=date(year, 8, 3), last_on=date(year, 8, 17)) for year in range(FIRST, LAST)
    )
    calendars = {
        "China, make-up workdays, breaks": china,
        "Germany, summer time": _calendar("Europe/Berlin", "DE"),
        "China, hours and leave of one's own": personal(
            china, OwnTime(hours="10:00-19:00", time_zone="Asia/Shanghai", away=leave)
        ),
    }
    cases = [_measured(name, calendar, scale.sums) for name, calendar in calendars.items()]
    worst = max(quantiles(case.ours, n=100)[98] for case in cases)
    return Report(
        NAME,
        (_table(cases),),
        (Target("p99 of adding across five years", worst, "at most", MOST_US, "us"),),
    )


def _calendar(zone: str, country: str) -> Calendar:
    spec = {"time_zone": zone, "country": country, "hours": HOURS}
    return resolve(CalendarSpec.model_validate(spec), FIRST, LAST)


def _measured(name: str, calendar: Calendar, sums: int) -> Case:
    dice, zone = random.Random(_SEED), ZoneInfo(calendar.time_zone)
    begin, most = datetime(FIRST, 1, 1, tzinfo=UTC), 5 * 250 * _DAY
    cold = _microseconds(lambda: add_working(calendar, begin, most))
    case = Case(name, calendar, cold, [], [])
    for _ in range(sums):
        start = begin + timedelta(seconds=dice.randrange(365 * 86_400))
        seconds = dice.randrange(most * 3 // 4, most)
        case.ours.append(_microseconds(lambda: add_working(calendar, start, seconds)))  # noqa: B023 - called at once
        case.floor.append(_microseconds(lambda: _wall(zone, start, seconds)))  # noqa: B023 - the same
    return case


def _wall(zone: ZoneInfo, start: datetime, seconds: int) -> datetime:
    return (start.astimezone(zone) + timedelta(seconds=seconds)).astimezone(UTC)


def _microseconds(work: Callable[[], object]) -> float:
    began = time.perf_counter_ns()
    work()
    return (time.perf_counter_ns() - began) / 1_000


def _table(cases: list[Case]) -> Table:
    rows = tuple(
        (
            case.name,
            len(case.ours),
            median(case.ours),
            quantiles(case.ours, n=100)[98],
            median(case.floor),
            median(case.ours) / median(case.floor),
            case.cold / 1000,
        )
        for case in cases
    )
    columns = ("", "sums", "p50 us", "p99 us", "floor p50 us", "of floor", "the first ever, ms")
    return Table("Adding working time across five years", columns, rows)
