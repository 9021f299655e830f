"""An uploaded import as a workflow: one activity, tried until it is done.

Decides how long an import may take and how soon it is tried again. Where it is and what it said the
ledger tells. Must never look at what is imported.
"""

from datetime import timedelta
from typing import Final

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from activities.import_messages import IMPORT, RUN_IMPORT, ImportJob

LONGEST: Final = timedelta(hours=6)
"""Clock time one attempt may take. A choice: a million rows, on a slow machine."""

SILENCE: Final = timedelta(seconds=30)
"""Clock time without a sign of life after which another worker goes on. A choice."""

RETRIES: Final = RetryPolicy(
    initial_interval=timedelta(seconds=1),
    backoff_coefficient=2,
    maximum_interval=timedelta(minutes=1),
)
"""For ever: what cannot succeed ends by itself, everything else is somebody who comes back."""


@workflow.defn(name=IMPORT)
class ImportWorkflow:
    """One import."""

    @workflow.run
    async def run(self, job: ImportJob) -> dict[str, int]:
        """Run the import to its end; the result is how many rows became what."""
        counts: dict[str, int] = await workflow.execute_activity(
            RUN_IMPORT,
            job,
            start_to_close_timeout=LONGEST,
            heartbeat_timeout=SILENCE,
            retry_policy=RETRIES,
            summary=f"import {job.import_id}",
            result_type=dict[str, int],
        )
        return counts
