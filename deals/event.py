"""The envelope of every event: which, when, whose.

Decides what all events have in common. Must never hold what one of them says.
"""

from __future__ import annotations

from deals.deal import Actor
from deals.model import Instant, Recorded


class Base(Recorded):
    """What every event carries."""

    seq: int
    """1, 2, 3 … within the deal."""
    at: Instant
    occurred_at: Instant | None
    """When it happened; None where an import does not know."""
    actor: Actor
    command_id: str
    n: int
    """Its place among the events of its command, from 0."""
    digest: str = ""
    """The command's fingerprint; on its last event only."""
