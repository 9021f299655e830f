"""Deals taken over from elsewhere: their true past, and no old alarm."""

from datetime import timedelta
from typing import Any

from deals.clocks import next_deadline
from deals.commands import SENT, ImportDeal, PassTime
from deals.deal import Deal, PlaybookRef
from deals.decide import decide
from deals.evolve import fold
from tests.deals.lives import MONDAY, REP, playbook

BOOK = playbook()


def taken_over(*past: dict[str, Any], **fields: Any) -> Deal:
    ref = PlaybookRef(id=BOOK.id, version=BOOK.version, digest=BOOK.digest)
    shared = {"deal_id": "D9", "title": "Press", "customer": "Acme", "reference": "row 1"}
    body = {"owner": "lin", "playbook": ref, "past": past, **shared, **fields}
    return fold(None, decide(BOOK, None, ImportDeal.model_validate(body), now=MONDAY))


def test_what_is_overdue_is_marked_once_and_stays_silent() -> None:
    deal = taken_over({"kind": "stage", "stage": "contact", "at": "2026-01-05T02:00:00Z"})

    assert all(clock.breached_at for clock in deal.clocks)
    assert deal.escalations == ()
    assert decide(BOOK, deal, PassTime(), now=MONDAY + timedelta(days=300)) == ()


def test_clocks_of_an_undated_visit_begin_when_it_is_heard_of() -> None:
    deal = taken_over({"kind": "stage", "stage": "contact"})

    assert deal.visit.entered_at is None
    assert {clock.started_at for clock in deal.clocks} == {MONDAY}
    assert (deadline := next_deadline(deal))
    assert deadline.at > MONDAY


def test_a_deal_without_an_owner_waits_in_the_pool_until_somebody_claims_it() -> None:
    deal = taken_over(
        {"kind": "stage", "stage": "contact", "at": "2026-10-05T02:00:00Z"}, owner=None
    )
    assert deal.in_pool
    assert next_deadline(deal) is None

    claim = SENT.validate_python({"kind": "claim", "actor": REP, "command_id": "c"})
    claimed = fold(deal, decide(BOOK, deal, claim, now=MONDAY))

    assert claimed.owner == REP.id
    assert {clock.started_at for clock in claimed.clocks if clock.live} == {MONDAY}


def test_a_deal_taken_from_the_pool_in_its_past_begins_anew_there() -> None:
    deal = taken_over(
        {"kind": "stage", "stage": "contact", "at": "2026-11-02T02:00:00Z"},
        {"kind": "owner", "owner": "chen", "at": "2026-11-20T02:00:00Z"},
        owner=None,
    )

    assert deal.owner == "chen"
    assert {clock.started_at.isoformat() for clock in deal.clocks} == {"2026-11-20T02:00:00+00:00"}


def test_a_deal_that_had_ended_has_no_clock() -> None:
    deal = taken_over(
        {"kind": "stage", "stage": "quotation", "at": "2026-10-05T02:00:00Z"},
        {"kind": "end", "outcome": "won", "at": "2026-10-25T02:00:00Z", "amount_minor": 500},
        opened_at="2026-10-05T02:00:00Z",
    )

    assert (deal.status, deal.amount_minor, deal.clocks) == ("won", 500, ())
