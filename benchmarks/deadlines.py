"""How fast deadlines are decided that fall due at one instant, and how late one comes at rest.

The floor is as many workflows that are one timer each and then end. Both are told by the server's
own history: decided is the end of the workflow task that follows the timer. What a deal does after
its decision (its row, its alarm) is not waited for, but shares the machine with decisions to come.
"""

import asyncio
import time
import uuid
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowHandle
from temporalio.service import GrpcCompression

from benchmarks.children import BenchmarkFault
from benchmarks.engine import Engine
from benchmarks.floors import contenders as floors
from benchmarks.floors.entities import TASK_QUEUE, TIMER
from benchmarks.http import Connection
from benchmarks.load import Load, ratio, together
from benchmarks.product import Product, until_done
from benchmarks.quiet import quiet
from benchmarks.report import Report, Table, Target
from benchmarks.scale import Scale

NAME: Final = "deadlines"

AHEAD: Final = 5.0
"""Clock seconds between the last preparation and the first instant. A choice: all is at rest."""

DECIDED_A_SECOND: Final = 40
"""Deadlines that are over before anybody looks, which costs time as well. A choice: a slow machine
decides so many."""

SPARSE_EVERY: Final = 0.3
"""Clock seconds between deadlines that are to come one at a time. A choice: some ten times what
one takes."""

PREPARED_A_SECOND: Final = 30
"""Workflows made ready to wait, at the least. A choice: half of what two busy cores do."""

EARLY: Final = 0.01
"""Clock seconds by which a timer may come before its instant: servers count milliseconds."""

LATEST: Final = 60.0
"""Clock seconds after which a timer is given up. A choice: a busy server is late, not silent."""

_LOOK_AGAIN: Final = 0.1
_AT_ONCE: Final = 8
_FIRED: Final = EventType.EVENT_TYPE_TIMER_FIRED
_DECIDED: Final = EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED

Due = Sequence[float]
"""Instants in seconds since 1970, one for each workflow."""


@dataclass(frozen=True)
class Side:
    """Who waits for deadlines, and what its turns came to.

    Attributes:
        prepare: has workflows wait for these instants and gives their ids.
    """

    name: str
    prepare: Callable[[Due], Coroutine[Any, Any, list[str]]]
    crowds: list[Load] = field(default_factory=list)
    sparse: list[Load] = field(default_factory=list)


async def run(scale: Scale) -> Report:
    """Measure."""
    async with Engine() as engine:
        product = await Product.started(engine)
        await engine.start(floors.WORKER, floors.worker_argv(engine))
        client = await Client.connect(engine.address, grpc_compression=GrpcCompression.NONE)
        floor = Side("bare timers", lambda due: _bare(client, due))
        deals = await product.subjects(max(scale.deadlines, scale.sparse))
        ours = Side("Dealpace", lambda due: _promises(product, deals, due))
        for number in range(max(scale.rounds // 2, 1)):  # a turn takes a minute
            for side in (floor, ours) if number % 2 else (ours, floor):
                side.crowds.append(await _turn(client, side, scale.deadlines, 0))
                engine.check()
        for side in (floor, ours):
            side.sparse.append(await _turn(client, side, scale.sparse, SPARSE_EVERY))
    return Report(NAME, (_table(floor, ours),), _targets(floor, ours))


async def _turn(client: Client, side: Side, count: int, every: float) -> Load:
    """Have so many deadlines fall due, all at once or one after the other."""
    first = time.time() + count / PREPARED_A_SECOND + AHEAD
    due = [first + number * every for number in range(count)]
    ids = await side.prepare(due)
    if time.time() > first - AHEAD / 2:
        raise BenchmarkFault("the machine is too busy: the deadlines came before all waited")
    await asyncio.sleep(due[-1] + count / DECIDED_A_SECOND - time.time())
    decided = [await _decided(client, one, at) for one, at in zip(ids, due, strict=True)]
    load = Load(done=count, seconds=max(decided) - first)
    load.latencies = [at - wanted for at, wanted in zip(decided, due, strict=True)]
    return load


async def _decided(client: Client, workflow: str, due_at: float) -> float:
    """When the task that followed the timer for an instant had ended, in seconds since 1970.

    Raises:
        BenchmarkFault: none has, long after the instant.
    """
    handle = client.get_workflow_handle(workflow)
    while (at := await _noted(handle, due_at)) is None:
        if time.time() > due_at + LATEST:
            raise BenchmarkFault(f"{workflow} was never told that it is time")
        await asyncio.sleep(_LOOK_AGAIN)
    return at


async def _noted(handle: WorkflowHandle[Any, Any], due_at: float) -> float | None:
    """The same, as the history has it; None: the timer has not come yet."""
    await quiet(handle)
    fired = False
    async for event in handle.fetch_history_events():
        at = event.event_time.ToNanoseconds() / 1e9
        fired = fired or (event.event_type == _FIRED and at >= due_at - EARLY)
        if fired and event.event_type == _DECIDED:
            return at
    return None


async def _bare(client: Client, due: Due) -> list[str]:
    turns = asyncio.Semaphore(_AT_ONCE)

    async def one(at: float) -> str:
        async with turns:
            handle = await client.start_workflow(
                TIMER, at, id=uuid.uuid4().hex, task_queue=TASK_QUEUE
            )
            await quiet(handle)
            return handle.id

    return await asyncio.gather(*map(one, due))


async def _promises(product: Product, deals: Sequence[str], due: Due) -> list[str]:
    """Promise a next step for these instants; nothing else of the deals is due so soon."""
    deals = deals[: len(due)]
    waiting = list(zip(deals, due, strict=True))

    async def promise() -> None:
        async with Connection.opened(product.port) as connection:
            while waiting:
                deal, at = waiting.pop()
                on = datetime.fromtimestamp(at, UTC).isoformat()
                step = {"what": "call back", "on": on}
                await until_done(connection, deal, {"action": "follow-up", "next_step": step})

    await asyncio.gather(*(promise() for _ in range(_AT_ONCE)))
    return [f"deal-{deal}" for deal in deals]


def _table(*sides: Side) -> Table:
    rows = []
    for what, loads in (
        *((f"{side.name}, at one instant", side.crowds) for side in sides),
        *((f"{side.name}, one at a time", side.sparse) for side in sides),
    ):
        load = together(loads)
        late = (load.percentile(0.5), load.percentile(0.99))
        rows.append((what, load.done, load.rate, *late))
    return Table("Deadlines", ("", "deadlines", "a second", "late p50 ms", "p99 ms"), tuple(rows))


def _targets(floor: Side, ours: Side) -> tuple[Target, ...]:
    late = together(ours.sparse).percentile(0.99) / 1000
    return (
        Target(
            "deadlines at one instant, of bare timers",
            ratio(ours.crowds, floor.crowds, lambda load: load.rate),
            "at least",
            1.0,
        ),
        Target("p99 of how late one at a time is", late, "at most", 1.5, "s"),
    )
