"""A recalendar of many deals as a workflow: one activity, tried until it is done.

Decides how long it may take and how soon it is tried again. How far it has come the ledger tells.
Must never know a calendar.
"""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.recalendar_messages import RECALENDAR, RUN_RECALENDAR, RecalendarJob
    from workflows.imports import LONGEST, RETRIES, SILENCE


@workflow.defn(name=RECALENDAR)
class RecalendarWorkflow:
    """One recalendar."""

    @workflow.run
    async def run(self, job: RecalendarJob) -> dict[str, int]:
        """Run it to its end; the result is how many deals came to what."""
        counts: dict[str, int] = await workflow.execute_activity(
            RUN_RECALENDAR,
            job,
            start_to_close_timeout=LONGEST,
            heartbeat_timeout=SILENCE,
            retry_policy=RETRIES,
            summary=f"recalendar {job.recalendar_id}",
            result_type=dict[str, int],
        )
        return counts
