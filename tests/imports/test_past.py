"""Dates that contradict each other are put in an order that can have happened, on the record."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imports.past import End, Past, Visit, in_order
from imports.remarks import Rule

STAGES = ("lead", "offer", "contract")


class Told:
    """Remembers the rules it was told of."""

    def __init__(self) -> None:
        self.rules: list[Rule] = []

    def note(self, rule: Rule, subject: str, message: str) -> None:  # noqa: ARG002 - a fake
        self.rules.append(rule)


def day(number: int | None) -> datetime | None:
    return None if number is None else datetime(2026, 1, number, tzinfo=UTC)


def ordered(
    opened: int | None, *visits: tuple[str, int | None], ended: int | None = None, won: bool = False
) -> tuple[Past, list[Rule]]:
    told = Told()
    end = End("won", day(ended)) if won or ended else None
    past = Past(day(opened), tuple(Visit(stage, day(at)) for stage, at in visits), end)
    return in_order(past, starts_with="lead", notes=told), told.rules


def test_a_past_that_can_have_happened_stays_as_it_is() -> None:
    past, rules = ordered(1, ("lead", 1), ("offer", 3), ended=9)
    assert past == Past(day(1), (Visit("lead", day(1)), Visit("offer", day(3))), End("won", day(9)))
    assert rules == []


def test_an_end_before_the_opening_moves_the_opening() -> None:
    past, rules = ordered(5, ("offer", 5), ended=2)
    assert (past.opened_at, past.visits) == (day(2), (Visit("offer", day(2)),))
    assert rules == [Rule.END_BEFORE_OPEN]


def test_an_entry_before_the_opening_moves_the_opening() -> None:
    past, rules = ordered(5, ("offer", 3))
    assert (past.opened_at, rules) == (day(3), [Rule.ENTERED_BEFORE_OPEN])


def test_an_entry_after_the_end_moves_to_the_end() -> None:
    past, rules = ordered(1, ("lead", 1), ("offer", 8), ended=6)
    assert (past.visits[-1].at, rules) == (day(6), [Rule.ENTERED_AFTER_END])


def test_visits_are_ordered_by_their_entry_and_may_go_back() -> None:
    past, rules = ordered(1, ("lead", 1), ("contract", 4), ("offer", 6))
    assert [visit.stage for visit in past.visits] == ["lead", "contract", "offer"]
    assert rules == []


def test_a_visit_after_the_present_one_is_left_out() -> None:
    past, rules = ordered(1, ("lead", 1), ("contract", 7), ("offer", 6))
    assert [visit.stage for visit in past.visits] == ["lead", "offer"]
    assert rules == [Rule.VISIT_LEFT_OUT]


@pytest.mark.parametrize(
    ("opened", "visit", "entered"),
    [
        (2, ("lead", None), 2),  # the first stage is entered at the opening
        (2, ("offer", None), None),  # nobody knows when it went on
        (None, ("lead", None), None),
    ],
)
def test_no_instant_is_invented(
    opened: int | None, visit: tuple[str, int | None], entered: int | None
) -> None:
    past, rules = ordered(opened, visit)
    assert (past.opened_at, past.visits[-1].at, rules) == (day(opened), day(entered), [])


def test_the_first_entry_opens_a_deal_whose_opening_is_not_known() -> None:
    assert ordered(None, ("lead", 3), ("offer", 4))[0].opened_at == day(3)


days = st.none() | st.integers(min_value=1, max_value=20)


visited = st.lists(st.tuples(st.sampled_from(STAGES), days), min_size=1, max_size=4)


@given(opened=days, visits=visited, ended=days, won=st.booleans())
def test_every_past_comes_out_in_an_order_that_can_have_happened(
    *, opened: int | None, visits: list[tuple[str, int | None]], ended: int | None, won: bool
) -> None:
    past, _ = ordered(opened, *visits, ended=ended, won=won)
    end = [past.end.at] if past.end else []
    known = [at for at in (past.opened_at, *(v.at for v in past.visits), *end) if at]
    assert known == sorted(known)
    assert past.visits[-1].stage == visits[-1][0]
    told_again = Told()
    assert in_order(past, starts_with="lead", notes=told_again) == past
    assert told_again.rules == []
