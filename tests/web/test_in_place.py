"""What happens within a page: done in place, told by others, by keys; in a real browser."""

import asyncio
import re
from datetime import UTC, datetime, timedelta

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, Route, expect

from tests.web.test_journeys import Office, office

__all__ = ["office"]

SHIFTS = """
window.shifts = 0;
new PerformanceObserver((list) => {
  for (const one of list.getEntries()) if (!one.hadRecentInput) window.shifts += one.value;
}).observe({ type: "layout-shift", buffered: true });
"""
"""Adds up what moved by itself, as browsers count it."""


async def shifted(page: Page) -> float:
    """How far things moved without anybody touching anything."""
    found: float = await page.evaluate("window.shifts")
    return found


async def at_today(office: Office, **more: str) -> Page:
    """Ana before her list, listening."""
    page = await office.sit("ana", **more)
    await page.add_init_script(SHIFTS)
    await page.goto("/today")
    await asyncio.sleep(1)  # until the line for live changes stands
    return page


async def by_max(office: Office, deal: str, verb: str, **said: str) -> None:
    answer = await office.http.post(
        f"/v1/deals/{deal}/{verb}", json=said, headers={"Dealpace-Person": "max"}
    )
    assert answer.status_code == 200, answer.text


async def test_a_done_row_ticks_stays_and_folds(office: Office) -> None:
    deal = await office.open(customer="Kaida")
    await office.open(customer="Ruifeng")
    page = await at_today(office)
    before = await page.locator(".task-item").count()
    row = page.locator(".task-item", has_text="First call").filter(has_text="Kaida")
    await row.get_by_role("button", name="Done").dblclick()
    await expect(row).to_have_class(re.compile("gone"))
    await expect(row.locator(".acts")).to_have_text("Done")
    await expect(page.locator(".tabs .count").first).not_to_have_text(str(before))
    await expect(row).to_have_count(0, timeout=4_000)
    await asyncio.sleep(0.5)
    assert await shifted(page) < 0.01
    assert [one["times"] for one in (await office.view(deal))["done"]] == [1]


async def test_new_work_waits_behind_a_button(office: Office) -> None:
    await office.open(customer="Kaida")
    page = await at_today(office)
    rows = page.locator(".task-item")
    before = await rows.all_inner_texts()
    await office.open(customer="Ruifeng")
    new = page.get_by_role("button", name=re.compile(r"^\d new$"))
    await expect(new).to_be_visible()
    assert await rows.count() == len(before)
    assert await shifted(page) < 0.01
    await new.click()
    await expect(rows.filter(has_text="Ruifeng").first).to_be_visible()
    await expect(new).to_have_count(0)


async def test_a_change_of_somebody_else_says_who_and_moves_nothing(office: Office) -> None:
    deal = await office.open(customer="Kaida")
    page = await at_today(office)
    await page.locator(".task-item").first.hover()
    await by_max(office, deal, "replies", note="she called")
    said = page.locator(".task-item .by").first
    await expect(said).to_have_text(re.compile(r"Max Manager, \d\d:\d\d"))
    assert await shifted(page) < 0.01


async def test_rows_that_others_took_do_not_go_from_under_the_pointer(office: Office) -> None:
    deal = await office.open(customer="Kaida")
    await office.open(customer="Ruifeng")
    page = await at_today(office)
    theirs = page.locator(".task-item", has_text="Kaida")
    n = await theirs.count()
    await page.locator(".task-item").first.hover()
    await by_max(office, deal, "assign", owner="bo", reason="region")
    await expect(page.locator(".task-item.gone")).to_have_count(n)
    await asyncio.sleep(3)
    assert await theirs.count() == n
    await page.mouse.move(2, 2)
    await expect(theirs).to_have_count(0, timeout=4_000)
    assert await shifted(page) < 0.01


async def test_a_form_in_work_outlives_changes_and_escape(office: Office) -> None:
    deal = await office.open(customer="Kaida")
    page = await at_today(office)
    await page.keyboard.press("j")
    await page.keyboard.press("h")
    reason = page.get_by_label("Reason")
    await expect(page.get_by_label("Until")).to_be_focused()
    await reason.fill("they take stock")
    await by_max(office, deal, "replies", note="she called")
    await expect(page.locator(".task-item .by").first).to_be_visible()
    await expect(reason).to_have_value("they take stock")
    await page.keyboard.press("Escape")
    await expect(reason).to_have_count(0)
    await page.keyboard.press("j")
    await page.keyboard.press("h")
    await expect(page.get_by_label("Reason")).to_have_value("they take stock")
    on = (datetime.now(UTC) + timedelta(days=6)).date().isoformat()
    await page.get_by_label("Until").fill(on)
    await page.get_by_label("Reason").press("Control+Enter")
    await expect(page.get_by_text(re.compile("On hold until .*they take stock"))).to_be_visible()
    assert "/today" in page.url
    assert (await office.view(deal))["status"] == "on_hold"


async def test_a_next_step_is_set_in_the_row(office: Office) -> None:
    deal = await office.open(customer="Kaida")
    page = await at_today(office)
    await page.keyboard.press("j")
    await page.keyboard.press("n")
    await expect(page.get_by_label("Next step")).to_be_focused()
    await page.keyboard.type("send the list")
    on = (datetime.now(UTC) + timedelta(days=6)).date().isoformat()
    await page.get_by_label("by", exact=True).fill(on)
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_text("It is on the timeline")).to_be_visible()
    assert (await office.view(deal))["next_step"]["what"] == "send the list"


async def test_a_refusal_leaves_the_form_as_it_was(office: Office) -> None:
    deal = await office.open(customer="Kaida")
    page = await at_today(office)
    await page.keyboard.press("j")
    await page.keyboard.press("n")
    await page.get_by_label("Note or minutes").fill("long minutes")
    await page.get_by_label("Next step").fill("call")
    await page.get_by_label("by", exact=True).fill("2020-01-01")
    await page.keyboard.press("Control+Enter")
    dialog = page.get_by_role("alertdialog")
    await expect(dialog).to_contain_text("This day is past")
    await dialog.get_by_role("button", name="Close").click()
    await expect(page.get_by_label("Note or minutes")).to_have_value("long minutes")
    on = (datetime.now(UTC) + timedelta(days=6)).date().isoformat()
    await page.get_by_label("by", exact=True).fill(on)
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_text("It is on the timeline")).to_be_visible()
    assert (await office.view(deal))["next_step"]["what"] == "call"


async def test_keys_mean_nothing_without_a_row_and_can_be_switched_off(office: Office) -> None:
    deal = await office.open(customer="Kaida")
    page = await at_today(office)
    await page.keyboard.press("d")
    await page.goto("/keys")
    await page.get_by_role("button", name="Switch them off").click()
    await page.goto("/today")
    await page.keyboard.press("j")
    await page.keyboard.press("d")
    await page.keyboard.press("g")
    await page.keyboard.press("b")
    await asyncio.sleep(0.3)
    assert page.url.endswith("/today")
    assert not (await office.view(deal))["done"]
    await page.goto("/keys")
    await page.get_by_role("button", name="Switch them on").click()
    await page.keyboard.press("g")
    await page.keyboard.press("t")
    await page.wait_for_url("**/today")


async def test_a_manager_works_the_escalations_by_keys_in_place(office: Office) -> None:
    first, second = [await office.open(customer=name) for name in ("Kaida", "Ruifeng")]
    for deal in (first, second):
        await office.engine.pass_time(deal, datetime.now(UTC) + timedelta(days=5))
    page = await office.sit("max")
    await page.goto("/escalations")
    await page.get_by_label("Your answer").fill("I come along")
    await page.locator("h1").last.click()
    await page.keyboard.press("e")
    await expect(page.get_by_label("Extend to")).to_be_focused()
    await expect(page.get_by_label("Your answer")).to_have_value("I come along")
    on = (datetime.now(UTC) + timedelta(days=9)).date().isoformat()
    await page.get_by_label("Extend to").fill(on)
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_text("1 answered today")).to_be_visible()
    await expect(page.get_by_label("Your answer")).to_have_value("")
    await page.locator("h1").last.click()
    await page.keyboard.press("r")
    await page.locator("select[name=owner]").select_option("bo")
    await page.get_by_label("Reason").fill("nearer")
    await page.locator("#more").get_by_role("button", name="Save").click()
    await expect(page.get_by_text("It is on the timeline")).to_be_visible()
    owners = {(await office.view(deal))["owner"] for deal in (first, second)}
    assert owners == {"ana", "bo"}


@pytest.mark.parametrize("scripts", [True, False])
async def test_a_form_outlives_the_session(office: Office, scripts: bool) -> None:  # noqa: FBT001 - a parameter
    deal = await office.open(customer="Kaida")
    page = await office.sit("ana", java_script_enabled=scripts)
    await page.goto(f"/deals/{deal}/hold")
    await page.get_by_label("Reason").fill("a long reason")
    on = (datetime.now(UTC) + timedelta(days=6)).date().isoformat()
    await page.get_by_label("Until").fill(on)
    await page.context.clear_cookies()
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("What you typed is kept")).to_be_visible()
    await page.get_by_role("button", name="Ana Rep").click()
    await expect(page.get_by_label("Reason")).to_have_value("a long reason")
    await page.get_by_role("button", name="Send it").click()
    await page.wait_for_url("**done=1*")
    assert (await office.view(deal))["status"] == "on_hold"


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_axe_finds_no_serious_fault_in_open_forms(office: Office, theme: str) -> None:
    deal = await office.open(customer="Kaida")
    other = await office.open(customer="Ruifeng")
    await office.engine.pass_time(other, datetime.now(UTC) + timedelta(days=5))
    page = await office.sit("ana", theme=theme)
    await page.goto("/today")
    links = await page.locator(".task-item [data-open]").evaluate_all(
        "all => [...new Set(all.slice(0, 5).map(one => one.href))]"
    )
    boss = await office.sit("max", theme=theme)
    await boss.goto("/escalations")
    more = await boss.locator(".answer [data-open]").evaluate_all("all => all.map(one => one.href)")
    assert links
    assert more
    faults = []
    for who, paths in ((page, [*links, f"/deals/{deal}?open=record"]), (boss, more)):
        for path in paths:
            await who.goto(path)
            found = await Axe().run(who)
            faults += [
                (path, one["id"], one["nodes"][0]["html"][:200])
                for one in found.response["violations"]
                if one["impact"] in {"serious", "critical"}
            ]
    assert not faults


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_open_forms_fit_a_phone(office: Office, language: str) -> None:
    await office.open(customer="Kaida")
    page = await office.sit(
        "ana", viewport={"width": 390, "height": 844}, has_touch=True, language=language
    )
    await page.goto("/today")
    links = await page.locator(".task-item [data-open]").evaluate_all(
        "all => all.slice(0, 5).map(one => one.href)"
    )
    for path in links:
        await page.goto(path)
        assert await page.evaluate("document.documentElement.scrollWidth") <= 390, path


async def test_the_word_of_a_change_may_come_before_its_answer(office: Office) -> None:
    await office.open(customer="Kaida")
    page = await at_today(office)

    async def slowly(route: Route) -> None:
        answer = await route.fetch(max_redirects=0)
        await asyncio.sleep(1)  # in which the word has come
        await route.fulfill(response=answer)

    await page.route("**/actions", slowly)
    row = page.locator(".task-item", has_text="First call")
    await row.get_by_role("button", name="Done").click()
    await expect(row.locator(".acts")).to_have_text("Done")
    await expect(row.get_by_role("button")).to_have_count(0)
    await expect(row).to_have_count(0, timeout=4_000)
