"""The law of the derived rows: folding the events anew gives them again, each and all."""

import pytest
from sqlalchemy import delete, update

from ledger import audit
from ledger.project import project
from ledger.rebuild import rebuild
from ledger.record import Life, record, record_many
from ledger.rows import Rows
from ledger.session import Ledger
from ledger.tables import DERIVED, clocks, deals, escalations, events
from tests.ledger.lives import opened, random_life
from tests.ledger.rows import derived_rows, rows_of, run

SEEDS = range(30)


@pytest.fixture
async def peopled(ledger: Ledger) -> Ledger:
    """A ledger with random lives."""
    lives = (Life(f"D{seed}", random_life(seed).events) for seed in SEEDS)
    await record_many(ledger, lives)
    return ledger


async def test_rows_of_lives_recorded_bit_by_bit_are_those_of_a_rebuild(ledger: Ledger) -> None:
    for seed in SEEDS:
        happened, size = random_life(seed).events, 2 + seed
        for start in range(0, len(happened), size):
            await record(ledger, f"D{seed}", happened[start : start + size])
    before = await derived_rows(ledger)
    await rebuild(ledger)
    assert await derived_rows(ledger) == before


async def test_rebuilding_gives_the_same_rows(peopled: Ledger) -> None:
    before, recorded = await derived_rows(peopled), await rows_of(peopled, events)
    assert all(before.values())
    counts = await rebuild(peopled)
    after = await derived_rows(peopled)
    assert after == before
    assert counts == {name: len(rows) for name, rows in before.items()}
    assert await rows_of(peopled, events) == recorded


async def test_rebuilding_mends_rows_that_were_wrong(peopled: Ledger) -> None:
    before = await derived_rows(peopled)
    await run(peopled, update(deals).values(owner="nobody", overdue=True))
    await run(peopled, delete(clocks))
    await rebuild(peopled)
    assert await derived_rows(peopled) == before


async def test_rebuilding_tells_how_far_it_is(peopled: Ledger) -> None:
    told: list[tuple[int, int]] = []
    await rebuild(peopled, lambda done, total: told.append((done, total)))
    total = len(await rows_of(peopled, events))
    assert told[-1] == (total, total)


async def test_lives_longer_than_a_page_are_folded_whole(
    peopled: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.timeline.EVENTS_AT_ONCE", 7)
    monkeypatch.setattr("ledger.rebuild.DEALS_AT_ONCE", 3)
    before = await derived_rows(peopled)
    await rebuild(peopled)
    assert await derived_rows(peopled) == before


async def test_an_empty_ledger_rebuilds_to_nothing(ledger: Ledger) -> None:
    assert not any((await rebuild(ledger)).values())


async def test_the_audit_finds_nothing_where_nothing_is_wrong(peopled: Ledger) -> None:
    assert await audit.internal(peopled) == []


async def test_the_audit_finds_a_missing_row_of_every_table(peopled: Ledger) -> None:
    for table in DERIVED:
        lost = (await rows_of(peopled, table))[0]
        key = [column == lost[column.name] for column in table.primary_key]
        await run(peopled, delete(table).where(*key))
    found = {one.where.split()[0]: one.found for one in await audit.internal(peopled)}
    assert found == dict.fromkeys((table.name for table in DERIVED), None)


async def test_the_audit_names_the_columns_that_differ(ledger: Ledger) -> None:
    await record(ledger, "D1", opened().events)
    await run(ledger, update(deals).values(owner="nobody"))
    assert await audit.internal(ledger) == [
        audit.Difference("D1", "deals D1", {"owner": "lin"}, {"owner": "nobody"})
    ]


async def test_the_audit_finds_a_hole_between_events(ledger: Ledger) -> None:
    await record(ledger, "D1", opened().events)
    await run(ledger, delete(events).where(events.c.seq == 2))
    (found,) = await audit.internal(ledger)
    assert (found.deal_id, found.where) == ("D1", "events")


async def test_the_audit_finds_a_deal_without_events(ledger: Ledger) -> None:
    await record(ledger, "D1", opened().events)
    await run(ledger, delete(events))
    (found,) = await audit.internal(ledger)
    assert (found.deal_id, found.where) == ("D1", "deals")


async def test_the_audit_finds_a_row_that_no_event_explains(ledger: Ledger) -> None:
    told = opened()
    await record(ledger, "D1", told.events)
    stray = project(None, random_life(3, steps=60).events)[1]
    rows = Rows(stray).puts[escalations]
    row = next(iter(rows.values()))
    await run(ledger, escalations.insert().values({**row, "deal_id": "D1"}))
    (found,) = await audit.internal(ledger)
    assert (found.deal_id, found.expected) == ("D1", None)


def test_equal_deals_do_not_differ() -> None:
    deal = random_life(4).deal
    assert deal
    assert audit.compare(deal, deal.model_copy(deep=True)) == []


def test_deals_that_differ_are_compared_as_deep_as_they_go() -> None:
    deal = opened().deal
    assert deal
    visit = deal.visit.model_copy(update={"stage": "elsewhere"})
    other = deal.model_copy(update={"owner": "chen", "visits": (visit,), "seq": 9})
    found = audit.compare(deal, other)
    assert {(one.where, one.expected, one.found) for one in found} == {
        ("owner", "chen", "lin"),
        ("seq", 9, deal.seq),
        ("visits[0].stage", "elsewhere", "contact"),
    }
