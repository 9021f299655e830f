"""The papers of meetings: what is on them, for whom, and what cannot be asked for."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from tests.web.conftest import Site, open_like


async def test_the_week_says_where_it_is_stuck_and_which_deals_to_talk_about(site: Site) -> None:
    deal = await site.open(customer="Acme & <b>Sons</b>")
    await open_like(site.engine, deal["id"], ago=timedelta(days=9))
    page = await site.get("/meetings/weekly?manager=max", "ana")
    assert "First contact holds us up." in page
    assert "Of 1 looked at, 1 lacks:" in page
    assert "Acme &amp; &lt;b&gt;Sons&lt;/b&gt;" in page
    assert page.count('class="line-to-write"') >= 2
    assert "Ask for it before First contact" in page


async def test_a_team_without_deals_has_a_paper_as_well(site: Site) -> None:
    page = await site.get("/meetings/weekly", "max")
    for said in ("Nothing is stuck.", "No deal is open.", "Nothing was promised.", "None is stuck"):
        assert said in page


async def test_the_month_counts_what_was_opened_in_it_and_opens_the_deals(site: Site) -> None:
    await site.open()
    await site.open(customer="Other")
    month = f"{datetime.now(UTC):%Y-%m}"
    page = await site.get(f"/meetings/monthly?month={month}&manager=max", "max")
    leads = re.search(r"New leads</span><strong>(\d+)", page)
    assert leads
    assert leads[1] == "2"
    address = re.search(r'href="(/reports/conversion/deals[^"]+)">2</a>', page)
    assert address
    assert "so far" in page
    assert "It did not change." not in page  # the playbook was published in it
    zh = await site.get(f"/meetings/monthly?month={month}", "max", language="zh")
    assert "流程月度回顾" in zh


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/meetings/monthly?month=2026-13", 422),
        ("/meetings/monthly?month=2099-01", 422),
        ("/meetings/monthly?month=yesterday", 422),
        ("/meetings/weekly?manager=nobody", 404),
        ("/meetings?manager=nobody", 404),
        ("/meetings/monthly", 200),
    ],
)
async def test_what_no_meeting_can_have_is_a_page(site: Site, path: str, status: int) -> None:
    answer = await site.ask(path, "max")
    assert answer.status_code == status
    assert "</html>" in answer.text
