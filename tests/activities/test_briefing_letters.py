"""What people read in the morning and once a week, word for word, in both languages.

`letters/` holds what each letter says; read it before a change to it is committed.
"""

from datetime import date, timedelta
from pathlib import Path

import pytest

from activities.briefing_letters import (
    LISTED,
    Reader,
    agenda_letter,
    digest_letter,
    weekly_letter,
)
from ledger.letters import Letter
from ledger.session import Ledger
from letters.words import LANGUAGES, Language
from reports.agenda import todo
from reports.cases import Staff
from reports.digest import digest
from reports.weekly import weekly
from tests.activities.scene import CHEN, DAY, SHANGHAI, TEAM, deal, find, furnish, story, until
from tests.deals.lives import MONDAY

SAMPLES = Path(__file__).with_name("letters")
STAFF = Staff(TEAM, time_zone=SHANGHAI)
TODAY = date(2026, 11, 23)
TEAM_OF_WU = STAFF.below("wu")
languages = pytest.mark.parametrize("language", LANGUAGES)


@pytest.fixture
def ledger(empty: Ledger) -> Ledger:
    """A ledger that knows nobody."""
    return empty


def said(letter: Letter | None) -> str:
    assert letter
    return f"{letter.subject}\n\n{letter.body}"


def sample(name: str, language: Language) -> str:
    return (SAMPLES / f"{name}.{language}.txt").read_text("utf-8")


@languages
async def test_an_agenda_tells_whom_what_why_and_by_when(
    ledger: Ledger, language: Language
) -> None:
    mine = deal("Dmine", "Saws", "Brouwer", "chen", MONDAY - DAY, None)
    until(mine, MONDAY)
    await furnish(ledger, *story("lin", MONDAY), mine)
    todos = [*await todo(ledger, "chen", find, STAFF), *await todo(ledger, "lin", find, STAFF)]
    reader = Reader("chen", language, SHANGHAI)
    letter = agenda_letter(reader, todos, away={"lin": "林悦"}, today=TODAY, now=MONDAY)
    assert said(letter) == sample("agenda", language)
    assert letter
    assert (letter.key, letter.kind) == ("agenda:chen:2026-11-23", "agenda")


@languages
async def test_a_digest_tells_what_waits_and_what_happens_otherwise(
    ledger: Ledger, language: Language
) -> None:
    other = deal("Dother", "Drill", "Brouwer", "chen", MONDAY - 5 * DAY, 7_500_00)
    until(other, MONDAY)
    await furnish(ledger, *story("lin", MONDAY), other)
    found = await digest(ledger, "wu", find, STAFF)
    letter = digest_letter(Reader("wu", language, SHANGHAI), found, today=TODAY, now=MONDAY)
    assert said(letter) == sample("digest", language)
    assert letter
    assert letter.key == "digest:wu:2026-11-23"


@languages
async def test_a_pack_tells_where_it_is_stuck_why_and_what_was_promised(
    ledger: Ledger, language: Language
) -> None:
    held = deal("Dheld", "Lathe", "Talleres Ibarra", "chen", MONDAY - 6 * DAY, 1_00)
    held.send("record_action", action="first-call", by=CHEN)
    until(held, MONDAY - 2 * DAY)
    assert held.deal
    for one in held.deal.escalations:
        if one.to == "manager":
            held.send("acknowledge", escalation=one.id, note="Legal review, 法务审核")
    until(held, MONDAY)
    await furnish(ledger, *story("lin", MONDAY), held)
    pack = await weekly(ledger, TEAM_OF_WU, find, STAFF, time_zone=SHANGHAI, now=MONDAY)
    letter = weekly_letter(Reader("wu", language, SHANGHAI), pack)
    assert said(letter) == sample("weekly", language)
    assert letter.key == "weekly:wu:2026-W47"


@languages
async def test_a_pack_of_nothing_is_friendly(ledger: Ledger, language: Language) -> None:
    await furnish(ledger)
    pack = await weekly(ledger, TEAM_OF_WU, find, STAFF, time_zone=SHANGHAI, now=MONDAY)
    letter = weekly_letter(Reader("wu", language, SHANGHAI), pack)
    assert said(letter) == sample("nothing", language)


async def test_nothing_to_do_soon_is_no_letter(ledger: Ledger) -> None:
    told = deal("D1", "Saw", "Acme", "lin", MONDAY, None)
    told.send("record_action", action="first-call")
    told.send("record_action", action="first-visit")
    told.send("record_action", action="visit-minutes")
    told.send("place_hold", until=(MONDAY + 9 * DAY).isoformat(), reason="fair")
    await furnish(ledger, told)
    todos = await todo(ledger, "lin", find, STAFF)
    reader = Reader("lin", "en", SHANGHAI)
    assert agenda_letter(reader, todos, away={}, today=TODAY, now=MONDAY) is None
    nothing = await digest(ledger, "lin", find, STAFF)
    assert digest_letter(reader, nothing, today=TODAY, now=MONDAY) is None


async def test_a_long_list_is_cut_and_counted(ledger: Ledger) -> None:
    many = (deal(f"D{n}", "Saw", "Acme", "lin", MONDAY, None) for n in range(LISTED))
    await furnish(ledger, *many)
    todos = await todo(ledger, "lin", find, STAFF)
    reader = Reader("lin", "en", SHANGHAI)
    letter = agenda_letter(reader, todos, away={}, today=TODAY, now=MONDAY)
    assert letter
    assert letter.body.count("\n- ") == LISTED
    more = len([one for one in todos if one.due_at < MONDAY + 7 * DAY]) - LISTED
    assert f"{more} more are on your list." in letter.body


async def test_the_day_ends_where_the_reader_lives(ledger: Ledger) -> None:
    told = deal("D1", "Saw", "Acme", "lin", MONDAY, None)
    step = {"what": "Call back", "on": (MONDAY + timedelta(hours=20)).isoformat()}
    told.send("record_action", action="first-call", next_step=step)  # 05:00 tomorrow in Shanghai
    await furnish(ledger, told)
    todos = [one for one in await todo(ledger, "lin", find, STAFF) if one.kind == "promise"]
    for zone, today, heading in (
        (SHANGHAI, TODAY, "Coming up"),
        ("America/New_York", date(2026, 11, 22), "Coming up"),
        ("Europe/London", TODAY, "Due today"),
    ):
        reader = Reader("lin", "en", zone)
        letter = agenda_letter(reader, todos, away={}, today=today, now=MONDAY)
        assert letter
        assert letter.body.startswith(heading), (zone, letter.body)
