"""Random lives, held against what brute force says that time must have done to them."""

from datetime import UTC, datetime
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from deals.refusals import Refused
from tests.deals import random_lives
from tests.deals.brute_pace import foretold, happened
from tests.deals.lives import REP, Life

BOOKS = [random_lives.book(number, 2025, 2028) for number in range(len(random_lives.CALENDARS))]
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)


def live(dice: Random, deeds: int) -> Life:
    """A life of so many deeds, some of them refused, and the silence after them."""
    life = Life(dice.choice(BOOKS), now=NEW_YEAR + random_lives.pause(dice) * 8)
    for _ in range(deeds):
        life.now += random_lives.pause(dice)
        fields = random_lives.deed(dice, life.deal, life.now)
        try:
            life.send(by=fields.pop("actor", REP), **fields)
        except Refused:
            life.wait()
    life.wait(days=60)
    return life


@settings(deadline=None, max_examples=25)
@given(st.randoms(use_true_random=False), st.integers(1, 40))
def test_a_life_meets_the_deadlines_that_brute_force_foretells(dice: Random, deeds: int) -> None:
    life = live(dice, deeds)
    assert happened(life.events) == foretold(
        life.book.model_dump(mode="json", by_alias=True), life.events, life.now
    )
