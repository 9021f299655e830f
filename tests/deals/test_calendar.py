"""Calendars: what authors write, what it comes to mean, and working time counted by it."""

import json
from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from deals.calendar import Calendar, CalendarSpec, resolve

NINE_TO_SIX = ((540, 1080),)
WEEKDAYS = (*[NINE_TO_SIX] * 5, (), ())


def spec(**written: Any) -> CalendarSpec:
    return CalendarSpec.model_validate(
        {"time_zone": "Asia/Shanghai", "hours": "09:00-18:00", **written}
    )


def hours_on(calendar: Calendar, day: date) -> tuple[tuple[int, int], ...]:
    return dict(calendar.exceptions).get(day, calendar.weekly[day.weekday()])


def fault(**written: Any) -> tuple[str, str]:
    """Where the only fault of a calendar lies, and what is said about it."""
    with pytest.raises(ValidationError) as caught:
        spec(**written)
    (error,) = caught.value.errors()
    return ".".join(map(str, error["loc"])), error["msg"]


def test_one_text_of_hours_serves_monday_to_friday() -> None:
    calendar = resolve(spec(), 2026, 2026)
    assert calendar.weekly == WEEKDAYS
    assert calendar.exceptions == ()
    assert calendar.scale == 1


def test_the_weekend_is_that_of_the_country() -> None:
    calendar = resolve(spec(time_zone="Asia/Jerusalem", country="IL"), 2026, 2026)
    assert calendar.weekly == (*[NINE_TO_SIX] * 4, (), (), NINE_TO_SIX)


def test_breaks_and_days_of_their_own_length_can_be_written() -> None:
    written = {"mon": "09:00-12:00, 13:00-18:00", "sat": "9:00 - 12:00"}
    calendar = resolve(spec(hours=written), 2026, 2026)
    assert calendar.weekly == (((540, 720), (780, 1080)), (), (), (), (), ((540, 720),), ())


def test_a_business_day_is_as_long_as_the_longest_day_of_the_week() -> None:
    assert resolve(spec(), 2026, 2026).business_day_seconds == 9 * 3_600
    written = {"mon": "09:00-12:00, 13:00-18:00", "sat": "09:00-12:00"}
    assert resolve(spec(hours=written), 2026, 2026).business_day_seconds == 8 * 3_600


def test_around_the_clock_has_neither_weekend_nor_holidays() -> None:
    calendar = resolve(spec(country="CN", hours="around-the-clock"), 2026, 2027)
    assert calendar.around_the_clock
    assert calendar.business_day_seconds == 86_400
    assert not resolve(spec(), 2026, 2026).around_the_clock


def test_around_the_clock_can_still_be_closed_for_a_day() -> None:
    written = spec(hours="around-the-clock", exceptions={"2026-12-24": "closed"})
    calendar = resolve(written, 2026, 2026)
    assert calendar.exceptions == ((date(2026, 12, 24), ()),)
    assert not calendar.around_the_clock


def test_china_rests_over_national_day_2026_and_works_the_make_up_days() -> None:
    calendar = resolve(spec(country="CN"), 2026, 2026)
    for day in range(1, 8):
        assert hours_on(calendar, date(2026, 10, day)) == ()
    for made_up in (date(2026, 9, 20), date(2026, 10, 10)):  # a Sunday and a Saturday
        assert hours_on(calendar, made_up) == NINE_TO_SIX
    assert hours_on(calendar, date(2026, 10, 8)) == NINE_TO_SIX
    assert hours_on(calendar, date(2026, 10, 11)) == ()


def test_a_subdivision_has_holidays_of_its_own() -> None:
    berlin, bavaria = (
        resolve(spec(time_zone="Europe/Berlin", country="DE", subdivision=land), 2026, 2026)
        for land in ("BE", "BY")
    )
    assert hours_on(berlin, date(2026, 1, 6)) == NINE_TO_SIX
    assert hours_on(bavaria, date(2026, 1, 6)) == ()


def test_what_the_author_excepts_outweighs_holidays() -> None:
    written = {"2026-10-01": "10:00-12:00", "2026-12-24": "closed"}
    calendar = resolve(spec(country="CN", exceptions=written), 2026, 2026)
    assert hours_on(calendar, date(2026, 10, 1)) == ((600, 720),)
    assert hours_on(calendar, date(2026, 12, 24)) == ()


def test_only_days_that_differ_from_the_week_are_kept() -> None:
    calendar = resolve(spec(country="CN"), 2026, 2030)
    assert all(hours != calendar.weekly[day.weekday()] for day, hours in calendar.exceptions)
    assert date(2026, 10, 3) not in dict(calendar.exceptions)  # a Saturday in any case


def test_a_calendar_comes_back_equal_from_its_json_and_the_json_is_small() -> None:
    calendar = resolve(spec(country="CN", scale=8640), 2026, 2030)
    text = calendar.model_dump_json()
    assert Calendar.model_validate_json(text) == calendar
    assert hash(Calendar.model_validate_json(text)) == hash(calendar)
    assert Calendar.model_validate(calendar.model_dump()) == calendar
    assert json.loads(text)["exceptions"]["2026-10-10"] == [[540, 1080]]
    assert len(text) < 2_000


def test_a_calendar_of_a_newer_version_is_still_read() -> None:
    calendar = resolve(spec(), 2026, 2026)
    newer = {**calendar.model_dump(), "moon": "full"}
    assert Calendar.model_validate(newer) == calendar


def test_what_the_author_wrote_comes_back_equal_from_its_json() -> None:
    written = spec(country="CN", exceptions={"2026-12-24": "closed"}, scale=10)
    assert CalendarSpec.model_validate_json(written.model_dump_json()) == written


@pytest.mark.parametrize("years", [(2027, 2026), (2026, 2076)])
def test_years_out_of_order_or_too_many_are_refused(years: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="are not 1 to 50 years in order"):
        resolve(spec(), *years)


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "Asia", "../../etc/passwd", "\0", "é"])
def test_an_unknown_zone_is_refused_with_the_way_to_write_one(zone: str) -> None:
    where, what = fault(time_zone=zone)
    assert where == "time_zone"
    assert "unknown time zone" in what
    assert "Asia/Shanghai" in what


@pytest.mark.parametrize(
    ("place", "complaint"),
    [
        ({"country": "XX"}, "no public holidays are known for 'XX'"),
        ({"country": "China"}, "unknown country 'China': write an ISO 3166 code"),
        ({"country": "cn"}, "unknown country 'cn': write an ISO 3166 code"),
        ({"country": "CN", "subdivision": "ZZ"}, "no public holidays are known for 'ZZ in CN'"),
        ({"subdivision": "BY"}, "a subdivision needs its country"),
    ],
)
def test_an_unknown_place_is_refused(place: dict[str, str], complaint: str) -> None:
    assert complaint in fault(**place)[1]


@pytest.mark.parametrize(
    ("hours", "complaint"),
    [
        ("9-18", "'9-18' is no span of hours: write hours as 09:00-18:00"),
        ("", "'' is no span of hours"),
        ("09:00-18:00,", "'' is no span of hours"),
        ("09:00-18:60", "is no span of hours"),
        ("18:00-09:00", "hours past midnight belong to the next day"),
        ("09:00-09:00", "does not begin and end, in this order"),
        ("22:00-25:00", "does not begin and end, in this order"),
        ("09:00-12:00, 11:00-13:00", "11:00-13:00 begins before the span ahead of it ends"),
        ("13:00-18:00, 09:00-12:00", "09:00-12:00 begins before the span ahead of it ends"),
    ],
)
def test_ill_formed_hours_are_refused_wherever_they_stand(hours: str, complaint: str) -> None:
    for where, written in (
        ("hours.every-day", {"hours": hours}),
        ("hours.by-weekday.tue", {"hours": {"tue": hours}}),
        ("exceptions.2026-12-24", {"exceptions": {"2026-12-24": hours}}),
    ):
        found, what = fault(**written)
        assert found == where
        assert complaint in what


@pytest.mark.parametrize("hours", ["closed", {}, {"mon": "closed"}])
def test_a_calendar_without_working_time_is_refused(hours: object) -> None:
    assert "no working time: open at least one day of the week" in fault(hours=hours)[1]
    with pytest.raises(ValidationError, match="no working time"):
        Calendar(time_zone="UTC", weekly=((),) * 7)


@pytest.mark.parametrize(
    "written",
    [
        {"hours": 9},
        {"hours": {"monday": "09:00-18:00"}},
        {"exceptions": {"2026-02-30": "closed"}},
        {"exceptions": {20261224: "closed"}},
        {"exceptions": ["2026-12-24"]},
        {"scale": 0.5},
        {"scale": 1e7},
        {"scale": float("nan")},
        {"holidays": "none"},
    ],
)
def test_anything_else_an_author_cannot_mean_is_refused(written: dict[str, object]) -> None:
    assert fault(**written)


@pytest.mark.parametrize("weekly", [WEEKDAYS[:6], (*WEEKDAYS[:6], ((1080, 540),))])
def test_resolved_weeks_are_checked_as_well(weekly: object) -> None:
    with pytest.raises(ValidationError):
        Calendar.model_validate({"time_zone": "UTC", "weekly": weekly})
