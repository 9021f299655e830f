"""Nothing a caller can send is answered with a 500, and every fault has its stable code."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.api.conftest import OPENING, Scene, refused

JSON = {"Content-Type": "application/json"}
NOW = datetime.now(UTC)


async def sent(scene: Scene, content: bytes, **headers: str) -> httpx.Response:
    """The answer to an action whose body is sent byte for byte."""
    deal = await scene.open()
    url = f"/v1/deals/{deal['id']}/actions"
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await scene.http.post(url, content=content, headers=JSON | named)


def deep(levels: int) -> str:
    """Nested lists."""
    return "[" * levels + "]" * levels


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b"action=first-call",
        b"\xff\xfe",
        b'{"action": "first-call", "note": "\\ud800"}',
        b'{"action": "first-call", "note": "\\u0000"}',
        b'{"action": "first-call\\u0000"}',
        b'{"\\u0000": 1}',
        b'{"action": NaN}',
        b'{"action": 1e999}',
        b'{"action": ' + b"9" * 5_000 + b"}",
        f'{{"action": {deep(100_000)}}}'.encode(),
        f'{{"action": {deep(150)}}}'.encode(),
        b"[]",
        b"null",
        b'"first-call"',
        b"1",
        b"{}",
    ],
)
async def test_a_body_that_is_no_command_is_refused(scene: Scene, content: bytes) -> None:
    refused(await sent(scene, content), 422, "bad_payload")


@pytest.mark.parametrize(
    "change",
    [
        {"action": None},
        {"action": 7},
        {"action": ["first-call"]},
        {"action": "First Call"},
        {"action": "x" * 65},
        {"note": 5},
        {"note": "x" * 4_001},
        {"occurred_at": "yesterday"},
        {"occurred_at": "2026-01-01T00:00:00"},
        {"occurred_at": "9999999-01-01T00:00:00Z"},
        {"occurred_at": {}},
        {"evidence": {"kind": "document"}},
        {"evidence": [{"kind": "document"}]},
        {"evidence": [{"kind": "photo", "file": "x"}]},
        {"evidence": [{"name": "x", "url": "javascript:alert(1)"}]},
        {"evidence": [{"name": "x", "url": "https://a.b", "file": "f"}]},
        {"evidence": [{"file": "../../etc/passwd"}]},
        {"evidence": [{"file": "f"}] * 21},
        {"next_step": {"what": "call"}},
        {"next_step": {"what": "call", "on": "tomorrow"}},
        {"next_step": {"what": "", "on": "2030-01-01"}},
        {"next_step": {"what": "call", "on": "2030-01-01", "who": "me"}},
        {"unknown": 1},
        {"command_id": "mine"},
        {"digest": "mine"},
        {"actor": {"id": "max", "role": "ops"}},
        {"kind": "advance"},
    ],
)
async def test_a_field_that_does_not_fit_is_named(scene: Scene, change: dict[str, Any]) -> None:
    body = json.dumps({"action": "first-call"} | change).encode()
    faults = refused(await sent(scene, body), 422, "bad_payload")["faults"]
    assert all(set(change) & set(fault["at"].split(".")) for fault in faults)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"occurred_at": (NOW + timedelta(hours=1)).isoformat()}, "occurred_in_future"),
        ({"occurred_at": (NOW - timedelta(days=400)).isoformat()}, "occurred_before_deal"),
        ({"occurred_at": "0001-01-01T00:00:00Z"}, "occurred_before_deal"),
        ({"occurred_at": "9999-12-31T23:59:59Z"}, "occurred_in_future"),
        ({"next_step": {"what": "call", "on": "2020-01-01"}}, "next_step_in_past"),
        ({"next_step": {"what": "call", "on": "0001-01-01"}}, "bad_command"),
    ],
)
async def test_an_instant_that_cannot_be_is_refused(
    scene: Scene, change: dict[str, Any], code: str
) -> None:
    body = json.dumps({"action": "first-call"} | change).encode()
    refused(await sent(scene, body), 422, code)


@pytest.mark.parametrize(
    "on", ["9999-12-31", "9998-12-31", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00"]
)
@pytest.mark.parametrize("verb", ["actions", "hold"])
async def test_the_end_of_time_is_answered(scene: Scene, verb: str, on: str) -> None:
    deal = await scene.open()
    bodies: dict[str, object] = {
        "actions": {"action": "first-call", "next_step": {"what": "call", "on": on}},
        "hold": {"until": on, "reason": "x"},
    }
    answer = await scene.do(deal["id"], verb, bodies[verb], Dealpace_Person="max")
    assert answer.status_code < 500
    for path in ("", "/clocks", "/timeline"):
        assert (await scene.http.get(f"/v1/deals/{deal['id']}{path}")).status_code == 200


@pytest.mark.parametrize("until", ["2020-01-01", "2020-01-01T00:00:00Z"])
async def test_a_hold_that_ends_in_the_past_is_refused(scene: Scene, until: str) -> None:
    deal = await scene.open()
    answer = await scene.do(deal["id"], "hold", {"until": until, "reason": "x"})
    refused(answer, 422, "hold_in_past")


async def test_a_hold_beyond_the_limit_needs_a_manager(scene: Scene) -> None:
    deal = await scene.open()
    body = {"until": (NOW + timedelta(days=60)).isoformat(), "reason": "fair"}
    refused(await scene.do(deal["id"], "hold", body), 409, "hold_too_long")
    answer = await scene.do(deal["id"], "hold", body, Dealpace_Person="max")
    assert answer.status_code == 200


async def test_a_note_of_a_megabyte_is_too_large(scene: Scene) -> None:
    body = json.dumps({"action": "first-call", "note": "x" * 2**20}).encode()
    facts = refused(await sent(scene, body), 413, "payload_too_large")
    assert facts == {"limit": 256 * 1024}


async def test_a_body_of_no_stated_length_is_counted(scene: Scene) -> None:
    deal = await scene.open()

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(64):
            yield b"x" * 2**14

    url = f"/v1/deals/{deal['id']}/actions"
    answer = await scene.http.post(url, content=endless(), headers=JSON)
    refused(answer, 413, "payload_too_large")


@pytest.mark.parametrize("length", ["-1", "x", "9" * 30])
async def test_a_length_that_is_none_harms_nobody(scene: Scene, length: str) -> None:
    body = b'{"action": "first-call"}'
    assert (await sent(scene, body, Content_Length=length)).status_code < 500


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "", "x"])
async def test_a_body_that_is_not_called_json_is_refused(scene: Scene, media_type: str) -> None:
    answer = await sent(scene, b'{"action": "first-call"}', Content_Type=media_type)
    refused(answer, 415, "unsupported_media_type")


async def test_json_may_be_called_by_any_of_its_names(scene: Scene) -> None:
    for media_type in ("application/json; charset=utf-8", "Application/JSON", "application/x+json"):
        answer = await sent(scene, b'{"action": "first-call"}', Content_Type=media_type)
        assert answer.status_code == 200


async def test_nothing_huge_is_repeated(scene: Scene) -> None:
    name = "n" * 100_000
    answer = await sent(scene, json.dumps({"action": "x", name: 1}).encode())
    refused(answer, 422, "bad_payload")
    assert len(answer.content) < 2_000
    many = {str(n): n for n in range(5_000)}
    answer = await sent(scene, json.dumps({"action": "first-call"} | many).encode())
    refused(answer, 422, "bad_payload")
    assert len(answer.content) < 5_000


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({}, "bad_payload"),
        ({f"f{n}": 1 for n in range(51)}, "bad_payload"),
        ({"x" * 65: 1}, "bad_payload"),
        ({"no-such": 1}, "unknown_fact"),
        ({"source": "billboard"}, "bad_fact"),
        ({"source": ["referral"]}, "bad_fact"),
        ({"source": {}}, "bad_fact"),
        ({"budget": 5}, "bad_fact"),
        ({"budget": {"amount_minor": 10**16, "currency": "CNY"}}, "bad_payload"),
        ({"budget": {"amount_minor": 10**15 + 1, "currency": "CNY"}}, "bad_fact"),
        ({"budget": {"amount_minor": True, "currency": "CNY"}}, "bad_fact"),
        ({"quantity": "many"}, "bad_fact"),
        ({"quantity": 1e300}, "bad_payload"),
        ({"quantity": 10**400}, "bad_payload"),
        ({"wanted-on": "soon"}, "bad_fact"),
        ({"wanted-on": 20270115}, "bad_fact"),
        ({"tender": "yes"}, "bad_fact"),
        ({"tender": 1}, "bad_fact"),
        ({"contact": "Mr Li"}, "bad_fact"),
        ({"contact": {"name": "Mr Li", "age": 40}}, "bad_fact"),
        ({"quote": {"url": "https://a.b"}}, "bad_fact"),
        ({"quote": {"file": "missing"}}, "unknown_file"),
        ({"need": "x" * 1_001}, "bad_fact"),
        ({"need": "nul\x00"}, "bad_payload"),
    ],
)
async def test_a_fact_that_cannot_be_is_refused(
    scene: Scene, facts: dict[str, Any], code: str
) -> None:
    deal = await scene.open()
    refused(await scene.do(deal["id"], "facts", facts), 422, code)
    assert (await scene.http.get(f"/v1/deals/{deal['id']}")).json()["facts"] == {}


async def test_a_quote_waits_for_the_decision_maker(scene: Scene) -> None:
    contact = {"name": "Mr Li"}
    facts = {"source": "web", "contact": contact, "need": "presses", "decision-maker": contact}
    budget = {"amount_minor": 100, "currency": "CNY"}
    deal_id = (await scene.open(facts=facts | {"budget": budget}))["id"]
    for stage in (
        ("first-call", "first-visit", "visit-minutes"),
        ("needs-interview", "site-survey", "visit-minutes", "confirm-needs"),
    ):
        for action in stage:
            await scene.do(deal_id, "actions", {"action": action})
        assert (await scene.do(deal_id, "advance")).status_code == 200
    evidence = [{"kind": "document", "name": "Quote", "url": "https://files.example/q"}]
    body = {"action": "send-quote", "evidence": evidence}
    facts = refused(await scene.do(deal_id, "actions", body), 409, "out_of_order")
    assert facts["after"] == ["find-decision-maker"]
    await scene.do(deal_id, "actions", {"action": "find-decision-maker"})
    answer = await scene.do(deal_id, "actions", {"action": "send-quote"})
    refused(answer, 409, "evidence_missing")
    assert (await scene.do(deal_id, "actions", body)).status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        "status=asleep",
        "overdue=perhaps",
        "limit=0",
        "limit=501",
        "limit=ten",
        "limit=" + "9" * 5_000,
        "sort=colour",
        "cursor=%00",
        "cursor=xyz",
        "cursor=WyItb3BlbmVkX2F0IiwgMSwgMV0",
        "cursor=" + "x" * 1_001,
        "stauts=open",
        "q=" + "x" * 201,
        "owner=",
    ],
)
async def test_a_list_refuses_what_it_does_not_know(scene: Scene, query: str) -> None:
    refused(await scene.http.get(f"/v1/deals?{query}"), 422, "bad_parameter")


@pytest.mark.parametrize(
    "path",
    [
        "/v1/deals?q=%00",
        "/v1/deals?owner=%ED%A0%80",
        "/v1/deals?q=%25_%5C",
        "/v1/escalations?to=%00",
        "/v1/agenda?owner=%00",
        "/v1/files/%00",
        "/v1/playbooks/%00/1",
        "/v1/deals/%2e%2e",
        "/v1/deals/D1/commands/%00",
    ],
)
async def test_odd_characters_are_just_characters(scene: Scene, path: str) -> None:
    assert (await scene.http.get(path)).status_code in {200, 404}


async def test_an_address_or_method_that_is_not_there_is_said_so(scene: Scene) -> None:
    facts = refused(await scene.http.get("/v1/nothing"), 404, "unknown_route")
    assert facts == {"method": "GET", "path": "/v1/nothing"}
    refused(await scene.http.get("/v1/deals/"), 404, "unknown_route")
    answer = await scene.http.delete("/v1/deals")
    refused(answer, 405, "method_not_allowed")
    assert "GET" in answer.headers["allow"]
    refused(await scene.http.get("/v1/playbooks/equipment-sales/0"), 422, "bad_parameter")
    path = f"/v1/playbooks/equipment-sales/{2**31}"
    refused(await scene.http.get(path), 422, "bad_parameter")


async def test_a_refusal_changes_nothing(scene: Scene) -> None:
    deal = await scene.open()
    before = (await scene.http.get(f"/v1/deals/{deal['id']}/timeline")).json()
    await scene.do(deal["id"], "advance")
    await scene.do(deal["id"], "actions", OPENING)
    assert (await scene.http.get(f"/v1/deals/{deal['id']}/timeline")).json() == before
