"""Which deals are likely to close: counted by hand, with what says so."""

from datetime import date, timedelta

import pytest

from deals.events import Event
from deals.playbook import Playbook
from ledger.deals import DealFilter, list_deals
from ledger.session import Ledger
from reports.copy import Copy
from reports.last_year import LastYear, last_year
from reports.likely import Chances, Likely, likely
from tests.reports.told import NOON, end, life, on, record, stage

TODAY = date(2026, 6, 10)
Told = tuple[Playbook, tuple[Event, ...]]

DAY = (TODAY - NOON.date()).days
"""100 days after day 0."""


def won(n: int, *, at: float = 5) -> list[Told]:
    past = (stage("a", 0), stage("b", 1), stage("c", 2), end("won", at))
    return [life(f"W{one}", *past) for one in range(n)]


def lost(n: int, last: str) -> list[Told]:
    past = [stage(name, day) for day, name in enumerate("abc") if name <= last]
    return [life(f"L{last}{one}", *past, end("lost", 5)) for one in range(n)]


def standing(deal_id: str, in_c_for: float) -> Told:
    return life(deal_id, stage("a", 0), stage("b", 1), stage("c", DAY - 0.5 - in_c_for))


async def known(ledger: Ledger, today: date = TODAY) -> LastYear:
    return await last_year(ledger, Copy(ledger), today, time_zone="UTC")


async def counted(ledger: Ledger, today: date = TODAY) -> Chances:
    return (await known(ledger, today)).chances


async def named(ledger: Ledger) -> tuple[Likely, ...]:
    rows = await list_deals(ledger, DealFilter(status=("open",)), limit=100)
    return likely(rows.items, await counted(ledger), on(DAY - 0.5))


async def test_a_deal_in_a_stage_from_which_most_were_won_is_likely_to_close(
    ledger: Ledger,
) -> None:
    lives = [*won(22), *lost(2, "c"), *lost(30, "b"), standing("Dnew", 1), standing("Dolder", 2)]
    await record(ledger, *lives, standing("Dold", 20))
    assert list(await counted(ledger)) == [("plain", "c")]
    found = await named(ledger)
    assert [(one.deal.id, round(one.days, 3)) for one in found] == [("Dnew", 1), ("Dolder", 2)]
    said = found[0].chance
    assert (said.won_n, said.n) == (22, 24)
    shares = [said.ratio, said.low, said.high]
    assert shares == pytest.approx([22 / 24, 0.742, 0.977], abs=1e-3)  # Wilson's, by hand
    assert said.usual_days == pytest.approx(3)


@pytest.mark.parametrize(
    ("wins", "losses"),
    [(19, 0), (14, 7), (0, 24)],
    ids=["too few are over", "chance may make it", "none was won"],
)
async def test_nothing_is_said_that_the_numbers_do_not_bear(
    ledger: Ledger, wins: int, losses: int
) -> None:
    await record(ledger, *won(wins), *lost(losses, "c"), standing("Dnew", 1))
    assert not await counted(ledger)
    assert await named(ledger) == ()


async def test_what_happened_more_than_a_year_ago_says_nothing(ledger: Ledger) -> None:
    await record(ledger, *won(30))
    assert await counted(ledger)
    assert not await counted(ledger, TODAY + timedelta(days=365))


async def test_nobody_is_told_anything_of_no_deals(ledger: Ledger) -> None:
    assert not await counted(ledger)
