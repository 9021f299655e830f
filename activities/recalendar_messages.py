"""What travels between the workflow of a recalendar and its activity.

Decides names and shapes only; a change here reaches those that already run. Imports no SQL and no
HTTP, since workflows import it.
"""

from typing import Final

from deals.model import Recorded

RECALENDAR: Final = "Recalendar"
"""The workflow type."""

RUN_RECALENDAR: Final = "run-recalendar"
"""The activity."""


class RecalendarJob(Recorded):
    """Which recalendar to run; what it is, the ledger tells."""

    recalendar_id: str


def recalendar_workflow_id(recalendar_id: str) -> str:
    """The id of a recalendar's workflow."""
    return f"recalendar-{recalendar_id}"
