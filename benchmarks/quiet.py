"""When the server has nothing more to do for a workflow."""

import asyncio
from typing import Any, Final

from temporalio.client import WorkflowHandle

from benchmarks.children import BenchmarkFault

_LOOK_AGAIN: Final = 0.02


async def quiet(handle: WorkflowHandle[Any, Any]) -> int:
    """Wait until no task and no activity is under way; the length of the history then.

    Raises:
        BenchmarkFault: it was continued as new: there would be another history to count.
    """
    while True:
        told = (await handle.describe()).raw_description
        info = told.workflow_execution_info
        if info.first_run_id != info.execution.run_id:
            raise BenchmarkFault("the deal was continued as new")
        if not told.HasField("pending_workflow_task") and not told.pending_activities:
            return info.history_length
        await asyncio.sleep(_LOOK_AGAIN)
