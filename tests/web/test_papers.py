"""Papers of meetings on real paper: however much there is to tell, they stay on their sheets."""

import re
from datetime import timedelta
from typing import Any

import pytest
import yaml
from axe_playwright_python.async_playwright import Axe

from api.backing import Backing
from deals.deal import Actor
from deals.playbook import Playbook
from ledger.people import Person, put_person
from ledger.playbooks import publish_playbook
from ledger.record import Life, record_many
from playbooks.load import load_playbook
from playbooks.load import shipped as shipped_files
from reports.period import day_begins
from reports.weekly import last_week
from tests.ledger.lives import Told
from tests.web.pasts import FIRST, MONTH, NOW, did, end, lived, stage
from tests.web.test_journeys import Office, office
from web.meetings import STAGES as STAGES_LISTED

__all__ = ["office"]

LONG = "Machine tools and injection presses of the eastern provinces " * 4
"""Longer than any line can be; cut to that."""

AWHILE = timedelta(days=4)
"""Deals live so long until they are looked at again."""

REPS, PLAYBOOKS, CURRENCIES = 12, 5, ("CNY", "EUR", "USD")
STAGES = ("first-contact", "needs-confirmed", "quotation", "negotiation", "contract")


def line(begin: str) -> str:
    """The longest line that begins so."""
    return f"{begin} {LONG}"[:200].strip()


def wordy(playbook_id: str, version: int) -> Playbook:
    """The equipment playbook under another id, with the longest names; the second is stricter."""
    (file,) = (path for path in shipped_files() if path.stem == "equipment-sales")
    body: dict[str, Any] = yaml.safe_load(file.read_bytes())
    body |= {"playbook": playbook_id, "version": version, "name": line(playbook_id)}
    body["ladders"] = {name: rungs[:-1] for name, rungs in body["ladders"].items()}
    body["facts"]["source"] = {"kind": "text", "name": "Source"}
    for one in body["stages"]:
        one["name"] = line(one["id"])
        for action in one["actions"]:
            action["name"] = line(action["id"])
        one["stay"]["limit"] = f"{40 + version}d"
    return load_playbook(body, year=FIRST.year).playbook


async def furnished(backing: Backing) -> list[Playbook]:
    """More reps and more playbooks than a sheet has room for; gives the playbooks."""
    team = line("north")
    for person in (
        Person(id="ana", name="Ana Rep", role="rep", manager="dora"),
        Person(id="bo", name="Bo Rep", role="rep", manager="dora"),
        Person(id="max", name=line("Max"), role="manager", manager="dora", team=team),
        *(
            Person(id=f"rep-{n}", name=line(f"Rep {n}"), role="rep", manager="max", team=team)
            for n in range(REPS)
        ),
    ):
        await put_person(backing.ledger, person)
    books = [wordy(f"other-{n}", version) for n in range(PLAYBOOKS) for version in (1, 2)]
    for book in books:
        at = FIRST + timedelta(days=book.version)
        await publish_playbook(backing.ledger, book, book.id, now=at)
    return books[1::2]


async def a_full_month(backing: Backing) -> None:
    """Each rep wins and loses deals of every playbook, with the longest of everything."""
    books = await furnished(backing)
    await a_full_week(backing, books)
    for at, book in enumerate(books):
        for rep in range(REPS):
            for how in ("won", "lost"):
                days = range(1, 2 + len(STAGES))
                visits = [stage(one, day) for one, day in zip(STAGES, days, strict=False)]
                work = (did("follow-up", 5 + n / 10, by=f"rep-{rep}") for n in range(8))
                await lived(
                    backing,
                    f"{how}-{at}-{rep}",
                    *(*visits, *work, end(how, 9 + rep, LONG * 4)),
                    book=book,
                    owner=f"rep-{rep}",
                    team=line("north"),
                    customer=line(f"Customer {rep}"),
                    source=line(f"Source {rep}"),
                    currency=CURRENCIES[rep % 3],
                    amount_minor=123_456_789_00,
                )


def late(book: Playbook, n: int) -> Told:
    """A deal of which nobody has heard since something was promised for last week."""
    promised_at = day_begins(last_week(NOW.date()), "UTC") + timedelta(days=1 + n % 5)
    told = Told(book)
    told.now = min(FIRST, promised_at - timedelta(days=9))
    told.open(
        f"late-{book.id}-{n}",
        customer=line(f"Late {n}"),
        owner=f"rep-{n % REPS}",
        team=line("north"),
        amount_minor=123_456_789_00,
    )
    step = {"what": line("Send it"), "on": promised_at.isoformat()}
    owner = Actor(id=f"rep-{n % REPS}", role="rep")
    told.send("record_action", by=owner, action="first-call", next_step=step)
    while told.now + AWHILE < NOW:
        told.wait(hours=AWHILE / timedelta(hours=1))
    return told


async def a_full_week(backing: Backing, books: list[Playbook]) -> None:
    """Deals in every stage, and more late ones than a rule needs to be called ignored."""
    lives = [late(book, n) for book in books for n in range(22)]
    await record_many(backing.ledger, [Life(one.deal.id, one.events) for one in lives if one.deal])
    for at, book in enumerate(books):
        for place, name in enumerate(STAGES[1:]):
            past = (stage("first-contact", 1), stage(name, 2 + place))
            given = {"book": book, "owner": "rep-1", "team": line("north")}
            await lived(backing, f"open-{at}-{place}", *past, **given)


async def sheets(office: Office, path: str, language: str) -> int:
    """How many sheets of paper a page takes."""
    page = await office.sit("max", language=language)
    answer = await page.goto(path)
    assert answer
    assert answer.status == 200
    printed = await page.pdf(prefer_css_page_size=True)
    await page.context.close()
    return len(re.findall(rb"/Type\s*/Page\b", printed))


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_the_review_of_a_full_month_takes_two_sheets(office: Office, language: str) -> None:
    await a_full_month(office.backing)
    assert await sheets(office, f"/meetings/monthly?month={MONTH}", language) == 2


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_the_week_of_many_playbooks_takes_one_sheet(office: Office, language: str) -> None:
    await a_full_month(office.backing)
    assert await sheets(office, "/meetings/weekly", language) == 1


async def test_what_does_not_fit_on_the_weeks_sheet_is_on_the_board(office: Office) -> None:
    await a_full_week(office.backing, await furnished(office.backing))
    page = await office.sit("max")
    await page.goto("/meetings/weekly")
    assert await page.locator("section").first.locator("tbody tr").count() == STAGES_LISTED
    more = page.get_by_role("link", name="and 15 more stages")
    assert "78 deals" in await page.locator("p", has=more).inner_text()
    await more.click()
    assert await page.locator("select[name=playbook]").input_value() == "other-2"
    assert await page.locator("select[name=team]").input_value() == line("north")


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_axe_finds_no_serious_fault_on_papers(office: Office, theme: str) -> None:
    await a_full_month(office.backing)
    page = await office.sit("max", theme=theme)
    for path in (f"/meetings/monthly?month={MONTH}", "/meetings/weekly"):
        await page.goto(path)
        found = (await Axe().run(page)).response["violations"]
        assert not [one["id"] for one in found], (path, found)
