"""The floors as contenders: a bare update, and the cheapest routes that write a row."""

import asyncio
import uuid
from collections.abc import Sequence
from contextlib import AsyncExitStack
from functools import partial
from typing import Final

import psutil
from temporalio.client import Client
from temporalio.service import GrpcCompression

from benchmarks.children import free_port, module
from benchmarks.contender import subject
from benchmarks.engine import SERVER, Engine
from benchmarks.floors.entities import BARE, SENDING, TASK_QUEUE, TOUCH, WRITING
from benchmarks.http import Connection
from benchmarks.load import Call
from settings import LOOPBACK
from stack.child import answers_well

WORKER: Final = "floor-worker"
_API: Final = "floor-api"


async def start_floors(engine: Engine) -> tuple["BareUpdate", "Route", "Route"]:
    """Start the floors' worker and API beside the engine.

    Returns:
        Floor 1, floor 2, and floor 2 with a regular activity in place of the local one.
    """
    await engine.start(WORKER, worker_argv(engine))
    port = free_port()

    async def ready() -> bool:
        return await answers_well(LOOPBACK, port, "/readyz")

    argv = module("benchmarks.floors.api", engine.address, str(port))
    await engine.start(_API, argv, ready)
    client = await Client.connect(engine.address, grpc_compression=GrpcCompression.NONE)
    route = partial(Route, engine, client, port)
    return (
        BareUpdate(engine, client),
        route("F2 cheapest route", WRITING),
        route("   by an activity", SENDING),
    )


def worker_argv(engine: Engine) -> tuple[str, ...]:
    """How the floors' worker is run."""
    rows = engine.folder.path / "floor.db"
    return module("benchmarks.floors.worker", engine.address, str(rows))


class BareUpdate:
    """Floor 1: `execute_update` on an empty entity workflow."""

    name = "F1 bare update"

    def __init__(self, engine: Engine, client: Client) -> None:
        self.processes = _processes(engine, worker=WORKER)
        self._client = client

    async def subjects(self, count: int) -> list[str]:
        """Workflows that have answered once."""
        return await _started(self._client, BARE, count)

    async def call(self, subjects: Sequence[str], resources: AsyncExitStack) -> Call:  # noqa: ARG002 - all share the client
        """A caller that updates."""
        handles = {one: self._client.get_workflow_handle(one) for one in subjects}

        async def update(sent: int) -> bool:
            await handles[subject(subjects, sent)].execute_update(TOUCH)
            return True

        return update


class Route:
    """A route that sends an update, for which the workflow writes a row."""

    def __init__(self, engine: Engine, client: Client, port: int, name: str, workflow: str) -> None:
        self.name = name
        self._workflow = workflow
        self.processes = _processes(engine, worker=WORKER, api=_API)
        self._client = client
        self._port = port

    async def subjects(self, count: int) -> list[str]:
        """Workflows that have answered once."""
        return await _started(self._client, self._workflow, count, "warm up")

    async def call(self, subjects: Sequence[str], resources: AsyncExitStack) -> Call:
        """A caller that posts."""
        connection = await resources.enter_async_context(Connection.opened(self._port))

        async def post(sent: int) -> bool:
            path = f"/deals/{subject(subjects, sent)}/actions"
            answer = await connection.send("POST", path, {"action": "follow-up", "note": str(sent)})
            return answer.status == 200  # noqa: PLR2004 - HTTP's own

        return post


def _processes(engine: Engine, **parts: str) -> dict[str, psutil.Process]:
    ours = {part: engine.process(name) for part, name in parts.items()}
    return {"server": engine.process(SERVER), **ours, "callers": psutil.Process()}


async def _started(client: Client, workflow: str, count: int, *args: str) -> list[str]:
    async def start() -> str:
        handle = await client.start_workflow(workflow, id=uuid.uuid4().hex, task_queue=TASK_QUEUE)
        await handle.execute_update(TOUCH, args=args)
        return handle.id

    return await asyncio.gather(*(start() for _ in range(count)))
