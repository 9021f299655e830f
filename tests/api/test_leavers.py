"""Somebody who has left takes no deal, calls no more, and what climbs goes past them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.api.conftest import Scene, refused

TODAY = datetime.now(UTC).date()
GONE = str(TODAY - timedelta(days=3))


async def leave(scene: Scene, person: str = "ana", last_on: str = GONE) -> None:
    body = {"name": person, "role": "rep", "manager": "max", "last_on": last_on}
    assert (await scene.http.put(f"/v1/people/{person}", json=body)).is_success


def opening(owner: str) -> dict[str, Any]:
    return {
        "title": "Press line",
        "customer": "Northwind",
        "owner": owner,
        "playbook": "equipment-sales",
    }


async def test_who_has_left_takes_no_deal(scene: Scene) -> None:
    deal = await scene.open(owner="bo")
    await leave(scene)
    refused(await scene.http.post("/v1/deals", json=opening("ana")), 409, "person_left")
    assign = {"owner": "ana", "reason": "nearer"}
    answer = await scene.http.post(f"/v1/deals/{deal['id']}/assign", json=assign)
    refused(answer, 409, "person_left")
    for today_or_later in (0, 30):
        await leave(scene, last_on=str(TODAY + timedelta(days=today_or_later)))
        assert (await scene.http.post("/v1/deals", json=opening("ana"))).status_code == 201


async def test_who_has_left_is_no_caller(scene: Scene) -> None:
    deal = await scene.open(owner="ana")
    await leave(scene)
    path, body = f"/v1/deals/{deal['id']}/replies", {"note": "she called"}
    answer = await scene.http.post(path, json=body, headers={"Dealpace-Person": "ana"})
    refused(answer, 401, "unknown_caller")
    assert (await scene.http.post(path, json=body, headers={"Dealpace-Person": "max"})).is_success


async def test_a_last_day_is_a_day(scene: Scene) -> None:
    given: tuple[Any, ...] = ("soon", 20261130, "2026-11-31", {})
    for last_on in given:
        body = {"name": "Ana", "role": "rep", "last_on": last_on}
        refused(await scene.http.put("/v1/people/ana", json=body), 422, "bad_payload")
