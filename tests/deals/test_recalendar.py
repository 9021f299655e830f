"""Calendars that change under running deals: the company's, and that of whoever has the deal."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from deals.calendar import Calendar, CalendarSpec, resolve
from deals.clocks import calendar_of
from deals.deal import Actor
from deals.own_time import OwnTime, personal
from deals.refusals import Code, Refused
from tests.deals.lives import MANAGER, REP, Life

ZHAO = Actor(id="zhao", role="rep")


def calendar(**spec: Any) -> Calendar:
    body = {"time_zone": "Asia/Shanghai", "hours": "09:00-18:00"} | spec
    return resolve(CalendarSpec.model_validate(body), 2026, 2027)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def recalendar(life: Life, **fields: Any) -> tuple[Any, ...]:
    return life.send("recalendar", by=MANAGER, reason="the new holidays", **fields)


def test_a_new_holiday_moves_what_is_due_and_says_why() -> None:
    life = Life()
    assert life.clock("idle").due_at == utc("2026-11-25 10:00")  # Wednesday 18:00 in Shanghai

    recalendar(life, calendar=calendar(exceptions={date(2026, 11, 24): "closed"}))

    assert life.kinds() == ["calendar_changed", "clocks_set"]
    assert life.last[0].reason == "the new holidays"
    assert life.clock("idle").due_at == utc("2026-11-26 10:00")
    assert life.clock("action").due_at == life.now + timedelta(days=3)  # clock time stays


def test_a_due_instant_that_moves_into_the_past_is_reached_at_once() -> None:
    life = Life()
    life.wait(days=1, hours=9)
    before = life.clock("idle")
    assert before.due_at > life.now

    long_tuesday = {date(2026, 11, 24): "09:00-18:00"}
    recalendar(life, calendar=calendar(hours={"mon": "09:00-10:00"}, exceptions=long_tuesday))
    life.wait()

    after = life.clock("idle")
    assert after.id == before.id
    assert after.due_at == utc("2026-11-24 03:00")  # three days of one hour: Tuesday, 11:00
    (breach,) = [e for e in life.events if e.kind == "clock_breached" and e.clock == after.id]
    assert (breach.occurred_at, breach.at) == (after.due_at, life.now)


def test_what_was_reached_stays_reached_when_the_due_instant_moves_on() -> None:
    life = Life()
    life.wait(days=4)
    reached = [(e.clock, e.rung) for e in life.events if e.kind == "rung_reached"]
    assert reached

    recalendar(life, calendar=calendar(hours="09:00-09:30"))
    life.wait(days=60)

    again = [(e.clock, e.rung) for e in life.events if e.kind == "rung_reached"]
    assert again[: len(reached)] == reached
    assert len(again) == len(set(again))


def test_no_deal_goes_to_the_pool_without_the_warning_because_its_calendar_changed() -> None:
    life = Life()
    life.wait(days=7, hours=2)

    long_monday = {date(2026, 11, 23): "09:00-18:00"}
    recalendar(life, calendar=calendar(hours={"tue": "09:00-09:10"}, exceptions=long_monday))
    life.wait()

    assert life.clock("idle").due_at == utc("2026-11-23 01:30")
    assert not life.deal.in_pool
    assert [e.do for e in life.last if e.kind == "rung_reached"] == ["warn"]
    life.wait(days=1)
    assert life.deal.in_pool


def test_the_same_calendars_again_change_nothing() -> None:
    life = Life()

    assert recalendar(life) == ()
    recalendar(life, calendar=calendar(hours="10:00-12:00"))
    assert recalendar(life, calendar=calendar(hours="10:00-12:00")) == ()


def test_a_rep_cannot_put_a_calendar_in_force() -> None:
    life = Life()
    with pytest.raises(Refused) as refused:
        life.send("recalendar", reason="I am tired")
    assert refused.value.code is Code.NOT_ALLOWED


def test_leave_lets_working_time_rest_and_clock_time_go_on() -> None:
    life = Life()

    away = {"away": [{"first_on": "2026-11-24", "last_on": "2026-11-27"}]}
    recalendar(life, own_of=REP.id, own=away)

    assert life.clock("idle").due_at == utc("2026-12-01 10:00")  # Tuesday: Monday, Monday, Tuesday
    assert life.clock("action").due_at == life.now + timedelta(days=3)


def test_own_hours_are_local_to_where_the_owner_is() -> None:
    own = {"hours": "09:00-17:00", "time_zone": "America/New_York"}
    life = Life(own=own)

    # Three days of eight hours: Monday, Tuesday and Wednesday, 09:00 to 17:00 in New York.
    assert life.clock("idle").due_at == utc("2026-11-25 22:00")


def test_what_is_the_former_owners_own_ends_with_a_handing_over() -> None:
    away = {"away": [{"first_on": "2026-11-23", "last_on": "2026-12-20"}]}
    life = Life(own=away)
    assert life.clock("idle").due_at == utc("2026-12-23 10:00")

    life.send("assign", by=MANAGER, owner="zhao")

    assert life.clock("idle").due_at == utc("2026-11-25 10:00")


def test_a_leave_that_comes_after_a_handing_over_touches_nothing() -> None:
    life = Life()
    life.send("assign", by=MANAGER, owner="zhao")

    away = {"away": [{"first_on": "2026-11-23", "last_on": "2026-12-20"}]}
    assert recalendar(life, own_of=REP.id, own=away) == ()


def test_holidays_are_free_for_everybody_and_made_up_days_are_as_long_as_ones_longest() -> None:
    china = calendar(country="CN")
    own = OwnTime.model_validate({"hours": {"mon": "09:00-11:00", "thu": "09:00-13:00"}})

    mine = personal(china, own)

    days = dict(mine.exceptions)
    assert date(2026, 10, 1) in days  # National Day, a Thursday
    assert days[date(2026, 10, 1)] == ()
    assert days[date(2026, 10, 10)] == ((540, 780),)  # a Saturday worked for the holidays
    assert date(2026, 10, 2) not in days  # a Friday: free anyway


def test_nothing_of_ones_own_is_the_companys_calendar() -> None:
    life = Life()
    assert calendar_of(life.book, life.deal) is life.book.calendar


@pytest.mark.parametrize(
    "own",
    [
        {"hours": "closed"},
        {"hours": {}},
        {"hours": "18:00-09:00"},
        {"time_zone": "Mars/Olympus"},
        {"away": [{"first_on": "2026-12-20", "last_on": "2026-12-01"}]},
        {"away": [{"first_on": "2026-12-20", "last_on": "2036-12-01"}]},
    ],
)
def test_own_time_that_makes_no_sense_is_refused(own: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"hours|zone|leave|span|18:00"):
        OwnTime.model_validate(own)
