"""When a letter may go: gathered, as a digest, outside quiet hours, by the person's own clock."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.preferences import DEFAULTS, Preferences
from letters.timing import STORM, STORM_REST, Told, after_quiet_hours, goes_at, next_local

GATHER = timedelta(seconds=30)
SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = Preferences(quiet_from="22:00", quiet_to="07:00")
NOON = Preferences(quiet_from="12:00", quiet_to="13:30")
DIGEST = Preferences(digest=True, digest_at="08:30")

zones = st.sampled_from(
    [SHANGHAI, BERLIN, ZoneInfo("America/St_Johns"), ZoneInfo("Australia/Lord_Howe")]
)
instants = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - the zone is given beside
times = st.times().map(lambda one: f"{one:%H:%M}")


def local(text: str, zone: ZoneInfo, fold: int = 0) -> datetime:
    """The instant at which clocks of the zone show that."""
    shown = datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold)
    return shown.astimezone(UTC)


def goes(text: str, wishes: Preferences, zone: ZoneInfo = SHANGHAI) -> datetime:
    return goes_at(local(text, zone), wishes, zone, gather=GATHER)


def test_a_letter_waits_for_what_follows_its_first_alarm() -> None:
    assert goes("2026-03-02 15:00", DEFAULTS) == local("2026-03-02 15:00:30", SHANGHAI)


@pytest.mark.parametrize(
    ("happened", "wishes", "expected"),
    [
        ("2026-03-02 21:59", NIGHT, "2026-03-02 21:59:30"),
        ("2026-03-02 21:59:30", NIGHT, "2026-03-03 07:00"),
        ("2026-03-02 23:00", NIGHT, "2026-03-03 07:00"),
        ("2026-03-03 06:59", NIGHT, "2026-03-03 07:00"),
        ("2026-03-03 06:59:30", NIGHT, "2026-03-03 07:00"),
        ("2026-03-03 07:00", NIGHT, "2026-03-03 07:00:30"),
        ("2026-03-02 11:00", NOON, "2026-03-02 11:00:30"),
        ("2026-03-02 12:15", NOON, "2026-03-02 13:30"),
        ("2026-03-02 13:30", NOON, "2026-03-02 13:30:30"),
    ],
)
def test_an_alarm_in_quiet_hours_comes_at_their_end(
    happened: str, wishes: Preferences, expected: str
) -> None:
    assert goes(happened, wishes) == local(expected, SHANGHAI)


def test_a_digest_comes_at_its_next_time_of_day() -> None:
    assert goes("2026-03-02 07:00", DIGEST) == local("2026-03-02 08:30", SHANGHAI)
    assert goes("2026-03-02 08:30", DIGEST) == local("2026-03-03 08:30", SHANGHAI)


def test_a_digest_within_quiet_hours_comes_at_their_end() -> None:
    wishes = DIGEST.model_copy(update={"quiet_from": "20:00", "quiet_to": "09:15"})
    assert goes("2026-03-02 07:00", wishes) == local("2026-03-02 09:15", SHANGHAI)


def test_it_is_the_persons_own_clock_that_counts() -> None:
    happened = local("2026-03-02 23:00", SHANGHAI)  # 16:00 in Berlin
    assert goes_at(happened, NIGHT, BERLIN, gather=GATHER) == happened + GATHER


def test_after_a_storm_the_next_letter_waits() -> None:
    since = local("2026-03-02 15:00", SHANGHAI)
    quiet, storm = (Told(since - GATHER, alarms) for alarms in (STORM, STORM + 1))
    assert goes_at(since, DEFAULTS, SHANGHAI, gather=GATHER, last=quiet) == since + GATHER
    rested = storm.at + STORM_REST
    assert goes_at(since, DEFAULTS, SHANGHAI, gather=GATHER, last=storm) == rested
    earlier = Told(since - STORM_REST, STORM + 1)
    assert goes_at(since, DEFAULTS, SHANGHAI, gather=GATHER, last=earlier) == since + GATHER


@pytest.mark.parametrize(
    ("digest_at", "expected"),
    [
        ("02:30", datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),  # skipped: as if summer had not begun
        ("03:00", datetime(2026, 3, 29, 1, 0, tzinfo=UTC)),
    ],
)
def test_a_digest_comes_on_the_day_that_the_clock_skips_its_time(
    digest_at: str, expected: datetime
) -> None:
    wishes = Preferences(digest=True, digest_at=digest_at)
    assert goes("2026-03-29 00:10", wishes, BERLIN) == expected


def test_a_time_that_the_clock_shows_twice_is_the_earlier_one() -> None:
    wishes = Preferences(digest=True, digest_at="02:30")
    assert goes("2026-10-25 00:10", wishes, BERLIN) == local("2026-10-25 02:30", BERLIN)
    between = local("2026-10-25 02:45", BERLIN)
    assert next_local(between, "02:30", BERLIN) == local("2026-10-26 02:30", BERLIN)


def test_quiet_hours_over_a_change_of_the_clock_end_when_it_shows_their_end() -> None:
    assert goes("2026-03-29 01:00", NIGHT, BERLIN) == local("2026-03-29 07:00", BERLIN)
    assert goes("2026-10-25 02:59", NIGHT, BERLIN) == local("2026-10-25 07:00", BERLIN)


@given(moment=instants, at=times, zone=zones)
def test_the_next_local_time_lies_within_a_day_or_so(
    moment: datetime, at: str, zone: ZoneInfo
) -> None:
    found = next_local(moment, at, zone)
    assert moment <= found <= moment + timedelta(hours=25, minutes=30)


@given(moment=instants, begin=times, end=times, zone=zones)
def test_quiet_hours_are_left_and_never_entered(
    moment: datetime, begin: str, end: str, zone: ZoneInfo
) -> None:
    if begin == end:
        return
    wishes = Preferences(quiet_from=begin, quiet_to=end)
    found = after_quiet_hours(moment, wishes, zone)
    assert moment <= found <= moment + timedelta(hours=25)
    assert after_quiet_hours(found, wishes, zone) == found
