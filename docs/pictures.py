"""Takes the pictures of the README from a running demo, or of every page to be looked at.

    make demo                                       (in another terminal)
    .venv/bin/python docs/pictures.py               three pictures, into docs/pictures
    .venv/bin/python docs/pictures.py --every DIR   each page in both languages and themes

Decides what is shown. Must never change a deal.
"""

import argparse
import itertools
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import httpx
from playwright.sync_api import Browser, ViewportSize, sync_playwright

HERE: Final = Path(__file__).parent
REP, MANAGER = "lin-yue", "wu-lan"
WIDE, PHONE = 1280, 390
HEIGHT: Final = 860


class Shot(NamedTuple):
    """A page as somebody sees it."""

    name: str
    path: str
    person: str
    language: str = "en"
    theme: str = "light"
    width: int = WIDE
    is_whole: bool = False


def of_readme(deal: str) -> Iterator[Shot]:
    """The morning of a rep, a deal, and the reports."""
    yield Shot("today", "/today", REP)
    yield Shot("deal-zh-dark", f"/deals/{deal}", REP, "zh", "dark")
    yield Shot("reports", "/reports?playbook=equipment-sales", MANAGER)


def of_all(deal: str, address: str) -> Iterator[Shot]:
    """Every page without a parameter, and one of each that has some."""
    stuck = httpx.get(f"{address}/v1/escalations").json()["items"]
    pages = {
        "today": ("/today", REP),
        "deal": (f"/deals/{deal}", REP),
        "record": (f"/deals/{deal}?open=record", REP),
        "facts": (f"/deals/{deal}/facts", REP),
        "hold": (f"/deals/{deal}/hold", REP),
        "new": ("/deals/new", REP),
        "board": ("/board", MANAGER),
        "escalations": ("/escalations", MANAGER),
        "reports": ("/reports", MANAGER),
        "meetings": ("/meetings", MANAGER),
        "weekly": ("/meetings/weekly", MANAGER),
        "monthly": ("/meetings/monthly", MANAGER),
        "playbooks": ("/playbooks", MANAGER),
        "playbook": ("/playbooks/equipment-sales/1", MANAGER),
        "publish": ("/playbooks/new", MANAGER),
        "pool": ("/pool", REP),
        "people": ("/people", MANAGER),
        "person": (f"/people/{REP}", MANAGER),
        "imports": ("/imports", MANAGER),
        "status": ("/status", MANAGER),
        "search": ("/search?q=medical", REP),
        "keys": ("/keys", REP),
        "more": ("/more", REP),
        "who": ("/who", ""),
        "missing": ("/nowhere", REP),
    }
    if stuck:
        pages["late-deal"] = (f"/deals/{stuck[0]['deal_id']}", MANAGER)
    looks = itertools.product(("en", "zh"), ("light", "dark"), (WIDE, PHONE))
    for (language, theme, width), (name, (path, person)) in itertools.product(looks, pages.items()):
        called = f"{name}-{language}-{theme}-{'wide' if width == WIDE else 'phone'}"
        yield Shot(called, path, person, language, theme, width, is_whole=True)


def take(browser: Browser, address: str, shot: Shot, folder: Path) -> str:
    """Take one; says what is wrong with the page, if anything."""
    view = ViewportSize(width=shot.width, height=HEIGHT)
    context = browser.new_context(viewport=view, base_url=address)
    kept = {"person": shot.person, "language": shot.language, "theme": shot.theme}
    context.add_cookies(
        [{"name": f"dealpace_{name}", "value": one, "url": address} for name, one in kept.items()]
    )
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    answer = page.goto(shot.path)
    page.wait_for_timeout(300)
    page.screenshot(path=folder / f"{shot.name}.png", full_page=shot.is_whole)
    wide = page.evaluate("document.documentElement.scrollWidth")
    if wide > shot.width:
        faults.append(f"is {wide} wide")
    if answer is None or (not answer.ok and shot.path != "/nowhere"):
        faults.append(f"answered {answer and answer.status}")
    context.close()
    return "; ".join(faults)


def main() -> None:
    """Take what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--address", default="http://127.0.0.1:8000")
    parser.add_argument("--every", type=Path, metavar="DIR")
    given = parser.parse_args()
    listed = httpx.get(f"{given.address}/v1/deals?owner={REP}&status=open").json()["items"]
    deal = next(one["id"] for one in listed if one["playbook_id"] == "equipment-sales")
    shots = of_all(deal, given.address) if given.every else of_readme(deal)
    folder = given.every or HERE / "pictures"
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        for shot in shots:
            print(shot.name, take(browser, given.address, shot, folder))
        browser.close()


if __name__ == "__main__":
    main()
