"""Whoever has to be told of a record is rung for once it is written, also when it is repeated."""

import asyncio
import math
from collections.abc import Iterable
from datetime import timedelta

import pytest
from temporalio.testing import ActivityEnvironment

from activities.bell import Bell
from activities.burst import AT_MOST, Burst
from activities.messages import RecordBatch
from activities.record import AT_ONCE, LedgerActivities
from deals.clocks import next_deadline
from deals.events import RungReached
from ledger.deals import deal_state
from ledger.notices import people_to_tell
from ledger.session import Ledger
from tests.activities.test_bell import Inboxes
from tests.deals.lives import Life
from tests.letters.team import BOOK


class Rung(Bell):
    """Notes whom it was rung for, and that they could have been found in the ledger."""

    def __init__(self, ledger: Ledger) -> None:
        super().__init__(ledger, Inboxes())
        self.rung: list[set[str]] = []

    def ring(self, people: Iterable[str]) -> None:
        self.rung.append(set(people))


async def recorded(activities: LedgerActivities, life: Life, first: int = 1) -> None:
    batch = RecordBatch(deal_id=life.deal.id, events=tuple(life.events[first - 1 :]))
    await ActivityEnvironment().run(activities.record, batch)


async def test_those_whom_new_events_concern_are_rung_for_after_the_commit(
    ledger: Ledger,
) -> None:
    bell = Rung(ledger)
    activities = LedgerActivities(ledger, AT_ONCE, bell)
    life = Life(BOOK)
    await recorded(activities, life)
    assert bell.rung == [set()]
    first = life.deal.seq + 1
    life.wait(days=4, hours=2)
    await recorded(activities, life, first)
    assert bell.rung[1:] == [{"lin", "wu"}]
    assert await people_to_tell(ledger, "D1", since=first) == {"lin", "wu"}


async def test_a_repeat_rings_again_for_those_who_have_not_been_told(ledger: Ledger) -> None:
    bell = Rung(ledger)
    life = Life(BOOK)
    life.wait(days=4, hours=2)
    await recorded(LedgerActivities(ledger), life)  # killed before it could ring
    await recorded(LedgerActivities(ledger, AT_ONCE, bell), life)
    assert bell.rung == [{"lin", "wu"}]


async def test_an_inbox_that_cannot_be_reached_holds_up_no_record(ledger: Ledger) -> None:
    inboxes = Inboxes()
    inboxes.open.clear()
    activities = LedgerActivities(ledger, AT_ONCE, Bell(ledger, inboxes))
    life = Life(BOOK)
    life.wait(days=4, hours=2)
    await recorded(activities, life)
    await asyncio.sleep(0)
    assert inboxes.poked == []
    assert await people_to_tell(ledger, "D1", since=1) == {"lin", "wu"}


@pytest.mark.parametrize(
    ("late", "waits"),
    [(timedelta(milliseconds=100), False), (timedelta(seconds=2), True)],
    ids=["in-time", "late"],
)
async def test_the_record_of_a_late_deadline_waits_for_the_end_of_a_burst(
    ledger: Ledger,
    late: timedelta,
    waits: bool,  # noqa: FBT001 - what is expected
) -> None:
    life = Life(BOOK)
    deadline = next_deadline(life.deal)
    assert deadline
    life.wait(seconds=(deadline.at + late - life.now).total_seconds())
    assert isinstance(life.events[-1], RungReached)
    burst = Counted()

    await recorded(LedgerActivities(ledger, burst=burst), life)

    assert burst.waits == waits
    assert await deal_state(ledger, life.deal.id)


class Counted(Burst):
    """Counts who waits for its end."""

    waits = 0

    async def over(self, at_most: float = AT_MOST) -> None:
        self.waits += 1
        await super().over(at_most)


async def test_a_burst_is_over_when_no_more_timers_fire_or_it_lasts_too_long() -> None:
    burst = Burst()
    await burst.over(math.inf)  # there is none

    burst.note()
    await burst.over(math.inf)

    async def go_on() -> None:
        while True:
            burst.note()
            await asyncio.sleep(0)

    going_on = asyncio.create_task(go_on())
    await burst.over(0.3)
    going_on.cancel()
