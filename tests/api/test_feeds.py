"""An agenda as a calendar: behind a secret, well-formed, each task one event however it moves."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import select

from ledger.leaves import Leave, put_leave
from ledger.people import Person, put_person
from ledger.registers import feeds
from letters.feed import Reader, feed
from tests.api.conftest import Scene, refused
from tests.api.ical import Event, Parsed, parsed, unescaped

EVIL = 'A, "B"; C\\D\nE: 东方压铸 🤖\u2028' + "长" * 90


async def made(scene: Scene, person: str = "ana", **headers: str) -> str:
    """A new secret."""
    answer = await scene.post(f"/v1/people/{person}/feed", **headers)
    assert answer.status_code == 201, answer.text
    token: str = answer.json()["token"]
    return token


async def answered(scene: Scene, token: str, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await scene.http.get("/v1/agenda.ics", params={"token": token}, headers=named)


async def read(scene: Scene, token: str) -> Parsed:
    answer = await answered(scene, token)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    return parsed(answer.content)


def stamp(instant: str) -> str:
    """An instant of the API as iCalendar writes it."""
    return f"{datetime.fromisoformat(instant).astimezone(UTC):%Y%m%dT%H%M%SZ}"


async def test_each_task_is_an_event_at_its_due_instant(scene: Scene) -> None:
    deal = await scene.open(title="Two presses", amount_minor=500)
    items = (await scene.http.get("/v1/agenda", params={"owner": "ana"})).json()["items"]
    found = await read(scene, await made(scene))
    assert [one["DTSTART"] for one in found.events] == [stamp(one["due_at"]) for one in items]
    assert [one["UID"] for one in found.events] == [
        f"{one['clock']}.{deal['id']}@dealpace" for one in items
    ]
    first = next(one for one in found.events if one["SUMMARY"] == "First call, Acme")
    assert "To be done within 3 days, counted from" in first["DESCRIPTION"]
    assert "Max Manager hears of it" in first["DESCRIPTION"]
    assert f"Deal {deal['id']}" in first["DESCRIPTION"]
    assert "Two presses, CN¥5.00, First contact" in first["DESCRIPTION"]
    assert found.properties["NAME"] == "Agenda of Ana Rep"
    assert (found.properties["VERSION"], found.properties["METHOD"]) == ("2.0", "PUBLISH")
    assert all("URL" not in one for one in found.events)


async def test_nothing_to_do_is_an_empty_calendar(scene: Scene) -> None:
    assert (await read(scene, await made(scene))).events == []


async def test_it_is_in_the_readers_language_and_zone(scene: Scene) -> None:
    person = Person(
        id="ana",
        name="安娜",
        role="rep",
        manager="max",
        locale="zh",
        time_zone="America/New_York",
    )
    await put_person(scene.backing.ledger, person)
    deal = await scene.open(customer="东方压铸")
    found = await read(scene, await made(scene))
    assert found.properties["X-WR-CALNAME"] == "安娜 的待办"
    call = next(one for one in found.events if one["SUMMARY"] == "首次电话，东方压铸")
    opened_at = datetime.fromisoformat(deal["opened_at"]).astimezone(ZoneInfo("America/New_York"))
    assert f"须在 3 天内完成，自{opened_at:%Y}年" in call["DESCRIPTION"]
    assert f" {opened_at:%H:%M}起算。" in call["DESCRIPTION"]


async def events(scene: Scene, token: str) -> dict[str, Event]:
    """Events by the clock that asks."""
    found = (await read(scene, token)).events
    return {one["UID"].partition(".")[0] + "." + one["UID"].split(".")[1]: one for one in found}


async def test_an_event_keeps_its_uid_however_it_moves(scene: Scene) -> None:
    deal = (await scene.open())["id"]
    token = await made(scene)
    before = (await events(scene, token))["action.first-call"]
    until = (datetime.now(UTC) + timedelta(days=2)).isoformat()
    await scene.do(deal, "hold", {"until": until, "reason": "fair"})
    assert await events(scene, token) == {}  # at rest
    await scene.do(deal, "resume")
    after = (await events(scene, token))["action.first-call"]
    assert after["UID"] == before["UID"]
    assert after["DTSTART"] >= before["DTSTART"]
    assert int(after["SEQUENCE"]) > int(before["SEQUENCE"])
    assert after["LAST-MODIFIED"] >= before["LAST-MODIFIED"]
    await scene.do(deal, "actions", {"action": "first-call"})
    assert "action.first-call" not in await events(scene, token)


async def test_a_promise_says_what_was_promised(scene: Scene) -> None:
    deal = (await scene.open())["id"]
    on = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    body = {"action": "first-call", "next_step": {"what": EVIL.replace("\u2028", " "), "on": on}}
    answer = await scene.do(deal, "actions", body)
    assert answer.status_code == 200, answer.text
    promise = (await events(scene, await made(scene)))["promise.next-step"]
    assert promise["DTSTART"] == stamp(on)
    said = 'A, "B"; C\\D E: 东方压铸 🤖 ' + "长" * 90  # a summary is one line
    assert promise["SUMMARY"] == f"{said}, Acme"


async def test_whoever_stands_in_reads_of_the_deals_of_the_absent(scene: Scene) -> None:
    await scene.open(customer="Acme")
    today = datetime.now(UTC).date()
    leave = Leave(
        id="L1",
        person="ana",
        first_on=today - timedelta(days=1),
        last_on=today + timedelta(days=1),
        delegate="bo",
        entered_at=datetime.now(UTC),
    )
    await put_leave(scene.backing.ledger, leave)
    found = await read(scene, await made(scene, "bo"))
    assert found.events
    assert all("For Ana Rep, who is away." in one["DESCRIPTION"] for one in found.events)


async def test_what_has_not_changed_is_not_sent_again(scene: Scene) -> None:
    deal = (await scene.open())["id"]
    token = await made(scene)
    first = await answered(scene, token)
    tag = first.headers["etag"]
    assert first.headers["cache-control"] == "private, max-age=60"
    again = await answered(scene, token, If_None_Match=f'W/"x", {tag}')
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    await scene.do(deal, "actions", {"action": "first-call"})
    changed = await answered(scene, token, If_None_Match=tag)
    assert changed.status_code == 200
    assert changed.headers["etag"] != tag


async def test_a_new_address_ends_the_old_one_and_only_its_hash_is_kept(scene: Scene) -> None:
    answer = await scene.post("/v1/people/ana/feed", Dealpace_Person="ana")
    shown = answer.json()
    address = urlsplit(shown["address"])
    assert address.path == "/v1/agenda.ics"
    assert parse_qs(address.query) == {"token": [shown["token"]]}
    assert (await answered(scene, shown["token"])).status_code == 200
    other = await made(scene)
    refused(await answered(scene, shown["token"]), 404, "unknown_feed")
    assert (await answered(scene, other)).status_code == 200
    (row,) = await scene.backing.ledger.rows(select(feeds))
    assert other not in str(dict(row))
    ended = await scene.http.delete("/v1/people/ana/feed")
    assert ended.status_code == 204
    refused(await answered(scene, other), 404, "unknown_feed")
    refused(await scene.http.delete("/v1/people/ana/feed"), 404, "unknown_feed")


@pytest.mark.parametrize("token", ["", "x", "x" * 5000, "东方", "%00", "' or 1=1 --"])
async def test_a_wrong_secret_is_told_nothing(scene: Scene, token: str) -> None:
    await made(scene)
    assert refused(await answered(scene, token), 404, "unknown_feed") == {}


async def test_the_address_of_who_has_left_is_told_nothing(scene: Scene) -> None:
    token = await made(scene)
    body = {"name": "Ana", "role": "rep", "last_on": "2026-01-31"}
    await scene.http.put("/v1/people/ana", json=body)
    refused(await answered(scene, token), 404, "unknown_feed")


async def test_only_the_person_or_ops_hand_out_an_address(scene: Scene) -> None:
    for caller in ("bo", "max", "dora"):
        answer = await scene.post("/v1/people/ana/feed", Dealpace_Person=caller)
        refused(answer, 403, "not_allowed")
        answer = await scene.http.delete("/v1/people/ana/feed", headers={"Dealpace-Person": caller})
        refused(answer, 403, "not_allowed")
    for caller in ("ana", "ola"):
        await made(scene, Dealpace_Person=caller)
    refused(await scene.post("/v1/people/nobody/feed"), 404, "unknown_person")
    refused(await scene.http.delete("/v1/people/nobody/feed"), 404, "unknown_person")
    refused(await scene.http.get("/v1/agenda.ics"), 422, "bad_parameter")


class Anything:
    """A task with any text in it."""

    owner = "ana"
    deal_id = "D1"
    clock = "promise.next-step.4"
    kind = "promise"
    hears_next = None
    amount_minor = None
    seq = 7

    def __init__(self, text: str) -> None:
        self.promised = self.title = self.customer = text or "x"
        self.stage: dict[str, Any] = {"en": text or "x"}
        self.due_at = self.heard_at = self.since = datetime(2026, 11, 23, 1, tzinfo=UTC)


@example("a\\nb\\Nc\\\\;d\\,e\\")
@example("长" * 80)
@example("\ufeff")  # a byte order mark: at the beginning it says nothing, and the library drops it
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=80))
def test_no_text_breaks_the_calendar(text: str) -> None:
    reader = Reader(text or "x", "en", "Asia/Shanghai")
    found = parsed(feed(reader, [Anything(text)], {"ana": text or "x"}))
    (event,) = found.events
    assert event["UID"] == "promise.next-step.4.D1@dealpace"
    assert (event["DTSTART"], event["SEQUENCE"]) == ("20261123T010000Z", "7")
    on_one_line = re.sub("[\x00-\x1f\x7f-\x9f\u2028\u2029]+", " ", text or "x")
    told = f"{on_one_line}, {on_one_line}".strip()
    assert event["SUMMARY"] == told.removeprefix("\ufeff")
    assert found.properties["NAME"] == f"Agenda of {on_one_line}".strip()


def test_the_reader_of_these_tests_notices_what_is_wrong() -> None:
    good = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n"
    assert parsed(good).properties == {"VERSION": "2.0"}
    wrong = (
        good.replace(b"\r\n", b"\n"),
        good.replace(b"2.0", b"x" * 80),
        good.replace(b"2.0", b"a;b"),
        good.replace(b"VERSION", b"version"),
        good.replace(b"2.0", b"a\x07b"),
    )
    for content in wrong:
        with pytest.raises(AssertionError):
            parsed(content)
    assert unescaped(r"a\, b\; c\\n\nd") == "a, b; c\\n\nd"
