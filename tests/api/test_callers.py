"""The header names the caller; without it a command is the owner's, administration is for ops."""

import pytest

from ledger.people import Person, put_person
from tests.api.conftest import Scene, refused


async def actor_of_last(scene: Scene, deal_id: str) -> dict[str, str]:
    """Who is on the latest event of a deal."""
    items = (await scene.http.get(f"/v1/deals/{deal_id}/timeline")).json()["items"]
    actor: dict[str, str] = items[-1]["actor"]
    return actor


async def test_without_a_header_the_owner_acts_as_a_rep(scene: Scene) -> None:
    deal = await scene.open(owner="max")
    await scene.do(deal["id"], "actions", {"action": "first-call"})
    assert await actor_of_last(scene, deal["id"]) == {"id": "max", "role": "rep"}


async def test_the_header_names_person_and_role(scene: Scene) -> None:
    deal = await scene.open()
    await scene.do(deal["id"], "actions", {"action": "first-call"}, Dealpace_Person="dora")
    assert await actor_of_last(scene, deal["id"]) == {"id": "dora", "role": "director"}


@pytest.mark.parametrize("sent", [b"%E5%BC%A0%E4%BC%9F", "张伟".encode()])
async def test_a_name_beyond_ascii_is_understood(scene: Scene, sent: bytes) -> None:
    await put_person(scene.backing.ledger, Person(id="张伟", name="张伟", role="rep"))
    deal = await scene.open()
    url = f"/v1/deals/{deal['id']}/actions"
    headers = [(b"Dealpace-Person", sent)]
    answer = await scene.http.post(url, json={"action": "first-call"}, headers=headers)
    assert answer.json()["done"][0]["actor"] == "张伟"


@pytest.mark.parametrize("person", ["nobody", "", "%00", "x" * 5_000, "ops", "dealpace"])
async def test_a_stranger_is_turned_away(scene: Scene, person: str) -> None:
    deal = await scene.open()
    body = {"action": "first-call"}
    answer = await scene.do(deal["id"], "actions", body, Dealpace_Person=person)
    refused(answer, 401, "unknown_caller")
    assert answer.headers["www-authenticate"] == "Dealpace-Person"
    refused(await scene.post("/v1/deals", {}, Dealpace_Person=person), 422, "bad_payload")


async def test_a_new_person_is_known_at_once(scene: Scene) -> None:
    deal = await scene.open()
    await scene.do(deal["id"], "advance", Dealpace_Person="ana")
    body = {"name": "Newcomer", "role": "rep"}
    assert (await scene.http.put("/v1/people/new", json=body)).status_code == 200
    answer = await scene.do(deal["id"], "actions", {"action": "first-call"}, Dealpace_Person="new")
    assert answer.status_code == 200


async def test_administration_is_for_ops(scene: Scene) -> None:
    body = {"name": "Newcomer", "role": "rep"}
    for person in ("ana", "max", "dora"):
        answer = await scene.http.put(
            "/v1/people/new", json=body, headers={"Dealpace-Person": person}
        )
        assert refused(answer, 403, "not_allowed") == {"needs": "ops"}
        answer = await scene.post("/v1/playbooks", {}, Dealpace_Person=person)
        refused(answer, 403, "not_allowed")
    answer = await scene.http.put("/v1/people/new", json=body, headers={"Dealpace-Person": "ola"})
    assert answer.status_code == 200


async def test_a_rep_may_not_take_anothers_deal(scene: Scene) -> None:
    deal = await scene.open()
    answer = await scene.do(deal["id"], "assign", {"owner": "bo"}, Dealpace_Person="bo")
    refused(answer, 403, "not_allowed")
    answer = await scene.do(deal["id"], "assign", {"owner": "nobody"}, Dealpace_Person="max")
    refused(answer, 404, "unknown_person")


async def test_a_claim_needs_somebody_to_claim(scene: Scene) -> None:
    deal = await scene.open()
    refused(await scene.do(deal["id"], "claim"), 401, "unknown_caller")
    answer = await scene.do(deal["id"], "claim", Dealpace_Person="bo")
    refused(answer, 409, "not_in_pool")


async def test_an_owner_of_whom_the_ledger_has_not_heard_yet_acts_all_the_same(
    scene: Scene,
) -> None:
    deal = await scene.open(owner="max")
    scene.engine.records = False
    await scene.do(deal["id"], "assign", {"owner": "bo"})
    answer = await scene.do(deal["id"], "actions", {"action": "first-call"})
    assert answer.json()["done"][0]["actor"] == "bo"
    answer = await scene.do(deal["id"], "assign", {"owner": "max"})
    assert (answer.status_code, answer.json()["owner"]) == (200, "max")
