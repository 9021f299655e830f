"""How fast an action is recorded over HTTP, beside the least that Temporal and a route can cost.

All contenders run on one server and take turns, so that whatever else the machine does hits all of
them alike. The ratios of a round are what counts; absolute figures belong to the machine.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from benchmarks.contender import Contender, callers
from benchmarks.engine import Engine
from benchmarks.floors.contenders import start_floors
from benchmarks.load import Load, put_on, ratio, together
from benchmarks.product import Product
from benchmarks.report import Report, Table, Target
from benchmarks.scale import Scale

NAME: Final = "actions"

PARTS: Final = ("server", "worker", "api", "callers")


@dataclass(frozen=True)
class Turn:
    """What one contender does in each round, and what its turns came to."""

    contender: Contender
    callers: int
    same_subject: bool = False
    loads: list[Load] = field(default_factory=list)

    @property
    def name(self) -> str:
        """For people."""
        where = ", one deal" if self.same_subject else ""
        return f"{self.contender.name}, {self.callers} at once{where}"


async def run(scale: Scale) -> Report:
    """Measure."""
    async with Engine() as engine:
        everybody = (*await start_floors(engine), product := await Product.started(engine))
        alone = [Turn(one, 1) for one in everybody]
        pair = Turn(product, 2, same_subject=True)
        crowd = [Turn(one, scale.callers) for one in everybody]
        for turns in ([*alone, pair], crowd):
            for _ in range(scale.rounds):
                await _round(engine, turns, scale)
    everything = _table([*alone, pair, *crowd])
    return Report(NAME, (everything,), _targets(alone, pair, crowd))


async def _round(engine: Engine, turns: Sequence[Turn], scale: Scale) -> None:
    for turn in turns:
        async with callers(
            turn.contender, turn.callers, seconds=scale.seconds, same_subject=turn.same_subject
        ) as calls:
            await asyncio.sleep(scale.breath)
            turn.loads.append(await put_on(calls, scale.seconds, turn.contender.processes))
        engine.check()


def _table(turns: Sequence[Turn]) -> Table:
    rows = []
    for turn in turns:
        load = together(turn.loads)
        cpu = [load.cpu_each(part) if part in load.cpu else None for part in PARTS]
        figures = (load.rate, load.percentile(0.5), load.percentile(0.99), *cpu)
        rows.append((turn.name, *figures, load.others))
    columns = ("", "a second", "p50 ms", "p99 ms", *(f"{part} CPU ms" for part in PARTS), "others")
    return Table("Recording an action", columns, tuple(rows))


def _targets(alone: Sequence[Turn], pair: Turn, crowd: Sequence[Turn]) -> tuple[Target, ...]:
    _, cheapest_alone, _, ours_alone = alone
    bare, cheapest, _, ours = crowd
    many = f"at {ours.callers} callers"
    return (
        Target(
            f"throughput {many}, of floor 2",
            ratio(ours.loads, cheapest.loads, lambda load: load.rate),
            "at least",
            1.0,
        ),
        Target(
            f"throughput {many}, of floor 1",
            ratio(ours.loads, bare.loads, lambda load: load.rate),
            "at least",
            0.5,
        ),
        Target(
            "median at one caller, of floor 2",
            ratio(ours_alone.loads, cheapest_alone.loads, lambda load: load.percentile(0.5)),
            "at most",
            1.3,
        ),
        Target(
            "p99 of two callers on one deal, of one caller's",
            together(pair.loads).percentile(0.99) / together(ours_alone.loads).percentile(0.99),
            "at most",
            3.0,
        ),
    )
