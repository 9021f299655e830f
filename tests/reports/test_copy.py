"""A copy that is brought up to date is the same as one that is read anew."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import JSON

from ledger.playbooks import publish_playbook
from ledger.rebuild import rebuild
from ledger.record import record
from ledger.session import Ledger
from reports import copy
from reports.columns import Columns
from reports.copy import Copy
from reports.read import CHILDREN
from tests.deals.lives import MONDAY
from tests.ledger.lives import VERSIONS, random_life


def plain(columns: Columns) -> dict[str, Any]:
    """Everything a copy says, with texts for their numbers, which differ with the reading."""
    said: dict[str, Any] = {}
    ids = columns.ids.texts[: columns.n]
    for name in ("source", "currency"):
        words = [columns.texts.text(int(one)) for one in columns.deals[name]]
        said[name] = dict(zip(ids, words, strict=True))
    for name, rows in columns.children.items():
        of_table = [
            (ids[rows.deal[place]], _row(columns, name, place)) for place in range(len(rows))
        ]
        said[name] = sorted(of_table, key=lambda row: row[0])  # stable: each deal keeps its order
    return said


def _row(columns: Columns, table: str, place: int) -> dict[str, Any]:
    of, rows = CHILDREN[table][0].c, columns.rows(table)
    told = {name: values[place].item() for name, values in rows.columns.items()}
    for name in told.keys() & set(of.keys()):
        if isinstance(of[name].type, JSON) or of[name].type.python_type is str:
            told[name] = columns.texts.text(told[name])
    if "book" in told:
        told["book"] = columns.books.books[told["book"]].version
    return told


@pytest.mark.parametrize("below", [0, 1_000], ids=["afresh", "changed"])
async def test_however_it_came_about_a_copy_says_the_same(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, below: int
) -> None:
    monkeypatch.setattr(copy, "_AFRESH_NEVER_BELOW", below)
    for book in VERSIONS:
        await publish_playbook(ledger, book, f"version {book.version}", now=MONDAY)
    lives = [random_life(seed, steps=50) for seed in range(24)]
    kept = Copy(ledger)
    parts = 5
    for part in range(parts):
        for life in lives[part:] if part < parts - 1 else lives:
            events = life.events
            some = events[: max(1, len(events) * (part + 1) // parts)]
            assert life.deal is not None
            await record(ledger, life.deal.id, some)
        now = await kept.latest(*CHILDREN)
        assert plain(now) == plain(await Copy(ledger).latest(*CHILDREN))
    await rebuild(ledger)
    assert plain(await kept.latest(*CHILDREN)) == plain(await Copy(ledger).latest(*CHILDREN))


async def test_nothing_is_read_again_where_nothing_changed(ledger: Ledger) -> None:
    for book in VERSIONS:
        await publish_playbook(ledger, book, f"version {book.version}", now=MONDAY)
    life = random_life(3)
    assert life.deal is not None
    await record(ledger, life.deal.id, life.events)
    kept = Copy(ledger)
    first = await kept.latest()
    second = await kept.latest()
    assert second.rows("visits") is first.rows("visits")


async def test_what_is_recorded_while_a_copy_is_read_is_in_the_next_one(ledger: Ledger) -> None:
    for book in VERSIONS:
        await publish_playbook(ledger, book, f"version {book.version}", now=MONDAY)
    lives = [random_life(seed) for seed in range(1, 40)]
    kept = Copy(ledger)

    async def write() -> None:
        for life in lives:
            assert life.deal is not None
            await record(ledger, life.deal.id, life.events)

    async def read() -> None:
        for _ in range(20):
            await kept.latest()
            await asyncio.sleep(timedelta(milliseconds=5).total_seconds())

    await asyncio.gather(write(), read())
    assert (await kept.latest()).n == len(lives)
    assert plain(await kept.latest(*CHILDREN)) == plain(await Copy(ledger).latest(*CHILDREN))
