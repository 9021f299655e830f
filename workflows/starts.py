"""Starting the deals of an import, some at a time.

Decides how many are under way at once. Must never hold all deals of an import in memory, nor leave
a start behind that nobody waits for.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from deals.events import Event
from deals.evolve import fold
from deals.playbook import Playbook
from workflows.calls import AlreadyOpen

STARTS_AT_ONCE: Final = 32
"""Workflows that start at a time. A choice: more are no faster on two cores."""

Begun = tuple[Playbook, Sequence[Event]]
"""A deal with what `decide` gave for its `ImportDeal`."""

Start = Callable[[Playbook, Sequence[Event]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Started:
    """A deal runs now.

    Attributes:
        is_new: False if it was started before.
    """

    deal_id: str
    is_new: bool


async def start_many(
    start: Start, deals: Iterable[Begun], *, at_once: int = STARTS_AT_ONCE
) -> AsyncIterator[Started]:
    """Start deals, some at a time.

    Args:
        start: starts one.
        deals: which; taken only as fast as they start.
        at_once: how many.

    Yields:
        Each deal as soon as it runs, in no order.
    """
    waiting = iter(deals)
    under_way: set[asyncio.Task[Started]] = set()
    try:
        while True:
            for playbook, events in islice(waiting, at_once - len(under_way)):
                under_way.add(asyncio.create_task(_started(start, playbook, events)))
            if not under_way:
                return
            first = asyncio.FIRST_COMPLETED
            done, under_way = await asyncio.wait(under_way, return_when=first)
            for task in done:
                yield task.result()
    finally:
        for task in under_way:
            task.cancel()


async def _started(start: Start, playbook: Playbook, events: Sequence[Event]) -> Started:
    deal_id = fold(None, events).id
    try:
        await start(playbook, events)
    except AlreadyOpen:
        return Started(deal_id, is_new=False)
    return Started(deal_id, is_new=True)
