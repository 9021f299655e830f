"""Keeps children running: starts them, waits until they are ready, starts again one that dies.

Each child has one task, its keeper. Stopping goes in the reverse order of starting. The supervisor
knows nothing of what the children do, and never gives up on a child that was ready once.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from stack.child import Child, end, fate, spawn
from stack.faults import StackFault
from stack.folder import DataFolder
from stack.running import Record

Say = Callable[[str], None]

_TAIL_BYTES: Final = 4096  # of a log; a line of a traceback is shorter


@dataclass(frozen=True)
class Pace:
    """How patient the supervisor is; clock seconds, all of them choices."""

    first_delay: float = 0.2
    longest_delay: float = 5.0
    forgiven_after: float = 30.0  # who lived this long is started again at the first delay
    ready_within: float = 60.0
    look_again: float = 0.1
    attempts: int = 3  # starts of a child that was never ready

    def delay(self, previous: float, lived: float) -> float:
        """The wait before the next start, after a wait of `previous` and a life of `lived`."""
        if not previous or lived >= self.forgiven_after:
            return self.first_delay
        return min(2 * previous, self.longest_delay)


PACE = Pace()


@dataclass
class _Kept:
    """A child with its keeper and its present process."""

    child: Child
    keeper: asyncio.Task[None] | None = None
    process: asyncio.subprocess.Process | None = None
    ready: asyncio.Event = field(default_factory=asyncio.Event)


class Supervisor:
    """Runs children from `start` until the `async with` block is left."""

    def __init__(self, folder: DataFolder, say: Say, pace: Pace = PACE) -> None:
        self._folder = folder
        self._record = Record(folder.running)
        self._say = say
        self._pace = pace
        self._kept: list[_Kept] = []
        self._hurry = asyncio.Event()
        self.stopping = False
        self._failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._stop()

    async def start(self, *children: Child) -> None:
        """Starts children side by side and returns when every one is ready.

        Raises:
            StackFault: one could not be brought to readiness; the message names it and its log.
        """
        group = [_Kept(child) for child in children]
        for kept in group:
            self._folder.rotate_log(kept.child.name)
            kept.keeper = asyncio.create_task(self._keep(kept), name=kept.child.name)
            kept.keeper.add_done_callback(self._note_failure)
        self._kept += group
        try:
            async with asyncio.timeout(self._pace.ready_within):
                await self._unless_failed(_all_ready(group))
        except TimeoutError:
            late = " and ".join(kept.child.name for kept in group if not kept.ready.is_set())
            raise StackFault(
                f"{late} not ready after {self._pace.ready_within:g} s; logs: {self._folder.logs}"
            ) from None

    async def hold(self, during: Coroutine[Any, Any, None] | None = None) -> None:
        """Keeps the children running during this work, or until cancelled."""
        await self._unless_failed(asyncio.Event().wait() if during is None else during)

    def hurry(self) -> None:
        """Cuts short the patience of a stop that is under way."""
        self._hurry.set()

    async def _keep(self, kept: _Kept) -> None:
        """Runs one child again and again; returns only when one that runs once has ended well."""
        clock = asyncio.get_running_loop().time
        attempts = 1 if kept.child.once else self._pace.attempts
        delay = 0.0
        while True:
            born = clock()
            code = await self._live(kept)
            if kept.child.once and code == 0:
                kept.ready.set()
                return
            died = f"{kept.child.name} died ({fate(code)})"
            log = self._folder.log_of(kept.child.name)
            attempts -= 1
            if not kept.ready.is_set() and attempts == 0:
                raise StackFault(f"{died} before it was ready: {_last_words(log)}; log: {log}")
            delay = self._pace.delay(delay, clock() - born)
            self._say(f"{died}, starting it again in {delay:g} s; log: {log}")
            await asyncio.sleep(delay)

    async def _live(self, kept: _Kept) -> int:
        """Runs the child once, notes when it is ready, and gives its exit code."""
        kept.process = await spawn(kept.child, self._folder.log_of(kept.child.name))
        self._remember()
        death = asyncio.create_task(kept.process.wait())
        readiness = asyncio.create_task(self._watch_readiness(kept))
        try:
            await asyncio.wait((death, readiness), return_when=asyncio.FIRST_COMPLETED)
            if readiness.done():
                readiness.result()
            return await death
        finally:
            readiness.cancel()
            death.cancel()

    async def _watch_readiness(self, kept: _Kept) -> None:
        if kept.child.once or kept.ready.is_set():
            return
        while kept.child.ready and not await kept.child.ready():  # noqa: ASYNC110 - another process
            await asyncio.sleep(self._pace.look_again)
        kept.ready.set()

    def _remember(self) -> None:
        """Notes who runs; a full disk must not stop what runs."""
        with suppress(OSError):
            self._record.write(
                {kept.child.name: kept.process.pid for kept in self._kept if kept.process}
            )

    def _note_failure(self, keeper: asyncio.Task[None]) -> None:
        if not keeper.cancelled() and not self._failed.done() and (error := keeper.exception()):
            self._failed.set_exception(error)

    async def _unless_failed(self, work: Coroutine[Any, Any, object]) -> None:
        """Waits for `work` or for the first keeper that fails; lets a failure of either through."""
        working = asyncio.create_task(work)
        try:
            first: set[asyncio.Future[Any]] = {working, self._failed}
            await asyncio.wait(first, return_when=asyncio.FIRST_COMPLETED)
        finally:
            working.cancel()
        if self._failed.done():
            self._failed.result()
        working.result()

    async def _stop(self) -> None:
        """Ends every child, the last started first, and forgets them."""
        self.stopping = True
        keepers = [kept.keeper for kept in self._kept if kept.keeper is not None]
        for keeper in keepers:
            keeper.cancel()
        await asyncio.gather(*keepers, return_exceptions=True)
        for kept in reversed(self._kept):
            process = kept.process
            if process is None or process.returncode is not None:
                continue
            if not await end(process, kept.child.grace, self._hurry):
                self._say(f"{kept.child.name} did not stop by itself and was killed")
        self._record.clear()
        self._failed.cancel()


async def _all_ready(group: Iterable[_Kept]) -> None:
    for kept in group:
        await kept.ready.wait()


def _last_words(log: Path) -> str:
    """The last line a child wrote: a program that gives up says why there."""
    with log.open("rb") as lines:
        lines.seek(max(0, log.stat().st_size - _TAIL_BYTES))
        tail = lines.read().decode(errors="replace").strip()
    return tail.rpartition("\n")[2] or "it said nothing"
