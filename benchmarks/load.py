"""Callers that send one command after the other, and what it took.

Decides how a load is measured: a closed loop, every caller waiting for its answer before it sends
again. Rates are commands a clock second, latencies clock seconds, CPU seconds of all threads.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median

import psutil

Call = Callable[[int], Awaitable[bool]]
"""Sends a caller's command of that number, from 0; whether it got the answer that counts."""


@dataclass
class Load:
    """What one load, or several together, came to."""

    done: int = 0
    """Commands that were answered as they should."""
    latencies: list[float] = field(default_factory=list)
    """Of those commands, where they were measured one by one."""
    seconds: float = 0.0
    cpu: dict[str, float] = field(default_factory=dict)
    """CPU seconds by process."""
    others: int = 0
    """Answers that do not count; they are in no other figure."""

    @property
    def rate(self) -> float:
        """Commands a second."""
        return self.done / self.seconds if self.seconds else 0.0

    def percentile(self, share: float) -> float:
        """The latency that so large a share of the commands did not exceed, in milliseconds."""
        if not self.latencies:
            return float("nan")
        ordered = sorted(self.latencies)
        return 1000 * ordered[min(int(share * len(ordered)), len(ordered) - 1)]

    def cpu_each(self, process: str) -> float:
        """CPU milliseconds of a process for one command."""
        return 1000 * self.cpu.get(process, 0.0) / max(self.done, 1)


def together(loads: Sequence[Load]) -> Load:
    """Several loads as one."""
    return Load(
        done=sum(load.done for load in loads),
        latencies=[latency for load in loads for latency in load.latencies],
        seconds=sum(load.seconds for load in loads),
        cpu={name: sum(load.cpu[name] for load in loads) for name in loads[0].cpu},
        others=sum(load.others for load in loads),
    )


def ratio(ours: Sequence[Load], floors: Sequence[Load], figure: Callable[[Load], float]) -> float:
    """The median over the rounds of ours to the floor's of the same round."""
    pairs = zip(ours, floors, strict=True)
    return median(figure(one) / figure(floor) for one, floor in pairs)


async def put_on(
    calls: Sequence[Call], seconds: float, processes: Mapping[str, psutil.Process]
) -> Load:
    """Let callers send, one after the other each, side by side.

    Args:
        calls: one for each caller.
        seconds: clock seconds after which nobody sends any more.
        processes: whose CPU time is measured.
    """
    load = Load()
    with measured(load, processes):
        until = time.perf_counter() + seconds
        await asyncio.gather(*(_keep_sending(call, until, load) for call in calls))
    return load


@contextmanager
def measured(load: Load, processes: Mapping[str, psutil.Process]) -> Iterator[None]:
    """Adds the clock time of the block, and the CPU time of the processes, to the load."""
    before = {name: _cpu_seconds(process) for name, process in processes.items()}
    began = time.perf_counter()
    yield
    load.seconds += time.perf_counter() - began
    for name, process in processes.items():
        load.cpu[name] = load.cpu.get(name, 0.0) + _cpu_seconds(process) - before[name]


async def _keep_sending(call: Call, until: float, load: Load) -> None:
    sent, began = 0, time.perf_counter()
    while began < until:
        counts = await call(sent)
        ended = time.perf_counter()
        if counts:
            load.done += 1
            load.latencies.append(ended - began)
        else:
            load.others += 1
        sent, began = sent + 1, ended


def _cpu_seconds(process: psutil.Process) -> float:
    used = process.cpu_times()
    return used.user + used.system
