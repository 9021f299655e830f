"""Recording: once, in order, all or nothing, and never silent about a difference."""

import asyncio
import logging
from collections.abc import AsyncIterator
from itertools import pairwise
from random import Random

import pytest

from deals.events import Event, FactsRecorded
from ledger.deals import deal_state, listed_deal, wait_for_seq
from ledger.imports import Source, known_sources
from ledger.recall import folded
from ledger.record import LedgerConflict, LedgerGap, Life, record, record_many
from ledger.session import Ledger
from ledger.tables import events
from ledger.timeline import command_events, timeline
from tests.ledger.lives import Told, opened, random_life
from tests.ledger.rows import derived_rows, rows_of, wipe


@pytest.fixture
def told() -> Told:
    """A deal with a few commands behind it."""
    told = opened()
    told.wait(hours=2)
    told.send("record_action", action="call", command_id="call")
    told.send("record_facts", facts={"source": "web"})
    return told


@pytest.fixture
async def other(ledger_url: str) -> AsyncIterator[Ledger]:
    """The same ledger, opened by another process."""
    opened = Ledger.open(ledger_url)
    yield opened
    await opened.close()


def changed(event: Event, **fields: object) -> Event:
    return event.model_copy(update=fields)


async def test_recorded_events_come_back_as_they_were(ledger: Ledger, told: Told) -> None:
    await record(ledger, "D1", told.events)
    assert list(await timeline(ledger, "D1")) == told.events
    assert told.deal
    assert told.deal.answers
    assert await folded(ledger, "D1") == told.deal
    assert await deal_state(ledger, "D1") == told.deal.model_copy(update={"answers": {}})


async def test_the_result_counts_what_was_new_and_what_was_known(
    ledger: Ledger, told: Told
) -> None:
    first = await record(ledger, "D1", told.events[:2])
    second = await record(ledger, "D1", told.events)
    assert (first.added, first.known, first.seq) == (2, 0, 2)
    assert (second.added, second.known) == (len(told.events) - 2, 2)
    assert second.seq == told.events[-1].seq


async def test_recording_again_changes_nothing(ledger: Ledger, told: Told) -> None:
    await record(ledger, "D1", told.events)
    before = await derived_rows(ledger), await rows_of(ledger, events)
    await record(ledger, "D1", told.events)
    await record(ledger, "D1", told.events[1:3])
    assert (await derived_rows(ledger), await rows_of(ledger, events)) == before


@pytest.mark.parametrize("seed", [5, 8])
async def test_events_in_any_batches_give_the_same_rows(ledger: Ledger, seed: int) -> None:
    happened = random_life(seed).events
    await record(ledger, f"D{seed}", happened)
    at_once = await derived_rows(ledger)
    await wipe(ledger)
    dice = Random(seed)
    cuts = sorted({0, len(happened), *dice.choices(range(len(happened)), k=len(happened) // 2)})
    for start, end in pairwise(cuts):
        await record(ledger, f"D{seed}", happened[start:end])
    assert await derived_rows(ledger) == at_once


@pytest.mark.parametrize(
    "difference",
    [{"command_id": "another"}, {"kind": "noted"}, {"n": 7}],
    ids=["command", "kind", "place in its command"],
)
async def test_another_event_in_the_same_place_is_an_alarm(
    ledger: Ledger, told: Told, difference: dict[str, object]
) -> None:
    await record(ledger, "D1", told.events)
    with pytest.raises(LedgerConflict, match="deal D1, event 2") as alarm:
        await record(ledger, "D1", [changed(told.events[1], **difference)])
    assert (alarm.value.deal_id, alarm.value.seq) == ("D1", 2)


async def test_a_batch_with_a_conflict_records_nothing(ledger: Ledger, told: Told) -> None:
    await record(ledger, "D1", told.events[:2])
    batch = [changed(told.events[1], command_id="another"), *told.events[2:]]
    with pytest.raises(LedgerConflict):
        await record(ledger, "D1", batch)
    assert list(await timeline(ledger, "D1")) == told.events[:2]


async def test_a_hole_before_the_events_is_an_alarm(ledger: Ledger, told: Told) -> None:
    await record(ledger, "D1", told.events[:2])
    with pytest.raises(LedgerGap, match="event 4 was given, 3 comes next") as alarm:
        await record(ledger, "D1", told.events[3:])
    assert (alarm.value.deal_id, alarm.value.expected) == ("D1", 3)


async def test_a_hole_among_the_events_is_an_alarm(ledger: Ledger, told: Told) -> None:
    with pytest.raises(LedgerGap):
        await record(ledger, "D1", [told.events[0], told.events[2]])
    assert await deal_state(ledger, "D1") is None


async def test_a_life_that_does_not_begin_with_its_opening_is_a_hole(
    ledger: Ledger, told: Told
) -> None:
    with pytest.raises(LedgerGap, match="event 2 was given, 1 comes next"):
        await record(ledger, "D1", told.events[1:])


async def test_events_of_another_deal_are_an_alarm(ledger: Ledger, told: Told) -> None:
    with pytest.raises(LedgerConflict, match="D1"):
        await record(ledger, "D2", told.events)
    assert await deal_state(ledger, "D1") is None


async def test_no_event_is_refused(ledger: Ledger) -> None:
    with pytest.raises(ValueError, match="each life needs events"):
        await record(ledger, "D1", [])


async def test_an_old_command_id_that_comes_again_is_kept_told_apart_and_reported(
    ledger: Ledger, told: Told, caplog: pytest.LogCaptureFixture
) -> None:
    await record(ledger, "D1", told.events)
    first = told.events[-1]
    again = changed(first, seq=first.seq + 1)
    with caplog.at_level(logging.ERROR):
        await record(ledger, "D1", [again])
    assert "was used before" in caplog.text
    assert (await timeline(ledger, "D1"))[-1] == again
    stored = await rows_of(ledger, events, deal_id="D1", seq=again.seq)
    assert stored[0]["command_id"] == f"{first.command_id} #{again.seq}"


async def test_a_repeat_of_an_event_told_apart_is_known(ledger: Ledger, told: Told) -> None:
    first = told.events[-1]
    batch = [*told.events, changed(first, seq=first.seq + 1)]
    await record(ledger, "D1", batch)
    assert (await record(ledger, "D1", batch)).added == 0


async def test_a_command_finds_its_events(ledger: Ledger, told: Told) -> None:
    await record(ledger, "D1", told.events)
    found = await command_events(ledger, "D1", "call")
    assert list(found) == [event for event in told.events if event.command_id == "call"]
    assert len(found) > 1
    assert await command_events(ledger, "D1", "never sent") == ()


async def test_the_timeline_is_read_in_parts(ledger: Ledger, told: Told) -> None:
    await record(ledger, "D1", told.events)
    read: list[Event] = []
    while part := await timeline(ledger, "D1", after=read[-1].seq if read else 0, limit=2):
        read += part
    assert read == told.events


async def test_text_that_postgresql_cannot_hold_never_blocks_a_deal(ledger: Ledger) -> None:
    told = opened(title="nul \x00 in it")
    told.send("record_action", action="call", note="and \x00 here")
    await record(ledger, "D1", told.events)
    row = await listed_deal(ledger, "D1")
    assert row
    assert row.title == "nul \ufffd in it"
    assert list(await timeline(ledger, "D1")) == told.events


async def test_two_writers_of_one_deal_record_each_event_once(
    ledger: Ledger, other: Ledger
) -> None:
    happened = random_life(11, steps=60).events

    async def write(to: Ledger, size: int) -> int:
        added = 0
        for start in range(0, len(happened), size):
            added += (await record(to, "D11", happened[start : start + size])).added
        return added

    # the slower one meets the other's events and compares them; the faster may not overtake it
    added = await asyncio.gather(write(ledger, 5), write(other, 5))
    assert sum(added) == len(happened)
    assert list(await timeline(ledger, "D11")) == happened


async def test_two_who_open_the_same_deal_at_once_record_it_once(
    ledger: Ledger, other: Ledger, told: Told
) -> None:
    results = await asyncio.gather(*(record(to, "D1", told.events) for to in (ledger, other) * 4))
    assert sum(result.added for result in results) == len(told.events)


async def test_two_who_decided_differently_are_found_out(
    ledger: Ledger, other: Ledger, told: Told
) -> None:
    await record(ledger, "D1", told.events)
    last = told.events[-1].seq
    drafts = [
        FactsRecorded(
            seq=last + 1,
            at=told.now,
            occurred_at=told.now,
            actor=told.events[-1].actor,
            command_id=command_id,
            n=0,
            facts={"signed": True},
        )
        for command_id in ("a", "b")
    ]
    results = await asyncio.gather(
        record(ledger, "D1", drafts[:1]), record(other, "D1", drafts[1:]), return_exceptions=True
    )
    assert sorted(type(result).__name__ for result in results) == ["LedgerConflict", "RecordResult"]


async def test_many_lives_are_recorded_with_their_sources(ledger: Ledger) -> None:
    lives = [
        Life(f"D{seed}", random_life(seed).events, Source("file", str(seed)))
        for seed in range(1, 30)
    ]
    results = await record_many(ledger, lives)
    assert [result.added for result in results] == [len(life.events) for life in lives]
    known = await known_sources(ledger, "file", [str(seed) for seed in range(40)])
    assert known == {str(seed): f"D{seed}" for seed in range(1, 30)}
    assert not any(result.added for result in await record_many(ledger, lives))


async def test_many_lives_with_a_conflict_leave_the_chunk_out(ledger: Ledger, told: Told) -> None:
    await record(ledger, "D1", told.events)
    wrong = [changed(told.events[0], command_id="another")]
    with pytest.raises(LedgerConflict):
        await record_many(ledger, [Life("D2", opened("D2").events), Life("D1", wrong)])
    assert await deal_state(ledger, "D2") is None


async def test_one_deal_twice_in_a_chunk_is_refused(ledger: Ledger, told: Told) -> None:
    with pytest.raises(ValueError, match="a deal of its own"):
        await record_many(ledger, [Life("D1", told.events), Life("D1", told.events)])


async def test_waiting_for_a_seq_ends_when_it_is_recorded(ledger: Ledger, told: Told) -> None:
    waiting = asyncio.create_task(wait_for_seq(ledger, "D1", 2, within=30))
    await record(ledger, "D1", told.events)
    assert await waiting


async def test_waiting_for_a_seq_gives_up(ledger: Ledger, told: Told) -> None:
    await record(ledger, "D1", told.events)
    assert not await wait_for_seq(ledger, "D1", told.events[-1].seq + 1, within=0.01)
    assert not await wait_for_seq(ledger, "D9", 1, within=0)
