"""The courier: one that dies is seen, and a ledger that hangs keeps nobody waiting."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from temporalio.api.enums.v1 import EventType

from deals.view import workflow_id
from tests.system.broken_worker import MODULE
from tests.system.callers import Write, eventually, insist, opened, send, timeline, told
from tests.system.installation import Installation
from workflows.client import connect

pytestmark = pytest.mark.asyncio(loop_scope="session")

HANGS_S = 30
PAUSE_S = 0.5


async def test_a_courier_that_dies_fails_the_workflow_task_and_a_whole_one_takes_over(
    installation: Installation, http: httpx.AsyncClient
) -> None:
    await installation.stop("worker")
    await installation.start("worker", MODULE, "courier-dies")
    deal_id = await opened(http)

    failures = await eventually(lambda: failures_of(installation, deal_id), bool)
    assert "broken on purpose" in failures[0]

    await installation.stop("worker")
    await installation.start("worker")
    write = Write(f"deals/{deal_id}/facts", {"source": "web"})
    assert (await insist(http, write)).is_success
    said = await eventually(lambda: timeline(http, deal_id), lambda said: has(said, write))
    assert [event["seq"] for event in said] == list(range(1, len(said) + 1))
    assert await installation.audited() == []


@pytest.mark.timeout(300)
async def test_a_ledger_that_hangs_for_half_a_minute_delays_no_answer(
    installation: Installation, http: httpx.AsyncClient
) -> None:
    deals = [await opened(http) for _ in range(4)]
    for deal_id in deals:
        await eventually(lambda: timeline(http, deal_id), bool)  # noqa: B023 - asked at once
    writes: list[Write] = []

    with held(installation.folder.path / "ledger.db") as is_held:
        while_it_hangs = asyncio.create_task(asyncio.sleep(HANGS_S))
        while not while_it_hangs.done():
            number = len(writes)
            write = Write(f"deals/{deals[number % 4]}/facts", {"need": f"wish {number}"})
            writes.append(write)
            response = await send(http, write)
            assert response.status_code == 200, response.text
            await asyncio.sleep(PAUSE_S)
        assert is_held()
        told_meanwhile = await told(http, f"deals/{deals[0]}")
        assert not told_meanwhile["stale"]
        recorded = await timeline(http, deals[0])
        assert not any(has(recorded, write) for write in writes)

    for deal_id in deals:
        mine = [write.key for write in writes if deal_id in write.path]
        said = await eventually(
            lambda: timeline(http, deal_id),  # noqa: B023 - asked at once
            lambda said: said[-1]["command_id"] == mine[-1],  # noqa: B023 - the same
        )
        assert [event["command_id"] for event in said][-len(mine) :] == mine
    assert await installation.audited() == []


@contextmanager
def held(file: Path) -> Iterator[Any]:
    """Another process's lock on the ledger; what is given says that it is still held."""
    with closing(sqlite3.connect(file, isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        yield lambda: holder.in_transaction
        holder.execute("ROLLBACK")


async def failures_of(installation: Installation, deal_id: str) -> list[str]:
    """Why workflow tasks of the deal have failed, by its history."""
    client = await connect(installation.settings)
    history = await client.get_workflow_handle(workflow_id(deal_id)).fetch_history()
    return [
        str(event.workflow_task_failed_event_attributes.failure)
        for event in history.events
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED
    ]


def has(said: list[dict[str, Any]], write: Write) -> bool:
    return any(event["command_id"] == write.key for event in said)
