"""A deal is opened once for each key, and nothing is left behind when it is refused."""

from typing import Any

import pytest

from ledger.deals import DealFilter, list_deals
from tests.api.conftest import OPENING, Scene, refused
from tests.api.fake_engine import Away


async def test_a_deal_begins_in_the_first_stage_with_its_owners_team(scene: Scene) -> None:
    answer = await scene.post("/v1/deals", OPENING | {"amount_minor": 1_000, "source": "web"})
    view = answer.json()
    assert answer.status_code == 201
    assert answer.headers["location"] == f"/v1/deals/{view['id']}"
    assert (view["stage"]["id"], view["team"], view["status"]) == ("first-contact", "north", "open")
    assert (view["currency"], view["facts"]) == ("CNY", {"source": "web"})
    assert view["playbook"] == {"id": "equipment-sales", "version": 1}
    assert view["workflow_id"] == f"deal-{view['id']}"


@pytest.mark.parametrize(
    "playbook",
    [
        "equipment-sales@1",
        {"id": "equipment-sales"},
        {"id": "equipment-sales", "version": 1},
    ],
)
async def test_a_playbook_is_named_in_either_form(scene: Scene, playbook: object) -> None:
    assert (await scene.open(playbook=playbook))["playbook"]["version"] == 1


async def test_the_same_key_and_body_open_one_deal(scene: Scene) -> None:
    first = await scene.post("/v1/deals", OPENING, Idempotency_Key="abc")
    again = await scene.post("/v1/deals", dict(reversed(OPENING.items())), Idempotency_Key="abc")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert len(scene.engine.deals) == 1


async def test_a_repeat_shows_the_deal_as_it_is_by_now(scene: Scene) -> None:
    first = await scene.post("/v1/deals", OPENING, Idempotency_Key="abc")
    await scene.do(first.json()["id"], "actions", {"action": "first-call"})
    again = await scene.post("/v1/deals", OPENING, Idempotency_Key="abc")
    assert again.status_code == 201
    assert [done["action"] for done in again.json()["done"]] == ["first-call"]


async def test_the_same_key_with_another_body_is_refused(scene: Scene) -> None:
    await scene.post("/v1/deals", OPENING, Idempotency_Key="abc")
    other = await scene.post("/v1/deals", OPENING | {"title": "Other"}, Idempotency_Key="abc")
    refused(other, 422, "key_reused")


async def test_without_a_key_every_request_opens_a_deal(scene: Scene) -> None:
    assert (await scene.open())["id"] != (await scene.open())["id"]


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"owner": "nobody"}, 404, "unknown_person"),
        ({"playbook": "no-such"}, 404, "unknown_playbook"),
        ({"playbook": "equipment-sales@9"}, 404, "unknown_playbook"),
        ({"playbook": {"id": "equipment-sales", "version": 2}}, 404, "unknown_playbook"),
        ({"facts": {"no-such": 1}}, 422, "unknown_fact"),
        ({"facts": {"budget": "much"}}, 422, "bad_fact"),
        ({"source": "billboard"}, 422, "bad_fact"),
        ({"facts": {"quote": {"kind": "document", "file": "f"}}}, 422, "unknown_file"),
        ({"playbook": "equipment-sales@0"}, 422, "bad_payload"),
        ({"playbook": "Equipment Sales"}, 422, "bad_payload"),
        ({"playbook": {"id": "equipment-sales", "version": 2**40}}, 422, "bad_payload"),
        ({"title": ""}, 422, "bad_payload"),
        ({"title": "x" * 201}, 422, "bad_payload"),
        ({"amount_minor": -1}, 422, "bad_payload"),
        ({"amount_minor": 1.5}, 422, "bad_payload"),
        ({"amount_minor": 10**16}, 422, "bad_payload"),
        ({"amount_minor": "12"}, 422, "bad_payload"),
        ({"currency": "yuan"}, 422, "bad_payload"),
        ({"team": "north"}, 422, "bad_payload"),
        ({"deal_id": "Dmine"}, 422, "bad_payload"),
        ({"actor": {"id": "max", "role": "ops"}}, 422, "bad_payload"),
        ({"kind": "open_deal"}, 422, "bad_payload"),
        ({"stage": "contract"}, 422, "bad_payload"),
    ],
)
async def test_a_bad_opening_starts_nothing(
    scene: Scene, change: dict[str, Any], status: int, code: str
) -> None:
    refused(await scene.post("/v1/deals", OPENING | change), status, code)
    assert scene.engine.deals == {}
    assert (await list_deals(scene.backing.ledger, DealFilter())).items == ()


async def test_opening_needs_no_worker(scene: Scene) -> None:
    scene.engine.away = Away.WORKER
    assert (await scene.post("/v1/deals", OPENING)).status_code == 201


async def test_without_the_server_nothing_is_claimed(scene: Scene) -> None:
    scene.engine.away = Away.SERVER
    refused(await scene.post("/v1/deals", OPENING), 503, "engine_unavailable")
    scene.engine.away = Away.NOTHING
    assert scene.engine.deals == {}


async def test_the_owner_opens_it_unless_somebody_else_says_so(scene: Scene) -> None:
    await scene.open()
    await scene.post("/v1/deals", OPENING, Dealpace_Person="max")
    timelines = [
        (await scene.http.get(f"/v1/deals/{deal_id}/timeline")).json()["items"][0]["actor"]
        for deal_id in scene.engine.deals
    ]
    assert timelines == [{"id": "ana", "role": "rep"}, {"id": "max", "role": "manager"}]
