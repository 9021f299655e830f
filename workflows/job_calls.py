"""The call that begins long work: an import, a recalendar.

Decides that the same work begins once, however often it is asked for. Must never wait for its end.
"""

from datetime import timedelta

from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy

from activities.import_messages import IMPORT, ImportJob, import_workflow_id
from activities.recalendar_messages import RECALENDAR, RecalendarJob, recalendar_workflow_id
from workflows.patience import patiently

Job = ImportJob | RecalendarJob


class JobCalls:
    """Calls to the workflows of long work, over one client."""

    def __init__(self, client: Client, *, task_queue: str) -> None:
        self._client = client
        self._task_queue = task_queue

    async def begin(self, job: Job, *, within: timedelta) -> None:
        """Start the workflow of a job, unless it runs.

        Args:
            job: what is to be done.
            within: clock time to try.

        Raises:
            NoAnswer: it is not known whether it started.
        """
        workflow, workflow_id, about = _told(job)

        async def call() -> None:
            await self._client.start_workflow(
                workflow,
                job,
                id=workflow_id,
                task_queue=self._task_queue,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                static_summary=about,
            )

        await patiently(call, within=within)


def _told(job: Job) -> tuple[str, str, str]:
    """The workflow's type, its id, and a line about it."""
    match job:
        case ImportJob():
            return IMPORT, import_workflow_id(job.import_id), f"import {job.import_id}"
        case RecalendarJob():
            about = f"recalendar {job.recalendar_id}"
            return RECALENDAR, recalendar_workflow_id(job.recalendar_id), about
