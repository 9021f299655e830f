"""A worker with one thing broken on purpose: `python -P -m tests.system.broken_worker FAULT`.

Everything else of it is the product's own.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Final, NoReturn

from temporalio import activity

import worker
import workflows.deal
from activities.messages import RecordBatch
from activities.record import LedgerActivities
from deals.events import ActionRecorded, DealOpened, Event
from settings import Settings
from workflows.courier import Courier

MODULE: Final = "tests.system.broken_worker"
UNLUCKY: Final = "Unlucky"


def be_killed_by_an_action(events: Sequence[Event]) -> None:
    """Without a word, and by nothing but an action."""
    if any(isinstance(event, ActionRecorded) for event in events):
        os.kill(os.getpid(), signal.SIGKILL)


class KilledOnceDecided(Courier):
    """The decision is made, and the workflow task with it never ends."""

    def add(self, events: Sequence[Event]) -> None:
        be_killed_by_an_action(events)
        super().add(events)


class KilledOnceRecorded(LedgerActivities):
    """The ledger has it, and nobody is ever told."""

    @activity.defn(name="record")
    async def record(self, batch: RecordBatch) -> None:
        await super().record(batch)
        be_killed_by_an_action(batch.events)


class CourierDies(Courier):
    """As code with a fault would, in a way that no `except` of ours expects."""

    async def run(self) -> NoReturn:
        raise LookupError("the courier is broken on purpose")


class CourierOfOneDies(Courier):
    """The same, of deals with one title only: whatever is tried, their workflow tasks fail."""

    async def run(self) -> None:
        if any(isinstance(one, DealOpened) and one.title == UNLUCKY for one in self.outbox):
            raise LookupError("this deal is broken on purpose")
        await super().run()


FAULTS: Final[dict[str, tuple[ModuleType, str, type]]] = {
    "killed-once-decided": (workflows.deal, "Courier", KilledOnceDecided),
    "killed-once-recorded": (worker, "LedgerActivities", KilledOnceRecorded),
    "courier-dies": (workflows.deal, "Courier", CourierDies),
    "courier-of-one-dies": (workflows.deal, "Courier", CourierOfOneDies),
}
"""What is put in place of what."""


if __name__ == "__main__":
    setattr(*FAULTS[sys.argv[1]])
    asyncio.run(worker.main(Settings()))
