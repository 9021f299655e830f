"""What people do in a real browser: begin a deal, look at one stage, enter leave."""

import re

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import expect

from tests.api.fake_engine import Away
from tests.web.test_journeys import Office, office

__all__ = ["office"]

PHONE = {"width": 390, "height": 844}
LEFT = {"name": "Ana Rep", "role": "rep", "manager": "max", "last_on": "2026-01-31"}


async def test_a_rep_begins_a_deal_by_a_key(office: Office) -> None:
    await office.open(customer="Kaida Bearings")
    page = await office.sit("ana")
    await page.goto("/board")
    await page.keyboard.press("c")
    await expect(page.get_by_role("heading", name="New deal")).to_be_visible()
    await page.get_by_label("Customer", exact=True).press_sequentially("kai")
    await expect(page.locator("#customers option")).to_have_count(1)
    await page.get_by_label("Customer", exact=True).fill("Ruifeng")
    await page.get_by_label("What it is about").fill("Two presses")
    await page.get_by_label("Amount").fill("much")
    await page.get_by_role("button", name="Begin").click()
    await expect(page.get_by_text("This does not fit.")).to_be_visible()
    await expect(page.get_by_label("Amount")).to_be_focused()
    await expect(page.get_by_label("What it is about")).to_have_value("Two presses")
    await page.get_by_label("Amount").fill("120,000")
    await page.get_by_role("button", name="Begin").click()
    await expect(page.get_by_role("heading", name="Ruifeng Two presses")).to_be_visible()
    assert re.search(r"/deals/D\w+\?done=1", page.url)
    assert len((await office.http.get("/v1/deals")).json()["items"]) == 2


async def test_another_playbook_is_chosen_and_what_was_typed_stays(office: Office) -> None:
    page = await office.sit("ana")
    await page.goto("/deals/new")
    await page.get_by_label("Customer", exact=True).fill("Kaida")
    await page.get_by_label("Playbook").select_option("short-pipeline")
    await page.wait_for_url("**/deals/new?**")
    await expect(page.get_by_label("Playbook")).to_have_value("short-pipeline")
    await expect(page.get_by_label("Customer", exact=True)).to_have_value("Kaida")


@pytest.mark.parametrize("scripts", [True, False])
async def test_a_phone_shows_one_stage_at_a_time(office: Office, scripts: bool) -> None:  # noqa: FBT001
    await office.open(customer="Kaida")
    page = await office.sit("ana", viewport=PHONE, java_script_enabled=scripts)
    await page.goto("/board")
    await expect(page.get_by_role("link", name="Kaida")).to_be_visible()
    await page.get_by_role("navigation", name="Stages").get_by_text("Negotiation").click()
    await expect(page.locator(".column:visible")).to_have_count(1)
    await expect(page.locator(".column:visible h2")).to_have_text("Negotiation")
    await page.get_by_role("navigation", name="Stages").get_by_text("Won").click()
    await expect(page.locator(".column:visible h2")).to_have_text("Won this quarter")


async def test_a_rep_enters_leave_and_takes_it_back(office: Office) -> None:
    page = await office.sit("ana", language="zh")
    await page.goto("/people/ana")
    await page.get_by_text("登记休假…").click()
    await page.get_by_label("第一天").fill("2030-02-01")
    await page.get_by_label("最后一天").fill("2030-02-05")
    await page.get_by_label("代理人").select_option("bo")
    await page.get_by_role("button", name="登记休假").click()
    await expect(page.get_by_text("由Bo Rep代理")).to_be_visible()
    await page.get_by_role("button", name="撤销").click()
    await expect(page.get_by_text("没有登记。")).to_be_visible()


async def test_a_manager_hands_over_what_somebody_left_behind(office: Office) -> None:
    deals = {name: await office.open(customer=name) for name in ("Kaida", "Riedel", "Ruifeng")}
    await office.http.put("/v1/people/ana", json=LEFT)
    page = await office.sit("max")
    await page.goto("/people")
    await expect(page.get_by_text("has left and owns 3 open deals.")).to_be_visible()
    await page.get_by_role("link", name="Hand over…").click()
    await page.get_by_label("Hand over Riedel").uncheck()
    await page.get_by_role("combobox", name="To").select_option(label="Bo Rep")
    await page.get_by_label("Why").fill("Ana has left")
    await page.get_by_role("button", name="Hand over", exact=True).click()
    await expect(page.get_by_text("2 deals are handed over.")).to_be_visible()
    owners = {name: (await office.view(deal))["owner"] for name, deal in deals.items()}
    assert owners == {"Kaida": "bo", "Riedel": "ana", "Ruifeng": "bo"}


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_axe_finds_nothing_and_nothing_is_wider_than_a_phone(
    office: Office, theme: str
) -> None:
    await office.open(customer="Kaida")
    await office.http.put("/v1/people/ana", json=LEFT)
    office.engine.away = Away.SERVER
    faults = []
    for person, language in (("ola", "en"), ("max", "zh")):
        page = await office.sit(person, theme=theme, language=language, viewport=PHONE)
        paths = ["/deals/new", "/board?stage=_won", "/people", "/people/ana", f"/people/{person}"]
        for path in [
            *paths,
            "/status",
            *(["/people/ana/edit", "/people/new"] if person == "ola" else []),
        ]:
            await page.goto(path)
            found = (await Axe().run(page)).response["violations"]
            faults += [(path, one["id"], one["nodes"][0]["html"][:200]) for one in found]
            wide = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert wide <= 0, path
    assert not faults
