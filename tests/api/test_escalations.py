"""Rungs that were reached are listed for those they are meant for, and can be answered."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.api.conftest import Scene, refused

LATER = datetime.now(UTC) + timedelta(days=5)


async def escalated(scene: Scene) -> str:
    """A deal whose first call is long overdue."""
    deal_id: str = (await scene.open())["id"]
    await scene.engine.pass_time(deal_id, LATER)
    return deal_id


async def listed(scene: Scene, query: str = "") -> list[dict[str, Any]]:
    """What a query finds."""
    answer = await scene.http.get(f"/v1/escalations?{query}")
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_each_is_meant_for_the_person_in_that_post_today(scene: Scene) -> None:
    deal_id = await escalated(scene)
    assert {one["to"] for one in await listed(scene, "to=max")} == {"manager"}
    assert {one["to"] for one in await listed(scene, "to=ana")} == {"owner"}
    (first, *_) = await listed(scene, "to=max&do=escalate")
    assert (first["deal_id"], first["recipients"], first["status"]) == (deal_id, ["max"], "open")
    await scene.http.put(
        "/v1/people/ana", json={"name": "Ana", "role": "rep", "manager": "dora", "team": "north"}
    )
    assert await listed(scene, "to=max") == []
    assert await listed(scene, f"deal={deal_id}&to=dora")
    assert await listed(scene, "owner=nobody") == []
    assert await listed(scene, "to=nobody") == []


async def test_an_acknowledged_one_is_answered(scene: Scene) -> None:
    await escalated(scene)
    one = (await listed(scene, "to=max"))[0]
    until = (LATER + timedelta(days=2)).isoformat()
    url = f"/v1/escalations/{one['id']}"
    answer = await scene.post(f"{url}/comment", {"note": "on it"}, Dealpace_Person="max")
    assert answer.status_code == 200
    body = {"note": "calling today", "extend_until": until}
    answer = await scene.post(f"{url}/acknowledge", body, Dealpace_Person="max")
    assert answer.status_code == 200
    assert one["id"] not in {other["id"] for other in await listed(scene)}
    (found,) = await listed(scene, f"status=acknowledged&deal={one['deal_id']}")
    assert (found["note"], found["acknowledged_by"]) == ("calling today", "max")
    assert [said["note"] for said in found["comments"]] == ["on it"]
    assert found["id"] in {other["id"] for other in await listed(scene, "status=all")}
    refused(await scene.post(f"{url}/acknowledge", body), 409, "escalation_closed")


async def test_what_the_deal_moved_past_is_settled(scene: Scene) -> None:
    deal_id = await escalated(scene)
    await scene.do(deal_id, "close", {"outcome": "lost"})
    assert await listed(scene) == []
    assert await listed(scene, "status=settled")


async def test_a_bad_answer_is_refused(scene: Scene) -> None:
    await escalated(scene)
    one = (await listed(scene, "to=max"))[0]["id"]
    deal_id = one.partition(".")[0]
    note = {"note": "x"}
    for unknown in (f"{deal_id}.9999", f"{deal_id}.x", deal_id, ".1", "%00.1", f"{deal_id}.0"):
        answer = await scene.post(f"/v1/escalations/{unknown}/acknowledge", note)
        refused(answer, 404, "unknown_escalation")
    answer = await scene.post("/v1/escalations/Dnone.3/acknowledge", note)
    refused(answer, 404, "unknown_deal")
    for body in ({}, {"note": ""}, {"note": " "}, note | {"extend_until": "soon"}, note | {"x": 1}):
        answer = await scene.post(f"/v1/escalations/{one}/acknowledge", body)
        refused(answer, 422, "bad_payload")
    past = note | {"extend_until": "2020-01-01T00:00:00Z"}
    answer = await scene.post(f"/v1/escalations/{one}/acknowledge", past)
    refused(answer, 422, "extension_in_past")
    for query in ("status=closed", "do=shout", "cursor=x", "who=me"):
        refused(await scene.http.get(f"/v1/escalations?{query}"), 422, "bad_parameter")


async def test_the_answer_happens_once(scene: Scene) -> None:
    await escalated(scene)
    one = (await listed(scene, "to=max"))[0]["id"]
    url = f"/v1/escalations/{one}/acknowledge"
    answers = [await scene.post(url, {"note": "x"}, Idempotency_Key="k") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()
