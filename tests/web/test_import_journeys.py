"""Imports in a real browser: a column is chosen, the bar goes on by itself, without scripts too."""

import re
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

from imports.load import EXAMPLES
from tests.web.test_importing import run
from tests.web.test_journeys import Office, office

__all__ = ["office"]

SIMPLE = EXAMPLES / "simple"
PHONE = {"width": 390, "height": 844}


async def preview(page: Page, file: Path, button: str = "Preview") -> None:
    """Choose a file with its side file, and look at it."""
    await page.goto("/imports")
    await page.set_input_files("[name=upload]", file)
    await page.set_input_files("[name=sides]", SIMPLE / "team.csv")
    await page.get_by_role("button", name=button).click()
    await page.wait_for_url(re.compile("/imports/preview"))


async def test_a_column_is_chosen_and_the_import_is_watched_to_its_end(
    office: Office, ledger_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "deals.csv"
    file.write_bytes((SIMPLE / "deals.csv").read_bytes().replace(b";Customer;", b";Firm;"))
    page = await office.sit("ola")
    await preview(page, file)
    await expect(page.get_by_text("has no column Customer")).to_be_visible()
    await page.get_by_label("Customer", exact=True).select_option("Firm")
    await page.get_by_label("Title").nth(1).select_option("Firm")
    await page.get_by_role("button", name="Show with these columns").click()
    await expect(page.get_by_text("All 5 rows")).to_be_visible()
    await page.get_by_role("button", name="Import all rows").dblclick()
    await expect(page.get_by_role("progressbar")).to_be_visible()
    assert len(office.engine.imports) == 1
    await run(office, ledger_url)
    await expect(page.get_by_text("5 rows were read.")).to_be_visible()
    await page.get_by_role("link", name="repaired").click()
    await expect(page.get_by_text("0 on a lost deal is no amount").first).to_be_visible()


async def test_without_scripts_the_same_forms_lead_there(office: Office, ledger_url: str) -> None:
    page = await office.sit("ola", java_script_enabled=False)
    await preview(page, SIMPLE / "deals.csv")
    await page.get_by_role("button", name="Import all rows").click()
    await expect(page.get_by_role("progressbar")).to_be_visible()
    await run(office, ledger_url)
    await expect(page.get_by_text("5 rows were read.")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_axe_finds_nothing_and_nothing_is_wider_than_a_phone(
    office: Office, ledger_url: str, theme: str
) -> None:
    faults = []
    for language, button, begin in (("en", "Preview", "Import all"), ("zh", "预览", "导入全部")):
        page = await office.sit("ola", theme=theme, language=language, viewport=PHONE)
        await preview(page, SIMPLE / "deals.csv", button)
        shown = [page.url]
        await page.get_by_role("button", name=begin).click()
        await page.wait_for_url(re.compile("/imports/I"))
        await run(office, ledger_url)
        for path in (*shown, shown[0].replace("simple", "maven-crm"), page.url, "/imports"):
            await page.goto(path)
            found = (await Axe().run(page)).response["violations"]
            faults += [(path, one["id"], one["nodes"][0]["html"][:200]) for one in found]
            wide = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert wide <= 0, path
    assert not faults
