"""What travels between the schedules of briefings, their workflow and its activity.

Decides names and shapes only; a change here reaches schedules that are already there. Imports no
SQL, since workflows import it.
"""

from __future__ import annotations

from typing import Final, Literal

from deals.model import Instant, Recorded

BRIEFING: Final = "Briefing"
"""The workflow type."""

BRIEF: Final = "brief"
"""The activity."""

RoundKind = Literal["morning", "weekly"]


class Round(Recorded):
    """A time of day at which some people are briefed."""

    kind: RoundKind
    """Morning: list and digest; weekly: the pack."""
    time_zone: str
    local_time: str
    """Such as `08:30`."""

    @property
    def id(self) -> str:
        """The id of its schedule: no character that an address would have to escape."""
        return f"{self.kind}-{self.time_zone.replace('/', '.')}-{self.local_time.replace(':', '')}"


class RoundDue(Recorded):
    """A round whose time has come."""

    round: Round
    at: Instant
    """When it was due, however late it is done."""
