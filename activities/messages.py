"""What travels between a workflow and its activities.

Kept apart from the activities, so that a workflow imports the messages and never a database.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from deals.events import Event
from deals.model import Recorded

MAX_BATCH = 200
"""How many events one batch carries at most. Source: design, the courier; about 100 KB."""


class RecordBatch(Recorded):
    """Events of one deal to be recorded, oldest first."""

    deal_id: str
    events: tuple[Annotated[Event, Field(discriminator="kind")], ...]
