"""How a deal's workflow ends, and how it does not; on a real server."""

import pytest
from temporalio.client import WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from tests.workflows.scene import MANAGER, Stage, eventually


async def test_a_closed_deal_ends_once_everything_is_recorded(real: Stage) -> None:
    deal = await real.open()
    real.book.open.clear()
    view = await deal.submit("close", outcome="lost", reason="no budget")
    assert view.status == "lost"
    described = await deal.handle.describe()
    assert described.status is WorkflowExecutionStatus.RUNNING

    real.book.open.set()

    assert await deal.handle.result() == "lost"
    assert real.book.kinds(deal.id)[-2:] == ["deal_lost", "clocks_set"]
    with pytest.raises(RPCError) as gone:
        await deal.submit("record_action", action="call")
    assert gone.value.status is RPCStatusCode.NOT_FOUND


async def test_a_deal_reopened_in_time_goes_on(real: Stage) -> None:
    deal = await real.open()
    await deal.drained()
    real.book.open.clear()
    await deal.submit("close", outcome="lost", reason="no budget")
    assert (await deal.refused("record_action", action="call"))[0] == "deal_closed"

    view = await deal.submit("reopen", reason="budget found", actor=MANAGER)
    real.book.open.set()

    assert view.status == "open"
    await deal.drained()
    await deal.submit("record_action", action="call")
    described = await deal.handle.describe()
    assert described.status is WorkflowExecutionStatus.RUNNING


async def test_a_closed_deal_that_is_renewed_still_ends(real: Stage) -> None:
    deal = await real.open(renew_after=8)
    real.book.open.clear()
    await deal.submit("record_action", action="call")
    await deal.submit("close", outcome="dropped", reason="no need")
    real.book.open.set()

    async def status() -> WorkflowExecutionStatus | None:
        return (await deal.handle.describe()).status

    await eventually(status, lambda now: now is WorkflowExecutionStatus.COMPLETED)
    assert "deal_dropped" in real.book.kinds(deal.id)
