"""Without a worker commands are kept and applied later; without the engine nothing is claimed."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.system.callers import Write, eventually, insist, opened, opening, send, timeline, told
from tests.system.installation import Installation

pytestmark = pytest.mark.asyncio(loop_scope="session")

FACTS = {"source": "referral"}


async def test_a_command_is_accepted_without_a_worker_and_applied_once_when_it_is_back(
    installation: Installation, http: httpx.AsyncClient
) -> None:
    deal_id = await opened(http)
    write = Write(f"deals/{deal_id}/facts", FACTS)
    await installation.stop("worker")

    first, again = await send(http, write), await send(http, write)
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json() == again.json()
    status_url = first.json()["status_url"].removeprefix("/v1/")
    assert (await told(http, status_url))["status"] == "pending"

    await installation.start("worker")
    await eventually(lambda: told(http, status_url), lambda told: told["status"] == "applied")
    assert (await send(http, write)).status_code == 200
    assert await kinds_of(http, deal_id, write) == ["facts_recorded"]


async def test_a_command_that_waited_for_the_worker_may_be_refused_and_the_timeline_says_so(
    installation: Installation, http: httpx.AsyncClient
) -> None:
    deal_id = await opened(http)
    write = Write(f"deals/{deal_id}/advance", {})
    await installation.stop("worker")

    status_url = (await send(http, write)).json()["status_url"].removeprefix("/v1/")

    await installation.start("worker")
    told_at_last = await eventually(
        lambda: told(http, status_url), lambda told: told["status"] != "pending"
    )
    assert (told_at_last["status"], told_at_last["code"]) == ("refused", "gate_unmet")
    assert (await send(http, write)).json()["code"] == "gate_unmet"
    assert await kinds_of(http, deal_id, write) == ["command_refused"]


async def test_a_deal_is_opened_without_a_worker(
    installation: Installation, http: httpx.AsyncClient
) -> None:
    await installation.stop("worker")

    deal_id = await opened(http)

    assert (await told(http, f"deals/{deal_id}"))["id"] == deal_id
    await installation.start("worker")
    shown = await eventually(
        lambda: told(http, f"deals/{deal_id}"), lambda shown: not shown["stale"]
    )
    assert [event["seq"] for event in await timeline(http, deal_id)][-1] == shown["seq"]


async def test_without_the_engine_nothing_is_claimed_and_a_repeat_later_happens_once(
    installation: Installation, http: httpx.AsyncClient
) -> None:
    deal_id = await opened(http)
    before = await eventually(lambda: timeline(http, deal_id), bool)
    sent_again, given_up = (Write(f"deals/{deal_id}/facts", FACTS) for _ in range(2))
    new = opening()
    await installation.stop("worker", "temporal")

    for write in (sent_again, given_up, new):
        response = await send(http, write)
        assert (response.status_code, response.json()["code"]) == (503, "engine_unavailable")
    assert (await told(http, f"deals/{deal_id}"))["stale"]

    await installation.start("temporal")
    await installation.start("worker")
    assert (await insist(http, sent_again)).is_success
    assert (await insist(http, new)).status_code == 201
    where = f"/v1/deals/{deal_id}/commands/{given_up.key}"
    unknown = await eventually(
        lambda: http.get(where), lambda told: told.json().get("status") != "pending"
    )
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_command")
    after = await eventually(lambda: timeline(http, deal_id), lambda now: len(now) > len(before))
    assert [event["command_id"] for event in after[len(before) :]] == [sent_again.key]


async def test_leave_that_was_entered_without_the_engine_is_counted_once_it_is_back(
    installation: Installation, http: httpx.AsyncClient
) -> None:
    person = f"p{uuid4().hex}"
    put = await http.put(f"/v1/people/{person}", json={"name": "Away", "role": "rep"})
    assert put.is_success, put.text
    deal_id = (await insist(http, opening(owner=person))).json()["id"]
    await eventually(lambda: timeline(http, deal_id), bool)
    today = datetime.now(UTC).date()
    leave = {"first_on": str(today), "last_on": str(today + timedelta(days=30))}
    await installation.stop("worker", "temporal")

    entered = await http.post(f"/v1/people/{person}/leaves", json=leave)
    assert entered.status_code == 201, entered.text

    await installation.start("temporal")
    await installation.start("worker")

    async def counted() -> list[dict[str, Any]]:
        runs = (await told(http, "recalendars"))["items"]
        return [run for run in runs if run["owner"] == person and run["status"] == "done"]

    (run,) = await eventually(counted, bool)
    assert run["counts"] == {"total": 1, "told": 1, "refused": 0}
    assert "calendar_changed" in {event["kind"] for event in await timeline(http, deal_id)}


async def kinds_of(http: httpx.AsyncClient, deal_id: str, write: Write) -> list[str]:
    """What the timeline says that the command did."""
    said = await timeline(http, deal_id)
    return [event["kind"] for event in said if event["command_id"] == write.key]
