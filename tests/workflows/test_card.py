"""The state card and the one-line summaries."""

from datetime import UTC, datetime

from deals.clocks import Deadline, next_deadline
from deals.deal import Former, Hold
from deals.evolve import fold
from tests.workflows.scene import PLAYBOOK, opened
from workflows.card import SUMMARY_BYTES, card, deadline_summary, summary

NOON = datetime(2027, 1, 4, 12, tzinfo=UTC)
DEAL = fold(None, opened("D1", now=NOON).outbox)


def test_the_card_says_what_is_next_and_what_is_missing() -> None:
    shown = card(PLAYBOOK, DEAL, next_deadline(DEAL), waiting=4, fault=None)

    assert "## Press line · Northwind" in shown
    assert "next: idle clock of contact: rung 1 2027-01-06 12:00:00 UTC" in shown
    assert "gate lacks: action `call`, action `visit`" in shown
    assert "on the way to the ledger: 4 events" in shown


def test_the_card_begins_with_what_is_wrong() -> None:
    shown = card(PLAYBOOK, DEAL, None, waiting=4, fault="event 1 is another")

    assert shown.startswith("> **The ledger refuses 4 events:** event 1 is another")


def test_the_card_says_how_the_pool_stands_to_the_deal() -> None:
    claimed = DEAL.model_copy(update={"protected_until": NOON})
    pooled = DEAL.model_copy(update={"owner": None, "former": Former(owner="lin", since=NOON)})

    shown = [card(PLAYBOOK, deal, None, waiting=0, fault=None) for deal in (claimed, pooled)]

    assert "- not recycled before 2027-01-04 12:00:00 UTC" in shown[0]
    assert "- came to the pool 2027-01-04 12:00:00 UTC from lin" in shown[1]


def test_nothing_a_customer_is_called_becomes_markup() -> None:
    deal = DEAL.model_copy(update={"customer": "<b>A|B</b>\n# [C](http://d)"})

    shown = card(PLAYBOOK, deal, None, waiting=0, fault=None)

    assert "\\<b\\>A\\|B\\</b\\> \\# \\[C\\](http://d)" in shown


def test_a_summary_is_one_line_and_never_too_long_for_the_server() -> None:
    deal = DEAL.model_copy(update={"title": "压力机\n" * 50})

    assert "\n" not in summary(deal)
    assert SUMMARY_BYTES - 3 < len(summary(deal).encode()) <= SUMMARY_BYTES


def test_a_timer_says_what_it_is_for() -> None:
    hold = Hold(since=NOON, until=NOON, reason="fair", by="lin")
    held = DEAL.model_copy(update={"hold": hold})
    clock = DEAL.clocks[0]

    assert deadline_summary(held, next_deadline(held)) == "hold until 2027-01-04 12:00:00 UTC"
    assert (
        deadline_summary(DEAL, Deadline(NOON, 1, clock.id, 0))
        == "idle clock of contact: due 2027-01-04 12:00:00 UTC"
    )
    assert deadline_summary(DEAL, None) == "nothing is due"
