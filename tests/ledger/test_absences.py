"""Who is meant when somebody is away: the delegate, or whom the person reports to."""

from collections.abc import Mapping
from datetime import UTC, date, datetime

import pytest

from ledger.leaves import (
    BadLeave,
    Leave,
    UnknownLeave,
    absences,
    end_leave,
    line_at,
    list_leaves,
    own_time,
    put_leave,
)
from ledger.people import Person, UnknownPerson, list_people, put_person
from ledger.reporting_line import ReportingLine
from ledger.session import Ledger
from tests.ledger.test_escalations import STAFF

NOW = datetime(2026, 11, 26, 3, 0, tzinfo=UTC)


def leave(person: str, delegate: str | None = None, leave_id: str = "L1") -> Leave:
    return Leave(
        id=leave_id,
        person=person,
        first_on=date(2026, 11, 25),
        last_on=date(2026, 11, 27),
        delegate=delegate,
        entered_at=NOW,
    )


def line(away: Mapping[str, str | None]) -> ReportingLine:
    return ReportingLine(STAFF, away)


def test_a_delegate_is_told_in_the_place_of_whoever_is_absent() -> None:
    assert line({"lin": "chen"}).recipients("lin", "owner") == ("chen",)
    assert line({"wu": "zhou"}).recipients("lin", "manager") == ("zhou",)


def test_an_absence_without_a_delegate_goes_one_up() -> None:
    assert line({"lin": None}).recipients("lin", "owner") == ("wu",)
    assert line({"wu": None}).recipients("lin", "manager") == ("zhao",)
    assert line({"lin": None, "wu": None}).recipients("lin", "owner") == ("zhao",)


def test_a_delegate_may_be_absent_too() -> None:
    assert line({"lin": "chen", "chen": "lone"}).recipients("lin", "owner") == ("lone",)
    assert line({"lin": "chen", "chen": None}).recipients("lin", "owner") == ("wu",)


def test_two_who_stand_in_for_one_another_are_both_away() -> None:
    assert line({"lin": "chen", "chen": "lin"}).recipients("lin", "owner") == ("wu",)


def test_where_nobody_is_left_every_director_who_is_there_is_asked() -> None:
    everybody_up = {"wu": None, "zhao": None}
    assert line(everybody_up).recipients("lin", "manager") == ("sun",)
    assert line({"zhao": None, "sun": None}).recipients("lone", "manager") == ("sun", "zhao")


def test_ones_own_post_stays_ones_own_while_somebody_stands_in() -> None:
    away = line({"wu": "zhou"})
    assert "lin" in away.answers_for("wu", "manager")
    assert "lin" in away.answers_for("zhou", "manager")
    assert line({"lin": "chen"}).stands_in_for("chen") == {"lin"}


async def test_leave_is_kept_listed_and_taken_back(ledger: Ledger) -> None:
    for person in STAFF:
        await put_person(ledger, person)
    await put_leave(ledger, leave("lin", "chen"))

    assert await list_leaves(ledger, since=date(2026, 11, 27)) == (leave("lin", "chen"),)
    assert await list_leaves(ledger, since=date(2026, 11, 28)) == ()
    at = await ledger.read(line_at, NOW)
    assert at.recipients("lin", "owner") == ("chen",)
    with pytest.raises(UnknownLeave):
        await end_leave(ledger, "chen", "L1")
    assert await end_leave(ledger, "lin", "L1") == leave("lin", "chen")
    assert (await ledger.read(line_at, NOW)).recipients("lin", "owner") == ("lin",)


async def test_leave_that_cannot_be_is_refused(ledger: Ledger) -> None:
    for person in STAFF:
        await put_person(ledger, person)
    late = leave("lin").model_copy(update={"entered_at": datetime(2026, 12, 1, tzinfo=UTC)})
    with pytest.raises(BadLeave, match="past"):
        await put_leave(ledger, late)
    with pytest.raises(BadLeave, match="themselves"):
        await put_leave(ledger, leave("lin", "lin"))
    for absent, delegate in (("nobody", None), ("lin", "nobody")):
        with pytest.raises(UnknownPerson):
            await put_leave(ledger, leave(absent, delegate))
    assert await list_leaves(ledger, since=date(2020, 1, 1)) == ()


async def test_who_has_left_is_asked_no_more_from_the_day_after_where_they_are(
    ledger: Ledger,
) -> None:
    far = Person(id="far", name="Far", role="rep", time_zone="Pacific/Kiritimati", manager="wu")
    leaving = [one.model_copy(update={"last_on": date(2026, 11, 27)}) for one in (*STAFF, far)]
    for person in (*STAFF, far):
        await put_person(ledger, person)
    for person in leaving:
        if person.id in {"far", "wu"}:
            await put_person(ledger, person)
    people = await list_people(ledger)
    evening = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)  # the 28th where `far` is
    assert absences(people, (), now=evening, home="UTC") == {"far": None}
    assert absences(people, (leave("far", "lin"),), now=evening, home="UTC") == {"far": None}

    assert (await ledger.read(line_at, evening)).recipients("lin", "manager") == ("wu",)
    next_day = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
    at = await ledger.read(line_at, next_day)
    assert at.recipients("lin", "manager") == ("zhao",)
    assert at.recipients("far", "owner") == ("zhao",)


async def test_nobody_stands_in_after_their_own_last_day(ledger: Ledger) -> None:
    for person in STAFF:
        await put_person(ledger, person)
    chen = next(one for one in STAFF if one.id == "chen")
    for last_on, fits in ((date(2026, 11, 26), False), (date(2026, 11, 27), True)):
        await put_person(ledger, chen.model_copy(update={"last_on": last_on}))
        if fits:
            await put_leave(ledger, leave("lin", "chen"))
        else:
            with pytest.raises(BadLeave, match="before it ends"):
                await put_leave(ledger, leave("lin", "chen"))


async def test_days_of_leave_are_those_of_where_the_person_is(ledger: Ledger) -> None:
    far = Person(id="far", name="Far", role="rep", time_zone="Pacific/Kiritimati")
    for person in (*STAFF, far):
        await put_person(ledger, person)
    people = await list_people(ledger)
    last_evening = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)  # the 28th where `far` is

    entered = (leave("far"), leave("lin", leave_id="L2"))

    assert absences(people, entered, now=last_evening, home="UTC") == {"lin": None}
    assert absences(people, entered, now=last_evening, home="Asia/Tokyo") == {"lin": None}
    morning = datetime(2026, 11, 24, 16, 0, tzinfo=UTC)  # the 25th in Tokyo, too
    assert set(absences(people, entered, now=morning, home="Asia/Tokyo")) == {"far", "lin"}


async def test_who_names_no_time_zone_is_where_the_company_is(ledger_url: str) -> None:
    ledger = Ledger.open(ledger_url, time_zone="Pacific/Kiritimati")  # 14 hours ahead of UTC
    for person in STAFF:
        await put_person(ledger, person)
    await put_leave(ledger, leave("lin", "chen"))  # until the 27th
    last_evening, next_morning = (datetime(2026, 11, 27, hour, 59, tzinfo=UTC) for hour in (9, 10))
    assert (await ledger.read(line_at, last_evening)).recipients("lin", "owner") == ("chen",)
    assert (await ledger.read(line_at, next_morning)).recipients("lin", "owner") == ("lin",)

    late = leave("lin", leave_id="L2").model_copy(update={"entered_at": next_morning})
    with pytest.raises(BadLeave, match="past"):
        await put_leave(ledger, late)
    await ledger.close()


def test_only_leave_that_nobody_stands_in_for_is_time_of_ones_own() -> None:
    lin = STAFF[4]
    alone, covered = leave("lin"), leave("lin", "chen", "L2")

    own = own_time(lin, [alone, covered, leave("chen", None, "L3")])

    assert [(one.first_on, one.last_on) for one in own.away] == [(alone.first_on, alone.last_on)]
