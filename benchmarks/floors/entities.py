"""The floors' workflows: an entity that only answers, two that also write a row, and a bare timer.

They are the cheapest that can do it at all: plain JSON, no playbook, no clock, no memory of
commands. One writes by a local activity, which may write what is never decided (ADR 0004) and so is
no choice for the product; one by a regular activity, as the product does.
"""

from datetime import timedelta
from typing import Final

from temporalio import workflow

TASK_QUEUE: Final = "floor"
BARE: Final = "Bare"
WRITING: Final = "Writing"
SENDING: Final = "Sending"
TIMER: Final = "Timer"
TOUCH: Final = "touch"
RECORD: Final = "record"
RECORD_ALL: Final = "record_all"


async def _for_ever() -> None:
    await workflow.wait_condition(lambda: False)


@workflow.defn(name=BARE)
class BareEntity:
    """Floor 1: answers an update with a number."""

    def __init__(self) -> None:
        self._seq = 0

    @workflow.run
    async def run(self, payload: str = "") -> None:  # noqa: ARG002 - only to be carried
        """Live until the server goes."""
        await _for_ever()

    @workflow.update(name=TOUCH)
    def touch(self) -> int:
        """Count."""
        self._seq += 1
        return self._seq


@workflow.defn(name=WRITING)
class WritingEntity:
    """Floor 2: writes a row for each update and answers with its number."""

    def __init__(self) -> None:
        self._seq = 0

    @workflow.run
    async def run(self) -> None:
        """Live until the server goes."""
        await _for_ever()

    @workflow.update(name=TOUCH)
    async def touch(self, action: str) -> int:
        """Write a row."""
        self._seq += 1
        seq = self._seq
        await workflow.execute_local_activity(
            RECORD,
            args=[workflow.info().workflow_id, seq, action],
            start_to_close_timeout=timedelta(seconds=5),
        )
        return seq


@workflow.defn(name=SENDING)
class SendingEntity:
    """The shape of the product without the product: answers, and sends its rows in batches."""

    def __init__(self) -> None:
        self._seq = 0
        self._outbox: list[tuple[int, str]] = []

    @workflow.run
    async def run(self) -> None:
        """Live until the server goes."""
        while True:
            await workflow.wait_condition(lambda: bool(self._outbox))
            batch = list(self._outbox)
            await workflow.execute_activity(
                RECORD_ALL,
                args=[workflow.info().workflow_id, batch],
                start_to_close_timeout=timedelta(seconds=5),
            )
            del self._outbox[: len(batch)]

    @workflow.update(name=TOUCH)
    def touch(self, action: str) -> int:
        """Leave a row to be sent."""
        self._seq += 1
        self._outbox.append((self._seq, action))
        return self._seq


@workflow.defn(name=TIMER)
class Timer:
    """A deadline and nothing else."""

    @workflow.run
    async def run(self, due_at: float) -> None:
        """Wait until an instant, in seconds since 1970, and end."""
        await workflow.sleep(max(due_at - workflow.time(), 0))
