"""Where most is stuck, why, and which deals to talk about."""

from datetime import timedelta

import pytest

from ledger.session import Ledger
from reports import stuck as module
from reports.stuck import Stuck, stuck
from tests.deals.lives import MONDAY
from tests.ledger.lives import PEOPLE, Told, opened
from tests.reports.scene import STAFF, find, furnish

DAY = timedelta(days=1)
ALL = frozenset({"lin", "chen", "wu"})


def at_contact(deal_id: str, days: int, **opening: object) -> Told:
    """A deal that nobody has called since it was opened."""
    told = opened(deal_id, **opening)
    for _ in range(days):
        told.wait(days=1)
    return told


def at_quotation(deal_id: str, days: int) -> Told:
    """A deal that was quoted nothing for so many days."""
    told = opened(deal_id, source="web")
    for action in ("call", "visit", "minutes"):
        told.send("record_action", action=action)
    told.send("advance")
    for _ in range(days):
        told.wait(days=1)
    return told


async def seen(ledger: Ledger, *lives: Told) -> Stuck:
    await furnish(ledger, *lives)
    return await stuck(ledger, ALL, find, STAFF, as_of=MONDAY + 10 * DAY)


async def test_each_stage_tells_how_many_stand_and_for_how_long(ledger: Ledger) -> None:
    held = at_contact("D5", 4)
    held.send("place_hold", until=(MONDAY + 9 * DAY).isoformat(), reason="fair")
    lives = (
        *(at_contact(f"D{n}", 4) for n in range(3)),
        at_contact("D3", 1),
        at_quotation("D4", 4),
        held,
        at_contact("D6", 4, owner="he"),
    )
    found = await seen(ledger, *lives)
    shown = [(one.stage["en"], one.n, one.stuck_n, one.age_p50_days) for one in found.stages]
    assert shown == [("Contact", 4, 3, 10), ("Quotation", 1, 1, 10)]
    assert (found.n, found.stuck_n) == (5, 4)
    assert found.most == found.stages[0]


async def test_a_reason_is_a_missed_clock_or_what_the_gate_lacks(ledger: Ledger) -> None:
    called = at_contact("D3", 0)
    called.send("record_action", action="call")
    for _ in range(5):
        called.wait(days=1)  # nothing for three business days
    found = await seen(ledger, *(at_contact(f"D{n}", 4) for n in range(3)), called)
    assert found.asked_n == 4
    clocks = [(one.kind, one.name and one.name["en"], one.n) for one in found.clocks]
    assert clocks == [("idle", None, 4), ("action", "Call", 3)]
    lacking = [(one.name and one.name["en"], one.n) for one in found.lacking]
    assert lacking == [("Visit", 4), ("Source", 4), ("Call", 3)]


async def test_the_deals_longest_past_their_due_instant_are_talked_about(ledger: Ledger) -> None:
    lives = (
        at_contact("D1", 4, amount_minor=100),
        at_contact("D2", 4, amount_minor=900),
        at_quotation("D3", 7),  # the quote was due a day before the calls
        at_contact("D4", 4),
    )
    found = await seen(ledger, *lives)
    assert [one.deal_id for one in found.deals] == ["D3", "D2", "D1", "D4"]
    first = found.deals[1]
    assert (first.owner, first.amount_minor, first.age_days) == ("Lin Yue", 900, 10)
    assert [(one.kind, one.due_at) for one in first.missed] == [
        ("idle", MONDAY + timedelta(days=2, hours=9)),
        ("action", MONDAY + 3 * DAY),
    ]
    assert {name["en"] for name in first.lacking} == {"Call", "Visit", "Source"}
    assert first.next_step
    assert (first.next_step.action, first.next_step.promised) == ({"en": "Call"}, None)


async def test_what_was_said_last_and_what_was_promised_is_told(ledger: Ledger) -> None:
    told = at_contact("D1", 0)
    told.send("record_action", action="call")
    told.send("place_hold", until=(MONDAY + DAY).isoformat(), reason="stocktaking")
    for _ in range(5):
        told.wait(days=1)
    step = {"what": "Visit the plant", "on": (MONDAY + 6 * DAY).isoformat()}
    told.send("record_action", action="mail", next_step=step)
    before = await seen(ledger, told)
    (deal,) = before.deals
    assert deal.stated
    assert (deal.stated.reason, deal.stated.by) == ("stocktaking", "Lin Yue")
    assert deal.next_step
    assert (deal.next_step.promised, deal.next_step.due_at) == (
        "Visit the plant",
        MONDAY + 6 * DAY,
    )
    assert told.deal
    raised = next(one for one in told.deal.escalations if one.to == "manager")
    told.send("acknowledge", by=PEOPLE[2], escalation=raised.id, note="legal review")
    (deal,) = (await seen(ledger, told)).deals
    assert deal.stated
    assert (deal.stated.reason, deal.stated.by) == ("legal review", "Wu Lan")


async def test_where_nothing_is_missed_nothing_is_stuck(ledger: Ledger) -> None:
    found = await seen(ledger, at_contact("D1", 1))
    assert (found.n, found.stuck_n, found.most, found.deals, found.asked_n) == (1, 0, None, (), 0)
    assert (found.clocks, found.lacking) == ((), ())
    empty = await stuck(ledger, {"nobody"}, find, STAFF, as_of=MONDAY)
    assert (empty.n, empty.stages, empty.most) == (0, (), None)


async def test_of_equally_many_the_greater_share_is_more_stuck(ledger: Ledger) -> None:
    found = await seen(
        ledger, at_contact("D1", 4), at_contact("D2", 1), at_quotation("D3", 4), at_contact("D4", 1)
    )
    assert found.most
    assert found.most.stage == {"en": "Quotation"}


async def test_only_some_are_listed_and_asked(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LISTED", 2)
    monkeypatch.setattr(module, "LOOKED_AT", 3)
    found = await seen(ledger, *(at_contact(f"D{n}", 4) for n in range(5)))
    assert (found.stuck_n, len(found.deals), found.asked_n) == (5, 2, 3)
