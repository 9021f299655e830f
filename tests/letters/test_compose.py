"""Untold notices become one letter in the reader's language, the most urgent first, once."""

from datetime import datetime, timedelta
from typing import Any

from ledger.letters import LetterRow, list_deliveries, list_letters
from ledger.notices import untold
from ledger.preferences import DEFAULTS, Channel, Preferences, put_notifications
from ledger.record import record
from ledger.session import Ledger
from letters.compose import GATHER, Home, compose, due_at
from letters.timing import STORM, STORM_REST
from tests.deals.lives import MANAGER, MONDAY, Life, at_quotation
from tests.letters.team import BOOK

HOME = Home()


def life(number: int = 1, **opening: Any) -> Life:
    """A deal of that number."""
    return Life(BOOK, deal_id=f"D{number}", **opening)


async def recorded(ledger: Ledger, *lives: Life) -> datetime:
    """Record deals; the instant at which they are."""
    for one in lives:
        await record(ledger, one.deal.id, one.events)
    return max(one.now for one in lives)


async def composed(ledger: Ledger, person: str, now: datetime) -> LetterRow:
    """The letter that a person gets then."""
    await ledger.write(compose, person, HOME, now=now)
    return (await list_letters(ledger, person, limit=1)).items[0]


async def test_several_alarms_are_one_letter_in_the_readers_language(ledger: Ledger) -> None:
    overdue = life()
    overdue.wait(days=4, hours=2)
    now = await recorded(ledger, overdue)
    letter = await composed(ledger, "lin", now)
    assert letter.language == "zh"
    assert letter.subject == "2 件事待您处理。已逾期：“接触”阶段的跟进，Press (Acme)"
    assert "1. 已逾期：“接触”阶段的跟进，Press (Acme)" in letter.body
    assert "2. 已逾期：首次致电，Press (Acme)" in letter.body
    assert "截止时间2026年11月26日周四 09:00，已逾期1天。" in letter.body
    assert "文中时间均为中国时间。" in letter.body


async def test_an_escalation_tells_the_manager_whose_deal_it_is_and_how_late(
    ledger: Ledger,
) -> None:
    overdue = life(owner="chen")
    overdue.wait(days=4, hours=2)
    letter = await composed(ledger, "wu", await recorded(ledger, overdue))
    assert letter.subject.startswith("2 matters need you. Escalated to you: movement in the stage")
    assert "2. Escalated to you: Call, Press (Acme)\n" in letter.body
    assert "Was due Thu, Nov 26, 2026, 02:00, 1 day late." in letter.body
    assert "Owner: Chen Bo." in letter.body
    assert "Deal D1, escalation D1." in letter.body


async def test_a_single_alarm_is_the_subject(ledger: Ledger) -> None:
    soon = life(owner="chen")
    soon.wait(days=1, hours=13)
    now = await recorded(ledger, soon)
    letter = await composed(ledger, "chen", now)
    assert letter.subject == "Due soon: movement in the stage Contact, Press (Acme)"
    assert "Due Wed, Nov 25, 2026, 18:00." in letter.body
    assert "Do something that moves the deal" in letter.body


async def test_a_warning_says_when_the_deal_goes_and_comes_before_all_else(ledger: Ledger) -> None:
    ignored = life(owner="chen")
    while not any(one.kind == "rung_reached" and one.do == "warn" for one in ignored.last):
        ignored.wait(hours=1)
    letter = await composed(ledger, "chen", await recorded(ledger, ignored))
    assert "Soon back in the pool: Press (Acme)" in letter.subject
    goes = next(line for line in letter.body.splitlines() if "It goes back to the pool" in line)
    while ignored.deal.owner:
        ignored.wait(hours=1)
    gone = next(one for one in ignored.events if one.kind == "deal_pooled")
    assert f"{(gone.occurred_at + timedelta(hours=8)):%H:%M} unless" in goes


async def test_the_pool_an_override_and_a_new_owner_have_words_of_their_own(
    ledger: Ledger,
) -> None:
    asked = at_quotation(BOOK)
    asked.send("override", reason="They only\nwant to look")
    now = await recorded(ledger, asked)
    letter = await composed(ledger, "wu", now)
    assert letter.subject == "林悦 asks to let a deal pass: Press (Acme)"
    assert "Missing: Find the decision maker, Send, Ask, and Quote." in letter.body
    assert "Reason given: They only want to look\n" in letter.body

    asked.send("override", by=MANAGER, reason="go on")
    asked.send("assign", by=MANAGER, owner="chen", reason="on leave")
    now = await recorded(ledger, asked)
    letter = await composed(ledger, "lin", now)
    assert letter.subject == "已获放行：Press (Acme)"
    assert "Wu Lei已豁免：Find the decision maker、Send、Ask和报价。理由：go on" in letter.body
    letter = await composed(ledger, "chen", now)
    assert letter.subject == "Yours now: Press (Acme)"
    assert "Assigned to you by Wu Lei.\n   Reason: on leave\n" in letter.body

    ignored = life(2)
    while ignored.deal.owner:
        ignored.wait(days=1)
    now = await recorded(ledger, ignored)
    for person in ("lin", "wu"):
        assert "Press (Acme)" in (await composed(ledger, person, now)).subject
    body = (await composed(ledger, "wu", now)).body
    assert "Back in the pool: Press (Acme)" in body
    assert "It was with 林悦. Now anybody may claim it." in body


async def test_the_rungs_of_one_clock_are_one_matter(ledger: Ledger) -> None:
    deal = life(owner="chen")
    deal.wait(days=2)
    await recorded(ledger, deal)
    deal.wait(days=1, hours=4)
    now = await recorded(ledger, deal)
    assert len(await ledger.read(untold, "chen")) > 2
    letter = await composed(ledger, "chen", now)
    assert letter.subject.startswith("2 matters need you. Overdue: movement")


async def test_what_was_answered_is_only_counted_and_alone_it_is_no_letter(
    ledger: Ledger,
) -> None:
    answered, waiting = life(1, owner="chen", source="web"), life(2, owner="chen")
    for one in (answered, waiting):
        one.wait(days=2, hours=12)
    answered.act("call")
    now = await recorded(ledger, answered)
    await ledger.write(compose, "chen", HOME, now=now)
    assert (await list_letters(ledger, "chen", limit=1)).items == ()
    assert await ledger.read(untold, "chen") == ()

    another = life(3, owner="chen", source="web")
    another.wait(days=2, hours=12)
    another.act("call")
    letter = await composed(ledger, "chen", await recorded(ledger, another, waiting))
    assert "2 more were answered before this was written." in letter.body
    assert await ledger.read(untold, "chen") == ()


async def test_more_than_anybody_reads_is_counted_by_kind(ledger: Ledger) -> None:
    many = [life(number, owner="chen") for number in range(STORM + 15)]
    for one in many:
        one.wait(days=1, hours=13)
    now = await recorded(ledger, *many)
    letter = await composed(ledger, "chen", now)
    assert letter.subject.startswith(f"{STORM + 15} matters need you.")
    assert f"\n{STORM}. " in letter.body
    assert f"\n{STORM + 1}. " not in letter.body
    assert "And more: 15 reminders." in letter.body
    later = await recorded(ledger, *many)
    many[0].wait(days=1)
    later = await recorded(ledger, *many)
    assert await ledger.read(due_at, "chen", HOME) == max(now + STORM_REST, later + GATHER)


async def test_a_letter_is_composed_once_with_its_deliveries(ledger: Ledger) -> None:
    await put_notifications(ledger, "chen", DEFAULTS, (Channel("C1", "mail", "mail"),))
    deal = life(owner="chen")
    deal.wait(days=2)
    now = await recorded(ledger, deal)
    assert await ledger.read(due_at, "chen", HOME) == now + GATHER
    for _ in range(2):
        await ledger.write(compose, "chen", HOME, now=now)
    assert len((await list_letters(ledger, "chen", limit=9)).items) == 1
    assert len((await list_deliveries(ledger, "chen")).items) == 1
    assert await ledger.read(due_at, "chen", HOME) is None


async def test_it_is_due_by_the_persons_wishes_and_zone(ledger: Ledger) -> None:
    wanted = Preferences(digest=True, digest_at="18:00")
    await put_notifications(ledger, "wu", wanted, ())
    deal = life(owner="chen")
    deal.wait(days=3, hours=10)
    now = await recorded(ledger, deal)
    at = await ledger.read(due_at, "wu", HOME)
    assert at == MONDAY.replace(day=26, hour=17)  # 18:00 in Berlin
    assert at > now


async def test_whoever_says_nothing_has_the_installations_zone_and_language(
    ledger: Ledger,
) -> None:
    deal = life(owner="he")
    deal.wait(days=2)
    now = await recorded(ledger, deal)
    home = Home("Asia/Tokyo", "zh")
    await ledger.write(compose, "he", home, now=now)
    (letter,) = (await list_letters(ledger, "he", limit=1)).items
    assert letter.language == "zh"
    assert "文中时间均为日本时间。" in letter.body
