"""How long a call to the server is tried, and what it means when it fails.

Decides which faults pass by themselves and how soon a call is repeated. Must never say that a call
without an answer had no effect.
"""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, nullcontext
from datetime import timedelta
from itertools import chain, repeat
from typing import Final, TypeVar
from weakref import WeakValueDictionary

from temporalio.service import RPCError, RPCStatusCode

AnswerT = TypeVar("AnswerT")

_PASSING: Final = frozenset({RPCStatusCode.UNAVAILABLE, RPCStatusCode.RESOURCE_EXHAUSTED})

_TASK_THROWN_AWAY: Final = "unexpected workflow task failure"
"""In the message of an update whose workflow task the server threw away, and all it did."""


class NoAnswer(Exception):
    """Nobody answered in time, or the server is away: what became of the call is not known."""


class NoWorkflow(Exception):
    """The server knows no open workflow of that deal."""


class Turns:
    """A few calls at a time to each deal; the others wait."""

    def __init__(self, at_once: int, *, rest: timedelta = timedelta(0)) -> None:
        """Give turns.

        Args:
            at_once: how many calls may be under way at one deal.
            rest: clock time after a call until its turn is given again.
        """
        self._at_once = at_once
        self._rest = rest.total_seconds()
        self._turns: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    @asynccontextmanager
    async def taken(self, deal_id: str, *, within: timedelta) -> AsyncIterator[timedelta]:
        """A turn, and what is left then of the clock time.

        Raises:
            NoAnswer: none came in time.
        """
        turn = self._turns.setdefault(deal_id, asyncio.Semaphore(self._at_once))
        began = time.monotonic()
        try:
            async with asyncio.timeout(within.total_seconds()) if turn.locked() else nullcontext():
                await turn.acquire()
        except TimeoutError as fault:
            raise NoAnswer("too many commands are under way at the deal") from fault
        try:
            yield within - timedelta(seconds=time.monotonic() - began)
        finally:
            asyncio.get_running_loop().call_later(self._rest, turn.release)


async def patiently(
    call: Callable[[], Awaitable[AnswerT]], *, within: timedelta, after: Iterable[float] = ()
) -> AnswerT:
    """Call, and call again while the fault is a passing one.

    Args:
        call: may be called more than once.
        within: clock time for all of it.
        after: clock seconds before each repetition; when there are no more, it gives up.

    Raises:
        NoWorkflow, NoAnswer: as they say.
    """
    try:
        async with asyncio.timeout(within.total_seconds()):
            for pause in chain(after, [None]):
                try:
                    return await call()
                except RPCError as fault:
                    if pause is None or not _is_passing(fault):
                        raise
                await asyncio.sleep(pause)
    except TimeoutError as fault:
        raise NoAnswer("nobody answered in time") from fault
    except RPCError as fault:
        if fault.status is RPCStatusCode.NOT_FOUND:
            raise NoWorkflow(fault.message) from fault
        raise NoAnswer(f"{fault.status.name.lower()}: {fault.message}") from fault
    except RuntimeError as fault:  # the SDK's way to say that it could not connect
        raise NoAnswer(str(fault)) from fault
    raise AssertionError("the last attempt returns or raises")


def pauses(*, first: float, longest: float) -> Iterator[float]:
    """Seconds between attempts, doubled and spread, so that callers do not march in step."""
    length = first
    for spread in map(random.uniform, repeat(0.5), repeat(1.0)):
        yield length * spread
        length = min(2 * length, longest)


def _is_passing(fault: RPCError) -> bool:
    return fault.status in _PASSING or _TASK_THROWN_AWAY in fault.message
