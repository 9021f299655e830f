"""Papers of meetings on real paper: however much there is to tell, they stay on their sheets."""

import re
from datetime import timedelta
from typing import Any

import pytest
import yaml

from api.backing import Backing
from deals.playbook import Playbook
from ledger.people import Person, put_person
from ledger.playbooks import publish_playbook
from ledger.record import Life, record_many
from playbooks.load import load_playbook
from playbooks.load import shipped as shipped_files
from tests.ledger.lives import Told
from tests.web.pasts import FIRST, MONTH, NOW, did, end, lived, stage
from tests.web.test_journeys import Office, office

__all__ = ["office"]

LONG = "Machine tools and injection presses of the eastern provinces " * 4
"""Longer than any line can be; cut to that."""

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
    await a_late_quarter(backing, books)
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


async def a_late_quarter(backing: Backing, books: list[Playbook]) -> None:
    """Of every playbook some deals of which nobody has heard since they were opened."""
    lives = []
    for book in books:
        for n in range(5):
            told = Told(book)
            told.now = FIRST
            customer, owner = line(f"Late {n}"), f"rep-{n}"
            told.open(f"late-{book.id}-{n}", customer=customer, owner=owner, team=line("north"))
            told.now = NOW
            told.wait(seconds=0)
            lives.append(Life(f"late-{book.id}-{n}", told.events))
    await record_many(backing.ledger, lives)


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
