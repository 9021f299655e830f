"""How soon a start is ready, and how much memory an open deal takes in the worker.

Ready means that a deal can be opened: the API answers, a worker lives, the playbook is published.
"""

import asyncio
import time
from statistics import median
from typing import Final

from benchmarks.children import Children, free_port, module
from benchmarks.engine import Engine
from benchmarks.product import WORKER, Product, is_ready
from benchmarks.report import Report, Table, Target
from benchmarks.scale import Scale
from settings import Settings

NAME: Final = "start"

WARM: Final = 10
"""A tenth of the deals comes before the measurement: what a first deal loads is no deal's own."""

_REST: Final = 2.0  # clock seconds; a choice: enough to record what was answered


async def run(scale: Scale) -> Report:
    """Start the stack on an empty folder and again on its data; then fill a worker."""
    empty, again = [], []
    for _ in range(scale.starts):
        async with Children() as children:
            empty.append(await _ready(children))
            again.append(await _ready(children))
    starts = (("on an empty folder", *_spread(empty)), ("again, on its data", *_spread(again)))
    ready = Table("Ready after seconds", ("", "least", "median", "most"), starts)
    memory = await _memory(scale)
    return Report(
        NAME, (ready, memory), (Target("ready after", max(empty + again), "at most", 10, "s"),)
    )


async def _ready(children: Children) -> float:
    """Clock seconds until `dealpace up` serves; it is stopped then."""
    settings = Settings(
        port=free_port(),
        temporal_port=free_port(),
        temporal_ui_port=free_port(),
        data_dir=children.folder.path / "installation",
    )
    began = time.perf_counter()
    argv = module("cli", "up")
    await children.start("up", argv, lambda: is_ready(settings.port), settings.as_environment())
    took = time.perf_counter() - began
    await children.end("up")
    return took


def _spread(figures: list[float]) -> tuple[float, float, float]:
    return min(figures), median(figures), max(figures)


async def _memory(scale: Scale) -> Table:
    """By how much a worker grows with deals that each had an action."""
    async with Engine() as engine:
        product = await Product.started(engine)
        worker = engine.process(WORKER)
        await product.deals(max(scale.cached // WARM, 1), "first-call")
        await asyncio.sleep(_REST)
        before = worker.memory_info().rss
        await product.deals(scale.cached, "first-call")
        await asyncio.sleep(_REST)
        after = worker.memory_info().rss
    row = (
        f"with {scale.cached} deals more",
        after / 2**20,
        (after - before) / scale.cached / 2**10,
    )
    return Table("Memory of the worker", ("", "MiB in all", "KiB a deal"), (row,))
