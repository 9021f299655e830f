"""Invented opportunities in the form of the real ones: what becomes of each kind."""

from datetime import UTC, datetime

import pytest

from imports.load import find_mapping
from imports.prepare import prepared
from imports.report import ImportReport
from imports.run import Task, run_import
from imports.source import Uploaded
from ledger.deals import DealFilter, deal_state, list_deals
from ledger.session import Ledger
from tests.imports.conftest import Lives

NOW = datetime(2026, 10, 1, tzinfo=UTC)
HEADER = "opportunity_id,sales_agent,product,account,deal_stage,engage_date,close_date,close_value"
ROWS = (
    "W1,Ann Lee,GTXPro,Acme,Won,2017-01-02,2017-03-04,4514",
    "L1,Ann Lee,GTX Basic,Acme,Lost,2017-01-02,2017-03-04,0",
    "E1,Bo Ray,MG Special,,Engaging,2017-05-06,,",
    "P1,Bo Ray,MG Special,Zed,Prospecting,,,",
)
SIDES = {
    "accounts.csv": (
        b"account,sector,office_location\nAcme,technolgy,Philipines\nZed,retail,Japan\n"
    ),
    "sales_teams.csv": (
        b"sales_agent,manager,regional_office\nAnn Lee,Cy Moe,East\nBo Ray,Cy Moe,East\n"
        b"Di Fox,Cy Moe,East\n"
    ),
}


@pytest.fixture
async def said(ledger: Ledger, lives: Lives) -> ImportReport:
    found = find_mapping("maven-crm", files=False)
    mapping, playbook = await prepared(found, ledger, now=NOW, publish=True)
    content = "\n".join((HEADER, *ROWS, "")).encode()
    files = Uploaded("sales_pipeline.csv", content, SIDES)
    return await run_import(Task(files, mapping, playbook, NOW), ledger=ledger, starter=lives)


def test_every_oddity_is_remarked(said: ImportReport) -> None:
    assert [(one.line, one.rule) for one in said.remarks] == [
        (0, "respelt"),
        (0, "respelt"),
        (0, "side_row_unused"),
        (2, "respelt"),
        (3, "lost_amount_zero"),
        (4, "blank_replaced"),
        (5, "undated"),
    ]
    assert (said.tally.won, said.tally.lost, said.tally.open) == (1, 1, 2)
    assert said.tally.won_amounts == {"USD": 451_400}


async def test_a_closed_one_is_recorded_with_its_past(said: ImportReport, ledger: Ledger) -> None:
    assert said.tally.closed == 2
    (listed,) = (await list_deals(ledger, DealFilter(status=("won",)))).items
    won = await deal_state(ledger, listed.id)
    assert won is not None
    assert won.outcome is not None
    assert [visit.stage for visit in won.visits] == ["engaging"]
    assert (won.opened_at, won.outcome.at) == (
        datetime(2017, 1, 2, tzinfo=UTC),
        datetime(2017, 3, 4, tzinfo=UTC),
    )
    assert won.facts == {
        "product": "GTX Pro",
        "sector": "technology",
        "country": "Philippines",
        "region": "East",
    }
    assert (won.owner, won.team, won.amount_minor) == ("Ann Lee", "Cy Moe", 451_400)


def test_an_open_one_lives_as_it_was_left(said: ImportReport, lives: Lives) -> None:
    assert said.tally.open == 2
    by_stage = {deal.visit.stage: deal for deal in lives.deals.values()}
    engaging, prospecting = by_stage["engaging"], by_stage["prospecting"]
    assert (engaging.customer, engaging.title, engaging.amount_minor) == (
        "unknown",
        "MG Special",
        None,
    )
    assert "sector" not in engaging.facts
    assert all(clock.breached_at for clock in engaging.clocks)
    assert (prospecting.opened_at, prospecting.visit.entered_at) == (None, None)
    assert all(clock.started_at == NOW for clock in prospecting.clocks)
