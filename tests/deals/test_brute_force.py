"""Due instants and rungs, held against a counter that goes through time minute by minute.

`test_working_time` holds the arithmetic where the wall clock alone says what is worked; here hours
and starts lie in the very hours that a change of the clocks skips or shows twice, durations are
those of playbooks, and instants fall between minutes.
"""

from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deals.calendar import Calendar, CalendarSpec, resolve
from deals.duration import Duration, Offset
from deals.hours import DayHours
from deals.own_time import Away, OwnTime, personal
from deals.working_time import NEVER, due, rung_at, working_between
from tests.deals import brute_force
from tests.deals.brute_force import Plain

unhurried = settings(deadline=None, max_examples=60)


class Pause(NamedTuple):
    since: datetime
    until: datetime | None


# ---- What the laws hold for ----

CHANGES = (
    ("Europe/Berlin", datetime(2026, 3, 29, 1, tzinfo=UTC)),
    ("Europe/Berlin", datetime(2026, 10, 25, 1, tzinfo=UTC)),
    ("America/New_York", datetime(2026, 3, 8, 7, tzinfo=UTC)),
    ("America/New_York", datetime(2026, 11, 1, 6, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 4, 4, 15, tzinfo=UTC)),  # by half an hour
    ("Australia/Lord_Howe", datetime(2026, 10, 3, 15, 30, tzinfo=UTC)),
    ("Africa/Cairo", datetime(2026, 4, 23, 22, tzinfo=UTC)),  # at midnight
    ("Africa/Cairo", datetime(2026, 10, 29, 21, tzinfo=UTC)),
    ("Africa/Casablanca", datetime(2026, 2, 15, 2, tzinfo=UTC)),  # for a month
    ("Pacific/Apia", datetime(2011, 12, 30, 10, tzinfo=UTC)),  # by a day
    ("Asia/Shanghai", datetime(2026, 9, 30, 16, tzinfo=UTC)),  # not at all; nor here:
    ("Asia/Kathmandu", datetime(2026, 12, 31, 18, 15, tzinfo=UTC)),
)
"""Zones, each with an instant at which its clocks change."""

minutes = st.integers(0, 300) | st.integers(0, 1440)
ordinary = st.sampled_from([((540, 1080),), ((540, 720), (780, 1080)), ((0, 1440),)])


@st.composite
def spans(draw: st.DrawFn) -> DayHours:
    """Any hours of a day, most of them at night, when clocks change."""
    marks = sorted(draw(st.lists(minutes, max_size=6, unique=True)))
    return tuple(zip(marks[::2], marks[1::2], strict=False))


days = spans() | ordinary | st.just(())


@st.composite
def situations(draw: st.DrawFn) -> tuple[Calendar, datetime]:
    """A calendar and an instant, days before a change of its clocks, or in the midst of it."""
    zone, change = draw(st.sampled_from(CHANGES))
    near = change.date()
    nearby = st.integers(-3, 25).map(lambda n: near + timedelta(days=n))
    weekly = (draw(ordinary), *draw(st.tuples(*[days] * 6)))
    calendar = Calendar(
        time_zone=zone,
        weekly=tuple(draw(st.permutations(weekly))),
        exceptions=tuple(sorted(draw(st.dictionaries(nearby, days, max_size=6)).items())),
        scale=draw(st.sampled_from([1, 1, 1, 9, 60])),
    )
    hours = draw(st.floats(-100, 30) | st.floats(-2, 2))
    return calendar, change + timedelta(hours=hours)


@st.composite
def paused(draw: st.DrawFn) -> tuple[Calendar, datetime, list[Pause]]:
    """The same with pauses, in any order, that may overlap or be of no length."""
    calendar, start = draw(situations())
    found = []
    for since, length in draw(
        st.lists(st.tuples(st.floats(-30, 200), st.none() | st.floats(0, 90)), max_size=4)
    ):
        begins = start + timedelta(hours=since)
        found.append(Pause(begins, None if length is None else begins + timedelta(hours=length)))
    return calendar, start, found


budgets = st.sampled_from(
    ["1s", "45m", "24h", "3d", "2w", "1bh", "5bh", "37bh", "1bd", "3bd", "10bd"]
).map(Duration)
offsets = st.sampled_from(
    [
        *("-1w", "-3d", "-1d", "-90m", "-5bh", "-1bd", "-3bd", "0d", "0bd", "+1s", "+1h", "+1d"),
        *("+7d", "+1bh", "+2bd", "+10bd", "0%", "1%", "50%", "99%", "100%", "101%", "250%"),
    ]
).map(Offset)


# ---- The laws ----


@unhurried
@given(situations(), st.timedeltas(timedelta(0), timedelta(days=9)))
def test_working_time_is_the_sum_of_its_minutes(
    situation: tuple[Calendar, datetime], length: timedelta
) -> None:
    calendar, start = situation
    count = brute_force.Count(plain(calendar))
    begin, end = map(brute_force.micros, (start, start + length))
    assert working_between(calendar, start, start + length) == count.between(begin, end) / 10**6


@unhurried
@given(paused(), budgets)
def test_a_budget_is_used_up_minute_by_minute(
    situation: tuple[Calendar, datetime, list[Pause]], budget: Duration
) -> None:
    calendar, start, pauses = situation
    expected = brute_force.due(plain(calendar), str(budget), start, pauses)
    assert due(calendar, budget, start, pauses) == expected


@unhurried
@given(paused(), budgets, offsets)
def test_a_rung_lies_as_many_minutes_from_the_due_instant_as_it_says(
    situation: tuple[Calendar, datetime, list[Pause]], budget: Duration, offset: Offset
) -> None:
    calendar, start, pauses = situation
    if due_at := due(calendar, budget, start, pauses):
        expected = brute_force.rung(
            plain(calendar), str(offset), str(budget), start, due_at, pauses
        )
        assert known(rung_at(calendar, offset, budget, start, due_at, pauses)) == expected


@unhurried
@given(paused(), st.floats(0.01, 400), offsets)
def test_a_promise_is_a_budget_of_clock_time_up_to_its_instant(
    situation: tuple[Calendar, datetime, list[Pause]], hours: float, offset: Offset
) -> None:
    calendar, start, pauses = situation
    promised = start + timedelta(hours=hours)
    due_at = due(calendar, promised, start, pauses)
    assert due_at == brute_force.due(plain(calendar), promised, start, pauses)
    if due_at:
        expected = brute_force.rung(plain(calendar), str(offset), promised, start, due_at, pauses)
        assert known(rung_at(calendar, offset, promised, start, due_at, pauses)) == expected


WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@st.composite
def own_times(draw: st.DrawFn, near: date) -> OwnTime:
    """Hours of one's own or none, in a zone of one's own or none, and leave around a day."""
    written = st.sampled_from(["09:00-18:00", "06:30-12:00, 13:00-15:15", "closed", "22:00-24:00"])
    by_weekday = st.fixed_dictionaries(
        dict.fromkeys(WEEK, written) | {"wed": st.just("10:00-16:00")}
    )
    first_days = st.integers(-5, 20).map(lambda n: near + timedelta(days=n))
    leaves = st.tuples(first_days, st.integers(0, 6)).map(
        lambda leave: Away(first_on=leave[0], last_on=leave[0] + timedelta(days=leave[1]))
    )
    return OwnTime.model_validate(
        {
            "hours": draw(st.none() | by_weekday | st.just("08:00-16:00")),
            "time_zone": draw(st.none() | st.sampled_from([zone for zone, _ in CHANGES])),
            "away": draw(st.lists(leaves, max_size=3)),
        }
    )


@st.composite
def personal_situations(draw: st.DrawFn) -> tuple[Calendar, OwnTime, datetime]:
    calendar, start = draw(situations())
    return calendar, draw(own_times(start.date())), start


@unhurried
@given(personal_situations(), st.sampled_from(["2bh", "1bd", "6bd", "30h"]).map(Duration))
def test_a_person_works_their_own_hours_on_the_days_the_company_works_and_not_on_leave(
    situation: tuple[Calendar, OwnTime, datetime], budget: Duration
) -> None:
    calendar, own, start = situation
    theirs = plain(calendar).of(own.model_dump(mode="json"))
    expected = brute_force.due(theirs, str(budget), start)
    assert due(personal(calendar, own), budget, start) == expected


# ---- Examples ----


@pytest.mark.parametrize("left", [[21, 9, 0], [21, 14, 0], [21, 20, 0], [22, 11, 30]])
def test_two_working_hours_from_any_time_of_the_weekend_end_on_monday_at_twelve(
    left: list[int],
) -> None:
    zone = ZoneInfo("Asia/Shanghai")
    weekend = {"time_zone": zone.key, "hours": "10:00-18:00"}
    calendar = resolve(CalendarSpec.model_validate(weekend), 2026, 2027)
    day, hour, minute = left
    start = datetime(2026, 11, day, hour, minute, tzinfo=zone)
    found = due(calendar, Duration("2bh"), start)
    assert found == datetime(2026, 11, 23, 12, tzinfo=zone)


MADE_UP = {
    2023: ["01-28", "01-29", "04-23", "05-06", "06-25", "10-07", "10-08"],
    2024: ["02-04", "02-18", "04-07", "04-28", "05-11", "09-14", "09-29", "10-12"],
    2025: ["01-26", "02-08", "04-27", "09-28", "10-11"],
    2026: ["01-04", "02-14", "02-28", "05-09", "09-20", "10-10"],
}
"""Weekend days worked in exchange. Source: the State Council's notices on the public holidays."""


@pytest.mark.parametrize("year", MADE_UP)
def test_china_works_as_the_state_council_says_all_year(year: int) -> None:
    spec = {"time_zone": "Asia/Shanghai", "country": "CN", "hours": "09:00-12:00, 13:00-18:00"}
    calendar = resolve(CalendarSpec.model_validate(spec), year, year)
    zone = ZoneInfo("Asia/Shanghai")
    january = datetime(year, 1, 1, tzinfo=zone)
    weekend_days = [
        day for day in (january + timedelta(days=n) for n in range(365)) if day.weekday() in {5, 6}
    ]
    worked = [
        day for day in weekend_days if working_between(calendar, day, day + timedelta(days=1))
    ]
    assert [f"{day:%m-%d}" for day in worked] == MADE_UP[year]
    count = brute_force.Count(plain(calendar))
    for start in (
        january + timedelta(days=7 * week, hours=11, minutes=week) for week in range(0, 50, 2)
    ):
        two_days = count.onwards(brute_force.micros(start), 16 * 60 * brute_force.MINUTE)
        assert due(calendar, Duration("2bd"), start) == brute_force.instant_of(two_days)


def plain(calendar: Calendar) -> Plain:
    return Plain.read(calendar.model_dump(mode="json"))


def known(instant: datetime) -> datetime | None:
    """None for the core's word for never."""
    return None if instant == NEVER else instant
