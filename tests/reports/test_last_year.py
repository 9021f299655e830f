"""How long won deals took in the last year, counted by hand."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from deals.events import Event
from deals.playbook import Playbook
from ledger.session import Ledger
from reports.copy import Copy
from reports.last_year import last_year
from tests.reports.told import NOON, end, life, process, record, stage

TODAY = NOON.date() + timedelta(days=200)
OTHER = process("a", "b", playbook="other")
Told = tuple[Playbook, tuple[Event, ...]]


def won_after(*days: float) -> Iterator[Told]:
    """Deals won after so many days each."""
    for number, took in enumerate(days):
        yield life(f"W{number}", stage("a", 0), end("won", took))


async def won_days(ledger: Ledger, today: date = TODAY) -> dict[str, float]:
    return dict((await last_year(ledger, Copy(ledger), today, time_zone="UTC")).won_days)


async def test_the_median_is_one_that_occurred_and_only_won_deals_count(ledger: Ledger) -> None:
    lost = [life(f"L{n}", stage("a", 0), end("lost", 1)) for n in range(40)]
    still = [life(f"O{n}", stage("a", 0)) for n in range(40)]
    another = life("X", stage("a", 0), end("won", 3), book=OTHER)
    await record(ledger, *won_after(*range(1, 11), *range(31, 41)), *lost, *still, another)
    assert await won_days(ledger) == {"plain": pytest.approx(10)}


async def test_too_few_say_nothing(ledger: Ledger) -> None:
    await record(ledger, *won_after(*range(1, 20)))
    assert await won_days(ledger) == {}


async def test_a_deal_whose_beginning_nobody_knows_took_nobody_knows_how_long(
    ledger: Ledger,
) -> None:
    unknown = life("U", stage("a", None), end("won", 5))
    await record(ledger, *won_after(*range(1, 20)), unknown)
    assert await won_days(ledger) == {}


async def test_the_year_ends_with_yesterday(ledger: Ledger) -> None:
    await record(ledger, *won_after(*([2] * 20)))
    last = NOON.date() + timedelta(days=2 + 365)
    for today, known in ((NOON.date() + timedelta(days=2), False), (last, True)):
        assert bool(await won_days(ledger, today)) is known
    assert await won_days(ledger, last + timedelta(days=1)) == {}
