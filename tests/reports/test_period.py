"""Windows begin and end where days do, in the company's time zone."""

from datetime import UTC, date, datetime, timedelta

import pytest

from reports.period import BadPeriod, day_begins, window

AS_OF = datetime(2026, 11, 26, 12, tzinfo=UTC)


def test_days_begin_in_the_companys_zone() -> None:
    found = window(date(2026, 11, 23), date(2026, 11, 24), time_zone="Asia/Shanghai", as_of=AS_OF)
    assert found.since == datetime(2026, 11, 22, 16, tzinfo=UTC)
    assert found.until == datetime(2026, 11, 23, 16, tzinfo=UTC)


@pytest.mark.parametrize(("day", "hours"), [((2026, 3, 29), 23), ((2026, 10, 25), 25)])
def test_a_day_may_have_23_or_25_hours(day: tuple[int, int, int], hours: int) -> None:
    first = date(*day)
    length = day_begins(first + timedelta(days=1), "Europe/Amsterdam") - day_begins(
        first, "Europe/Amsterdam"
    )
    assert length == timedelta(hours=hours)


def test_a_midnight_that_comes_twice_is_the_first_and_one_that_never_comes_is_moved() -> None:
    twice = day_begins(date(2026, 11, 1), "America/Havana")  # back from 01:00 to 00:00
    assert twice == datetime(2026, 11, 1, 4, tzinfo=UTC)
    never = day_begins(date(2026, 3, 8), "America/Havana")  # on from 00:00 to 01:00
    assert never == datetime(2026, 3, 8, 5, tzinfo=UTC)


def test_a_window_that_reaches_past_what_is_known_is_not_complete() -> None:
    whole = window(None, date(2026, 11, 26), time_zone="UTC", as_of=AS_OF)
    assert whole.complete
    assert not window(None, date(2026, 11, 27), time_zone="UTC", as_of=AS_OF).complete
    assert window(date(2026, 11, 1), None, time_zone="UTC", as_of=AS_OF).complete


def test_a_window_cannot_end_before_it_begins() -> None:
    day = date(2026, 11, 2)
    assert window(day, day, time_zone="UTC", as_of=AS_OF).since == day_begins(day, "UTC")
    with pytest.raises(BadPeriod) as refused:
        window(day, date(2026, 11, 1), time_zone="UTC", as_of=AS_OF)
    assert (refused.value.first_on, refused.value.end_on) == (day, date(2026, 11, 1))
