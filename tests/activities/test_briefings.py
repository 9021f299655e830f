"""Rounds: who is briefed, when, once, in which language; and who is not."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from temporalio.exceptions import ApplicationError

from activities.briefing_messages import Round, RoundDue
from activities.briefings import BriefingActivities
from activities.rounds import WEEKLY_AT, office
from deals.calendar import Calendar
from ledger.leaves import Leave, put_leave
from ledger.people import Person, put_person
from ledger.preferences import AGENDA_AT, Preferences, put_notifications
from ledger.registers import letters
from ledger.session import Ledger
from letters.compose import Home
from tests.activities.scene import BOOK, DAY, SHANGHAI, deal, furnish, story, until

HOME = Home(time_zone=SHANGHAI, locale="en")
MORNING = Round(kind="morning", time_zone=SHANGHAI, local_time=AGENDA_AT)
WEEKLY = Round(kind="weekly", time_zone=SHANGHAI, local_time=WEEKLY_AT)
EIGHT = datetime(2026, 11, 23, 0, tzinfo=UTC)
"""Monday, 08:00 in Shanghai."""


@pytest.fixture
def ledger(empty: Ledger) -> Ledger:
    """A ledger that knows nobody."""
    return empty


class Post:
    """Briefings, and whose inboxes were poked."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.poked: list[str] = []
        self.unreachable: set[str] = set()
        self._activities = BriefingActivities(ledger, HOME, self._poke)

    async def brief(
        self, due: Round, at: datetime = EIGHT, *, late: timedelta = timedelta()
    ) -> int:
        return await self._activities.briefed(RoundDue(round=due, at=at), now=at + late)

    async def written(self) -> dict[str, Any]:
        """What was written, by key."""
        rows = await self.ledger.rows(select(letters))
        return {row["key"]: row for row in rows}

    async def keys(self) -> list[str]:
        return sorted(await self.written())

    async def _poke(self, person: str) -> None:
        if person in self.unreachable:
            raise ConnectionError(person)
        self.poked.append(person)


@pytest.fixture
async def post(ledger: Ledger) -> Post:
    """A rep who neglects deals, of which the manager knows, and one who has nothing to do."""
    _neglected_longest, *others = story("lin", EIGHT)
    neglected = deal("Dpress", "Two presses", "Wuxi Anda", "lin", EIGHT - 5 * DAY, 1_00)
    until(neglected, EIGHT)
    await furnish(ledger, neglected, *others)
    return Post(ledger)


async def test_a_morning_brings_reps_their_list_and_managers_what_waits(post: Post) -> None:
    assert await post.brief(MORNING) == 2
    written = await post.written()
    assert set(written) == {"agenda:lin:2026-11-23", "digest:wu:2026-11-23"}
    agenda, digest = written["agenda:lin:2026-11-23"], written["digest:wu:2026-11-23"]
    assert (agenda["person"], agenda["language"]) == ("lin", "zh")
    assert agenda["subject"].startswith("2026年11月23日周一：")
    assert (digest["person"], digest["language"]) == ("wu", "en")
    assert digest["subject"].startswith("3 escalations wait for you")
    assert sorted(post.poked) == ["chen", "lin", "wu", "zhao"]


async def test_a_round_done_again_writes_nothing_and_pokes_again(post: Post) -> None:
    await post.brief(MORNING)
    before = await post.written()
    assert await post.brief(MORNING, late=timedelta(hours=1)) == 0
    assert await post.written() == before
    assert post.poked.count("lin") == 2
    assert await post.brief(MORNING, EIGHT + DAY) == 2


async def test_a_round_is_for_those_of_its_zone_and_time_only(post: Post) -> None:
    other_time = MORNING.model_copy(update={"local_time": "09:15"})
    assert await post.brief(other_time) == 0
    await put_notifications(post.ledger, "lin", Preferences(agenda_at="09:15"), ())
    assert await post.brief(MORNING) == 1
    assert await post.brief(other_time) == 1
    berlin = MORNING.model_copy(update={"time_zone": "Europe/Berlin"})
    await put_person(
        post.ledger,
        Person(id="wu", name="Wu Lan", role="manager", manager="zhao", time_zone="Europe/Berlin"),
    )
    assert await post.brief(MORNING, EIGHT + DAY) == 0
    assert await post.brief(berlin, EIGHT + timedelta(hours=31)) == 1
    assert await post.keys() == [
        "agenda:lin:2026-11-23",
        "digest:wu:2026-11-23",
        "digest:wu:2026-11-24",
    ]


async def test_whoever_wants_no_morning_list_gets_none(post: Post) -> None:
    for person in ("lin", "wu"):
        await put_notifications(post.ledger, person, Preferences(agenda_at=None), ())
    assert await post.brief(MORNING) == 0


async def test_a_day_is_that_of_the_round_however_late_it_is_done(post: Post) -> None:
    await post.brief(MORNING, late=timedelta(hours=3))
    assert "agenda:lin:2026-11-23" in await post.keys()


async def test_nobody_is_briefed_on_a_day_nobody_works(post: Post) -> None:
    assert await post.brief(MORNING, EIGHT - DAY) == 0  # Sunday
    assert await post.brief(MORNING, EIGHT + 5 * DAY) == 0  # Saturday


async def with_days(ledger: Ledger, *days: tuple[date, tuple[Any, ...]]) -> Post:
    """A neglected deal whose calendar has these days apart from its week."""
    known = dict(BOOK.calendar.exceptions) | dict(days)
    calendar = Calendar(
        time_zone=SHANGHAI, weekly=BOOK.calendar.weekly, exceptions=tuple(sorted(known.items()))
    )
    told = deal("D1", "Saw", "Acme", "lin", EIGHT - 2 * DAY, None, calendar=calendar)
    until(told, EIGHT - DAY)
    await furnish(ledger, told)
    return Post(ledger)


async def test_a_holiday_is_no_morning_and_a_make_up_workday_is_one(ledger: Ledger) -> None:
    nine_to_six = ((540, 1080),)
    post = await with_days(ledger, (date(2026, 11, 23), ()), (date(2026, 11, 28), nine_to_six))
    assert await post.brief(MORNING) == 0
    assert await post.brief(MORNING, EIGHT + 5 * DAY) == 1
    assert await post.keys() == ["agenda:lin:2026-11-28"]


async def away(ledger: Ledger, person: str, delegate: str | None, days: int = 1) -> None:
    leave = Leave(
        id=f"L{person}",
        person=person,
        first_on=date(2026, 11, 23),
        last_on=date(2026, 11, 22) + timedelta(days=days),
        delegate=delegate,
        entered_at=EIGHT - DAY,
    )
    await put_leave(ledger, leave)


async def test_who_stands_in_is_told_of_the_deals_of_whoever_is_away(post: Post) -> None:
    await away(post.ledger, "lin", "chen")
    await away(post.ledger, "wu", "zhao")
    assert await post.brief(MORNING) == 2
    written = await post.written()
    assert set(written) == {"agenda:chen:2026-11-23", "digest:zhao:2026-11-23"}
    assert "For 林悦, who is away." in written["agenda:chen:2026-11-23"]["body"]
    assert written["digest:zhao:2026-11-23"]["language"] == "zh"
    assert sorted(post.poked) == ["chen", "zhao"]
    assert await post.brief(MORNING, EIGHT + DAY) == 2
    assert "agenda:lin:2026-11-24" in await post.keys()


async def test_a_day_away_begins_where_the_company_is(post: Post) -> None:
    await away(post.ledger, "wu", "zhao")
    early = MORNING.model_copy(update={"local_time": "07:00"})  # Sunday still, by UTC
    await put_notifications(post.ledger, "zhao", Preferences(agenda_at="07:00"), ())
    await post.brief(early, EIGHT - timedelta(hours=1))
    assert await post.keys() == ["digest:zhao:2026-11-23"]


async def test_where_nobody_stands_in_nobody_is_told(post: Post) -> None:
    await away(post.ledger, "lin", None)
    await post.brief(MORNING)
    assert await post.keys() == ["digest:wu:2026-11-23"]


async def test_one_who_cannot_be_briefed_holds_back_nobody_and_is_tried_again(post: Post) -> None:
    post.unreachable.add("lin")
    with pytest.raises(ApplicationError, match="not briefed: lin"):
        await post.brief(MORNING)
    assert await post.keys() == ["agenda:lin:2026-11-23", "digest:wu:2026-11-23"]
    assert "wu" in post.poked
    post.unreachable.clear()
    assert await post.brief(MORNING) == 0
    assert "lin" in post.poked


async def test_leaders_get_their_pack_once_a_week_with_or_without_deals(post: Post) -> None:
    assert await post.brief(WEEKLY) == 2
    written = await post.written()
    assert set(written) == {"weekly:wu:2026-W47", "weekly:zhao:2026-W47"}
    assert written["weekly:wu:2026-W47"]["subject"].startswith("Week 47: First contact holds us up")
    assert written["weekly:zhao:2026-W47"]["subject"].startswith("第47周")
    assert "2" in written["weekly:zhao:2026-W47"]["subject"]
    chart = json.loads(written["weekly:zhao:2026-W47"]["chart"])
    (drawn,) = chart["datasets"].values()
    assert [(one["what"], one["n"]) for one in drawn] == [("初次接触", 2)]
    for day in range(1, 7):
        assert await post.brief(WEEKLY, EIGHT + day * DAY) == 0
    assert await post.brief(WEEKLY, EIGHT + 7 * DAY) == 2


async def test_a_pack_waits_for_the_first_working_day_of_the_week(ledger: Ledger) -> None:
    post = await with_days(ledger, (date(2026, 11, 23), ()))
    assert await post.brief(WEEKLY) == 0
    assert await post.brief(WEEKLY, EIGHT + DAY) == 2
    assert await post.keys() == ["weekly:wu:2026-W47", "weekly:zhao:2026-W47"]


async def test_a_leader_who_is_back_in_the_week_gets_the_pack_then(post: Post) -> None:
    await away(post.ledger, "wu", "chen", days=2)
    assert await post.brief(WEEKLY) == 2
    assert await post.keys() == ["weekly:chen:2026-W47", "weekly:zhao:2026-W47"]
    assert await post.brief(WEEKLY, EIGHT + DAY) == 0
    assert await post.brief(WEEKLY, EIGHT + 2 * DAY) == 1
    assert "weekly:wu:2026-W47" in await post.keys()


async def test_without_a_deal_the_pack_comes_from_monday_to_friday(ledger: Ledger) -> None:
    await furnish(ledger)
    post = Post(ledger)
    assert await post.brief(WEEKLY, EIGHT - DAY) == 0  # Sunday
    assert await post.brief(WEEKLY) == 2


async def test_there_is_a_round_for_each_zone_and_time_that_somebody_has(post: Post) -> None:
    await put_notifications(post.ledger, "lin", Preferences(agenda_at="09:15"), ())
    await put_notifications(post.ledger, "zhao", Preferences(agenda_at=None), ())
    lives_in_berlin = Person(id="bo", name="Bo", role="rep", time_zone="Europe/Berlin")
    await put_person(post.ledger, lives_in_berlin)
    found = (await office(post.ledger, HOME, now=EIGHT)).rounds()
    assert {one.id for one in found} == {
        "morning-Asia.Shanghai-0800",
        "morning-Asia.Shanghai-0915",
        "morning-Europe.Berlin-0800",
        "weekly-Asia.Shanghai-0800",
        "weekly-Europe.Berlin-0800",
    }
