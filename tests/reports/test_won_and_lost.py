"""The two deals that somebody tells of in a review: which they are, and what is told of each."""

from datetime import timedelta
from typing import Any

from ledger.session import Ledger
from reports.cases import Books
from reports.won_and_lost import Pair, won_and_lost
from tests.deals.lives import MONDAY
from tests.ledger.lives import opened
from tests.reports.told import did, end, life, on, process, record, stage, taken

MONTH = (on(0), on(31))


async def told(ledger: Ledger, *lives: Any, owners: tuple[str, ...] = ("lin",)) -> dict[str, Pair]:
    """What they tell of from day 0 to day 31."""
    await record(ledger, *lives)
    since, until = MONTH
    return await won_and_lost(ledger, owners, Books(ledger).find, since=since, until=until)


def ids(pair: Pair) -> tuple[str | None, str | None]:
    won, lost = (one.deal.id if one else None for one in (pair.won, pair.lost))
    return won, lost


async def test_of_each_sort_the_one_that_took_longest_is_told(ledger: Ledger) -> None:
    found = await told(
        ledger,
        life("short", stage("a", 1), end("won", 4)),
        life("long", stage("a", -40), end("won", 2)),
        life("lost", stage("a", 3), end("lost", 5)),
        life("longer", stage("a", 3), end("lost", 9)),
    )
    assert ids(found["lin"]) == ("long", "longer")
    assert found["lin"].won
    assert found["lin"].won.days == 42


async def test_of_equal_ones_the_later_end_is_told_then_the_id(ledger: Ledger) -> None:
    found = await told(
        ledger,
        life("W1", stage("a", 1), end("won", 4)),
        life("W2", stage("a", 2), end("won", 5)),
        life("L2", stage("a", 2), end("lost", 5)),
        life("L1", stage("a", 2), end("lost", 5)),
    )
    assert ids(found["lin"]) == ("W2", "L1")


async def test_only_what_ended_in_the_window_counts_and_what_we_dropped_is_no_loss(
    ledger: Ledger,
) -> None:
    found = await told(
        ledger,
        life("before", stage("a", -9), end("won", -0.01)),
        life("after", stage("a", 1), end("won", 31)),
        life("dropped", stage("a", 1), end("dropped", 9)),
        life("open", stage("a", 1)),
        life("again", stage("a", 1), end("lost", 3), stage("b", 4)),
        life("undated", stage("a", 1), end("lost", None)),
    )
    assert ids(found["lin"]) == (None, None)
    first = life("first", stage("a", -9), end("won", 0))
    assert ids((await told(ledger, first))["lin"]) == ("first", None)


async def test_whoever_owned_it_at_the_end_tells_it(ledger: Ledger) -> None:
    given = life("given", stage("a", 1), taken("chen", 3), end("won", 9))
    found = await told(ledger, given, owners=("lin", "chen", "nobody"))
    assert {one: ids(pair) for one, pair in found.items()} == {
        "lin": (None, None),
        "chen": ("given", None),
        "nobody": (None, None),
    }


async def test_nobody_tells_of_nothing(ledger: Ledger) -> None:
    assert await told(ledger, life("D1", stage("a", 1), end("won", 2)), owners=()) == {}


async def test_one_whose_opening_nobody_knows_is_told_if_there_is_no_other(ledger: Ledger) -> None:
    unknown = life("unknown", stage("a", None), end("lost", 20))
    found = (await told(ledger, unknown))["lin"].lost
    assert found
    assert (found.deal.id, found.days, found.longest) == ("unknown", None, None)
    known = life("known", stage("a", 8), end("lost", 9))
    assert ids((await told(ledger, known))["lin"]) == (None, "known")


async def test_it_stood_longest_where_all_its_visits_took_most_time(ledger: Ledger) -> None:
    visits = (stage("a", 0), stage("b", 5), stage("a", 9), stage("c", 13), end("lost", 21))
    found = (await told(ledger, life("D1", *visits)))["lin"].lost
    assert found
    assert found.longest
    assert (found.longest.stage["en"], found.longest.days) == ("a", 9)
    assert found.ended_in
    assert found.ended_in["en"] == "c"


async def test_of_stages_that_took_as_long_the_first_entered_is_named(ledger: Ledger) -> None:
    visits = (stage("a", 0), stage("b", 2), stage("c", 5), end("won", 8))
    found = (await told(ledger, life("D1", *visits)))["lin"].won
    assert found
    assert found.longest
    assert (found.longest.stage["en"], found.longest.days) == ("b", 3)


async def test_a_calendar_that_is_faster_than_life_makes_more_days(ledger: Ledger) -> None:
    calendar = {"time_zone": "UTC", "hours": "around-the-clock", "scale": 24}
    book = process("a", "b", playbook="fast", calendar=calendar)
    fast = life("fast", stage("a", 1), stage("b", 1.5), end("won", 2), book=book)
    await record(ledger, life("slow", stage("a", 0), end("won", 20)))
    found = (await told(ledger, fast))["lin"].won
    assert found
    assert (found.deal.id, found.days) == ("fast", 24)
    assert found.longest
    assert (found.longest.stage["en"], found.longest.days) == ("a", 12)


async def test_what_was_done_before_the_end_is_counted(ledger: Ledger) -> None:
    book = process(
        {"id": "a", "name": "a", "actions": [
            {"id": "call", "name": "Call", "follow_up": True}, {"id": "study", "name": "Study"},
        ]},
        playbook="worked",
    )  # fmt: skip
    steps = (did("call", 1), did("study", 2), did("call", 3), end("won", 4), did("call", 5))
    found = (await told(ledger, life("D1", stage("a", 0), *steps, book=book)))["lin"].won
    assert found
    assert (found.actions_n, found.follow_ups_n) == (3, 2)


async def test_the_stated_reason_and_the_amount_are_those_of_the_deal(ledger: Ledger) -> None:
    lost = opened("D1")
    lost.wait(days=2)
    lost.send("close", outcome="lost", reason="price", amount_minor=77_00)
    await record(ledger, (lost.book, tuple(lost.events)))
    until = MONDAY + timedelta(days=9)
    find = Books(ledger).find
    found = (await won_and_lost(ledger, ["lin"], find, since=MONDAY, until=until))["lin"].lost
    assert found
    assert (found.deal.close_reason, found.deal.amount_minor) == ("price", 77_00)
    assert (found.days, found.actions_n) == (2, 0)
