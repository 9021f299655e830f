"""The record activity: what a workflow sends is what the ledger holds."""

import asyncio

import pytest
from temporalio.testing import ActivityEnvironment

from activities.messages import RecordBatch
from activities.record import Gathering, LedgerActivities
from ledger.deals import listed_deal, wait_for_seq
from ledger.recall import folded
from ledger.record import LedgerConflict
from ledger.session import Ledger
from ledger.timeline import timeline
from tests.ledger.lives import random_life


def sent(deal_id: str, seed: int) -> RecordBatch:
    """A batch as it arrives: written as JSON and read again."""
    batch = RecordBatch(deal_id=deal_id, events=tuple(random_life(seed).events))
    arrived = RecordBatch.model_validate_json(batch.model_dump_json())
    assert arrived == batch
    return arrived


async def test_a_batch_is_recorded_and_again_is_the_same_as_once(ledger: Ledger) -> None:
    record = LedgerActivities(ledger).record
    for _ in range(2):
        await ActivityEnvironment().run(record, sent("D3", 3))
    told = random_life(3)
    assert list(await timeline(ledger, "D3")) == told.events
    assert await folded(ledger, "D3") == told.deal


async def test_a_conflict_fails_the_activity_by_its_own_name(ledger: Ledger) -> None:
    record = LedgerActivities(ledger).record
    batch = sent("D3", 3)
    await ActivityEnvironment().run(record, batch)
    first = batch.events[0].model_copy(update={"command_id": "another"})
    with pytest.raises(LedgerConflict):
        await ActivityEnvironment().run(record, batch.model_copy(update={"events": (first,)}))


async def test_a_record_is_written_before_it_gathers(ledger: Ledger) -> None:
    """And a worker that is to stop waits no longer."""
    for_ever = Gathering(each=3600, at_most=3600)
    environment = ActivityEnvironment()
    batch = sent("D3", 3)
    recording = asyncio.create_task(
        environment.run(LedgerActivities(ledger, for_ever).record, batch)
    )
    assert await wait_for_seq(ledger, "D3", batch.events[-1].seq, within=60)
    assert not recording.done()
    environment.worker_shutdown()
    await recording


async def test_where_many_deals_are_recorded_none_gathers(ledger: Ledger) -> None:
    for_ever = Gathering(each=3600, at_most=3600, among=0)
    activities = LedgerActivities(ledger, for_ever)
    await ActivityEnvironment().run(activities.record, sent("D3", 3))
    assert await listed_deal(ledger, "D3")
