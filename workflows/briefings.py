"""A round of briefings as a workflow: started by its schedule, one activity.

Decides how long a round may take and how often it is tried. Whom it is for, and what they are told,
the activity decides as of then. Must never look into the ledger.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from temporalio import workflow
from temporalio.common import RetryPolicy, SearchAttributeKey

with workflow.unsafe.imports_passed_through():
    from activities.briefing_messages import BRIEF, BRIEFING, Round, RoundDue

SCHEDULED_AT: Final = SearchAttributeKey.for_datetime("TemporalScheduledStartTime")
"""When a schedule meant a run to begin. Source: the server sets it."""

LONGEST: Final = timedelta(minutes=30)
"""Clock time one attempt may take. A choice: some thousand people."""

SILENCE: Final = timedelta(seconds=30)
"""Clock time without a sign of life after which another worker goes on. A choice."""

WHOLE: Final = timedelta(hours=4)
"""Clock time after which a morning is over. A choice: nobody reads a list of the morning later."""

RETRIES: Final = RetryPolicy(
    initial_interval=timedelta(seconds=5),
    backoff_coefficient=2,
    maximum_interval=timedelta(minutes=5),
)
"""Until the morning is over: a letter that was written is not written again."""


@workflow.defn(name=BRIEFING)
class BriefingWorkflow:
    """One round."""

    @workflow.run
    async def run(self, due: Round) -> int:
        """Brief everybody whom it is for; the result is how many letters the last attempt wrote."""
        written: int = await workflow.execute_activity(
            BRIEF,
            RoundDue(round=due, at=_scheduled_at()),
            start_to_close_timeout=LONGEST,
            heartbeat_timeout=SILENCE,
            schedule_to_close_timeout=WHOLE,
            retry_policy=RETRIES,
            summary=due.id,
            result_type=int,
        )
        return written


def _scheduled_at() -> datetime:
    """When it was due; when it began, if somebody started it by hand."""
    info = workflow.info()
    return info.typed_search_attributes.get(SCHEDULED_AT) or info.start_time
