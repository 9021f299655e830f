"""Commands over HTTP: each reaches the core, happens once, and is answered as the contract says."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.api.conftest import Scene, refused
from tests.api.fake_engine import Away
from tests.playbooks.written import changed

CONTACT = {"name": "Mr Li", "role": "buyer"}
YAML = {"Content-Type": "application/yaml"}
FIRST_FACTS = {"source": "referral", "contact": CONTACT}


async def advanced(scene: Scene) -> str:
    """A deal in its second stage."""
    deal_id: str = (await scene.open(facts=FIRST_FACTS))["id"]
    for action in ("first-call", "first-visit", "visit-minutes"):
        assert (await scene.do(deal_id, "actions", {"action": action})).status_code == 200
    assert (await scene.do(deal_id, "advance")).status_code == 200
    return deal_id


async def test_an_action_is_answered_with_the_deal_as_it_is_then(scene: Scene) -> None:
    deal = await scene.open()
    happened = datetime.now(UTC)
    on = (happened + timedelta(days=10)).date().isoformat()
    body = {
        "action": "first-call",
        "note": "Spoke to the buyer",
        "occurred_at": happened.isoformat(),
        "evidence": [{"name": "Minutes", "url": "https://files.example/1"}],
        "next_step": {"what": "visit", "on": on},
    }
    answer = await scene.do(deal["id"], "actions", body)
    view = answer.json()
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert [done["action"] for done in view["done"]] == ["first-call"]
    assert view["next_step"]["what"] == "visit"
    assert view["stale"] is False


async def test_facts_are_the_bare_mapping(scene: Scene) -> None:
    deal = await scene.open()
    view = (await scene.do(deal["id"], "facts", FIRST_FACTS)).json()
    assert view["facts"] == FIRST_FACTS
    view = (await scene.do(deal["id"], "facts", {"contact": None})).json()
    assert view["facts"] == {"source": "referral"}


async def test_every_verb_of_the_contract_does_what_it_says(scene: Scene) -> None:
    deal_id = await advanced(scene)
    later = (datetime.now(UTC) + timedelta(days=2)).date().isoformat()  # tomorrow has begun in Asia

    async def now(verb: str, body: object = None, **headers: str) -> dict[str, Any]:
        answer = await scene.do(deal_id, verb, body, **headers)
        assert answer.status_code == 200, answer.text
        view: dict[str, Any] = answer.json()
        return view

    back = await now("return", {"to": "first-contact", "reason": "wrong contact"})
    assert back["stage"]["id"] == "first-contact"
    assert (await now("hold", {"until": later, "reason": "fair"}))["status"] == "on_hold"
    assert (await now("resume"))["status"] == "open"
    handed = await now("assign", {"owner": "bo", "reason": "region"})
    assert (handed["owner"], handed["team"]) == ("bo", "south")
    asked = await now("override", {"reason": "knows us"})
    assert [one["kind"] for one in asked["escalations"]] == ["override"]
    allowed = await now("override", {"reason": "fine"}, Dealpace_Person="max")
    assert (allowed["unmet"], allowed["escalations"]) == ([], [])
    lost = await now("close", {"outcome": "lost", "reason": "price"})
    assert (lost["status"], lost["outcome"]["reason"]) == ("lost", "price")
    assert (await now("reopen", {"reason": "they came back"}))["status"] == "open"


async def test_a_manager_has_a_deal_go_on_by_another_version(scene: Scene) -> None:
    greeting = (
        "    actions:\n      - id: call",
        "    actions:\n      - {id: hello, name: Hello}\n      - id: call",
    )
    for text in (changed(), changed(("version: 1", "version: 2"), greeting)):
        answer = await scene.http.post("/v1/playbooks", content=text.encode(), headers=YAML)
        assert answer.is_success, answer.text
    deal = await scene.open(playbook="small@1", facts={})

    async def repin(body: object, by: str = "max") -> httpx.Response:
        return await scene.do(deal["id"], "repin", body, Dealpace_Person=by)

    said = {"version": 2, "reason": "we say hello first"}
    refused(await repin(said, by="ana"), 403, "not_allowed")
    refused(await repin(said | {"version": 3}), 404, "unknown_playbook")
    refused(await repin(said | {"terms": {}}), 422, "bad_payload")
    after = (await repin(said)).json()

    assert after["playbook"]["version"] == 2
    assert after["unmet"][0]["id"] == "hello"
    lines = (await scene.http.get(f"/v1/deals/{deal['id']}/timeline")).json()["items"]
    assert "Goes on by version 2: we say hello first." in {one["summary"] for one in lines}


@pytest.mark.parametrize("verb", ["advance", "resume", "claim"])
async def test_a_command_without_fields_needs_no_body(scene: Scene, verb: str) -> None:
    deal = await scene.open()
    url = f"/v1/deals/{deal['id']}/{verb}"
    answer = await scene.http.post(url, headers={"Dealpace-Person": "ana"})
    assert answer.json()["status"] == 409


async def test_the_same_key_has_one_effect_and_the_same_answer(scene: Scene) -> None:
    deal = await scene.open()
    first = await scene.do(deal["id"], "actions", {"action": "first-call"}, Idempotency_Key="k")
    again = await scene.http.post(
        f"/v1/deals/{deal['id']}/actions",
        content=b' { "action" : "first-call" } ',
        headers={"Content-Type": "application/json", "Idempotency-Key": "k"},
    )
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert first.json()["done"][0]["times"] == 1


@pytest.mark.parametrize(
    ("verb", "body"),
    [("actions", {"action": "first-call", "note": "other"}), ("advance", {})],
)
async def test_the_same_key_for_something_else_is_refused(
    scene: Scene, verb: str, body: object
) -> None:
    deal = await scene.open()
    await scene.do(deal["id"], "actions", {"action": "first-call"}, Idempotency_Key="k")
    refused(await scene.do(deal["id"], verb, body, Idempotency_Key="k"), 422, "key_reused")


@pytest.mark.parametrize("key", ["", "has space", "x" * 201, "sch\u00f6n", "tab\tbed"])
async def test_a_key_that_is_none_is_refused(scene: Scene, key: str) -> None:
    deal = await scene.open()
    answer = await scene.http.post(
        f"/v1/deals/{deal['id']}/advance",
        json={},
        headers=[(b"Idempotency-Key", key.encode("latin-1"))],
    )
    refused(answer, 422, "bad_idempotency_key")


async def test_whoever_does_not_wait_is_told_where_to_ask(scene: Scene) -> None:
    deal = await scene.open()
    headers = {"Idempotency_Key": "a/b?c#d%20", "Prefer": "wait=5, Respond-Async; x=1"}
    answer = await scene.do(deal["id"], "actions", {"action": "first-call"}, **headers)
    told = answer.json()
    assert answer.status_code == 202
    assert told == {"command_id": "a/b?c#d%20", "status_url": answer.headers["location"]}
    status = (await scene.http.get(told["status_url"])).json()
    assert (status["status"], status["command_id"]) == ("applied", "a/b?c#d%20")


async def test_without_a_worker_a_command_is_durable_and_applied_once(scene: Scene) -> None:
    deal = await scene.open()
    scene.engine.away = Away.WORKER
    answers = [
        await scene.do(deal["id"], "actions", {"action": "first-call"}, Idempotency_Key="k")
        for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [202, 202]
    status_url = answers[0].json()["status_url"]
    assert (await scene.http.get(status_url)).json()["status"] == "pending"
    await scene.engine.catch_up()
    assert (await scene.http.get(status_url)).json()["status"] == "applied"
    view = (await scene.http.get(f"/v1/deals/{deal['id']}")).json()
    assert view["done"][0]["times"] == 1


async def test_a_command_refused_later_says_so_at_its_address(scene: Scene) -> None:
    deal = await scene.open()
    answer = await scene.do(deal["id"], "advance", Prefer="respond-async")
    status = (await scene.http.get(answer.json()["status_url"])).json()
    assert (status["status"], status["code"]) == ("refused", "gate_unmet")
    assert status["facts"]["unmet"][0] == {"kind": "action", "id": "first-call"}


async def test_a_command_nobody_sent_is_unknown(scene: Scene) -> None:
    deal = await scene.open()
    refused(await scene.http.get(f"/v1/deals/{deal['id']}/commands/x"), 404, "unknown_command")
    refused(await scene.http.get("/v1/deals/Dnone/commands/x"), 404, "unknown_command")


async def test_without_the_server_the_answer_is_503_and_nothing_happened(scene: Scene) -> None:
    deal = await scene.open()
    scene.engine.away = Away.SERVER
    answer = await scene.do(deal["id"], "actions", {"action": "first-call"})
    refused(answer, 503, "engine_unavailable")
    await scene.engine.catch_up()
    assert (await scene.http.get(f"/v1/deals/{deal['id']}")).json()["done"] == []


async def test_the_process_says_no_with_its_reasons(scene: Scene) -> None:
    deal_id = await advanced(scene)
    facts = refused(await scene.do(deal_id, "advance"), 409, "gate_unmet")
    assert {"kind": "fact", "id": "budget"} in facts["unmet"]
    answer = await scene.do(deal_id, "actions", {"action": "confirm-needs"})
    assert refused(answer, 409, "out_of_order")["after"] == ["site-survey"]
    answer = await scene.do(deal_id, "actions", {"action": "send-quote"})
    assert refused(answer, 409, "action_not_in_stage")["belongs_to"] == "quotation"
    answer = await scene.do(deal_id, "actions", {"action": "dance"})
    refused(answer, 422, "unknown_action")
    answer = await scene.do(deal_id, "return", {"to": "nowhere", "reason": "x"})
    refused(answer, 422, "unknown_stage")
    answer = await scene.do(deal_id, "close", {"outcome": "won"})
    refused(answer, 409, "not_last_stage")
    await scene.do(deal_id, "close", {"outcome": "dropped"})
    facts = refused(await scene.do(deal_id, "advance"), 409, "deal_closed")
    assert facts["status"] == "dropped"


@pytest.mark.parametrize("verb", ["actions", "advance", "claim"])
@pytest.mark.parametrize("person", [{}, {"Dealpace_Person": "max"}])
async def test_a_deal_that_is_not_there_is_unknown(
    scene: Scene, verb: str, person: dict[str, str]
) -> None:
    body = {"action": "first-call"} if verb == "actions" else {}
    for deal_id in ("Dnone", "%00", "a.b", "x" * 300, "%F0%9F%92%A9"):
        answer = await scene.do(deal_id, verb, body, **person)
        if verb == "claim" and not person:
            refused(answer, 404 if deal_id != "Dnone" else 401, answer.json()["code"])
        else:
            refused(answer, 404, "unknown_deal")


async def test_evidence_has_to_be_there(scene: Scene) -> None:
    deal = await scene.open()
    body = {"action": "first-call", "evidence": [{"kind": "document", "file": "missing"}]}
    facts = refused(await scene.do(deal["id"], "actions", body), 422, "unknown_file")
    assert facts == {"file": "missing"}
    stored = await scene.http.post("/v1/files", files={"file": ("m.pdf", b"%PDF", "x/y")})
    body["evidence"] = [{"kind": "document", "file": stored.json()["id"]}]
    assert (await scene.do(deal["id"], "actions", body)).status_code == 200


async def test_commands_are_counted_by_what_became_of_them(scene: Scene) -> None:
    deal = await scene.open()
    await scene.do(deal["id"], "actions", {"action": "first-call"})
    await scene.do(deal["id"], "advance")
    await scene.do(deal["id"], "advance", Prefer="respond-async")
    page = (await scene.http.get("/metrics")).text
    for line in (
        'dealpace_commands_total{kind="open_deal",outcome="applied"} 1.0',
        'dealpace_commands_total{kind="record_action",outcome="applied"} 1.0',
        'dealpace_commands_total{kind="advance",outcome="gate_unmet"} 1.0',
        'dealpace_commands_total{kind="advance",outcome="accepted"} 1.0',
        'dealpace_http_requests_total{method="POST",route="/v1/deals",status="201"} 1.0',
    ):
        assert line in page
