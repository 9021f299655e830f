"""Programs that live as long as a benchmark, in a folder that is gone afterwards.

Decides that all of them end with it, by their ids, and that one that dies spoils the benchmark
instead of being started again. Must never look for a process it did not start.
"""

import asyncio
import socket
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Final, Self

import psutil

from settings import LOOPBACK
from stack.child import Child, Ready, end, fate, spawn
from stack.folder import DataFolder

READY_WITHIN: Final = 60.0  # clock seconds; a choice: far more than any part takes
PATIENCE: Final = 15.0  # clock seconds until a child that was told to end is killed; a choice

_LOOK_AGAIN: Final = 0.02
_TAIL: Final = 2000  # characters of a log that a failure shows


class BenchmarkFault(Exception):
    """The benchmark could not be run; it says nothing about speed."""


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def module(name: str, *arguments: str) -> tuple[str, ...]:
    """The argument vector of one of our modules; -P: from the installation, not the folder."""
    return (sys.executable, "-P", "-m", name, *arguments)


class Children:
    """The programs, from `async with` to its end.

    Attributes:
        folder: a data folder for them.
    """

    def __init__(self) -> None:
        self._resources = ExitStack()
        self._processes: dict[str, asyncio.subprocess.Process] = {}
        path = self._resources.enter_context(TemporaryDirectory(prefix="dealpace-bench-"))
        self.folder = DataFolder(Path(path))
        self.folder.create()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for name in reversed(list(self._processes)):
            await self.end(name)
        self._resources.close()

    async def start(
        self,
        name: str,
        argv: tuple[str, ...],
        ready: Ready | None = None,
        env: dict[str, str] | None = None,
    ) -> float:
        """Start a program and wait until it is ready.

        Returns:
            Clock seconds from the start to readiness.

        Raises:
            BenchmarkFault: it died, or was not ready in time.
        """
        began = time.perf_counter()
        child = Child(name, argv, env=env or {})
        self._processes[name] = await spawn(child, self.folder.log_of(name))
        while ready is not None and not await ready():
            self.check()
            if time.perf_counter() - began > READY_WITHIN:
                raise BenchmarkFault(f"{name} is not ready: {self._last_words(name)}")
            await asyncio.sleep(_LOOK_AGAIN)
        return time.perf_counter() - began

    async def run(self, name: str, argv: tuple[str, ...], env: dict[str, str]) -> None:
        """Run a program to its end.

        Raises:
            BenchmarkFault: it failed.
        """
        process = await spawn(Child(name, argv, env=env), self.folder.log_of(name))
        if code := await process.wait():
            raise BenchmarkFault(f"{name} failed ({fate(code)}): {self._last_words(name)}")

    async def end(self, name: str) -> None:
        """End a program, politely first."""
        process = self._processes.pop(name)
        if process.returncode is None:
            await end(process, PATIENCE, asyncio.Event())

    def check(self) -> None:
        """Make sure that every program still lives: a crippled product has no speed.

        Raises:
            BenchmarkFault: one does not.
        """
        for name, process in self._processes.items():
            if process.returncode is not None:
                words = self._last_words(name)
                raise BenchmarkFault(f"{name} died ({fate(process.returncode)}): {words}")

    def process(self, name: str) -> psutil.Process:
        """The program of that name, to be measured."""
        return psutil.Process(self._processes[name].pid)

    def _last_words(self, name: str) -> str:
        return self.folder.log_of(name).read_text(errors="replace")[-_TAIL:]
