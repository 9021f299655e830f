"""A person's inbox on a worker of its own, with activities that only note what they are asked."""

import asyncio
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Self

from temporalio import activity
from temporalio.client import Client, WorkflowHandle
from temporalio.exceptions import ApplicationError
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities.post_messages import (
    COMPOSE_LETTER,
    DELIVER,
    PLAN_LETTER,
    Asked,
    Planned,
    inbox_workflow_id,
)
from worker import make_post_worker
from workflows.inbox_calls import InboxCalls


@dataclass
class Desk:
    """What the ledger would know of one person.

    Attributes:
        waits: how many notices wait to be told.
        goes_after: how long after it is asked the next letter goes; or `goes_at`, if it is given.
        letters: when each was composed, and of how many notices.
        queued: deliveries that have not ended.
        attempts: of each delivery.
        faults: of each delivery, how often it fails before it is sent; -1: for ever.
        hanging: deliveries that hang while this holds them.
        looks: when it was asked what waits.
    """

    waits: int = 0
    goes_after: timedelta = timedelta(seconds=30)
    goes_at: datetime | None = None
    channels: tuple[str, ...] = ("mail",)
    letters: list[tuple[datetime, int]] = field(default_factory=list)
    queued: list[str] = field(default_factory=list)
    attempts: dict[str, int] = field(default_factory=dict)
    faults: dict[str, int] = field(default_factory=dict)
    hanging: dict[str, asyncio.Event] = field(default_factory=dict)
    looks: list[datetime] = field(default_factory=list)
    since: datetime | None = None

    @activity.defn(name=PLAN_LETTER)
    async def plan(self, asked: Asked) -> Planned:
        self.looks.append(asked.now)
        if not self.waits:
            self.since = None
            return Planned(deliveries=tuple(self.queued))
        self.since = self.since or asked.now
        at = self.goes_at or self.since + self.goes_after
        return Planned(compose_at=at, deliveries=tuple(self.queued))

    @activity.defn(name=COMPOSE_LETTER)
    async def compose(self, asked: Asked) -> Planned:
        if self.waits:
            self.letters.append((asked.now, self.waits))
            number = len(self.letters)
            self.queued += [f"L{number}.{channel}" for channel in self.channels]
            self.waits, self.since = 0, None
        return Planned(deliveries=tuple(self.queued))

    @activity.defn(name=DELIVER)
    async def deliver(self, delivery: str) -> None:
        self.attempts[delivery] = self.attempts.get(delivery, 0) + 1
        if delivery in self.hanging:
            while not self.hanging[delivery].is_set():
                activity.heartbeat()
                await asyncio.sleep(0.05)
        if self.faults.get(delivery, 0) >= self.attempts[delivery]:
            raise ApplicationError("nobody there", type="NotSent")
        self.queued.remove(delivery)


@dataclass
class PostOffice:
    """A worker for letters, and one person's inbox.

    Attributes:
        env: the server, if it skips time.
    """

    client: Client
    env: WorkflowEnvironment | None = None
    desk: Desk = field(default_factory=Desk)
    person: str = field(default_factory=lambda: f"p{uuid.uuid4().hex[:8]}")
    task_queue: str = field(default_factory=lambda: uuid.uuid4().hex)
    worker: Worker | None = None
    running: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        desk = self.desk
        self.worker = make_post_worker(
            self.client,
            [desk.plan, desk.compose, desk.deliver],
            task_queue=self.task_queue,
            sandboxed=True,
        )
        self.running = asyncio.create_task(self.worker.run())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self.worker and self.running:
            await self.worker.shutdown()
            await self.running

    @property
    def calls(self) -> InboxCalls:
        return InboxCalls(self.client, task_queue=self.task_queue)

    @property
    def inbox(self) -> WorkflowHandle[Any, Any]:
        return self.client.get_workflow_handle(inbox_workflow_id(self.person))

    async def ended(self) -> None:
        """Wait until the inbox has ended; where time is skipped, for a day."""
        if self.env:
            await self.env.sleep(timedelta(days=1))
        await self.inbox.result()

    async def happened(self, notices: int = 1) -> None:
        """Something has to be told, and the inbox is poked."""
        self.desk.waits += notices
        await self.calls.poke(self.person)
