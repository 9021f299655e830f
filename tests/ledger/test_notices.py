"""Whom an event concerns is noted when it is recorded, once, and nobody is told what they did."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event as sql_event

from deals.deal import Actor
from deals.events import DealAssigned
from ledger.imports import Source
from ledger.leaves import Leave, put_leave
from ledger.letters import Letter, put_letter
from ledger.notices import (
    drop,
    mark_told,
    people_to_tell,
    people_waiting,
    told_by_last_letter,
    untold,
    untold_since,
)
from ledger.people import Person, put_person
from ledger.preferences import DEFAULTS, Channel, put_notifications
from ledger.rebuild import rebuild
from ledger.record import Life as Recorded
from ledger.record import record, record_many
from ledger.registers import notices
from ledger.session import Ledger
from tests.deals.lives import MANAGER, MONDAY, Life, at_quotation
from tests.ledger.lives import random_life
from tests.ledger.rows import rows_of

TEAM = (
    Person(id="he", name="He", role="director"),
    Person(id="wu", name="Wu", role="manager", manager="he"),
    Person(id="lin", name="Lin", role="rep", manager="wu"),
    Person(id="chen", name="Chen", role="rep", manager="wu"),
)
LETTER = Letter("lin", "alarms", "k1", "en", "S", "B")


@pytest.fixture
async def team(ledger: Ledger) -> Ledger:
    """A ledger that knows the team."""
    for person in TEAM:
        await put_person(ledger, person)
    return ledger


async def told(ledger: Ledger, life: Life) -> set[tuple[str, str]]:
    """Record what is new of a deal; who has to be told of it, and what it is to them."""
    before = {(row["seq"], row["person"]) for row in await rows_of(ledger, notices)}
    result = await record(ledger, life.deal.id, life.events)
    new = [
        row for row in await rows_of(ledger, notices) if (row["seq"], row["person"]) not in before
    ]
    assert {row["person"] for row in new} == result.to_tell
    return {(row["person"], row["kind"]) for row in new}


async def test_a_rung_is_told_to_whom_the_ladder_says(team: Ledger) -> None:
    life = Life()
    assert await told(team, life) == set()
    life.wait(days=2)
    assert await told(team, life) == {("lin", "remind")}
    life.wait(days=2, hours=1)
    assert await told(team, life) == {("lin", "remind"), ("wu", "escalate")}
    life.wait(days=2)
    assert ("he", "escalate") in await told(team, life)


async def test_a_deal_that_goes_to_the_pool_is_told_to_its_former_owner_and_their_manager(
    team: Ledger,
) -> None:
    life = Life()
    life.wait(days=2)
    await told(team, life)
    while life.deal.owner:
        life.wait(hours=1)
    kinds = await told(team, life)
    assert {("lin", "warn"), ("lin", "recycle"), ("wu", "recycle")} <= kinds


async def test_an_override_is_asked_of_the_manager_and_its_answer_told_to_the_owner(
    team: Ledger,
) -> None:
    life = at_quotation()
    await told(team, life)
    life.send("override", reason="trust me")
    assert await told(team, life) == {("wu", "override_asked")}
    life.send("override", by=MANAGER, reason="go on")
    assert await told(team, life) == {("lin", "overridden")}


async def test_a_manager_who_asks_for_themselves_is_not_asked(team: Ledger) -> None:
    life = at_quotation()
    await told(team, life)
    life.send("override", by=Actor(id="wu", role="rep"), reason="trust me")
    assert await told(team, life) == set()


async def test_a_deal_is_announced_to_its_new_owner_unless_they_took_it(team: Ledger) -> None:
    life = Life()
    life.send("assign", by=MANAGER, owner="chen", team="east")
    assert await told(team, life) == {("chen", "assigned")}
    life.send("assign", by=Actor(id="wu", role="manager"), owner="wu", team="east")
    assert await told(team, life) == set()


async def test_a_stranger_is_told_nothing_and_the_directors_stand_in_for_a_vacant_post(
    team: Ledger,
) -> None:
    life = Life(owner="nobody")
    life.wait(days=6)
    assert {person for person, _ in await told(team, life)} == {"he"}


async def test_whoever_is_away_has_a_delegate_who_is_told(team: Ledger) -> None:
    life = Life()
    today = life.now.date()
    for person, delegate in (("lin", "chen"), ("wu", "he")):
        leave = Leave(
            id=f"L{person}",
            person=person,
            delegate=delegate,
            first_on=today,
            last_on=today + timedelta(days=9),
            entered_at=life.now,
        )
        await put_leave(team, leave)
    life.wait(days=4, hours=2)
    assert await told(team, life) == {("chen", "remind"), ("he", "escalate")}


async def test_a_repeat_announces_nothing_again(team: Ledger) -> None:
    life = Life()
    life.wait(days=2)
    assert await told(team, life) == {("lin", "remind")}
    assert await told(team, life) == set()
    assert await people_to_tell(team, "D1", since=1) == {"lin"}
    assert await people_to_tell(team, "D1", since=life.deal.seq + 1) == frozenset()


async def test_rebuilding_announces_nothing_again(team: Ledger) -> None:
    life = Life()
    life.wait(days=6)
    await told(team, life)
    before = await rows_of(team, notices)
    await rebuild(team)
    assert await rows_of(team, notices) == before


async def test_an_imported_past_is_told_to_nobody(team: Ledger) -> None:
    for seed in (0, 5, 10):
        imported = random_life(seed, steps=1)
        opening = [one for one in imported.events if one.command_id == "import"]
        assert any(isinstance(one, DealAssigned) for one in opening)
        assert (await record(team, f"D{seed}", opening)).to_tell == frozenset()
    life = Life()
    life.wait(days=6)
    source = Source("old", "1")
    (result,) = await record_many(team, [Recorded("D1", life.events, source)])
    assert result.to_tell == frozenset()
    assert await rows_of(team, notices) == []


async def test_events_that_concern_nobody_ask_the_database_nothing_more(team: Ledger) -> None:
    def asked() -> list[str]:
        return [one for one in statements if "people" in one or "notices" in one]

    statements: list[str] = []
    engine = team._database._engine  # type: ignore[attr-defined]  # noqa: SLF001 - to listen
    listened = getattr(engine, "sync_engine", engine)

    def listen(_connection: object, _cursor: object, statement: str, *_: Any) -> None:
        statements.append(statement)

    sql_event.listen(listened, "before_cursor_execute", listen)
    life = Life(source="web")
    life.act("call")
    await record(team, "D1", life.events)
    assert asked() == []
    life.wait(days=6)
    await record(team, "D1", life.events)
    assert asked()


async def test_what_is_untold_is_found_whole_and_told_once(team: Ledger) -> None:
    life = Life()
    life.wait(days=2)
    await told(team, life)
    idle, call = sorted(await team.read(untold, "lin"), key=lambda one: one.seq)
    assert (call.deal_id, call.kind) == ("D1", "remind")
    assert (call.title, call.customer) == ("Press", "Acme")
    assert (call.owner, call.playbook_id, call.is_answered) == ("lin", "small", False)
    assert call.event == next(event for event in life.events if event.seq == call.seq)
    assert call.due_at == MONDAY + timedelta(days=3)
    assert await team.read(untold_since, "lin") == life.now
    assert await team.read(told_by_last_letter, "lin") is None

    await team.write(put_letter, LETTER, life.now)
    await team.write(mark_told, "lin", (call,), LETTER.id)

    assert await team.read(untold, "lin") == (idle,)
    assert await team.read(told_by_last_letter, "lin") == (life.now, 1)
    await team.write(mark_told, "lin", (idle,), LETTER.id)
    assert await team.read(untold_since, "lin") is None
    assert {row["letter_id"] for row in await rows_of(team, notices)} == {LETTER.id}


async def test_what_was_answered_meanwhile_is_known_and_can_be_dropped(team: Ledger) -> None:
    life = Life(source="web")
    life.wait(days=2)
    life.act("call")
    await told(team, life)
    waiting = await team.read(untold, "lin")
    assert [one.is_answered for one in waiting] == [True, True]
    await team.write(drop, "lin", waiting)
    assert await rows_of(team, notices) == []


async def test_a_deal_that_went_to_the_pool_stays_news_whatever_it_settled(team: Ledger) -> None:
    life = Life()
    while life.deal.owner:
        life.wait(hours=6)
    await told(team, life)
    (recycled,) = [one for one in await team.read(untold, "wu") if one.kind == "recycle"]
    assert (recycled.is_answered, recycled.owner) == (False, "lin")


async def test_people_wait_for_notices_and_for_deliveries(team: Ledger) -> None:
    life = Life()
    life.wait(days=2)
    await told(team, life)
    assert await people_waiting(team, since=life.now - timedelta(seconds=1)) == frozenset()
    assert await people_waiting(team, since=life.now) == {"lin"}
    await put_notifications(team, "chen", DEFAULTS, (Channel("C1", "mail", "mail"),))
    await team.write(put_letter, Letter("chen", "test", "t1", "en", "S", "B"), life.now)
    assert await people_waiting(team, since=life.now) == {"lin", "chen"}
