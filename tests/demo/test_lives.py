"""The demo's invented deals.

Seeded, true to the core, in every stage, and moving within the first minute.
"""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from deals.clocks import next_deadline
from deals.commands import PassTime
from deals.decide import decide
from deals.evolve import fold
from demo.lives import DemoDeal
from demo.seed import batches, draw

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def drawn() -> list[DemoDeal]:
    return [deal for batch in batches(NOW.year) for deal in draw(batch, NOW)]


def test_about_300_deals_stand_in_every_stage(drawn: list[DemoDeal]) -> None:
    running = [one.deal for one in drawn if one.deal.outcome is None]
    stages = Counter((deal.playbook.id, deal.visit.stage) for deal in running)

    assert len(drawn) == 294
    assert {s for book, s in stages if book == "equipment-sales-demo"} == {
        "first-contact",
        "needs-confirmed",
        "quotation",
        "negotiation",
        "contract",
    }
    assert len([one for one in drawn if one.deal.status == "won"]) >= 15
    assert len([one for one in drawn if one.deal.status == "lost"]) >= 10


def test_the_same_seeddraws_the_same_deals(drawn: list[DemoDeal]) -> None:
    batch = batches(NOW.year)[1]

    again = list(draw(batch, NOW))

    assert [one.events for one in again] == [
        o.events for o in drawn if o.deal.playbook.id == "short-pipeline"
    ]


def test_every_deal_is_what_its_events_say(drawn: list[DemoDeal]) -> None:
    for one in drawn:
        assert fold(None, one.events) == one.deal


def test_nothing_is_overdue_that_has_not_been_told(drawn: list[DemoDeal]) -> None:
    late = [
        one.deal.id
        for one in drawn
        if (d := next_deadline(one.deal)) and d.at < NOW - timedelta(seconds=1)
    ]

    assert late == []


def test_a_minute_on_a_reminder_and_an_escalation_have_happened(drawn: list[DemoDeal]) -> None:
    soon = NOW + timedelta(seconds=55)
    happened = [
        event
        for one in drawn
        for event in decide(one.playbook, one.deal, PassTime(), now=soon)
        if event.kind == "rung_reached"
    ]

    assert {"owner", "manager"} <= {event.to for event in happened}
