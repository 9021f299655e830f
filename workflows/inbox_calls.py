"""The calls that let a person's inbox know, or begin it.

Decides that there is one inbox a person, and that a poke is durable as soon as the server has it.
Must never wait for what comes of it.
"""

from datetime import timedelta
from typing import Any, Final

from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy

from activities.post_messages import INBOX, POKE, inbox_workflow_id, post_queue
from workflows.patience import patiently

WITHIN: Final = timedelta(seconds=5)
"""Clock time for a call. A choice: nobody waits for it."""


class InboxCalls:
    """Calls to inboxes, over one client."""

    def __init__(self, client: Client, *, task_queue: str, within: timedelta = WITHIN) -> None:
        """Take a client.

        Args:
            client: connected, or lazy.
            task_queue: the installation's.
            within: clock time to try.
        """
        self._client = client
        self._task_queue = post_queue(task_queue)
        self._within = within

    async def poke(self, person: str) -> None:
        """Tell a person's inbox, begun if it does not run, to look.

        Raises:
            NoAnswer: it is not known whether it heard.
        """
        await self._start(person, start_signal=POKE)

    async def wake(self, person: str) -> None:
        """Begin a person's inbox unless it runs; of one that runs this writes no history.

        Raises:
            NoAnswer: it is not known whether it runs.
        """
        await self._start(person)

    async def _start(self, person: str, **signal: Any) -> None:
        async def call() -> None:
            await self._client.start_workflow(
                INBOX,
                person,
                id=inbox_workflow_id(person),
                task_queue=self._task_queue,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                static_summary=f"letters to {person}",
                **signal,
            )

        await patiently(call, within=self._within)
