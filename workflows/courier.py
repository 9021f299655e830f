"""The courier: takes what a deal has decided to the ledger, in order, and never loses any of it.

Decides when a batch leaves, how large it is and what happens when the ledger says no. One regular
activity a batch, never a local one: that runs before the decision is in the history, and a task
thrown away would leave rows in the ledger that the deal never decided (measured; ADR 0004).
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from itertools import islice
from typing import Final

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from activities.messages import MAX_BATCH, RecordBatch
    from deals.events import Event
    from workflows.converter import Packed
    from workflows.messages import RECORD

MOST_BYTES: Final = 1_000_000
"""JSON bytes of one batch. A choice: half of the server's 2 MB limit of a payload."""

ALARMS: Final = ("LedgerConflict", "LedgerGap")
"""Errors of the ledger that no waiting heals: it holds something else, or too little."""

ATTEMPT: Final = timedelta(seconds=5)
"""Clock time of one attempt. Source: measured; so soon a ledger that hung is written to again."""

REST: Final = timedelta(minutes=1)
"""Clock time before a batch the ledger refused is tried again. A choice: somebody has to look."""

HASTY: Final = RetryPolicy(
    initial_interval=timedelta(milliseconds=500),
    backoff_coefficient=2,
    maximum_interval=timedelta(seconds=10),
    non_retryable_error_types=ALARMS,
)
"""While the ledger is away: for ever, and soon after it is back. Costs no history."""

PATIENT: Final = RetryPolicy(
    initial_interval=REST, backoff_coefficient=2, maximum_interval=timedelta(minutes=10)
)
"""After an alarm: for ever, but seldom, alarms too. Costs no history."""


class Courier:
    """The outbox of one deal, and the one activity that may be under way.

    Attributes:
        fault: why the ledger refused a batch for good; None while all is well.
        in_flight: whether an activity is under way.
    """

    def __init__(
        self,
        deal_id: str,
        outbox: Sequence[Event],
        *,
        on_hold: Callable[[], bool],
    ) -> None:
        """Take over an outbox.

        Args:
            deal_id: whose events they are.
            outbox: what waits from the beginning, oldest first.
            on_hold: while true no new batch leaves.
        """
        self.fault: str | None = None
        self.in_flight = False
        self._deal_id = deal_id
        self._outbox = list(outbox)
        self._on_hold = on_hold

    @property
    def outbox(self) -> tuple[Event, ...]:
        """What is not known to be in the ledger, oldest first."""
        return tuple(self._outbox)

    @property
    def waiting(self) -> int:
        """How many events those are."""
        return len(self._outbox)

    @property
    def is_done(self) -> bool:
        """Whether everything is in the ledger."""
        return not self._outbox

    def add(self, events: Sequence[Event]) -> None:
        """Put events behind those that wait."""
        self._outbox.extend(events)

    async def run(self) -> None:
        """Take batch after batch to the ledger; never returns."""
        while True:
            await workflow.wait_condition(lambda: bool(self._outbox) and not self._on_hold())
            await self._take(batch_of(self._outbox))

    async def _take(self, batch: tuple[Event, ...]) -> None:
        self.in_flight = True
        try:
            await self._write(batch)
        except ActivityError as error:
            fault = str(error.cause or error)
            workflow.logger.error("the ledger refuses events of %s: %s", self._deal_id, fault)
            self.fault = fault
        else:
            del self._outbox[: len(batch)]
            self.fault = None
        finally:
            self.in_flight = False

    async def _write(self, batch: tuple[Event, ...]) -> None:
        if self.fault:
            await workflow.sleep(REST, summary="rest after the ledger refused")
        await workflow.execute_activity(
            RECORD,
            Packed(RecordBatch(deal_id=self._deal_id, events=batch)),
            start_to_close_timeout=ATTEMPT,
            retry_policy=PATIENT if self.fault else HASTY,
            summary=f"events {batch[0].seq} to {batch[-1].seq}",
        )


def batch_of(outbox: Sequence[Event]) -> tuple[Event, ...]:
    """The longest beginning that fits into one batch; one event at least."""
    size, count = 0, 0
    for event in islice(outbox, MAX_BATCH):
        size += len(event.model_dump_json())
        if count and size > MOST_BYTES:
            break
        count += 1
    return tuple(outbox[:count])
