"""What travels between the workflow of a person's inbox, its activities and those who poke it.

Decides names and shapes only; a change here reaches inboxes that already run. Imports no SQL and
nothing that sends, since workflows import it.
"""

import hashlib
from typing import Final

from deals.model import Instant, Recorded

INBOX: Final = "Inbox"
"""The workflow type."""

POKE: Final = "poke"
"""The signal that there may be something to tell."""

PLAN_LETTER: Final = "plan-letter"
"""The activity that says what waits, and when the next letter goes."""

COMPOSE_LETTER: Final = "compose-letter"
"""The activity that writes the letter."""

DELIVER: Final = "deliver"
"""The activity that takes a letter to a channel."""


LONGEST_ID: Final = 255
"""Bytes of a workflow's id. Source: VARCHAR(255) in the server's SQL schema."""


class Asked(Recorded):
    """Whose letters, and what time it is: the workflow's own, so that tests can skip some."""

    person: str
    now: Instant


class Planned(Recorded):
    """What waits for a person."""

    compose_at: Instant | None = None
    """When the next letter goes; None: there is nothing to tell."""
    deliveries: tuple[str, ...] = ()
    """Ids of those that have not ended."""


def inbox_workflow_id(person: str) -> str:
    """The id of a person's inbox; one that would be too long for the server is a fingerprint."""
    named = f"inbox-{person}"
    if len(named.encode()) <= LONGEST_ID:
        return named
    return f"inbox-{hashlib.sha256(person.encode()).hexdigest()}"


def post_queue(task_queue: str) -> str:
    """The task queue of letters: apart, so that what hangs there holds up no deal."""
    return f"{task_queue}-post"
