"""The real opportunities, collected where they are at hand: every figure and known oddity."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

import pytest

from imports.load import find_mapping
from imports.prepare import prepared
from imports.remarks import summary
from imports.report import ImportReport, Tally
from imports.run import Task, run_import
from imports.source import OnDisk
from ledger.deals import DealFilter, list_deals
from ledger.people import list_people
from ledger.session import Ledger
from tests.imports.conftest import REAL, Lives

EXPECTED = REAL.parents[1] / "expected" / "maven_crm.json"
NOW = datetime(2026, 10, 1, tzinfo=UTC)


@pytest.fixture
async def task(ledger: Ledger) -> Task:
    found = find_mapping("maven-crm", files=False)
    mapping, playbook = await prepared(found, ledger, now=NOW, publish=True)
    return Task(OnDisk(REAL), mapping, playbook, NOW)


@pytest.fixture(scope="module")
def expected() -> Iterator[dict[str, Any]]:
    """What an importer that shares no code with ours found in the file."""
    with ExitStack() as stack:
        file = stack.enter_context(EXPECTED.open())
        yield json.load(file)["import"]


async def test_all_of_them_come_over_with_every_oddity_and_a_second_run_adds_nothing(
    task: Task, ledger: Ledger, lives: Lives, expected: dict[str, Any]
) -> None:
    said = await run_import(task, ledger=ledger, starter=lives)
    check_counts(said.tally)
    check_remarks(said, expected)
    check_open(lives)
    await check_recorded(ledger)
    again = (await run_import(task, ledger=ledger, starter=Lives())).tally
    assert (again.unchanged, again.closed, again.open, again.people) == (8_800, 0, 0, 0)


def check_counts(tally: Tally) -> None:
    assert (tally.rows, tally.closed, tally.won, tally.lost) == (8_800, 6_711, 4_238, 2_473)
    assert (tally.open, tally.refused, tally.people) == (2_089, 0, 36)
    assert tally.won_amounts == {"USD": 10_005_534 * 100}


def check_remarks(said: ImportReport, expected: dict[str, Any]) -> None:
    assert {(one.rule, one.subject): one.n for one in summary(said.remarks)} == {
        ("respelt", "product: GTXPro → GTX Pro"): expected["product_respelt_n"],
        ("respelt", "accounts.sector: technolgy → technology"): 12,
        ("respelt", "accounts.office_location: Philipines → Philippines"): 1,
        ("blank_replaced", "account → unknown"): expected["open_without_account_n"],
        ("undated", ""): expected["undated_n"],
        ("lost_amount_zero", "close_value"): expected["lost_amount_zero_n"],
        ("side_row_unused", "sales_teams.csv"): (
            expected["agents_listed_n"] - expected["agents_with_deals_n"]
        ),
    }
    assert said.tally.rows == expected["rows"]


def check_open(lives: Lives) -> None:
    stages = [deal.visit.stage for deal in lives.deals.values()]
    assert (stages.count("prospecting"), stages.count("engaging")) == (500, 1_589)
    assert all(deal.amount_minor is None for deal in lives.deals.values())
    assert all(deal.escalations == () for deal in lives.deals.values())


async def check_recorded(ledger: Ledger) -> None:
    won = await list_deals(ledger, DealFilter(status=("won",), owner="Moses Frase"), limit=1)
    assert won.items[0].team == "Dustin Brinkmann"
    people = {one.id: one for one in await list_people(ledger)}
    assert people["Moses Frase"].manager == "Dustin Brinkmann"
    assert people["Dustin Brinkmann"].role == "manager"
