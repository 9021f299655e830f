"""What can be searched for: when it is told, and that nothing in it can block a deal."""

from datetime import UTC, datetime, timedelta

import pytest

from deals.clock import Escalation
from deals.deal import Deal
from deals.evolve import fold
from tests.workflows.scene import opened
from workflows import search_attributes as sa

NOON = datetime(2027, 1, 4, 12, tzinfo=UTC)
DEAL = fold(None, opened("D1").outbox)


def named(changes: list[sa.Change]) -> dict[str, object]:
    return {change.key.name: change.value for change in changes}


def test_what_a_deal_starts_with_is_not_told_again() -> None:
    told = sa.start_attributes(DEAL, NOON)

    assert sa.changes(told, DEAL, NOON, also_due=True) == []


def test_a_deadline_that_moved_is_told_with_the_timer_or_with_something_else() -> None:
    told = sa.start_attributes(DEAL, NOON)
    later = NOON + timedelta(days=1)
    moved = DEAL.model_copy(update={"owner": "mei"})

    assert sa.changes(told, DEAL, later, also_due=False) == []
    assert named(sa.changes(told, DEAL, later, also_due=True)) == {"DealNextDueAt": later}
    assert named(sa.changes(told, moved, later, also_due=False)) == {
        "DealOwner": "mei",
        "DealNextDueAt": later,
    }


def test_what_is_gone_is_taken_back() -> None:
    told = sa.start_attributes(DEAL, NOON)
    pooled = DEAL.model_copy(update={"owner": None, "team": None})

    assert named(sa.changes(told, pooled, None, also_due=False)) == {
        "DealOwner": None,
        "DealTeam": None,
        "DealEscalation": "recycled",
        "DealNextDueAt": None,
    }


def test_a_value_is_never_longer_than_a_server_takes() -> None:
    told = sa.start_attributes(DEAL.model_copy(update={"team": "北" * 999}), None)

    assert len(told[sa.TEAM]) == 255


def escalated(*measures: str, answered: bool = False) -> Deal:
    open_ones = tuple(
        Escalation.model_validate(
            {
                "id": f"D1.{n}",
                "kind": "idle",
                "subject": "contact",
                "clock": "idle.contact.2",
                "to": "owner",
                "do": do,
                "at": NOON,
                "due_at": NOON,
                "acknowledged_at": NOON if answered else None,
            }
        )
        for n, do in enumerate(measures)
    )
    return DEAL.model_copy(update={"escalations": open_ones})


@pytest.mark.parametrize(
    ("deal", "word"),
    [
        (DEAL, "none"),
        (escalated("remind"), "reminded"),
        (escalated("escalate", "remind"), "escalated"),
        (escalated("remind", "recycle", "escalate"), "recycled"),
        (escalated("escalate", answered=True), "none"),
    ],
)
def test_the_loudest_open_escalation_counts(deal: Deal, word: str) -> None:
    assert sa.escalation(deal) == word
