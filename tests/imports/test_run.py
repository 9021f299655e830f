"""Closed deals are recorded, open ones live; doing it again changes nothing."""

import random

import pytest

from imports import run as running
from imports.logbook import Entry, entered, keep
from imports.report import ImportReport
from imports.run import Task, run_import
from ledger.deals import DealFilter, list_deals
from ledger.imports import Import, find_import, known_sources, report
from ledger.people import list_people
from ledger.session import Ledger
from tests.imports.conftest import EngineLostError, Lives
from tests.imports.tables import MAPPING, NOW, mapping, rows, task

PEOPLE = MAPPING.replace("rows:", "people: {manager: what}\nrows:")

FIVE = rows(
    "A1,pump,Steel,Ada,Won,10,2026-01-01,2026-01-02,2026-01-03",
    "A2,pump,Steel,Ada,Lost,0,2026-01-01,2026-01-02,2026-01-03",
    "A3,pump,Iron,Bert,Lead,7,2026-01-01,,",
    "A4,pump,Iron,Bert,Offer,,2026-01-01,2026-09-30,",
    "A5,pump,Iron,Bert,Leed,,2026-01-01,,",
)


@pytest.fixture
def short_turns(monkeypatch: pytest.MonkeyPatch) -> int:
    """Lets every three rows be a turn of their own."""
    monkeypatch.setattr(running, "ROWS_AT_ONCE", 3)
    return running.ROWS_AT_ONCE


async def run(given: Task, ledger: Ledger, lives: Lives) -> ImportReport:
    return await run_import(given, ledger=ledger, starter=lives)


def kept(given: Task, name: str = "I1") -> Import:
    return entered(Entry(name, "csv"), given.files, given.mapping, now=given.now)


async def test_each_row_becomes_what_it_is(ledger: Ledger, lives: Lives) -> None:
    tally = (await run(task(FIVE), ledger, lives)).tally
    assert tally.named() == {
        "rows": 5,
        "open": 2,
        "won": 1,
        "lost": 1,
        "dropped": 0,
        "unchanged": 0,
        "refused": 1,
        "people": 2,
    }
    assert tally.won_amounts == {"USD": 1000}
    recorded = await list_deals(ledger, DealFilter())
    assert sorted(one.status for one in recorded.items) == ["lost", "won"]
    assert sorted(deal.status for deal in lives.deals.values()) == ["open", "open"]


async def test_clocks_that_passed_before_are_overdue_once_and_raise_no_alarm(
    ledger: Ledger, lives: Lives
) -> None:
    await run(task(FIVE), ledger, lives)
    (lead,) = (deal for deal in lives.deals.values() if deal.visit.stage == "lead")
    (clock,) = lead.clocks
    assert (clock.state, clock.breached_at) == ("breached", clock.due_at)
    assert clock.reached == (0, 1)
    assert lead.escalations == ()


async def test_a_second_run_changes_nothing(ledger: Ledger, lives: Lives) -> None:
    await run(task(FIVE), ledger, lives)
    before = dict(lives.deals)
    again = (await run(task(FIVE), ledger, lives)).tally
    assert (again.unchanged, again.refused, again.closed, again.open) == (4, 1, 0, 0)
    assert (lives.deals, again.people) == (before, 0)
    assert len((await list_deals(ledger, DealFilter())).items) == 2


async def test_a_row_that_changed_in_the_source_is_left_as_it_is_here(
    ledger: Ledger, lives: Lives
) -> None:
    await run(task(FIVE), ledger, lives)
    later = FIVE.replace("Iron,Bert,Lead,7,2026-01-01,,", "Iron,Bert,Won,7,2026-01-01,,2026-02-01")
    assert (await run(task(later), ledger, lives)).tally.unchanged == 4
    assert sorted(deal.status for deal in lives.deals.values()) == ["open", "open"]


async def test_a_run_that_was_cut_off_is_completed_by_the_next(
    ledger: Ledger, lives: Lives
) -> None:
    lives.left = 1
    with pytest.raises(EngineLostError):
        await run(task(FIVE), ledger, lives)
    lives.left = None
    tally = (await run(task(FIVE), ledger, lives)).tally
    assert (tally.unchanged, tally.open) == (3, 1)
    assert len(lives.deals) == 2


async def test_a_deal_that_runs_already_is_not_started_again(ledger: Ledger, lives: Lives) -> None:
    await run(task(FIVE), ledger, lives)
    references = ["A3", "A4"]
    known = await known_sources(ledger, "small", references)
    assert set(known) == set(references)
    other = Lives()
    other.deals = dict(lives.deals)
    unknown = mapping().model_copy(update={"mapping": "small"})
    tally = (await run(task(FIVE, unknown), ledger, other)).tally
    assert tally.unchanged == 4


async def test_owners_and_their_managers_become_people_and_those_who_are_there_stay(
    ledger: Ledger, lives: Lives
) -> None:
    first = rows("A1,Cleo,Steel,Ada,Lead,,,,", "A2,Dan,Steel,Cleo,Lead,,,,")
    await run(task(first, mapping(PEOPLE)), ledger, lives)
    told = {one.id: (one.role, one.manager) for one in await list_people(ledger)}
    assert told == {"Ada": ("rep", "Cleo"), "Cleo": ("manager", "Dan"), "Dan": ("manager", None)}
    other = rows("B1,Dan,Steel,Ada,Lead,,,,", "B2,Eve,Steel,Bert,Lead,,,,")
    tally = (await run(task(other, mapping(PEOPLE)), ledger, lives)).tally
    told = {one.id: (one.role, one.manager) for one in await list_people(ledger)}
    assert (told["Ada"], told["Bert"], tally.people) == (("rep", "Cleo"), ("rep", "Eve"), 2)


async def test_nobody_comes_to_report_to_themselves(ledger: Ledger, lives: Lives) -> None:
    circle = rows("A1,Bert,x,Ada,Lead,,,,", "A2,Ada,x,Bert,Lead,,,,", "A3,Eve,x,Eve,Lead,,,,")
    said = await run(task(circle, mapping(PEOPLE)), ledger, lives)
    assert [one.rule for one in said.remarks if one.severity == "repaired"] == ["manager_left_out"]
    assert {one.id: one.manager for one in await list_people(ledger)} == {
        "Ada": "Bert",
        "Bert": None,
        "Eve": None,
    }


async def test_a_manager_who_was_first_met_as_a_rep_is_a_manager(
    ledger: Ledger, lives: Lives, short_turns: int
) -> None:
    many = [f"L{n},,x,Ada,Lead,,,," for n in range(short_turns)]
    await run(task(rows(*many, "Z1,Ada,x,Bert,Lead,,,,"), mapping(PEOPLE)), ledger, lives)
    assert {one.id: one.role for one in await list_people(ledger)} == {
        "Ada": "manager",
        "Bert": "rep",
    }


async def test_the_ledger_keeps_what_an_import_said(ledger: Ledger, lives: Lives) -> None:
    given = task(FIVE)
    said = await keep(kept(given), given, ledger=ledger, starter=lives)
    found = await find_import(ledger, "I1")
    assert (found.status, found.fault, found.started_at) == ("done", None, NOW)
    assert (found.counts["won"], found.counts["rule.unknown_stage"]) == (1, 1)
    assert found.mapping["mapping"] == "small"
    lines = await report(ledger, "I1")
    assert [(line.row_number, line.rule) for line in lines] == [
        (one.line, one.rule) for one in said.remarks
    ]
    assert [line.rule for line in lines] == ["lost_amount_zero", "unknown_stage"]


async def test_an_import_that_goes_on_counts_every_row_once(
    ledger: Ledger, lives: Lives, short_turns: int
) -> None:
    turn = [f"L{n},pump,x,Ada,Lead,,2026-01-01,," for n in range(short_turns)]
    given = task(rows(*turn, *FIVE.splitlines()[1:]))
    lives.left = short_turns
    with pytest.raises(EngineLostError):
        await keep(kept(given), given, ledger=ledger, starter=lives)
    assert (await find_import(ledger, "I1")).counts["rows"] == 2 * short_turns
    lives.left = None
    said = await keep(kept(given), given, ledger=ledger, starter=lives)
    assert (said.tally.rows, said.tally.open) == (short_turns + 5, short_turns + 2)
    assert (said.tally.won, said.tally.lost, said.tally.unchanged) == (1, 1, 0)
    again = await keep(kept(given), given, ledger=ledger, starter=lives)
    assert again.tally == said.tally
    assert len(await report(ledger, "I1")) == len(said.remarks)


@pytest.mark.parametrize("seed", range(3))
async def test_any_garbage_is_imported_or_refused_and_counted(
    ledger: Ledger, lives: Lives, seed: int
) -> None:
    dice = random.Random(seed)
    lines = []
    for line in FIVE.splitlines()[1:] * 5:
        broken = list(line)
        for _ in range(dice.randrange(3)):
            broken[dice.randrange(len(broken))] = dice.choice('",;\0\n\ufffd$é0')
        lines.append("".join(broken))
    said = await run(task(rows(*lines)), ledger, lives)
    tally = said.tally
    assert tally.rows == tally.closed + tally.open + tally.unchanged + tally.refused
    refused = {one.line for one in said.remarks if one.severity == "refused"}
    assert tally.refused == len(refused)
    assert tally.open == len(lives.deals)
