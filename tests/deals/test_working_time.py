"""Laws and examples; the reference counts minute by minute on the wall clock of the zone."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deals.calendar import Calendar, CalendarSpec, resolve
from deals.duration import Duration, Offset
from deals.working_time import (
    NEVER,
    add_working,
    due,
    rung_at,
    working_between,
    working_spans,
)

MINUTE = timedelta(minutes=1)
AMSTERDAM = ZoneInfo("Europe/Amsterdam")
SHANGHAI = ZoneInfo("Asia/Shanghai")

unhurried = settings(deadline=None, max_examples=60)


class Pause(NamedTuple):
    since: datetime
    until: datetime | None


def calendar(**written: Any) -> Calendar:
    plain = {"time_zone": "Asia/Shanghai", "hours": "09:00-18:00"}
    return resolve(CalendarSpec.model_validate(plain | written), 2026, 2028)


def at(zone: ZoneInfo, *parts: int) -> datetime:
    year, month, day, hour, minute = (*parts, 0, 0)[:5]
    return datetime(year, month, day, hour, minute, tzinfo=zone).astimezone(UTC)


def shanghai(*parts: int) -> datetime:
    return at(SHANGHAI, *parts)


def utc(*parts: int) -> datetime:
    return at(ZoneInfo("UTC"), *parts)


# ---- The reference: does this minute count? ----

Counts = Callable[[datetime], bool]


def worked(given: Calendar) -> Counts:
    zone, exceptions = ZoneInfo(given.time_zone), dict(given.exceptions)

    def counts(minute: datetime) -> bool:
        local = minute.astimezone(zone)
        hours = exceptions.get(local.date(), given.weekly[local.weekday()])
        shown = 60 * local.hour + local.minute
        return any(start <= shown < end for start, end in hours)

    return counts


def counting(given: Calendar, unit: str, pauses: list[Pause]) -> Counts:
    """Whether a minute counts for a length in that unit, with those pauses taken out."""
    works = worked(given)

    def counts(minute: datetime) -> bool:
        paused = any(p.since <= minute and (p.until is None or minute < p.until) for p in pauses)
        return not paused and (unit == "h" or works(minute))

    return counts


def onwards(counts: Counts, instant: datetime, minutes: int) -> datetime:
    while minutes:
        minutes -= counts(instant)
        instant += MINUTE
    return instant


def backwards(counts: Counts, instant: datetime, minutes: int) -> datetime:
    while minutes:
        instant -= MINUTE
        minutes -= counts(instant)
    return instant


# ---- What the laws hold for ----

# The clocks of these zones change between 00:00 (excluded) and 05:00, where no hours begin or end:
# there the wall clock alone says what is worked. The examples below look into the change itself.
ZONES = (
    "Europe/Amsterdam",
    "America/New_York",
    "Asia/Shanghai",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "UTC",
)
EVENTFUL = (
    date(2026, 3, 6),  # New York springs forward
    date(2026, 3, 27),  # Amsterdam springs forward
    date(2026, 4, 3),  # Lord Howe falls back, by half an hour
    date(2026, 9, 29),  # China's golden week
    date(2026, 10, 23),  # Amsterdam falls back
    date(2026, 10, 30),  # New York falls back
    date(2026, 12, 30),  # the year ends
)
OPEN_DAYS = (
    ((540, 1080),),
    ((540, 720), (780, 1080)),
    ((0, 1440),),
    ((0, 360), (1320, 1440)),
    ((300, 330), (330, 420)),
)

days = st.sampled_from((*OPEN_DAYS, (), ()))
eventful = st.sampled_from(EVENTFUL)


@st.composite
def situations(draw: st.DrawFn) -> tuple[Calendar, datetime]:
    """A calendar and an instant, at which something may be about to happen to it.

    The scale makes a minute of every hour, so that durations can be written in minutes.
    """
    near = draw(eventful)
    nearby = st.integers(-3, 12).map(lambda n: near + timedelta(days=n))
    weekly = draw(st.tuples(*[days] * 6, st.sampled_from(OPEN_DAYS)))
    found = Calendar(
        time_zone=draw(st.sampled_from(ZONES)),
        weekly=tuple(draw(st.permutations(weekly))),
        exceptions=tuple(sorted(draw(st.dictionaries(nearby, days, max_size=4)).items())),
        scale=60,
    )
    minute = draw(st.integers(0, 4 * 1440))
    return found, utc(near.year, near.month, near.day) + minute * MINUTE


@st.composite
def paused_situations(draw: st.DrawFn) -> tuple[Calendar, datetime, list[Pause]]:
    found, start = draw(situations())
    pauses = []
    for since, length in draw(
        st.lists(st.tuples(st.integers(-600, 2000), st.integers(0, 900)), max_size=3)
    ):
        pauses.append(Pause(start + since * MINUTE, start + (since + length) * MINUTE))
    return found, start, sorted(pauses)


amounts = st.integers(1, 700)
units = st.sampled_from(["h", "bh"])
micros = st.integers(1, 500 * 3_600 * 10**6)


# ---- Against the reference ----


@unhurried
@given(situations(), st.integers(-500, 6000))
def test_working_time_is_the_sum_of_its_minutes(
    situation: tuple[Calendar, datetime], length: int
) -> None:
    given_, start = situation
    counts = worked(given_)
    minutes = sum(counts(start + n * MINUTE) for n in range(max(length, 0)))
    assert working_between(given_, start, start + length * MINUTE) == 60 * minutes


@unhurried
@given(situations(), amounts)
def test_adding_working_time_ends_with_its_last_minute(
    situation: tuple[Calendar, datetime], minutes: int
) -> None:
    given_, start = situation
    counts = worked(given_)
    assert add_working(given_, start, 60 * minutes) == onwards(counts, start, minutes)
    assert add_working(given_, start, -60 * minutes) == backwards(counts, start, minutes)


@unhurried
@given(paused_situations(), amounts, units)
def test_a_budget_is_used_up_minute_by_minute_outside_the_pauses(
    situation: tuple[Calendar, datetime, list[Pause]], minutes: int, unit: str
) -> None:
    given_, start, pauses = situation
    expected = onwards(counting(given_, unit, pauses), start, minutes)
    assert due(given_, Duration(f"{minutes}{unit}"), start, pauses) == expected


@unhurried
@given(paused_situations(), amounts, units, amounts, units)
def test_later_rungs_count_on_from_the_due_instant_outside_the_pauses(
    situation: tuple[Calendar, datetime, list[Pause]],
    minutes: int,
    unit: str,
    later: int,
    later_unit: str,
) -> None:
    given_, start, pauses = situation
    budget = Duration(f"{minutes}{unit}")
    due_at = due(given_, budget, start, pauses)
    assert due_at is not None
    reached = rung_at(given_, Offset(f"+{later}{later_unit}"), budget, start, due_at, pauses)
    assert reached == onwards(counting(given_, later_unit, pauses), due_at, later)


@unhurried
@given(paused_situations(), amounts, units, amounts, units)
def test_earlier_rungs_count_back_from_the_due_instant_as_far_as_the_start(
    situation: tuple[Calendar, datetime, list[Pause]],
    minutes: int,
    unit: str,
    earlier: int,
    earlier_unit: str,
) -> None:
    given_, start, pauses = situation
    budget = Duration(f"{minutes}{unit}")
    due_at = due(given_, budget, start, pauses)
    assert due_at is not None
    reached = rung_at(given_, Offset(f"-{earlier}{earlier_unit}"), budget, start, due_at, pauses)
    expected = backwards(counting(given_, earlier_unit, pauses), due_at, earlier)
    assert reached == max(start, expected)


@unhurried
@given(paused_situations(), st.integers(1, 150), units, st.sampled_from([25, 50, 75, 125, 200]))
def test_percentages_are_a_share_of_the_budget_from_the_start(
    situation: tuple[Calendar, datetime, list[Pause]], quarter: int, unit: str, percent: int
) -> None:
    given_, start, pauses = situation
    budget = Duration(f"{4 * quarter}{unit}")
    due_at = due(given_, budget, start, pauses)
    assert due_at is not None
    reached = rung_at(given_, Offset(f"{percent}%"), budget, start, due_at, pauses)
    share = 4 * quarter * percent // 100
    assert reached == onwards(counting(given_, unit, pauses), start, share)


@unhurried
@given(situations(), amounts, units, st.integers(-100, 2000))
def test_a_pause_that_lasts_leaves_only_what_was_due_before_it(
    situation: tuple[Calendar, datetime], minutes: int, unit: str, since: int
) -> None:
    given_, start = situation
    budget, pause = Duration(f"{minutes}{unit}"), Pause(start + since * MINUTE, None)
    unpaused = due(given_, budget, start)
    assert unpaused is not None
    expected = unpaused if unpaused <= pause.since else None
    assert due(given_, budget, start, [pause]) == expected


# ---- Laws, to the microsecond ----


@unhurried
@given(situations(), micros)
def test_what_was_added_lies_between(situation: tuple[Calendar, datetime], amount: int) -> None:
    given_, start = situation
    seconds = amount / 10**6
    assert working_between(given_, start, add_working(given_, start, seconds)) == seconds
    assert working_between(given_, add_working(given_, start, -seconds), start) == seconds


@unhurried
@given(situations(), micros, micros)
def test_adding_twice_is_adding_the_sum(
    situation: tuple[Calendar, datetime], one: int, other: int
) -> None:
    given_, start = situation
    halfway = add_working(given_, start, one / 10**6)
    end = add_working(given_, start, (one + other) / 10**6)
    assert add_working(given_, halfway, other / 10**6) == end
    assert halfway < end


@unhurried
@given(situations(), micros, st.integers(0, 10**12))
def test_who_starts_later_is_not_due_earlier(
    situation: tuple[Calendar, datetime], amount: int, later: int
) -> None:
    given_, start = situation
    seconds, afterwards = amount / 10**6, start + timedelta(microseconds=later)
    assert add_working(given_, start, seconds) <= add_working(given_, afterwards, seconds)


@unhurried
@given(situations(), st.integers(0, 20_000), st.integers(0, 20_000))
def test_spans_are_in_order_apart_and_add_up(
    situation: tuple[Calendar, datetime], skipped: int, length: int
) -> None:
    given_, start = situation
    start += skipped * MINUTE
    end = start + length * MINUTE
    spans = working_spans(given_, start, end)
    assert all(start <= opens < closes <= end for opens, closes in spans)
    assert all(before[1] < after[0] for before, after in pairwise(spans))
    summed = sum((closes - opens for opens, closes in spans), timedelta())
    assert summed.total_seconds() == working_between(given_, start, end)


@unhurried
@given(
    paused_situations(), amounts, units, st.integers(-(10**10), 10**11), st.integers(-90, 90), units
)
def test_a_hold_released_at_once_moves_nothing(
    situation: tuple[Calendar, datetime, list[Pause]],
    minutes: int,
    unit: str,
    moved: int,
    distance: int,
    offset_unit: str,
) -> None:
    given_, start, pauses = situation
    budget, offset = Duration(f"{minutes}{unit}"), Offset(f"{distance}{offset_unit}")
    held_at = start + timedelta(microseconds=moved)
    held = sorted([*pauses, Pause(held_at, held_at)])
    due_at = due(given_, budget, start, pauses)
    assert due_at is not None
    assert due(given_, budget, start, held) == due_at
    assert rung_at(given_, offset, budget, start, due_at, held) == rung_at(
        given_, offset, budget, start, due_at, pauses
    )


@unhurried
@given(paused_situations(), amounts, units, st.integers(1, 700), st.integers(0, 2000))
def test_a_pause_moves_no_earlier_rung_that_lies_before_it(
    situation: tuple[Calendar, datetime, list[Pause]],
    minutes: int,
    unit: str,
    earlier: int,
    length: int,
) -> None:
    given_, start, pauses = situation
    budget, offset = Duration(f"{minutes}{unit}"), Offset(f"-{earlier}{unit}")
    due_at = due(given_, budget, start, pauses)
    assert due_at is not None
    reached = rung_at(given_, offset, budget, start, due_at, pauses)
    later = sorted([*pauses, Pause(reached + MINUTE, reached + MINUTE * (1 + length))])
    moved = due(given_, budget, start, later)
    assert moved is not None
    assert moved >= due_at
    assert rung_at(given_, offset, budget, start, moved, later) == reached


# ---- Examples a person can check ----


def test_two_working_hours_from_saturday_evening_end_on_monday() -> None:
    saturday = shanghai(2026, 11, 21, 20)
    assert add_working(calendar(), saturday, 2 * 3_600) == shanghai(2026, 11, 23, 11)
    assert due(calendar(), Duration("2bh"), saturday) == shanghai(2026, 11, 23, 11)


def test_an_hour_before_closing_time_ends_at_closing_time() -> None:
    friday = shanghai(2026, 11, 20, 17)
    assert add_working(calendar(), friday, 3_600) == shanghai(2026, 11, 20, 18)
    assert add_working(calendar(), friday, 3_600.000001) == shanghai(2026, 11, 23, 9) + timedelta(
        microseconds=1
    )


def test_going_back_an_hour_stops_at_opening_time() -> None:
    monday = shanghai(2026, 11, 23, 10)
    assert add_working(calendar(), monday, -3_600) == shanghai(2026, 11, 23, 9)
    assert add_working(calendar(), monday, -3_601) == shanghai(2026, 11, 20, 18) - timedelta(
        seconds=1
    )


def test_adding_nothing_stays_where_it_is_even_at_night() -> None:
    assert add_working(calendar(), shanghai(2026, 11, 21, 3), 0) == shanghai(2026, 11, 21, 3)


def test_the_last_and_first_working_instants_of_a_year_are_found() -> None:
    plain = calendar(time_zone="UTC")
    assert add_working(plain, utc(2026, 12, 31, 17), 3_600) == utc(2026, 12, 31, 18)
    assert add_working(plain, utc(2027, 1, 1, 10), -3_600) == utc(2027, 1, 1, 9)


def test_three_business_days_from_a_call_with_a_day_on_hold() -> None:
    call = shanghai(2026, 11, 17, 10)
    held = [Pause(shanghai(2026, 11, 19, 9), shanghai(2026, 11, 20, 9))]
    assert due(calendar(), Duration("3bd"), call) == shanghai(2026, 11, 20, 10)
    due_at = due(calendar(), Duration("3bd"), call, held)
    assert due_at == shanghai(2026, 11, 23, 10)
    reached = [
        rung_at(calendar(), Offset(offset), Duration("3bd"), call, due_at, held)
        for offset in ("-1bd", "0d", "+1d", "+3d", "+7d", "50%", "100%", "0%")
    ]
    assert reached == [
        shanghai(2026, 11, 20, 10),
        shanghai(2026, 11, 23, 10),
        shanghai(2026, 11, 24, 10),
        shanghai(2026, 11, 26, 10),
        shanghai(2026, 11, 30, 10),
        shanghai(2026, 11, 18, 14, 30),
        shanghai(2026, 11, 23, 10),
        call,
    ]


def test_china_works_the_make_up_days_around_national_day_2026() -> None:
    china = calendar(country="CN")
    last_day = shanghai(2026, 9, 30, 17)
    assert due(china, Duration("2bh"), last_day) == shanghai(2026, 10, 8, 10)
    assert due(china, Duration("1bd"), shanghai(2026, 10, 9, 12)) == shanghai(2026, 10, 10, 12)
    assert working_spans(china, shanghai(2026, 9, 19), shanghai(2026, 9, 21)) == (
        (shanghai(2026, 9, 20, 9), shanghai(2026, 9, 20, 18)),
    )


def test_a_day_of_clock_time_is_24_hours_when_the_clocks_change() -> None:
    dutch = calendar(time_zone="Europe/Amsterdam")
    before = at(AMSTERDAM, 2026, 3, 28, 12)
    assert due(dutch, Duration("1d"), before) == at(AMSTERDAM, 2026, 3, 29, 13)


@pytest.mark.parametrize(("day", "hours"), [((2026, 3, 29), 23), ((2026, 10, 25), 25)])
def test_a_day_around_the_clock_has_the_hours_it_has(day: tuple[int, int, int], hours: int) -> None:
    dutch = calendar(time_zone="Europe/Amsterdam", hours="around-the-clock")
    midnight = at(AMSTERDAM, *day)
    assert working_between(dutch, midnight, at(AMSTERDAM, *day[:2], day[2] + 1)) == hours * 3_600
    assert due(dutch, Duration("24bh"), midnight) == midnight + timedelta(hours=24)


@pytest.mark.parametrize(
    ("hours", "spans"),
    [
        ("02:30-09:00", [(utc(2026, 3, 29, 1, 30), utc(2026, 3, 29, 7))]),
        ("01:00-02:30", [(utc(2026, 3, 29), utc(2026, 3, 29, 1, 30))]),
        ("02:15-03:00", []),
        ("02:15-02:45, 03:00-04:00", [(utc(2026, 3, 29, 1), utc(2026, 3, 29, 2))]),
    ],
)
def test_hours_that_the_clock_skips_count_as_if_it_had_not_changed_yet(
    hours: str, spans: list[tuple[datetime, datetime]]
) -> None:
    dutch = calendar(time_zone="Europe/Amsterdam", hours={"sun": hours})
    found = working_spans(dutch, utc(2026, 3, 28, 12), utc(2026, 3, 29, 12))
    assert list(found) == spans


@pytest.mark.parametrize(
    ("hours", "span"),
    [
        ("02:30-04:00", (utc(2026, 10, 25, 0, 30), utc(2026, 10, 25, 3))),
        ("01:00-02:30", (utc(2026, 10, 24, 23), utc(2026, 10, 25, 0, 30))),
    ],
)
def test_hours_that_the_clock_shows_twice_are_the_earlier_ones(
    hours: str, span: tuple[datetime, datetime]
) -> None:
    dutch = calendar(time_zone="Europe/Amsterdam", hours={"sun": hours})
    assert working_spans(dutch, utc(2026, 10, 24, 12), utc(2026, 10, 25, 12)) == (span,)


def test_midnight_itself_may_be_skipped() -> None:
    cairo = calendar(time_zone="Africa/Cairo", hours="around-the-clock")
    noon = at(ZoneInfo("Africa/Cairo"), 2026, 4, 23, 12)
    assert working_between(cairo, noon, noon + timedelta(days=2)) == 2 * 86_400


def test_a_scaled_calendar_runs_faster_and_keeps_its_hours() -> None:
    demo = calendar(hours="around-the-clock", scale=8640)
    start = shanghai(2026, 11, 21, 20)
    assert due(demo, Duration("1d"), start) == start + timedelta(seconds=10)
    assert due(demo, Duration("1bd"), start) == start + timedelta(seconds=10)
    scaled = calendar(scale=9)
    assert due(scaled, Duration("1bd"), start) == shanghai(2026, 11, 23, 10)
    due_at = shanghai(2026, 11, 23, 10)
    assert rung_at(scaled, Offset("+9h"), Duration("1bd"), start, due_at) == shanghai(
        2026, 11, 23, 11
    )


def test_the_shortest_duration_at_the_greatest_scale_still_takes_time() -> None:
    demo = calendar(scale=1_000_000)
    start = shanghai(2026, 11, 23, 10)
    assert due(demo, Duration("1s"), start) == start + timedelta(microseconds=1)


def test_a_promise_is_due_when_it_was_promised_unless_a_pause_moves_it() -> None:
    made, promised = shanghai(2026, 11, 16, 10), shanghai(2026, 11, 20, 10)
    held = [Pause(shanghai(2026, 11, 18), shanghai(2026, 11, 19))]
    assert due(calendar(), promised, made) == promised
    assert due(calendar(scale=100), promised, made) == promised
    assert due(calendar(), promised, made, held) == shanghai(2026, 11, 21, 10)
    assert rung_at(calendar(), Offset("50%"), promised, made, promised) == shanghai(
        2026, 11, 18, 10
    )


def test_a_promise_for_an_instant_already_past_is_due_then() -> None:
    made, promised = shanghai(2026, 11, 16, 10), shanghai(2026, 11, 10, 10)
    held = [Pause(shanghai(2026, 11, 1), None)]
    assert due(calendar(), promised, made, held) == promised


def test_a_pause_that_begins_when_due_moves_later_rungs_alone() -> None:
    start = shanghai(2026, 11, 16, 10)
    due_at = shanghai(2026, 11, 17, 10)
    held = [Pause(due_at, shanghai(2026, 11, 20, 10))]
    assert due(calendar(), Duration("1d"), start, held) == due_at
    for offset, reached in (
        ("-1h", shanghai(2026, 11, 17, 9)),
        ("0d", due_at),
        ("100%", due_at),
        ("+1h", shanghai(2026, 11, 20, 11)),
        ("150%", shanghai(2026, 11, 20, 22)),
    ):
        assert rung_at(calendar(), Offset(offset), Duration("1d"), start, due_at, held) == reached


def test_a_rung_that_waits_for_a_pause_without_end_is_never_reached() -> None:
    start, due_at = shanghai(2026, 11, 16, 10), shanghai(2026, 11, 17, 10)
    lasting = [Pause(shanghai(2026, 11, 17, 12), None)]
    budget = Duration("1d")
    assert rung_at(calendar(), Offset("+2h"), budget, start, due_at, lasting) == shanghai(
        2026, 11, 17, 12
    )
    assert rung_at(calendar(), Offset("+3h"), budget, start, due_at, lasting) == NEVER
    assert rung_at(calendar(), Offset("200%"), budget, start, due_at, lasting) == NEVER
    assert rung_at(calendar(), Offset("-2h"), budget, start, due_at, lasting) < due_at
    at_once = [Pause(due_at, None)]
    assert rung_at(calendar(), Offset("-2h"), budget, start, due_at, at_once) < due_at
    earlier = [Pause(shanghai(2026, 11, 17, 9), None)]
    assert rung_at(calendar(), Offset("-2h"), budget, start, due_at, earlier) == NEVER


def test_an_earlier_rung_may_be_reached_the_moment_a_pause_ends() -> None:
    start, due_at = shanghai(2026, 11, 16, 10), shanghai(2026, 11, 17, 12)
    held = [Pause(shanghai(2026, 11, 17, 8), shanghai(2026, 11, 17, 10))]
    budget = Duration("1d")
    assert due(calendar(), budget, start, held) == due_at
    for offset, reached in (("-2h", (17, 10)), ("-3h", (17, 7))):
        found = rung_at(calendar(), Offset(offset), budget, start, due_at, held)
        assert found == shanghai(2026, 11, *reached)


def test_pauses_may_come_in_any_order_and_overlap() -> None:
    start = shanghai(2026, 11, 16, 10)
    one = Pause(shanghai(2026, 11, 16, 12), shanghai(2026, 11, 16, 20))
    within = Pause(shanghai(2026, 11, 16, 13), shanghai(2026, 11, 16, 14))
    lasting = Pause(shanghai(2026, 11, 16, 12), None)
    assert due(calendar(), Duration("4h"), start, [within, one]) == shanghai(2026, 11, 16, 22)
    assert due(calendar(), Duration("4h"), start, [within, lasting, one]) is None


def test_what_lies_beyond_the_calendar_of_mankind_is_never_due() -> None:
    late = utc(9999, 6, 1)
    week, pause = calendar(hours={"mon": "09:00-09:01"}), Pause(utc(2026, 1, 1), late)
    for budget in (Duration("1d"), Duration("1bh"), late):
        assert due(calendar(), budget, utc(2026, 1, 2), [pause]) is None
        assert due(calendar(), budget, late) is None
    assert due(week, Duration("26000bh"), utc(2026, 1, 2)) is None
    assert add_working(calendar(), utc(9998, 12, 31), 10**9) == NEVER
    assert add_working(week, utc(2026, 1, 1), -(10**9)) == utc(1, 1, 1)
    assert add_working(calendar(), utc(1, 1, 2), -(10**9)) == utc(1, 1, 1)
