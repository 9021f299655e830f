"""The floors' workflows: an entity that does nothing but answer, and one that also writes a row.

They are the cheapest that can do it at all: plain JSON, no playbook, no clock, no memory. The row
is written by a local activity, which the product must not do (ADR 0004) and which is cheaper.
"""

from datetime import timedelta
from typing import Final

from temporalio import workflow

TASK_QUEUE: Final = "floor"
BARE: Final = "Bare"
WRITING: Final = "Writing"
TOUCH: Final = "touch"
RECORD: Final = "record"


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
