"""What a person should do next: whom, what, why, by when, and who hears otherwise."""

from datetime import timedelta
from typing import Any

from deals.duration import Duration
from ledger.session import Ledger
from reports.agenda import Todo, todo
from tests.deals.lives import MONDAY
from tests.ledger.lives import Told, opened
from tests.reports.scene import STAFF, find, furnish

DAY = timedelta(days=1)


async def listed(ledger: Ledger, *lives: Told, owner: str = "lin") -> list[Todo]:
    await furnish(ledger, *lives)
    return list(await todo(ledger, owner, find, STAFF))


def names(items: list[Todo]) -> list[Any]:
    return [(one.deal_id, one.asked and one.asked["en"], one.overdue) for one in items]


async def test_an_action_is_named_with_its_rule_and_who_hears_next(ledger: Ledger) -> None:
    told = opened(title="Two presses", customer="Acme", amount_minor=500)
    (idle, call, _visit) = await listed(ledger, told)
    assert (call.title, call.customer, call.stage) == ("Two presses", "Acme", {"en": "Contact"})
    assert (call.amount_minor, call.currency, call.owner) == (500, "CNY", "lin")
    assert (call.kind, call.asked, call.promised) == ("action", {"en": "Call"}, None)
    assert (call.since, call.budget) == (MONDAY, Duration("3d"))
    assert call.due_at == MONDAY + 3 * DAY
    assert call.hears_next
    assert (call.hears_next.at, call.hears_next.do) == (MONDAY + 4 * DAY, "escalate")
    assert call.hears_next.persons == ("Wu Lan",)
    assert (idle.kind, idle.asked, idle.budget) == ("idle", None, Duration("3bd"))


async def test_what_was_missed_comes_first_and_says_who_hears_of_it(ledger: Ledger) -> None:
    late, fresh = opened("D1"), opened("D2")
    for _ in range(3):
        late.wait(days=1)
    fresh.send("record_action", action="call")
    items = await listed(ledger, late, fresh)
    assert names(items)[:2] == [("D1", None, True), ("D1", "Call", True)]
    assert items[1].hears_next
    assert items[1].hears_next.persons == ("Wu Lan",)
    assert [one.due_at for one in items[2:]] == sorted(one.due_at for one in items[2:])


async def test_a_duty_says_what_left_it_and_a_promise_speaks_its_owners_words(
    ledger: Ledger,
) -> None:
    told = opened()
    told.send("record_action", action="call")
    step = {"what": "Send the study, 发送报告", "on": (MONDAY + DAY).isoformat()}
    told.send("record_action", action="visit", next_step=step)
    items = await listed(ledger, told)
    found = {one.kind: one for one in items}
    assert set(found) == {"follow_on", "promise"}  # a promise lets the idle clock rest
    assert (found["follow_on"].asked, found["follow_on"].left_by) == (
        {"en": "Minutes"},
        {"en": "Visit"},
    )
    promise = found["promise"]
    assert (promise.asked, promise.promised) == (None, "Send the study, 发送报告")
    assert (promise.budget, promise.due_at) == (None, MONDAY + DAY)


async def test_deals_on_hold_closed_pooled_or_of_others_ask_for_nothing(ledger: Ledger) -> None:
    held, lost, pooled, other = (opened(f"D{n}") for n in range(4))
    held.send("place_hold", until=(MONDAY + 9 * DAY).isoformat(), reason="fair")
    lost.send("close", outcome="lost", reason="price")
    for _ in range(20):
        pooled.wait(days=1)
    other.send("assign", owner="chen", team="east")
    assert await listed(ledger, held, lost, pooled, other) == []
    assert {one.deal_id for one in await todo(ledger, "chen", find, STAFF)} == {"D3"}


async def test_a_deal_tells_which_days_are_worked(ledger: Ledger) -> None:
    (first, *_) = await listed(ledger, opened())
    monday = MONDAY.date()
    week = [first.case.is_worked_on(monday + n * DAY) for n in range(7)]
    assert week == [True] * 5 + [False] * 2
