"""Whoever has to be told of a record is rung for once it is written, also when it is repeated."""

import asyncio
from collections.abc import Iterable

from temporalio.testing import ActivityEnvironment

from activities.bell import Bell
from activities.messages import RecordBatch
from activities.record import AT_ONCE, LedgerActivities
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
