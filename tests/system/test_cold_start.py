"""A deal that a worker has not in memory is replayed, however its history has come about.

Source: sdk-rust#1146, open. After a workflow task that did nothing, a worker that begins with an
update sees what came before in the same breath; a later replay sees it one after the other. Both
have to lead to the same commands, or the deal never moves again.
"""

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import ResetStickyTaskQueueRequest

from deals.view import workflow_id
from ledger.session import Ledger
from ledger.timeline import timeline
from tests.system.callers import Write, eventually, opened, send, told
from tests.system.installation import Installation
from tests.system.test_courier import held
from workflows.client import connect

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_an_update_first_thing_after_a_task_that_did_nothing_can_be_replayed(
    installation: Installation, http: httpx.AsyncClient, ledger: Ledger
) -> None:
    deal_id = await opened(http)
    await eventually(lambda: timeline(ledger, deal_id), bool)
    first = Write(f"deals/{deal_id}/facts", {"source": "web"})
    repeat = Write(first.path, first.body, key=first.key, headers={"Prefer": "respond-async"})
    with held(installation.folder.path / "ledger.db"):
        assert (await send(http, first)).status_code == 200
        assert (await send(http, repeat)).status_code == 202  # a task that does nothing
    await eventually(lambda: timeline(ledger, deal_id), lambda life: life[-1].seq == 4)

    await new_worker(installation, http, deal_id)
    until = (datetime.now(UTC) + timedelta(hours=20)).isoformat()
    hold = Write(f"deals/{deal_id}/hold", {"until": until, "reason": "on leave"})
    assert (await send(http, hold)).status_code == 200

    await new_worker(installation, http, deal_id)
    # A deal that cannot be replayed stays stale for ever; a busy machine answers late, but it does.
    path = f"deals/{deal_id}"
    shown = await eventually(lambda: told(http, path), lambda shown: not shown["stale"])
    assert shown["status"] == "on_hold"


async def new_worker(installation: Installation, http: httpx.AsyncClient, deal_id: str) -> None:
    """Another worker, which serves, and knows nothing of that deal yet."""
    await installation.stop("worker")
    await installation.start("worker")
    other = Write(f"deals/{await opened(http)}/facts", {"source": "web"})
    await eventually(lambda: send(http, other), lambda answer: answer.status_code == 200)
    client = await connect(installation.settings)
    execution = WorkflowExecution(workflow_id=workflow_id(deal_id))
    await client.workflow_service.reset_sticky_task_queue(
        ResetStickyTaskQueueRequest(namespace=client.namespace, execution=execution)
    )
