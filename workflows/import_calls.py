"""The call that begins an import's workflow.

Decides that the same import begins once, however often it is asked for. Must never wait for its
end.
"""

from datetime import timedelta

from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy

from activities.import_messages import IMPORT, ImportJob, import_workflow_id
from workflows.patience import patiently


class ImportCalls:
    """Calls to the workflows of imports, over one client."""

    def __init__(self, client: Client, *, task_queue: str) -> None:
        self._client = client
        self._task_queue = task_queue

    async def begin(self, job: ImportJob, *, within: timedelta) -> None:
        """Start the workflow of an import, unless it runs.

        Args:
            job: what was uploaded.
            within: clock time to try.

        Raises:
            NoAnswer: it is not known whether it started.
        """

        async def call() -> None:
            await self._client.start_workflow(
                IMPORT,
                job,
                id=import_workflow_id(job.import_id),
                task_queue=self._task_queue,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                static_summary=f"import {job.import_id}",
            )

        await patiently(call, within=within)
