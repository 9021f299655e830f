"""Briefings on the real server: a schedule starts them, a webhook gets them, each comes once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from temporalio.client import Client

from activities.briefing_messages import BRIEFING, Round
from tests.letters.receivers import Webhook, webhook
from tests.system.callers import eventually, insist, opening, told
from tests.system.installation import Installation
from workflows.client import connect

pytestmark = pytest.mark.asyncio(loop_scope="session")

STEADY = """
playbook: steady
version: 1
name: {en: Steady, zh: 稳步}
calendar: {time_zone: Asia/Shanghai, hours: around-the-clock}
currency: CNY
stages:
  - id: contact
    name: {en: First contact, zh: 初次接触}
    actions:
      - {id: call, name: {en: Call, zh: 首次电话}, due: 3d}
ladders:
  default: [{at: 0d, to: owner, do: remind}]
"""
"""Nothing is due within a test, and no day is free."""


def morning(local_time: str) -> Round:
    return Round(kind="morning", time_zone="UTC", local_time=local_time)


@asynccontextmanager
async def early_bird(
    http: httpx.AsyncClient, person: str, local_time: str
) -> AsyncIterator[Webhook]:
    """Somebody who wants a morning list then, on a webhook, and has a call to make."""
    named = {"name": "黎明", "role": "rep", "locale": "zh", "time_zone": "UTC"}
    content_type = {"Content-Type": "application/yaml"}
    async with webhook() as hook:
        wishes = {"agenda_at": local_time, "channels": [{"address": hook.address()}]}
        for answer in (
            await http.post("/v1/playbooks", content=STEADY, headers=content_type),
            await http.put(f"/v1/people/{person}", json=named),
            await http.put(f"/v1/people/{person}/notifications", json=wishes),
            await insist(http, opening("steady", owner=person, customer="东方压铸")),
        ):
            assert answer.is_success, answer.text
        await eventually(
            lambda: told(http, f"agenda?owner={person}"), lambda found: len(found["items"]) == 1
        )
        yield hook


async def scheduled(installation: Installation, due: Round) -> Client:
    """A client, as soon as the round has a schedule."""
    client = await connect(installation.settings)

    async def ids() -> set[str]:
        return {one.id async for one in await client.list_schedules()}

    await eventually(ids, lambda found: due.id in found)
    return client


async def deliveries(http: httpx.AsyncClient, person: str) -> list[dict[str, Any]]:
    """What became of the letters to a person."""
    found: list[dict[str, Any]] = (await told(http, f"deliveries?person={person}"))["items"]
    return found


async def sent(http: httpx.AsyncClient, person: str) -> list[dict[str, Any]]:
    """The same, once there is any and all have ended."""
    return await eventually(
        lambda: deliveries(http, person),
        lambda found: bool(found) and all(one["status"] == "sent" for one in found),
    )


async def test_a_morning_list_reaches_its_person_once_however_often_the_round_is_done(
    installation: Installation, http: httpx.AsyncClient
) -> None:
    due = morning("03:33")
    async with early_bird(http, "liming", due.local_time) as hook:
        client = await scheduled(installation, due)
        handle = client.get_schedule_handle(due.id)
        await handle.trigger()
        (delivery,) = await sent(http, "liming")
        assert delivery["kind"] == "agenda"
        (call,) = hook.calls
        assert call.body["title"].endswith("：1 件待办")
        assert "首次电话，东方压铸" in call.body["message"]

        await eventually(lambda: finished(client, due), lambda done: done == 1)
        await handle.trigger()
        await eventually(lambda: finished(client, due), lambda done: done == 2)
        assert len(await deliveries(http, "liming")) == len(hook.calls) == 1


async def finished(client: Client, due: Round) -> int:
    """How many runs of a round have ended."""
    ended = f'WorkflowType = "{BRIEFING}" AND ExecutionStatus = "Completed"'
    query = f'{ended} AND WorkflowId STARTS_WITH "briefing-{due.id}"'
    return len([one async for one in client.list_workflows(query)])


@pytest.mark.timeout(240)
async def test_a_morning_that_passed_while_the_server_was_away_is_made_up_for(
    installation: Installation, http: httpx.AsyncClient
) -> None:
    at = (datetime.now(UTC) + timedelta(seconds=90)).replace(second=0, microsecond=0)
    due = morning(f"{at:%H:%M}")
    async with early_bird(http, "zhou", due.local_time) as hook:
        await scheduled(installation, due)
        await installation.stop("temporal")
        await asyncio.sleep(max((at - datetime.now(UTC)).total_seconds(), 0) + 1)
        assert not hook.calls
        await installation.start("temporal")
        (delivery,) = await sent(http, "zhou")
        assert delivery["kind"] == "agenda"
        assert len(hook.calls) == 1


async def test_the_schedules_follow_what_people_want(
    installation: Installation, http: httpx.AsyncClient
) -> None:
    first, second = morning("04:44"), morning("05:55")
    async with early_bird(http, "sun", first.local_time):
        client = await scheduled(installation, first)
        answer = await http.put(
            "/v1/people/sun/notifications", json={"agenda_at": second.local_time}
        )
        assert answer.is_success, answer.text
        await scheduled(installation, second)

        async def ids() -> set[str]:
            return {one.id async for one in await client.list_schedules()}

        await eventually(ids, lambda found: first.id not in found)
        answer = await http.put("/v1/people/sun/notifications", json={"agenda_at": None})
        assert answer.is_success, answer.text
        await eventually(ids, lambda found: second.id not in found)
