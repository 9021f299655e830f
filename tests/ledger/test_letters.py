"""Preferences and channels are kept; a letter is written once, each delivery ends once."""

from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import ValidationError

from ledger.letters import (
    Letter,
    Parcel,
    begin_attempt,
    end_delivery,
    list_deliveries,
    list_letters,
    note_failure,
    put_letter,
    queued_deliveries,
    undo_attempt,
)
from ledger.paging import BadCursor
from ledger.people import Person, UnknownPerson, put_person
from ledger.preferences import (
    DEFAULTS,
    Channel,
    Preferences,
    all_preferences,
    find_notifications,
    preferences_of,
    put_notifications,
)
from ledger.session import Ledger
from tests.deals.lives import MONDAY

LIN = Person(id="lin", name="林", role="rep", email="lin@example.com")
WANTED = Preferences(digest=True, digest_at="17:45", quiet_from="22:00", quiet_to="07:00")
MAIL = Channel("C1", "mail", "mail")
HOOK = Channel("C2", "json://user:secret@hook.example.com/way", "json://hook.example.com/…")
LETTER = Letter("lin", "alarms", "alarms:lin:D1.3", "zh", "主题", "正文\n")
LATER = MONDAY + timedelta(minutes=1)


@pytest.fixture
async def ledger(ledger: Ledger) -> Ledger:
    """A ledger that knows one person, who is told on two channels."""
    await put_person(ledger, LIN)
    await put_notifications(ledger, "lin", WANTED, (MAIL, HOOK))
    return ledger


async def test_what_a_person_wants_is_found_as_put_channels_in_order(ledger: Ledger) -> None:
    assert await find_notifications(ledger, "lin") == (WANTED, (MAIL, HOOK))
    await put_notifications(ledger, "lin", DEFAULTS, (HOOK, MAIL))
    assert await find_notifications(ledger, "lin") == (DEFAULTS, (HOOK, MAIL))
    await put_notifications(ledger, "lin", DEFAULTS, ())
    assert await find_notifications(ledger, "lin") == (DEFAULTS, ())


async def test_for_whoever_never_chose_the_defaults_hold(ledger: Ledger) -> None:
    await put_person(ledger, Person(id="wu", name="Wu", role="manager"))
    assert await find_notifications(ledger, "wu") == (DEFAULTS, ())
    assert await ledger.read(preferences_of, "wu") == DEFAULTS
    assert await ledger.read(all_preferences) == {"lin": WANTED}
    assert await ledger.read(all_preferences, ("wu",)) == {}


async def test_a_stranger_has_no_preferences(ledger: Ledger) -> None:
    with pytest.raises(UnknownPerson):
        await find_notifications(ledger, "nobody")
    with pytest.raises(UnknownPerson):
        await put_notifications(ledger, "nobody", DEFAULTS, ())


@pytest.mark.parametrize(
    "wrong",
    [
        {"digest_at": "8:30"},
        {"digest_at": "24:00"},
        {"agenda_at": "noon"},
        {"quiet_from": "22:00"},
        {"quiet_from": "22:00", "quiet_to": "22:00"},
        {"shout": True},
    ],
)
def test_what_nobody_can_want_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Preferences.model_validate(wrong)


async def test_a_letter_is_written_once_with_a_delivery_on_each_channel(ledger: Ledger) -> None:
    assert await ledger.write(put_letter, LETTER, MONDAY)
    again = replace(LETTER, subject="another")
    assert not await ledger.write(put_letter, again, LATER)

    (found,) = (await list_letters(ledger, "lin", limit=10)).items
    assert (found.id, found.subject, found.body, found.at) == (
        LETTER.id,
        "主题",
        "正文\n",
        MONDAY,
    )
    queued = (await list_deliveries(ledger, "lin")).items
    assert [(one.channel_id, one.channel, one.status, one.attempts) for one in queued] == [
        ("C1", "mail", "queued", 0),
        ("C2", "json://hook.example.com/…", "queued", 0),
    ]
    assert await ledger.read(queued_deliveries, "lin") == tuple(one.id for one in queued)


async def test_a_letter_for_a_person_without_a_channel_is_kept(ledger: Ledger) -> None:
    await put_notifications(ledger, "lin", DEFAULTS, ())
    assert await ledger.write(put_letter, LETTER, MONDAY)
    assert len((await list_letters(ledger, limit=10)).items) == 1
    assert (await list_deliveries(ledger)).items == ()


async def test_an_attempt_is_counted_before_it_is_made(ledger: Ledger) -> None:
    await ledger.write(put_letter, LETTER, MONDAY)
    delivery = f"{LETTER.id}.2"
    expected = Parcel(
        delivery, "alarms", "主题", "正文\n", None, HOOK.address, "lin@example.com", attempts=1
    )
    assert await begin_attempt(ledger, delivery) == expected
    await note_failure(ledger, delivery, "nobody there")
    assert await begin_attempt(ledger, delivery) == expected._replace(attempts=2)
    (_, found) = (await list_deliveries(ledger)).items
    assert (found.status, found.attempts, found.why) == ("queued", 2, "nobody there")
    await undo_attempt(ledger, delivery, "others wait")
    (_, found) = (await list_deliveries(ledger)).items
    assert (found.status, found.attempts, found.why) == ("queued", 1, "others wait")


async def test_a_delivery_ends_once(ledger: Ledger) -> None:
    await ledger.write(put_letter, LETTER, MONDAY)
    delivery = f"{LETTER.id}.1"
    await begin_attempt(ledger, delivery)
    await end_delivery(ledger, delivery, "sent", now=LATER)
    await end_delivery(ledger, delivery, "failed", now=LATER + timedelta(hours=1))
    await note_failure(ledger, delivery, "too late")
    assert await begin_attempt(ledger, delivery) is None
    (found,) = (await list_deliveries(ledger, "lin", "sent")).items
    assert (found.id, found.ended_at, found.attempts, found.why) == (delivery, LATER, 1, None)
    assert await ledger.read(queued_deliveries, "lin") == (f"{LETTER.id}.2",)
    assert await begin_attempt(ledger, "Lnone.1") is None


async def test_a_channel_that_is_gone_leaves_its_deliveries_without_an_address(
    ledger: Ledger,
) -> None:
    await ledger.write(put_letter, LETTER, MONDAY)
    await put_notifications(ledger, "lin", DEFAULTS, (MAIL,))
    parcel = await begin_attempt(ledger, f"{LETTER.id}.2")
    assert parcel
    assert parcel.address is None


async def test_lists_come_in_pages_the_latest_first(ledger: Ledger) -> None:
    for n in range(3):
        letter = replace(LETTER, key=f"k{n}", subject=f"{n}")
        await ledger.write(put_letter, letter, MONDAY + timedelta(minutes=n))
    first = await list_letters(ledger, limit=2)
    rest = await list_letters(ledger, cursor=first.next_cursor, limit=2)
    assert [one.subject for one in (*first.items, *rest.items)] == ["2", "1", "0"]
    page = await list_deliveries(ledger, limit=4)
    rest_of_them = await list_deliveries(ledger, cursor=page.next_cursor, limit=4)
    assert [one.subject for one in (*page.items, *rest_of_them.items)] == [*"221100"]
    assert (await list_letters(ledger, "nobody", limit=2)).items == ()
    with pytest.raises(BadCursor):
        await list_deliveries(ledger, cursor=first.next_cursor)
