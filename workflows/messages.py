"""What travels between a deal's workflow and those who start, ask or continue it.

Decides names and shapes only. A change here reaches deals that already run: fields may be added
with a default, never renamed or removed.
"""

from typing import Annotated, Final, Literal, Self

from pydantic import Field

from deals.deal import Answer, Deal
from deals.events import Event
from deals.model import Instant, Recorded
from deals.playbook import Playbook

DEAL: Final = "Deal"
"""The workflow type."""

SUBMIT: Final = "submit"
"""The update: a command, answered with the deal as it is afterwards."""

RECORD: Final = "record"
"""The signal with a command whose sender does not wait; also the activity that writes events."""

RENEW: Final = "renew"
"""The signal that asks for a fresh history."""

VIEW: Final = "view"
STATE: Final = "state"
OUTCOME: Final = "outcome"

UNSURE: Final = "unsure"
"""Why an update is turned away when only the ledger can tell whether its command is a repeat."""

RENEW_AFTER: Final = 1_000
"""Events after which a history is renewed. Source: measured; half a second to replay."""

RENEW_FORCED: Final = 2_000
"""Events after which it is renewed even in the midst of work. A choice: twice `RENEW_AFTER`."""


class DealInput(Recorded):
    """With what a run begins: a new deal as its first events, or a deal carried on."""

    playbook: Playbook
    deal: Deal | None = None
    """None for a new deal: the outbox then holds its first events."""
    outbox: tuple[Annotated[Event, Field(discriminator="kind")], ...] = ()
    """Decided, but not known to be in the ledger; oldest first."""
    renew_after: int = RENEW_AFTER
    renew_forced: int = RENEW_FORCED


class Manner(Recorded):
    """How an update's command is sent, beside what it is."""

    is_new: bool = True
    """False when it may repeat a command that the deal has forgotten."""
    packed: bool = False
    """Whether the sender reads a packed answer; it is two thirds of an action's history."""


class DealState(Recorded):
    """Everything a run holds in memory, for audits and for ops."""

    deal: Deal
    outbox: int
    """How many events wait for the ledger."""
    outbox_since: Instant | None
    """When the oldest of them was decided."""
    fault: str | None
    """Why the ledger refuses them for good; None while all is well."""
    history_events: int
    """Length of this run's history."""


CommandStatus = Literal["applied", "refused", "unknown"]


class CommandOutcome(Recorded):
    """What became of a command."""

    command_id: str
    status: CommandStatus
    answer: Answer | None
    """What it did, or why it was refused; None if the deal does not remember it."""

    @classmethod
    def of(cls, command_id: str, answer: Answer | None) -> Self:
        """The outcome that an answer, or its absence, means."""
        status: CommandStatus = "unknown"
        if answer:
            status = "refused" if answer.refusal else "applied"
        return cls(command_id=command_id, status=status, answer=answer)
