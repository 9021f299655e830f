"""Calendars, leave and the pool over HTTP: what may be asked, and what running deals are told."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from temporalio.testing import ActivityEnvironment

from activities.recalendars import Deals, RecalendarActivities, take_up
from deals.commands import Sent
from ledger.calendars import (
    RecalendarRun,
    Status,
    begin_recalendar,
    find_recalendar,
    running_recalendars,
)
from tests.api.conftest import Scene, refused
from tests.api.fake_engine import Away
from tests.playbooks.written import changed
from tests.workflows.scene import eventually

TODAY = datetime.now(UTC).date()


def away(first: int, last: int, **more: Any) -> dict[str, Any]:
    first_on, last_on = (str(TODAY + timedelta(days=n)) for n in (first, last))
    return {"first_on": first_on, "last_on": last_on, **more}


def as_(person: str) -> dict[str, str]:
    return {"Dealpace-Person": person}


async def told(scene: Scene, deals: Deals | None = None) -> dict[str, int]:
    """Run the recalendar that was begun last, as its workflow would, but for the wait."""
    job = scene.engine.recalendars[-1]
    activities = RecalendarActivities(
        scene.backing.ledger, deals or scene.engine, settles=timedelta(0)
    )
    counts: dict[str, int] = await ActivityEnvironment().run(activities.run_recalendar, job)
    return counts


async def pooled(scene: Scene, **opening: Any) -> str:
    """A deal that has just gone to the pool; its id."""
    deal_id: str = (await scene.open(owner="ana", **opening))["id"]
    now = datetime.now(UTC)
    while not scene.engine.deals[deal_id][1].in_pool:
        now += timedelta(hours=6)
        await scene.engine.pass_time(deal_id, now)
    return deal_id


def due(view: dict[str, Any], kind: str) -> str:
    return next(str(clock["due_at"]) for clock in view["clocks"] if clock["kind"] == kind)


async def test_leave_without_a_delegate_moves_what_is_due_in_working_time(scene: Scene) -> None:
    deal = await scene.open(owner="ana")

    answer = await scene.http.post("/v1/people/ana/leaves", json=away(0, 30), headers=as_("ana"))

    assert answer.status_code == 201
    assert await told(scene) == {"total": 1, "told": 1, "refused": 0}
    after = (await scene.http.get(f"/v1/deals/{deal['id']}")).json()
    assert due(after, "idle")[:10] > str(TODAY + timedelta(days=30))
    assert due(after, "action") == due(deal, "action")
    clocks = (await scene.http.get(f"/v1/deals/{deal['id']}/clocks")).json()["clocks"]
    idle = next(clock for clock in clocks if clock["kind"] == "idle")
    assert {day["why"] for day in idle["days_off"]} >= {"leave"}
    timeline = (await scene.http.get(f"/v1/deals/{deal['id']}/timeline")).json()["items"]
    (changed,) = [one for one in timeline if one["kind"] == "calendar_changed"]
    assert changed["reason"].startswith("leave of ana")


async def test_a_delegate_works_on_and_is_told(scene: Scene) -> None:
    deal = await scene.open(owner="ana")

    body = away(0, 30, delegate="bo")
    await scene.http.post("/v1/people/ana/leaves", json=body, headers=as_("ana"))

    assert scene.engine.recalendars == []
    clocks = (await scene.http.get(f"/v1/deals/{deal['id']}/clocks")).json()["clocks"]
    assert clocks[0]["rungs"][0]["persons"] == ["bo"]


async def test_a_new_owner_brings_their_own_time(scene: Scene) -> None:
    await scene.http.post("/v1/people/bo/leaves", json=away(0, 30))
    deal = await scene.open(owner="ana")

    body = {"owner": "bo"}
    after = await scene.http.post(f"/v1/deals/{deal['id']}/assign", json=body, headers=as_("max"))

    assert due(after.json(), "idle")[:10] > str(TODAY + timedelta(days=30))


async def test_leave_is_taken_back(scene: Scene) -> None:
    deal = await scene.open(owner="ana")
    leave = (await scene.http.post("/v1/people/ana/leaves", json=away(0, 30))).json()
    await told(scene)
    listed = (await scene.http.get("/v1/people/ana/leaves")).json()["items"]
    assert listed == [leave]

    path = f"/v1/people/ana/leaves/{leave['id']}"
    assert (await scene.http.delete(path)).status_code == 204
    await told(scene)

    after = (await scene.http.get(f"/v1/deals/{deal['id']}")).json()
    assert due(after, "idle") == due(deal, "idle")
    refused(await scene.http.delete(path), 404, "unknown_leave")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (away(-9, -3), 422, "bad_leave"),
        (away(0, 3, delegate="ana"), 422, "bad_leave"),
        (away(0, 3, delegate="nobody"), 404, "unknown_person"),
        (away(3, 0), 422, "bad_payload"),
        (away(0, 5000), 422, "bad_payload"),
        ({"first_on": "soon", "last_on": "later"}, 422, "bad_payload"),
    ],
)
async def test_leave_that_makes_no_sense_is_refused(
    scene: Scene, body: dict[str, Any], status: int, code: str
) -> None:
    refused(await scene.http.post("/v1/people/ana/leaves", json=body), status, code)
    assert scene.engine.recalendars == []


async def test_nobody_sends_a_colleague_on_leave(scene: Scene) -> None:
    answer = await scene.http.post("/v1/people/ana/leaves", json=away(0, 3), headers=as_("bo"))
    refused(answer, 403, "not_allowed")
    answer = await scene.http.post("/v1/people/ana/leaves", json=away(0, 3), headers=as_("max"))
    assert answer.status_code == 201


async def test_other_hours_of_a_person_count_at_once(scene: Scene) -> None:
    deal = await scene.open(owner="ana")
    # Apart from the playbook's hours, so that the due instant moves at whatever time this runs.
    person = {"name": "Ana Rep", "role": "rep", "manager": "max", "team": "north"}

    await scene.http.put("/v1/people/ana", json=person | {"hours": "20:00-20:30"})

    assert (await told(scene))["told"] == 1
    after = (await scene.http.get(f"/v1/deals/{deal['id']}")).json()
    assert due(after, "idle") != due(deal, "idle")


async def test_a_calendar_is_put_in_force_for_running_and_new_deals(scene: Scene) -> None:
    before = await scene.open(owner="ana")
    calendar = {"time_zone": "Asia/Shanghai", "hours": {"sun": "09:00-18:00"}}
    body = {"reason": "Sundays only", "playbook": "equipment-sales", "calendar": calendar}

    answer = await scene.http.post("/v1/recalendars", json=body, headers=as_("ola"))

    assert answer.status_code == 201
    assert answer.json()["status"] == "running"
    assert await told(scene) == {"total": 1, "told": 1, "refused": 0}
    run = (await scene.http.get(f"/v1/recalendars/{answer.json()['id']}")).json()
    assert (run["status"], run["by"], run["counts"]["told"]) == ("done", "ola", 1)
    after = (await scene.http.get(f"/v1/deals/{before['id']}")).json()
    assert due(after, "idle") > due(before, "idle")
    new = await scene.open(owner="ana")
    assert due(new, "idle") >= due(after, "idle")
    listed = (await scene.http.get("/v1/recalendars")).json()["items"]
    assert [one["id"] for one in listed] == [run["id"]]


@dataclass
class Opening:
    """The engine, where somebody opens a deal while the first one is told."""

    scene: Scene
    is_done: bool = False

    async def submit(self, deal_id: str, command: Sent, *, repeatable: bool = False) -> object:
        if not self.is_done:
            self.is_done = True
            await self.scene.open(owner="ana")
        return await self.scene.engine.submit(deal_id, command, repeatable=repeatable)


async def test_a_deal_that_is_not_in_the_ledger_yet_is_told_as_well(scene: Scene) -> None:
    await scene.open(owner="ana")
    body = {"reason": "Look the holidays up", "playbook": "equipment-sales", "renew": True}
    answer = await scene.http.post("/v1/recalendars", json=body, headers=as_("ola"))

    assert await told(scene, Opening(scene)) == {"total": 2, "told": 2, "refused": 0}
    run = (await scene.http.get(f"/v1/recalendars/{answer.json()['id']}")).json()
    assert run["counts"] == {"total": 2, "told": 2, "refused": 0}


async def test_the_same_key_begins_one_recalendar(scene: Scene) -> None:
    body = {"reason": "holidays of next year", "playbook": "equipment-sales@1", "renew": True}
    headers = as_("ola") | {"Idempotency-Key": "once"}
    answers = [await scene.http.post("/v1/recalendars", json=body, headers=headers) for _ in "12"]

    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len(scene.engine.recalendars) == 1
    await told(scene)
    await scene.http.post("/v1/recalendars", json=body, headers=headers)
    run = await find_recalendar(scene.backing.ledger, answers[0].json()["id"])
    assert run.status == "done"


async def test_what_an_engine_that_was_away_did_not_take_a_worker_begins(scene: Scene) -> None:
    ledger, engine = scene.backing.ledger, scene.engine
    engine.away = Away.SERVER
    now = datetime.now(UTC)
    old = now - timedelta(minutes=1)
    runs: tuple[tuple[str, Status, datetime], ...] = (
        ("R1", "running", old),
        ("R2", "done", old),
        ("R3", "running", now),
    )
    for id_, status, at in runs:
        run = RecalendarRun(id_, status, None, None, "ana", "leave of ana", "ola", {}, at)
        assert await begin_recalendar(ledger, run)
    looking = asyncio.create_task(take_up(ledger, engine, every=0.01))
    await asyncio.sleep(0.1)
    assert engine.recalendars == []

    engine.away = Away.NOTHING
    await eventually(lambda: asyncio.sleep(0, list(engine.recalendars)), bool)
    looking.cancel()
    assert {job.recalendar_id for job in engine.recalendars} == {"R1"}
    assert await told(scene) == {"total": 0, "told": 0, "refused": 0}
    assert await running_recalendars(ledger, before=datetime.now(UTC)) == ("R3",)


async def test_other_hours_are_counted_though_the_engine_is_away(scene: Scene) -> None:
    scene.engine.away = Away.SERVER
    body = {"name": "Ana", "role": "rep", "hours": "09:00-12:00"}
    for _ in "12":
        assert (await scene.http.put("/v1/people/ana", json=body)).status_code == 200
    runs = (await scene.http.get("/v1/recalendars")).json()["items"]
    assert [(run["status"], run["owner"]) for run in runs] == [("running", "ana")]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"calendar": {"time_zone": "UTC", "hours": "09:00-17:00"}}, 422, "bad_calendar"),
        ({"renew": True}, 422, "bad_calendar"),
        ({"playbook": "none"}, 404, "unknown_playbook"),
        ({"playbook": "equipment-sales@9"}, 404, "unknown_playbook"),
        ({"owner": "nobody"}, 404, "unknown_person"),
        (
            {
                "playbook": "equipment-sales",
                "calendar": {"time_zone": "UTC", "hours": "around-the-clock"},
            },
            422,
            "bad_calendar",
        ),
        (
            {"playbook": "equipment-sales", "calendar": {"time_zone": "UTC", "hours": {}}},
            422,
            "bad_payload",
        ),
        ({"reason": ""}, 422, "bad_payload"),
    ],
)
async def test_a_calendar_that_makes_no_sense_is_refused(
    scene: Scene, body: dict[str, Any], status: int, code: str
) -> None:
    answer = await scene.http.post("/v1/recalendars", json={"reason": "why"} | body)
    refused(answer, status, code)
    assert scene.engine.recalendars == []


async def test_only_ops_put_calendars_in_force(scene: Scene) -> None:
    answer = await scene.http.post("/v1/recalendars", json={"reason": "x"}, headers=as_("ana"))
    refused(answer, 403, "not_allowed")
    refused(await scene.http.get("/v1/recalendars/Rnone"), 404, "unknown_recalendar")


async def test_one_deal_is_counted_by_what_is_in_force(scene: Scene) -> None:
    deal = await scene.open(owner="ana")
    path = f"/v1/deals/{deal['id']}/recalendar"
    await scene.http.post("/v1/people/ana/leaves", json=away(0, 30))

    refused(
        await scene.http.post(path, json={"reason": "me"}, headers=as_("ana")), 403, "not_allowed"
    )
    after = await scene.http.post(path, json={"reason": "her leave"}, headers=as_("max"))

    assert due(after.json(), "idle")[:10] > str(TODAY + timedelta(days=30))


async def test_a_reply_restarts_the_idle_clock_and_names_its_cause(scene: Scene) -> None:
    deal = await scene.open(owner="ana")

    answer = await scene.http.post(
        f"/v1/deals/{deal['id']}/replies", json={"note": "they are thinking"}, headers=as_("ana")
    )

    idle = next(clock for clock in answer.json()["clocks"] if clock["kind"] == "idle")
    assert idle["cause"] == {"what": "reply", "subject": None, "by": "ana"}
    assert answer.json()["protected_until"]


async def test_two_claims_at_once_cannot_both_be_the_last_one_allowed(scene: Scene) -> None:
    text = changed(("claim_limit: 20", "claim_limit: 1"))
    yaml = {"Content-Type": "application/yaml"}
    await scene.http.post("/v1/playbooks", content=text.encode(), headers=yaml)
    ids = [await pooled(scene, playbook="small") for _ in range(3)]

    answers = await asyncio.gather(
        *(scene.http.post(f"/v1/deals/{one}/claim", headers=as_("bo")) for one in ids)
    )

    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
    assert {answer.json().get("code") for answer in answers} == {None, "claim_limit"}


async def test_whoever_lost_a_deal_waits(scene: Scene) -> None:
    deal_id = await pooled(scene)

    answer = await scene.http.post(f"/v1/deals/{deal_id}/claim", headers=as_("ana"))

    refused(answer, 409, "cooling_down")
    answer = await scene.http.post(f"/v1/deals/{deal_id}/claim", headers=as_("bo"))
    assert (answer.json()["owner"], answer.json()["team"]) == ("bo", "south")
