"""How fast the open deals of an import start, beside workflows that are only started.

A real import is run whole. Whenever it starts some deals, as many bare workflows with as large an
input are started right after: on the same server, as many at once, a worker there for either.
"""

import asyncio
import secrets
import time
import uuid
from collections.abc import AsyncIterator, Iterable
from typing import Final

import psutil
from temporalio.client import Client

from benchmarks.engine import SERVER, Engine
from benchmarks.floors import contenders as floors
from benchmarks.floors.entities import BARE, TASK_QUEUE
from benchmarks.load import Load, measured
from benchmarks.opportunities import MAPPING, REAL, opportunities
from benchmarks.product import WORKER, Product
from benchmarks.quiet import quiet
from benchmarks.report import Cell, Report, Table, Target
from benchmarks.scale import FULL, Scale
from deals.view import workflow_id
from gateway import Gateway
from imports.command import Wanted, cli_run
from ledger.session import Ledger
from workflows.client import connect
from workflows.starts import STARTS_AT_ONCE, Begun, Started

NAME: Final = "imports"

PARTS: Final = ("server", "worker", "starter")


async def run(scale: Scale) -> Report:
    """Import, and start bare workflows beside it."""
    async with Engine() as engine:
        settings = (await Product.started(engine)).settings
        await engine.start(floors.WORKER, floors.worker_argv(engine))
        file = opportunities(engine.folder.path, scale.imported, invented=scale is not FULL)
        ledger = Ledger.open(settings.database_url)
        try:
            client = await connect(settings)
            gateway = Gateway(client, ledger, task_queue=settings.task_queue)
            turns = Turns(engine, client, gateway)
            began = time.perf_counter()
            wanted = Wanted(file, mapping=MAPPING)
            tally = (await cli_run(wanted, ledger=ledger, starter=turns, say=lambda _: None)).tally
            seconds = time.perf_counter() - began - turns.aside
        finally:
            await ledger.close()
    kind = "real" if file == REAL else "invented"
    whole = f"{tally.rows:,} {kind} rows, {tally.open:,} open: {seconds:.1f} s in all"
    title = f"{whole}; {turns.size:,} bytes of input a deal"
    return Report(NAME, (_table(title, turns),), (_target(turns),))


class Turns:
    """Starts deals by the gateway and, after each turn, as many bare workflows; measures both.

    Attributes:
        deals: what starting deals came to.
        bare: what starting bare workflows came to.
        worked: clock seconds from the first start of a turn until its last deal was recorded.
        aside: clock seconds that the import waited for everything but its own starts.
        size: bytes of a deal's input.
    """

    def __init__(self, engine: Engine, client: Client, gateway: Gateway) -> None:
        self.deals, self.bare = Load(), Load()
        self.worked = self.aside = 0.0
        self.size = 0
        self._client = client
        self._gateway = gateway
        self._ours = _parts(engine, WORKER)
        self._theirs = _parts(engine, floors.WORKER)

    async def start_many(self, deals: Iterable[Begun]) -> AsyncIterator[Started]:
        """Start deals, and bare workflows when they run."""
        started: list[Started] = []
        began = time.perf_counter()
        with measured(self.deals, self._ours):
            async for one in self._gateway.start_many(deals):
                started.append(one)
                yield one
        self.deals.done += len(started)
        ended = time.perf_counter()
        for one in started:
            await quiet(self._client.get_workflow_handle(workflow_id(one.deal_id)))
        self.worked += time.perf_counter() - began
        if started:
            self.size = await self._input_size(started[0])
            await self._start_bare(len(started))
        self.aside += time.perf_counter() - ended

    async def _start_bare(self, count: int) -> None:
        payload = secrets.token_urlsafe(self.size)[: self.size]
        ids = [uuid.uuid4().hex for _ in range(count)]
        waiting = iter(ids)

        async def keep_starting() -> None:
            for one in waiting:
                await self._client.start_workflow(BARE, payload, id=one, task_queue=TASK_QUEUE)

        with measured(self.bare, self._theirs):
            await asyncio.gather(*(keep_starting() for _ in range(STARTS_AT_ONCE)))
        self.bare.done += count
        for one in ids:  # nothing of this may be left for the next turn
            await quiet(self._client.get_workflow_handle(one))

    async def _input_size(self, started: Started) -> int:
        handle = self._client.get_workflow_handle(workflow_id(started.deal_id))
        first = await anext(handle.fetch_history_events(page_size=1))
        return first.workflow_execution_started_event_attributes.input.ByteSize()


def _parts(engine: Engine, worker: str) -> dict[str, psutil.Process]:
    processes = (engine.process(SERVER), engine.process(worker), psutil.Process())
    return dict(zip(PARTS, processes, strict=True))


def _table(title: str, turns: Turns) -> Table:
    rows: list[tuple[Cell, ...]] = [
        (name, load.done, load.rate, *(load.cpu_each(part) for part in PARTS))
        for name, load in (("bare start", turns.bare), ("deals of the import", turns.deals))
    ]
    recorded = turns.deals.done / turns.worked
    rows.append(
        ("deals until they are in the ledger", turns.deals.done, recorded, None, None, None)
    )
    columns = ("", "workflows", "a second", *(f"{part} CPU ms" for part in PARTS))
    return Table(title, columns, tuple(rows))


def _target(turns: Turns) -> Target:
    return Target(
        "starts of the import, of bare ones", turns.deals.rate / turns.bare.rate, "at least", 0.6
    )
