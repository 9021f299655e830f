"""The weekly pack: whose deals it speaks of, for which week, and what became of promises."""

from datetime import UTC, date, datetime, timedelta

from deals.calendar import CalendarSpec, resolve
from ledger.session import Ledger
from reports.promises import promises
from reports.weekly import is_business_day, last_week, weekly
from tests.deals.lives import MONDAY
from tests.ledger.lives import Told, opened
from tests.reports.scene import STAFF, find, furnish

DAY = timedelta(days=1)
NEXT_MONDAY = MONDAY + 7 * DAY


def promising(deal_id: str, what: str, days: float, owner: str = "lin") -> Told:
    """A deal whose owner promised something for so many days after Monday."""
    told = opened(deal_id, owner=owner)
    step = {"what": what, "on": (MONDAY + days * DAY).isoformat()}
    told.send("record_action", action="call", next_step=step)
    return told


def a_week_of_promises() -> tuple[Told, ...]:
    kept, late, missed, still_open, gone, later = (
        promising("D1", "Send the study", 2),
        promising("D2", "Visit, 拜访", 1),
        promising("D3", "Meet", 3),
        promising("D4", "Call again", 4, owner="chen"),
        promising("D5", "Ask", 5),
        promising("D6", "Quote", 9),
    )
    kept.wait(days=1)
    kept.send("record_action", action="visit")
    late.wait(days=2)
    late.send("record_action", action="visit")
    missed.wait(days=3)
    missed.wait(hours=1)
    missed.send("close", outcome="lost", reason="price")
    still_open.wait(days=6)
    gone.wait(days=1)
    gone.send("close", outcome="dropped", reason="no budget")
    return kept, late, missed, still_open, gone, later


async def test_promises_are_kept_late_missed_or_open(ledger: Ledger) -> None:
    await furnish(ledger, *a_week_of_promises())
    found = await promises(ledger, {"lin", "chen"}, STAFF, since=MONDAY, until=NEXT_MONDAY)
    assert [(one.what, one.owner, one.became) for one in found] == [
        ("Visit, 拜访", "Lin Yue", "late"),
        ("Send the study", "Lin Yue", "kept"),
        ("Meet", "Lin Yue", "missed"),
        ("Call again", "Chen Bo", "open"),
    ]
    assert [one.done_at for one in found] == [MONDAY + 2 * DAY, MONDAY + DAY, None, None]
    of_chen = await promises(ledger, {"chen"}, STAFF, since=MONDAY, until=NEXT_MONDAY)
    assert {one.deal_id for one in of_chen} == {"D4"}


async def test_a_promise_is_its_owners_at_the_due_instant(ledger: Ledger) -> None:
    told = promising("D1", "Meet", 2)
    told.wait(days=3)
    told.send("assign", owner="chen", team="east")
    await furnish(ledger, told)
    (one,) = await promises(ledger, {"lin", "chen"}, STAFF, since=MONDAY, until=NEXT_MONDAY)
    assert one.owner == "Lin Yue"


async def test_the_week_is_the_last_whole_one_where_the_reader_lives(ledger: Ledger) -> None:
    assert last_week(date(2026, 11, 30)) == date(2026, 11, 23)
    assert last_week(date(2026, 12, 6)) == date(2026, 11, 23)
    assert last_week(date(2026, 12, 7)) == date(2026, 11, 30)
    told = promising("D1", "Meet", 6.5)  # Sunday, 21:00 in Shanghai
    other = promising("D2", "Call", 6.75)  # Monday there, Sunday still in Berlin
    await furnish(ledger, told, other)
    now = datetime(2026, 12, 1, tzinfo=UTC)
    team = STAFF.below("wu")
    shown = await weekly(ledger, team, find, STAFF, time_zone="Asia/Shanghai", now=now)
    assert (shown.first_on, shown.last_on) == (date(2026, 11, 23), date(2026, 11, 29))
    assert [one.what for one in shown.promises] == ["Meet"]
    assert shown.became == {"open": 1}
    shown = await weekly(ledger, team, find, STAFF, time_zone="Europe/Berlin", now=now)
    assert [one.what for one in shown.promises] == ["Meet", "Call"]
    sunday = datetime(2026, 12, 6, 20, tzinfo=UTC)  # Monday in Shanghai
    for zone, first_on in (("UTC", date(2026, 11, 23)), ("Asia/Shanghai", date(2026, 11, 30))):
        shown = await weekly(ledger, team, find, STAFF, time_zone=zone, now=sunday)
        assert shown.first_on == first_on


async def test_a_manager_reads_of_those_below_and_a_director_of_everybody_below(
    ledger: Ledger,
) -> None:
    await furnish(ledger, opened("D1", owner="chen"), opened("D2", owner="wu"), opened("D3"))
    for person, n in (("wu", 3), ("zhao", 3), ("lin", 1), ("he", 0)):
        team = STAFF.below(person)
        shown = await weekly(ledger, team, find, STAFF, time_zone="UTC", now=MONDAY)
        assert shown.stuck.n == n
    assert STAFF.below("zhao") == {"zhao", "wu", "lin", "chen"}


async def test_a_business_day_is_one_for_any_of_the_deals(ledger: Ledger) -> None:
    saturday, monday = date(2026, 11, 28), date(2026, 11, 30)
    assert await is_business_day(ledger, {"lin"}, find, monday)
    assert not await is_business_day(ledger, {"lin"}, find, saturday)
    hours = dict.fromkeys(("wed", "thu", "fri", "sat"), "09:00-18:00")
    spec = CalendarSpec.model_validate({"time_zone": "Asia/Shanghai", "hours": hours})
    closed_on_mondays = resolve(spec, 2026, 2026)
    await furnish(ledger, opened("D1", calendar=closed_on_mondays))
    assert await is_business_day(ledger, {"lin"}, find, saturday)
    assert not await is_business_day(ledger, {"lin"}, find, monday)
    assert not await is_business_day(ledger, {"nobody"}, find, saturday)
