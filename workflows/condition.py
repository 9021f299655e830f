"""How the Temporal server and its task queues do, as far as the server itself tells.

Decides what is asked for a look at the whole installation: a few calls, all at once, bounded in
time. What the server does not tell stays unknown. Must never touch a workflow.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import (
    DescribeTaskQueueRequest,
    DescribeTaskQueueResponse,
    GetSystemInfoRequest,
)
from temporalio.client import Client
from temporalio.service import RPCError

from workflows.messages import DEAL

WITHIN: Final = timedelta(seconds=1)
"""Clock time for the whole look. A choice: whoever looks waits two seconds at most."""

POLL: Final = timedelta(seconds=75)
"""How long ago a worker that is there has asked for work at most. Source: a poll lasts a minute;
the rest is a choice."""

OPEN: Final = f'WorkflowType = "{DEAL}" AND ExecutionStatus = "Running"'
TROUBLED: Final = 'TemporalReportedProblems IS NOT NULL AND ExecutionStatus = "Running"'
FAILED: Final = 'ExecutionStatus = "Failed"'
"""Queries of the server's index; the Temporal UI takes the same."""


@dataclass(frozen=True, slots=True)
class Queue:
    """A task queue.

    Attributes:
        workers: the identities of those who ask it for work.
        builds: what code they run, as their SDK names it.
        waiting: tasks that nobody has taken; None: the server does not tell.
        waits: how long the oldest has waited.
    """

    name: str
    workers: tuple[str, ...]
    builds: tuple[str, ...]
    waiting: int | None
    waits: timedelta


@dataclass(frozen=True, slots=True)
class EngineCondition:
    """What the server tells; None where it cannot.

    Attributes:
        open: deals whose workflow runs.
        troubled: running workflows whose code fails, so that they wait for a mend.
        failed: workflows that ended by a fault and are not forgotten yet.
    """

    server_version: str
    open: int | None
    troubled: int | None
    failed: int | None
    queues: tuple[Queue, ...]


class Watch:
    """Looks at the server, over one client."""

    def __init__(self, client: Client, queues: Iterable[str]) -> None:
        """Take the client, and the names of the task queues that matter."""
        self._client = client
        self._queues = tuple(queues)

    async def look(self, *, now: datetime) -> EngineCondition | None:
        """What there is to know at that instant; None: the server does not answer."""
        try:
            async with asyncio.timeout(WITHIN.total_seconds()):
                version = await self._version()
                (running, troubled, failed), queues = await asyncio.gather(
                    asyncio.gather(self._count(OPEN), self._count(TROUBLED), self._count(FAILED)),
                    asyncio.gather(*(self._queue(name, now - POLL) for name in self._queues)),
                )
        except (RPCError, RuntimeError, TimeoutError):  # the first of a lazy client that is away
            return None
        return EngineCondition(version, running, troubled, failed, tuple(queues))

    async def _version(self) -> str:
        info = await self._client.workflow_service.get_system_info(
            GetSystemInfoRequest(), timeout=WITHIN
        )
        return info.server_version

    async def _count(self, query: str) -> int | None:
        """How many workflows; an older server does not know every attribute."""
        try:
            return (await self._client.count_workflows(query, rpc_timeout=WITHIN)).count
        except RPCError:
            return None

    async def _queue(self, name: str, since: datetime) -> Queue:
        kinds = (
            TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
            TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
        )
        of_workflows, of_activities = await asyncio.gather(
            *(self._described(name, kind) for kind in kinds)
        )
        parts = (of_workflows, of_activities)
        pollers = [
            one
            for one in of_workflows.pollers
            if one.last_access_time.ToDatetime(tzinfo=UTC) >= since
        ]
        tells = all(part.HasField("stats") for part in parts)
        waits = (part.stats.approximate_backlog_age.ToTimedelta() for part in parts)
        return Queue(
            name=name,
            workers=tuple(sorted({one.identity for one in pollers})),
            builds=tuple(
                sorted({one.worker_version_capabilities.build_id for one in pollers} - {""})
            ),
            waiting=sum(part.stats.approximate_backlog_count for part in parts) if tells else None,
            waits=max(waits),
        )

    async def _described(
        self, name: str, kind: "TaskQueueType.ValueType"
    ) -> DescribeTaskQueueResponse:
        request = DescribeTaskQueueRequest(
            namespace=self._client.namespace,
            task_queue=TaskQueue(name=name),
            task_queue_type=kind,
            report_stats=True,
        )
        return await self._client.workflow_service.describe_task_queue(request, timeout=WITHIN)
