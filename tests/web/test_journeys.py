"""What people do in a real browser: with the mouse, the keyboard, a phone, without scripts."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import uvicorn
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, async_playwright, expect

from api.app import assemble
from api.backing import Backing
from tests.api.conftest import OPENING, backing_on
from tests.api.fake_engine import FakeEngine
from tests.web.conftest import CHROMIUM, open_like
from tests.workflows.conftest import free_port
from web.site import add_pages


@dataclass(frozen=True)
class Office:
    """A running site, and a browser in front of it."""

    address: str
    http: httpx.AsyncClient
    engine: FakeEngine
    browser: Browser
    backing: Backing
    failed: list[str] = field(default_factory=list)
    """What scripts of ours failed at."""

    async def sit(self, person: str, **more: Any) -> Page:
        """Somebody at a browser of their own."""
        kept = {"person": person, "language": more.pop("language", "en")}
        kept["theme"] = more.pop("theme", "auto")
        context = await self.browser.new_context(base_url=self.address, **more)
        context.set_default_timeout(8_000)
        await context.add_cookies(
            [
                {"name": f"dealpace_{name}", "value": value, "url": self.address}
                for name, value in kept.items()
            ]
        )
        page = await context.new_page()
        page.on("pageerror", lambda error: self.failed.append(str(error)))
        return page

    async def open(self, **changes: Any) -> str:
        """Open a deal; gives its id."""
        answer = await self.http.post("/v1/deals", json=OPENING | changes)
        assert answer.status_code == 201, answer.text
        deal_id: str = answer.json()["id"]
        return deal_id

    async def view(self, deal_id: str) -> dict[str, Any]:
        view: dict[str, Any] = (await self.http.get(f"/v1/deals/{deal_id}")).json()
        return view


@asynccontextmanager
async def served(app: Any) -> AsyncIterator[str]:  # noqa: ANN401 - an ASGI application
    """The application on a port of its own."""
    port = free_port()
    config = uvicorn.Config(app, port=port, log_config=None, timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - it has no event to wait for
        await asyncio.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await running


@pytest.fixture
async def office(ledger_url: str) -> AsyncIterator[Office]:
    app = assemble(lambda: backing_on(ledger_url))
    add_pages(app)
    async with (
        served(app) as address,
        httpx.AsyncClient(base_url=address, trust_env=False) as http,
        async_playwright() as playwright,
    ):
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        engine = app.state.backing.engine
        assert isinstance(engine, FakeEngine)
        office = Office(address, http, engine, browser, app.state.backing)
        try:
            yield office
        finally:
            await browser.close()
        assert not office.failed


async def test_a_rep_works_the_morning_list(office: Office) -> None:
    first, second = [await office.open(customer=name) for name in ("Kaida", "Ruifeng")]
    page = await office.sit("ana")
    await page.goto("/today")
    await expect(page.locator(".task-item")).to_have_count(
        6
    )  # a call, a visit and an idle clock each

    row = page.locator(".task-item", has_text="First call").filter(has_text="Kaida")
    await row.get_by_role("button", name="Done").click()
    await expect(page.get_by_text("It is on the timeline")).to_be_visible()
    assert [one["action"] for one in (await office.view(first))["done"]] == ["first-call"]

    other = page.locator(".task-item", has_text="Get in touch").filter(has_text="Ruifeng")
    await other.get_by_role("link", name="Record…").click()
    form = page.locator("form.act")
    await form.get_by_label("Note or minutes").fill("She wants the list by Friday")
    await form.get_by_label("Next step").fill("send the list")
    on = (datetime.now(UTC) + timedelta(days=6)).date().isoformat()
    await form.get_by_label("by", exact=True).fill(on)
    await form.get_by_role("button", name="Save and done").click()
    await page.get_by_role("button", name=re.compile(r"\d new")).click()
    await expect(page.get_by_text("send the list")).to_be_visible()
    view = await office.view(second)
    assert view["next_step"]["what"] == "send the list"

    await page.get_by_label("More for Kaida").first.click()
    await page.get_by_role("link", name="Hold…").first.click()
    await page.get_by_label("Until").fill(on)
    await page.get_by_label("Reason").fill("at a fair")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("at a fair").first).to_be_visible()
    assert (await office.view(first))["status"] == "on_hold"


async def test_a_deal_goes_from_first_contact_to_won_by_clicks(office: Office) -> None:
    deal = await office.open(customer="Kaida")
    page = await office.sit("ana")
    await page.goto(f"/deals/{deal}")
    for _ in range(60):
        view = await office.view(deal)
        if view["status"] == "won":
            break
        missing = page.locator("#missing a")
        if await missing.count():
            await _fill_in(page, view["unmet"][0])
        else:
            await page.locator(".deal-head .acts button.primary").click()
        await page.wait_for_url(re.compile("done=1"))
        await page.goto(f"/deals/{deal}")
    assert (await office.view(deal))["status"] == "won"
    await expect(page.get_by_text("Won").first).to_be_visible()


async def _fill_in(page: Page, lacking: dict[str, str]) -> None:
    """Follow the first thing that is missing to its form, and fill it in."""
    if lacking["kind"] == "fact":
        await page.locator(f'#missing a[href$="fact-{lacking["id"]}"]').click()
        field = page.locator(f"#fact-{lacking['id']}")
        inputs = field.locator("input:not([type=file]), select")
        for place in range(await inputs.count()):
            await _type(inputs.nth(place))
        await page.locator("[data-panel]").get_by_role("button", name="Save").click()
        return
    await page.goto(f"{page.url.split('?')[0]}?open={lacking['id']}#record")
    form = page.locator("#record form.act")
    if await form.locator(f'option[value="{lacking["id"]}"]').count():
        await form.get_by_label("What was done").select_option(lacking["id"])
    await form.get_by_label("Note or minutes").fill("as agreed")
    await form.locator("input[type=file]").set_input_files(
        {"name": "quote.txt", "mimeType": "text/plain", "buffer": b"a quote"}
    )
    await form.get_by_role("button", name="Save and done").click()


async def _type(field: Any) -> None:  # noqa: ANN401 - a locator
    kind = await field.evaluate("one => one.tagName + (one.type || '') + (one.name || '')")
    if kind.startswith("SELECT"):
        await field.select_option(index=1)
    elif "date" in kind:
        await field.fill("2027-03-01")
    elif "email" in kind.lower():
        await field.fill("a@example.com")
    elif kind.startswith("INPUTurl") or kind.endswith(".url"):
        await field.fill("https://files.example.com/1.pdf")
    else:
        await field.fill("12")


async def test_a_refused_drag_goes_back_and_says_what_is_missing(office: Office) -> None:
    deal = await office.open(customer="Kaida")
    page = await office.sit("ana")
    await page.goto("/board?playbook=equipment-sales")
    card, target = page.locator(".card"), page.locator('.column[data-stage="needs-confirmed"]')
    await card.drag_to(target)
    dialog = page.get_by_role("alertdialog")
    await expect(dialog).to_contain_text("4 things are missing")
    await expect(dialog).to_contain_text("stays in First contact")
    home = page.locator('.column[data-stage="first-contact"] .card')
    await expect(home).to_have_count(1)
    await dialog.get_by_role("button", name="Close").click()
    await expect(dialog).to_be_hidden()
    assert (await office.view(deal))["stage"]["id"] == "first-contact"


async def test_a_drag_that_may_be_moves_the_deal(office: Office) -> None:
    deal = await office.open(customer="Kaida")
    manager = {"Dealpace-Person": "max"}
    await office.http.post(f"/v1/deals/{deal}/override", json={"reason": "known"}, headers=manager)
    page = await office.sit("ana")
    await page.goto("/board?playbook=equipment-sales")
    target = page.locator('.column[data-stage="needs-confirmed"]')
    await page.locator(".card").drag_to(target)
    await expect(target.locator(".card")).to_have_count(1)
    await expect(page.get_by_text("It is on the timeline")).to_be_visible()
    assert (await office.view(deal))["stage"]["id"] == "needs-confirmed"


async def test_a_manager_answers_an_escalation(office: Office) -> None:
    deal = await office.open(customer="Kaida")
    await office.engine.pass_time(deal, datetime.now(UTC) + timedelta(days=5))
    page = await office.sit("max")
    await page.goto("/")
    await expect(page.get_by_role("heading", level=1).first).to_contain_text("need")
    await page.get_by_label("Your answer").fill("I come along on Thursday")
    await page.get_by_role("button", name="Acknowledge").click()
    await page.wait_for_url("**/escalations?done=1*")
    await page.goto(f"/deals/{deal}")
    await expect(page.get_by_text("I come along on Thursday")).to_be_visible()


async def test_a_chinese_user_does_the_same_in_chinese(office: Office) -> None:
    deal = await office.open(customer="苏州经纬光电")
    page = await office.sit("ana", language="zh")
    await page.goto("/today")
    await expect(page.get_by_role("heading", level=1)).to_contain_text("月")
    await page.get_by_role("button", name="完成").first.click()
    await expect(page.get_by_text("已记入商机记录")).to_be_visible()
    await page.goto(f"/deals/{deal}")
    await page.get_by_role("button", name="进入需求确认").click()
    await expect(page.get_by_role("alertdialog")).to_contain_text("暂不能推进：还差 3 项")
    await page.goto("/board?playbook=equipment-sales")
    assert not re.search(r"\b(late|left|today|Board)\b", await page.inner_text("main"))


async def test_the_keyboard_alone_is_enough(office: Office) -> None:
    deal = await office.open(customer="Kaida")
    page = await office.sit("ana")
    await page.goto("/today")
    await page.keyboard.press("j")
    await page.keyboard.press("d")
    await expect(page.get_by_text("It is on the timeline")).to_be_visible()
    assert (await office.view(deal))["done"]
    await page.keyboard.press("/")
    await page.keyboard.type("kaid")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/search?q=kaid")
    await page.get_by_role("link", name="Kaida").focus()
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"**/deals/{deal}")
    await page.keyboard.press("h")
    await expect(page.get_by_label("Until")).to_be_focused()
    await page.keyboard.press("Escape")
    await page.wait_for_url(f"**/deals/{deal}")
    await page.keyboard.press("g")
    await page.keyboard.press("b")
    await page.wait_for_url("**/board")


async def test_without_scripts_nothing_is_missing(office: Office) -> None:
    deal = await office.open(customer="Kaida")
    page = await office.sit("ana", java_script_enabled=False)
    await page.goto("/today")
    await page.get_by_role("button", name="Done").first.click()
    await expect(page.get_by_text("It is on the timeline")).to_be_visible()
    await page.get_by_role("link", name="Record…").first.click()
    await page.get_by_label("Note or minutes").fill("plain")
    await page.get_by_role("button", name="Save and done").click()
    await page.goto("/board?playbook=equipment-sales")
    await page.locator(".card summary").click()
    await page.get_by_role("button", name="To the next stage").click()
    await expect(page.get_by_role("heading", level=2).first).to_contain_text("Not yet")
    assert len((await office.view(deal))["done"]) == 2


async def test_a_phone_is_wide_enough(office: Office) -> None:
    await office.open(customer="Kaida")
    page = await office.sit("ana", viewport={"width": 390, "height": 844}, has_touch=True)
    for path in ("/today", "/pool", "/more", "/search?q=k"):
        await page.goto(path)
        wide = await page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 390, (path, wide)
    await page.goto("/today")
    await expect(page.locator(".bottom-tabs")).to_be_visible()
    box = await page.get_by_role("button", name="Done").first.bounding_box()
    assert box is not None
    assert box["height"] >= 44


async def test_a_change_reaches_a_second_browser_by_itself(office: Office) -> None:
    deal = await office.open(customer="Kaida")
    one, two = await office.sit("ana"), await office.sit("max")
    await two.goto(f"/deals/{deal}")
    await one.goto("/today")
    await asyncio.sleep(1)  # until both listen
    await one.get_by_role("button", name="Done").first.click()
    await expect(two.locator(".timeline")).to_contain_text("First call", timeout=3_000)


async def test_two_people_who_move_one_deal_both_get_the_truth(office: Office) -> None:
    deal = await office.open(customer="Kaida")
    ana, max_ = await office.sit("ana"), await office.sit("max")
    await ana.goto(f"/deals/{deal}/assign")
    await max_.goto(f"/deals/{deal}/assign")
    await max_.locator("select[name=owner]").select_option("bo")
    await max_.get_by_role("button", name="Save").click()
    await expect(max_.get_by_text("Bo Rep").first).to_be_visible()
    await ana.locator("select[name=owner]").select_option("max")
    await ana.get_by_label("Reason").fill("he knows them")
    await ana.get_by_role("button", name="Save").click()
    await expect(ana.get_by_role("alertdialog")).to_contain_text("Max Manager changed this deal")
    await expect(ana.get_by_label("What you wrote")).to_have_value("he knows them")
    assert (await office.view(deal))["owner"] == "bo"


async def test_text_that_was_not_sent_is_there_again(office: Office) -> None:
    deal = await office.open(customer="Kaida")
    page = await office.sit("ana")
    await page.goto(f"/deals/{deal}/hold")
    await page.get_by_label("Reason").fill("a long reason")
    await page.goto("/board")
    await page.go_back()
    await expect(page.get_by_label("Reason")).to_have_value("a long reason")
    on = (datetime.now(UTC) + timedelta(days=6)).date().isoformat()
    await page.get_by_label("Until").fill(on)
    await page.get_by_role("button", name="Save").click()
    await page.wait_for_url(f"**/deals/{deal}?done=1*")
    await page.goto(f"/deals/{deal}/override")
    await page.goto(f"/deals/{deal}/hold")
    await expect(page.get_by_label("Reason")).to_have_value("")


async def test_a_lost_connection_loses_nothing_and_records_once(office: Office) -> None:
    deal = await office.open(customer="Kaida")
    page = await office.sit("ana")
    await page.goto("/today")
    await page.context.set_offline(offline=True)
    await page.get_by_role("button", name="Done").first.click()
    await expect(page.get_by_text("No connection")).to_be_visible()
    await page.context.set_offline(offline=False)
    await expect(page.get_by_text("It is on the timeline")).to_be_visible(timeout=20_000)
    assert [one["times"] for one in (await office.view(deal))["done"]] == [1]


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_axe_finds_no_serious_fault(office: Office, theme: str) -> None:
    deal = await office.open(customer="Kaida")
    other = await office.open(customer="Ruifeng")
    await office.engine.pass_time(other, datetime.now(UTC) + timedelta(days=5))
    faults = []
    for person, paths in (
        ("ana", ("/today", "/board", f"/deals/{deal}", f"/deals/{deal}/facts", "/pool", "/who")),
        ("max", ("/escalations", f"/deals/{other}", "/search?q=kaida", "/keys", "/reports")),
    ):
        page = await office.sit(person, theme=theme)
        for path in paths:
            await page.goto(path)
            found = await Axe().run(page)
            faults += [
                (path, one["id"], one["nodes"][0]["html"][:200])
                for one in found.response["violations"]
                if one["impact"] in {"serious", "critical"}
            ]
    assert not faults


async def test_a_chart_answers_a_pointer_and_nothing_moves(office: Office) -> None:
    await open_like(office.engine, await office.open(), ago=timedelta(days=9))
    page = await office.sit("max")
    refused: list[str] = []
    page.on("console", lambda said: refused.append(said.text) if said.type == "error" else None)
    await page.goto("/reports")

    bars = page.locator("section", has_text="Why deals stand still").locator(".chart")
    box = await bars.bounding_box()
    await bars.hover()
    await expect(bars.locator(".vega-embed svg")).to_be_visible()
    await bars.locator(".mark-rect path").first.hover()
    await expect(bars.locator(".told")).to_have_text(re.compile("· deals: 1$"))

    assert await bars.bounding_box() == box
    assert await page.locator(".chart svg").count() == await page.locator(".chart").count() > 5
    assert refused == []  # nothing that the pages' policy forbids was tried
