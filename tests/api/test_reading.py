"""Lists, one deal, its timeline and its clocks."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.api.conftest import Scene, refused
from tests.api.fake_engine import Away

LATER = datetime.now(UTC) + timedelta(days=5)


async def ids(scene: Scene, query: str) -> list[str]:
    """The titles a query finds, in its order."""
    answer = await scene.http.get(f"/v1/deals?{query}")
    assert answer.status_code == 200, answer.text
    return [item["title"] for item in answer.json()["items"]]


async def test_lists_are_filtered(scene: Scene) -> None:
    one = await scene.open(title="One", source="web", amount_minor=5)
    two = await scene.open(title="Two", owner="bo", customer="Müller & Co")
    await scene.open(title="Three", playbook="short-pipeline")
    await scene.do(one["id"], "close", {"outcome": "lost", "reason": "price"})
    await scene.engine.pass_time(two["id"], LATER)
    assert await ids(scene, "sort=title") == ["One", "Three", "Two"]
    assert await ids(scene, "status=lost") == ["One"]
    assert await ids(scene, "status=open&status=lost&sort=-opened_at") == ["Three", "Two", "One"]
    assert await ids(scene, "owner=bo") == ["Two"]
    assert await ids(scene, "team=north&sort=title") == ["One", "Three"]
    assert await ids(scene, "source=web") == ["One"]
    assert await ids(scene, "overdue=true") == ["Two"]
    assert await ids(scene, "stage=first-contact&status=open") == ["Two"]
    assert await ids(scene, "q=mÜLLER") == ["Two"]
    assert await ids(scene, f"q={one['id']}") == ["One"]
    assert await ids(scene, "owner=nobody") == []


async def test_pages_neither_repeat_nor_lose_a_deal(scene: Scene) -> None:
    for n in range(5):
        await scene.open(title=f"Deal {n}")
    for sort in ("opened_at", "-opened_at", "next_due_at", "-amount_minor", "title"):
        found: list[str] = []
        cursor = ""
        while True:
            query = f"/v1/deals?limit=2&sort={sort}" + (f"&cursor={cursor}" if cursor else "")
            page = (await scene.http.get(query)).json()
            found += [item["title"] for item in page["items"]]
            if (cursor := page["next_cursor"]) is None:
                break
        assert sorted(found) == [f"Deal {n}" for n in range(5)]
        refused(
            await scene.http.get(f"/v1/deals?sort=id&cursor={'x' + sort}"), 422, "bad_parameter"
        )


async def test_a_deal_is_shown_by_its_workflow(scene: Scene) -> None:
    deal = await scene.open()
    answer = await scene.http.get(f"/v1/deals/{deal['id']}")
    assert (answer.status_code, answer.json()) == (200, deal)
    refused(await scene.http.get("/v1/deals/Dnone"), 404, "unknown_deal")


async def test_without_a_worker_the_ledger_has_to_do(scene: Scene) -> None:
    deal = await scene.open()
    scene.engine.away = Away.WORKER
    shown = (await scene.http.get(f"/v1/deals/{deal['id']}")).json()
    assert shown == deal | {"stale": True}
    for path in ("timeline", "clocks"):
        assert (await scene.http.get(f"/v1/deals/{deal['id']}/{path}")).status_code == 200


async def test_a_closed_deal_whose_workflow_has_ended_is_not_stale(scene: Scene) -> None:
    deal = await scene.open()
    closed = (await scene.do(deal["id"], "close", {"outcome": "dropped"})).json()
    scene.engine.deals.clear()
    assert (await scene.http.get(f"/v1/deals/{deal['id']}")).json() == closed


async def test_the_timeline_tells_what_happened_oldest_first(scene: Scene) -> None:
    deal = await scene.open()
    await scene.do(deal["id"], "actions", {"action": "first-call"}, Idempotency_Key="k")
    page = (await scene.http.get(f"/v1/deals/{deal['id']}/timeline")).json()
    assert [item["seq"] for item in page["items"]] == [1, 2, 3, 4, 5]
    assert page["next_cursor"] is None
    did = page["items"][3]
    assert (did["kind"], did["command_id"], did["action"]) == ("action_recorded", "k", "first-call")
    assert did["summary"] == "Did first-call."
    assert page["items"][0]["summary"] == "Opened for Acme."


async def test_a_long_timeline_comes_in_pages(scene: Scene) -> None:
    deal = await scene.open()
    url = f"/v1/deals/{deal['id']}/timeline"
    first = (await scene.http.get(f"{url}?limit=2")).json()
    rest = (await scene.http.get(f"{url}?limit=2&cursor={first['next_cursor']}")).json()
    assert [item["seq"] for item in first["items"] + rest["items"]] == [1, 2, 3]
    assert rest["next_cursor"] is None
    for bad in ("cursor=x", "cursor=-1", "cursor=9999999999", "limit=0", "limit=501"):
        refused(await scene.http.get(f"{url}?{bad}"), 422, "bad_parameter")
    refused(await scene.http.get("/v1/deals/Dnone/timeline"), 404, "unknown_deal")


async def test_the_clocks_say_why_they_are_due_then(scene: Scene) -> None:
    deal = await scene.open()
    answer = await scene.http.get(f"/v1/deals/{deal['id']}/clocks")
    told = answer.json()
    clocks: dict[str, Any] = {clock["kind"]: clock for clock in reversed(told["clocks"])}
    call = clocks["action"]
    assert (call["subject"], call["budget"], call["counted_in"]) == (
        "first-call",
        "3d",
        "clock_time",
    )
    assert [rung["persons"] for rung in call["rungs"]] == [
        *(["ana"], ["ana"], ["max"], ["dora"], ["ana"], [])
    ]
    assert [rung["state"] for rung in call["rungs"]] == ["next"] + ["ahead"] * 5
    assert call["stopped_by"]["actions"] == ["first-call"]
    idle = clocks["idle"]
    counted = sum(span["seconds"] for span in idle["spans"] if span["counts"])
    assert (idle["budget"], round(counted, 6)) == ("3bd", 3 * 9 * 3_600)
    refused(await scene.http.get("/v1/deals/Dnone/clocks"), 404, "unknown_deal")


async def test_the_agenda_ranks_what_to_do(scene: Scene) -> None:
    late = await scene.open(title="Late")
    await scene.open(title="Fresh")
    held = await scene.open(title="Held")
    until = (datetime.now(UTC) + timedelta(days=9)).isoformat()
    await scene.do(held["id"], "hold", {"until": until, "reason": "fair"})
    await scene.engine.pass_time(late["id"], LATER)
    agenda = (await scene.http.get("/v1/agenda?owner=ana")).json()
    shown = [(one["deal"]["title"], one["overdue"]) for one in agenda["items"]]
    assert {title for title, overdue in shown if overdue} == {"Late"}
    assert [overdue for _, overdue in shown] == sorted((one for _, one in shown), reverse=True)
    assert {title for title, _ in shown} == {"Late", "Fresh"}
    assert all(one["why"] for one in agenda["items"])
    mine = await scene.http.get("/v1/agenda", headers={"Dealpace-Person": "ana"})
    assert mine.json() == agenda
    assert (await scene.http.get("/v1/agenda?owner=nobody")).json()["items"] == []
    refused(await scene.http.get("/v1/agenda"), 422, "bad_parameter")
