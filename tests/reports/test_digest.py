"""What waits for a manager's answer: the oldest first, by whose deal it is."""

from datetime import timedelta

import pytest

from ledger.session import Ledger
from reports import digest as module
from reports.digest import digest
from tests.deals.lives import MONDAY
from tests.ledger.lives import Told, opened
from tests.reports.scene import STAFF, find, furnish

DAY = timedelta(days=1)


def neglected(deal_id: str, owner: str, days: int, begin: int = 0) -> Told:
    """A deal opened so many days after Monday that nobody moves."""
    told = Told()
    told.now += begin * DAY
    told.open(deal_id, owner=owner)
    for _ in range(days):
        told.wait(days=1)
    return told


async def test_escalations_come_oldest_first_by_owner(ledger: Ledger) -> None:
    lives = (
        neglected("D1", "lin", 4, begin=1),
        neglected("D2", "chen", 4),
        neglected("D3", "lin", 5, begin=2),
        neglected("D4", "he", 4),
    )
    await furnish(ledger, *lives)
    found = await digest(ledger, "wu", find, STAFF)
    assert [one.owner for one in found.owners] == ["Chen Bo", "Lin Yue"]
    assert [one.deal_id for one in found.owners[1].raised] == ["D1", "D1", "D3", "D3"]
    ages = [one.at for one in found.owners[1].raised]
    assert ages == sorted(ages)
    assert found.n == sum(one.n for one in found.owners) == 6
    (idle, call) = sorted(found.owners[0].raised, key=lambda one: one.kind, reverse=True)
    assert (call.kind, call.asked, call.due_at) == ("action", {"en": "Call"}, MONDAY + 3 * DAY)
    assert call.hears_next
    assert (call.hears_next.at, call.hears_next.persons) == (MONDAY + 6 * DAY, ("Zhao Jun",))
    assert (idle.asked, idle.stage) == (None, {"en": "Contact"})


async def test_what_is_answered_or_meant_for_others_is_left_out(ledger: Ledger) -> None:
    told = neglected("D1", "lin", 4)
    assert told.deal
    for one in told.deal.escalations:
        if one.to == "manager":
            told.send("acknowledge", escalation=one.id, note="I call them")
    await furnish(ledger, told, neglected("D2", "wu", 4))
    assert (await digest(ledger, "wu", find, STAFF)).n == 0  # reminders of one's own are no digest
    assert (await digest(ledger, "lin", find, STAFF)).owners == ()
    of_director = await digest(ledger, "zhao", find, STAFF)
    assert {one.owner for one in of_director.owners} == {"Wu Lan"}


async def test_a_request_to_let_a_deal_pass_says_why(ledger: Ledger) -> None:
    told = opened()
    told.send("override", reason="The customer is in a hurry")
    await furnish(ledger, told)
    found = await digest(ledger, "wu", find, STAFF)
    ((asked,),) = [one.raised for one in found.owners]
    assert (asked.kind, asked.reason) == ("override", "The customer is in a hurry")
    assert (asked.due_at, asked.hears_next, asked.asked) == (None, None, None)


async def test_the_owner_of_a_deal_in_the_pool_was_whoever_had_it(ledger: Ledger) -> None:
    await furnish(ledger, neglected("D1", "lin", 20))
    assert (await digest(ledger, "wu", find, STAFF)).n == 0  # the pool settles what was raised


async def test_many_are_counted_and_the_oldest_listed(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LISTED", 3)
    await furnish(ledger, *(neglected(f"D{n}", "lin", 4, begin=n) for n in range(5)))
    found = await digest(ledger, "wu", find, STAFF)
    assert (found.n, found.owners[0].n, len(found.owners[0].raised)) == (8, 8, 3)
    assert [one.deal_id for one in found.owners[0].raised] == ["D0", "D0", "D1"]
