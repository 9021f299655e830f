"""What an action leaves behind on the server: events, bytes, payloads. Counts, not times.

A deal is quiet when the server has nothing under way for it; what stands alone is recorded on a
quiet deal and counted when it is quiet again.
"""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import quote

from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client

from benchmarks.engine import Engine
from benchmarks.http import Answer, Connection
from benchmarks.product import FOLLOW_UP, Product, command, expect
from benchmarks.quiet import quiet
from benchmarks.report import Cell, Report, Table, Target
from benchmarks.scale import Scale

NAME: Final = "history"

BACK_TO_BACK: Final = 4
"""How many times as many actions are recorded back to back as alone: enough for batches to form,
and few enough for one history."""

SIZED: Final = 5  # actions on each deal, for bytes; a choice
_CONFLICT: Final = 409  # HTTP's own


class Counted(NamedTuple):
    """Something that was done some times to a quiet deal, and the events it cost each time."""

    what: str
    times: int
    events: float


async def run(scale: Scale) -> Report:
    """Count."""
    async with Engine() as engine:
        product = await Product.started(engine)
        client = await Client.connect(engine.address)
        async with Connection.opened(product.port) as connection:
            one, other = [Watched(client, connection, deal) for deal in await product.deals(2)]
            alone = await _life(one, scale)
            crowded = await _back_to_back(other, scale)
            still = await _nothing(one, scale)
            sizes, anatomy = await _bytes(product, client, scale)
    counted = (*alone, crowded, *still)
    rows = tuple((one.what, one.times, one.events) for one in counted)
    events = Table("Events in a deal's history", ("", "times", "events each"), rows)
    return Report(NAME, (events, anatomy, sizes), _targets(alone, crowded, still))


class Watched:
    """One deal, whose history is counted while things are done to it."""

    def __init__(self, client: Client, connection: Connection, deal: str) -> None:
        self._handle = client.get_workflow_handle(f"deal-{deal}")
        self._connection = connection
        self._deal = deal

    async def quiet(self) -> int:
        """Wait until nothing is under way for the deal; the length of its history then."""
        return await quiet(self._handle)

    async def events(self, after: int) -> list[HistoryEvent]:
        """The events behind that place in the history."""
        return [
            event async for event in self._handle.fetch_history_events() if event.event_id > after
        ]

    async def send(self, verb: str, body: object, *, status: int = 200) -> Answer:
        """Send a command and expect that answer."""
        return expect(status, await command(self._connection, self._deal, verb, body))

    async def count(self, what: str, do: Callable[[], Awaitable[object]], times: int) -> Counted:
        """Do something so many times, each time to the quiet deal."""
        before = await self.quiet()
        for _ in range(times):
            await do()
            after = await self.quiet()
        return Counted(what, times, (after - before) / times)


async def _life(deal: Watched, scale: Scale) -> tuple[Counted, ...]:
    """The first stage of equipment sales, one thing at a time."""

    def action(name: str) -> Callable[[], Awaitable[object]]:
        return lambda: deal.send("actions", {"action": name})

    contact = {"name": "Chen Hao", "role": "Plant manager"}
    return (
        await deal.count("an action that meets its clock", action("first-call"), 1),
        await deal.count("an action that makes a duty", action("first-visit"), 1),
        await deal.count("a duty done", action("visit-minutes"), 1),
        await deal.count("a follow-up", lambda: deal.send("actions", FOLLOW_UP), scale.actions),
        await deal.count("a fact", lambda: deal.send("facts", {"contact": contact}), 1),
        await deal.count("the next stage", lambda: deal.send("advance", {}), 1),
    )


async def _back_to_back(deal: Watched, scale: Scale) -> Counted:
    """Follow-ups, each sent as soon as the one before is answered."""
    times = scale.actions * BACK_TO_BACK
    await deal.send("actions", {"action": "first-call"})

    async def all_of_them() -> None:
        for _ in range(times):
            await deal.send("actions", FOLLOW_UP)

    together = await deal.count("", all_of_them, 1)
    return Counted("a follow-up, back to back", times, together.events / times)


async def _nothing(deal: Watched, scale: Scale) -> tuple[Counted, ...]:
    """What has to leave no trace."""

    async def refused() -> None:
        await deal.send("actions", {"action": "site-survey"}, status=_CONFLICT)

    idle = f"{scale.idle:g} s of an idle deal"
    return (
        await deal.count("a refusal", refused, scale.actions),
        await deal.count(idle, lambda: asyncio.sleep(scale.idle), 1),
    )


async def _bytes(product: Product, client: Client, scale: Scale) -> tuple[Table, Table]:
    """What open deals and actions take on disk, and what one action's events are made of."""
    folder = product.engine.folder
    files = {"Temporal": folder.temporal_db, "ledger": folder.path / "ledger.db"}
    at_first = _sizes(files)
    async with Connection.opened(product.port) as connection:
        deals = [Watched(client, connection, one) for one in await product.deals(scale.deals)]
        await _all_quiet(deals)
        opened = _sizes(files)
        for body in ({"action": "first-call"}, *[FOLLOW_UP] * (SIZED - 1)):
            before_last = await deals[0].quiet()
            answers = [await deal.send("actions", body) for deal in deals]
        await _all_quiet(deals)
        worked = _sizes(files)
        anatomy = _anatomy(await deals[0].events(after=before_last), answers[0])
    rows: list[tuple[Cell, ...]] = [
        (
            name,
            (opened[name] - at_first[name]) // scale.deals,
            (worked[name] - opened[name]) // (scale.deals * SIZED),
        )
        for name in files
    ]
    columns = ("database", "bytes an open deal", "bytes an action")
    return Table(f"On disk, of {scale.deals} deals", columns, tuple(rows)), anatomy


async def _all_quiet(deals: Sequence[Watched]) -> None:
    for deal in deals:
        await deal.quiet()


def _sizes(files: dict[str, Path]) -> dict[str, int]:
    """Bytes in use in each database, its log included: pages that are there and not free."""
    return {name: _size(path) for name, path in files.items()}


def _size(path: Path) -> int:
    with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)) as database:
        told = [
            database.execute(f"pragma {name}").fetchone()[0]
            for name in ("page_count", "freelist_count", "page_size")
        ]
    pages, free, size = told
    return int((pages - free) * size)


def _anatomy(events: Sequence[HistoryEvent], answer: Answer) -> Table:
    """The events of one action, by size."""
    rows: list[tuple[Cell, ...]] = [
        (EventType.Name(event.event_type).removeprefix("EVENT_TYPE_").lower(), event.ByteSize())
        for event in events
    ]
    rows += [("all of them", sum(event.ByteSize() for event in events))]
    rows += [("the answer over HTTP, unpacked", len(answer.body))]
    return Table("One follow-up, standing alone", ("event", "bytes"), tuple(rows))


def _targets(
    alone: Sequence[Counted], crowded: Counted, still: Sequence[Counted]
) -> tuple[Target, ...]:
    actions = [one for one in alone if one.what not in {"a fact", "the next stage"}]
    most = max(actions, key=lambda one: one.events)
    follow_up = next(one for one in alone if one.what == "a follow-up")
    return (
        Target("events of a follow-up standing alone", follow_up.events, "at most", 11),
        Target(f"events of the costliest action alone: {most.what}", most.events, "at most", 11),
        Target("events of an action back to back", crowded.events, "at most", 9),
        *(Target(f"events of {one.what}", one.events, "at most", 0) for one in still),
    )
