"""The call that begins an import's workflow.

Decides that the same import begins once, however often it is asked for. Must never wait for it.
"""

import asyncio
from datetime import timedelta
from typing import Final

from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.service import RPCError

from activities.import_messages import IMPORT, ImportJob, import_workflow_id
from workflows.patience import NoAnswer

WITHIN: Final = timedelta(seconds=5)
"""Clock time to begin an import. A choice: nobody waits for an answer in milliseconds."""


class ImportCalls:
    """Calls to the workflows of imports, over one client."""

    def __init__(self, client: Client, *, task_queue: str) -> None:
        self._client = client
        self._task_queue = task_queue

    async def begin(self, job: ImportJob, *, within: timedelta = WITHIN) -> None:
        """Start the workflow of an import, unless it runs.

        Args:
            job: what was uploaded.
            within: clock time to try.

        Raises:
            NoAnswer: it is not known whether it started.
        """
        try:
            async with asyncio.timeout(within.total_seconds()):
                await self._client.start_workflow(
                    IMPORT,
                    job,
                    id=import_workflow_id(job.import_id),
                    task_queue=self._task_queue,
                    id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                    static_summary=f"import {job.import_id}",
                )
        except TimeoutError as fault:
            raise NoAnswer("nobody answered in time") from fault
        except (RPCError, RuntimeError) as fault:  # the latter: the SDK could not connect
            raise NoAnswer(str(fault)) from fault
