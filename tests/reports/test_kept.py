"""Clocks kept, deals stuck and standard actions done, beside a plain count over lives and rows."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest

from deals.deal import Deal
from deals.evolve import fold
from ledger import tables
from ledger.playbooks import publish_playbook
from ledger.record import Life, record_many
from ledger.session import Ledger
from tests.deals.lives import MONDAY
from tests.ledger.lives import BOOK, Told, random_life
from tests.ledger.rows import Row, rows_of
from tests.reports.told import NOON, found

LIVES = [random_life(seed, steps=60, repins=False) for seed in range(80)]


def day_of(instant: datetime) -> float:
    return (instant - NOON) / timedelta(days=1)


async def recorded(ledger: Ledger) -> None:
    await publish_playbook(ledger, BOOK, "book", now=MONDAY)
    await record_many(ledger, [Life(one.deal.id, one.events) for one in LIVES if one.deal])


def became(clock: Row, as_of: datetime) -> str:
    """What became of one due instant, word for word as the definition has it."""
    due, ended = clock["due_at"], clock["ended_at"]
    if ended is not None and ended <= as_of:
        if clock["state"] == "met":
            return "kept" if ended <= due else "late"
        return "missed" if ended > due else "moot"
    return "breached_open" if due <= as_of else "not due"


@pytest.mark.parametrize("days", [4, 12, 40, 400])
async def test_each_due_instant_is_kept_late_missed_or_still_open(
    ledger: Ledger, days: int
) -> None:
    await recorded(ledger)
    as_of = MONDAY + timedelta(days=days)
    clocks = [row for row in await rows_of(ledger, tables.clocks) if row["due_at"] is not None]
    clocks = [row for row in clocks if row["started_at"] <= as_of]
    for table, keys in (
        ("by_rule", ("stage", "kind", "subject")),
        ("by_stage", ("stage",)),
        ("by_rep", ("owner",)),
    ):
        counted = Counter((*(row[key] for key in keys), became(row, as_of)) for row in clocks)
        rows = [one.row for one in await found(ledger, "sla", table, day=day_of(as_of))]
        for row in rows:
            key = tuple(getattr(row, name) for name in keys)
            parts = ("kept", "late", "missed", "breached_open", "moot")
            ours = {part: getattr(row, f"{part}_n") for part in parts}
            assert ours == {part: counted[(*key, part)] for part in parts}
            assert row.n == sum(ours[part] for part in parts if part != "moot")
        assert sum(row.n + row.moot_n for row in rows) == sum(
            n for (*_, what), n in counted.items() if what != "not due"
        )


async def test_what_is_stuck_is_late_and_not_on_hold(ledger: Ledger) -> None:
    await recorded(ledger)
    as_of = max(one.now for one in LIVES)
    late = [one for one in LIVES if _is_late(one)]
    rows = [one.row for one in await found(ledger, "stuck", "deals", day=day_of(as_of))]
    by_clock = {row.deal for row in rows if row.reason == "clock"}
    assert by_clock == {one.deal.id for one in late if one.deal}
    assert len(by_clock) > 5
    assert [row.rank for row in rows] == list(range(1, len(rows) + 1))
    for row in rows:
        told = next(one for one in LIVES if one.deal and one.deal.id == row.deal)
        assert row.owner == (told.deal and told.deal.owner)
        longest = max(reason.overdue_days for reason in row.reasons)
        assert row.over_days == pytest.approx(longest)
    standing = [one.row for one in await found(ledger, "stuck", "stages", day=day_of(as_of))]
    assert sum(row.stuck_n for row in standing) == len(rows)
    assert sum(row.n for row in standing) == sum(_stands(one.deal) for one in LIVES)


def _stands(deal: Deal | None) -> bool:
    return deal is not None and deal.outcome is None and deal.hold is None


def _is_late(told: Told) -> bool:
    deal = told.deal
    if deal is None or not _stands(deal):
        return False
    return any(clock.live and clock.breached_at for clock in deal.clocks)


async def test_each_standard_action_of_each_visit_is_in_one_place(ledger: Ledger) -> None:
    await recorded(ledger)
    as_of = max(one.now for one in LIVES)
    counted: Counter[tuple[str, str, str]] = Counter()
    clocks = await rows_of(ledger, tables.clocks, kind="action")
    dues = {
        (row["deal_id"], row["visit"], row["subject"]): row["due_at"]
        for row in sorted(clocks, key=lambda row: row["started_at"])  # the latest one counts
    }
    for one in LIVES:
        for stage, action, what in _standard(one, dues):
            counted[stage, action, what] += 1
    rows = [one.row for one in await found(ledger, "actions", "standard", day=day_of(as_of))]
    parts = ("in_time", "late", "skipped", "overridden", "ended_before", "open")
    for row in rows:
        ours = {part: getattr(row, f"{part}_n") for part in parts}
        assert ours == {part: counted[row.stage, row.action, part] for part in parts}
        assert row.expected_n == sum(ours.values())
    assert {what for _, _, what in counted} == set(parts)


def _standard(told: Told, dues: dict[Any, Any]) -> list[tuple[str, str, str]]:
    deal = fold(None, told.events)
    done = _done(told)
    said = []
    for visit in deal.visits:
        stage = BOOK.stage(visit.stage)
        if stage is None or visit.entered_at is None:
            continue
        for action in (one for one in stage.actions if one.required or one.due):
            key = (deal.id, visit.number, action.id)
            said.append(
                (stage.id, action.id, _place(visit, action.id, done.get(key), dues.get(key)))
            )
    return said


def _done(told: Told) -> dict[Any, datetime]:
    """When each action was first done in each visit, before the end."""
    done: dict[Any, datetime] = {}
    closed = False
    for event in told.events:
        closed = (
            event.kind.startswith("deal_")
            and event.kind
            in {
                *("deal_won", "deal_lost", "deal_dropped"),
            }
        ) or (closed and event.kind != "deal_reopened")
        if event.kind == "action_recorded" and not closed:
            assert told.deal is not None
            key = (told.deal.id, event.visit, event.action)
            done.setdefault(key, event.occurred_at or event.at)
    return done


def _place(visit: Any, action: str, done: datetime | None, due: datetime | None) -> str:  # noqa: ANN401
    if done is not None:
        return "in_time" if due is None or done <= due else "late"
    if visit.end is None:
        return "open"
    if any(one.id == action for one in visit.waived):
        return "overridden"
    if visit.end in {"forward", "won"} or (due and visit.ended_at and visit.ended_at > due):
        return "skipped"
    return "ended_before"
