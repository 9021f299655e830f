"""The whole product as processes on a data folder of its own, to be broken part by part.

Each part is the very program that `dealpace up` starts; only nobody watches over them here, so that
a test decides who dies, for how long, and who comes back.
"""

import asyncio
import json
import os
import random
import signal
import socket
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import httpx
import psutil

from settings import LOOPBACK, Settings
from stack import temporal
from stack.child import Child, answers_well, end, spawn
from stack.folder import DataFolder

OUTGOING_PORTS_BEGIN: Final = 32_768  # Source: Linux, net.ipv4.ip_local_port_range
LOOK_AGAIN_S: Final = 0.05
COMES_UP_WITHIN_S: Final = 60.0

PARTS: Final = ("temporal", "worker", "api")
"""In the order of their start."""


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on, and that no outgoing connection takes while a part is down."""
    found: list[int] = []
    while len(found) < count:
        port = random.randrange(20_000, OUTGOING_PORTS_BEGIN)
        with socket.socket() as probe, suppress(OSError):
            probe.bind((LOOPBACK, port))
            if port not in found:
                found.append(port)
    return found


def settings_for(folder: Path, **chosen: Any) -> Settings:
    """An installation in that folder on free ports, quick to notice that a worker is gone."""
    port, temporal_port, ui_port = free_ports(3)
    own: dict[str, Any] = {
        "host": LOOPBACK,
        "port": port,
        "data_dir": folder,
        "temporal_port": temporal_port,
        "temporal_ui_port": ui_port,
        "temporal_address": None,
        "temporal_binary": None,
        "update_timeout": 1.0,
        "sticky_timeout": 1.0,
        "gather_seconds": 10.0,
    }
    return Settings(**own | chosen)


@dataclass
class Installation:
    """One installation; inside `async with` it serves, afterwards nothing of it is left.

    Attributes:
        settings: ports, folder, database.
        dynamic_config: more of it for the Temporal server.
    """

    settings: Settings
    dynamic_config: Mapping[str, str] = field(default_factory=dict)
    _running: dict[str, asyncio.subprocess.Process] = field(default_factory=dict)
    _ever: set[psutil.Process] = field(default_factory=set)

    @property
    def folder(self) -> DataFolder:
        return DataFolder(self.settings.data_dir)

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.settings.port}"

    async def __aenter__(self) -> Self:
        self.folder.create()
        binary = temporal.find_binary(None)
        temporal.pin_version(self.folder.temporal_db, temporal.version_of(binary))
        try:
            assert await self.run("migrate") == (0, ""), self.log("migrate")
            for part in PARTS:
                await self.start(part)
            await self.ready()
        except BaseException:
            await self._end()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._end()
        left = [process for process in self._ever if process.is_running()]
        assert not left, f"left behind: {left}"

    async def start(self, part: str, *module: str) -> None:
        """Start a part and, but for the worker, wait until it serves.

        Args:
            part: which.
            module: what to run in its place, and with what arguments: a part that is broken.
        """
        child = self._child(part, module)
        self._running[part] = await spawn(child, self.folder.log_of(part))
        self._remember()
        async with asyncio.timeout(COMES_UP_WITHIN_S):
            while child.ready and not await child.ready():
                assert self._running[part].returncode is None, self.log(part)
                await asyncio.sleep(LOOK_AGAIN_S)

    async def kill(self, *parts: str) -> None:
        """End parts at once, without a word."""
        self._remember()
        for part in parts:
            self._running[part].send_signal(signal.SIGKILL)
        for part in parts:
            assert await self._running.pop(part).wait() == -signal.SIGKILL

    async def stop(self, *parts: str) -> None:
        """End parts politely, which each has to do well."""
        self._remember()
        for part in parts:
            process = self._running.pop(part)
            assert await end(process, grace=20, hurry=asyncio.Event()), self.log(part)

    async def mend(self) -> None:
        """Start the parts that are missing, if any."""
        missing = [part for part in PARTS if part not in self._running]
        for part in missing:
            await self.start(part)
        if missing:
            await self.ready()

    async def died(self, part: str) -> int:
        """Wait until a part ends by itself; its exit code."""
        return await self._running.pop(part).wait()

    async def ready(self) -> None:
        """Wait until every part says that it serves."""
        async with asyncio.timeout(COMES_UP_WITHIN_S):
            while not await answers_well(LOOPBACK, self.settings.port, "/readyz"):
                assert all(one.returncode is None for one in self._running.values()), self.logs()
                await asyncio.sleep(LOOK_AGAIN_S)

    async def run(self, *words: str) -> tuple[int, str]:
        """Run a `dealpace` command to its end; its exit code and its answer."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "cli", *words),
            env={**os.environ, **self.settings.as_environment()},
            stdout=asyncio.subprocess.PIPE,
        )
        said, _ = await process.communicate()
        assert process.returncode is not None
        return process.returncode, said.decode()

    async def audited(self) -> list[dict[str, Any]]:
        """The differences that `dealpace audit` finds."""
        code, said = await self.run("audit", "--json")
        differences: list[dict[str, Any]] = json.loads(said)["differences"]
        assert code == bool(differences)
        return differences

    def http(self) -> httpx.AsyncClient:
        """A client of the API."""
        return httpx.AsyncClient(base_url=self.url, timeout=30, trust_env=False)

    def log(self, part: str) -> str:
        return self.folder.log_of(part).read_text(errors="replace")[-4000:]

    def logs(self) -> str:
        return "\n".join(f"--- {part}\n{self.log(part)}" for part in self._running)

    def _child(self, part: str, module: tuple[str, ...]) -> Child:
        if part == "temporal":
            return self._temporal()

        async def serves() -> bool:
            return await answers_well(LOOPBACK, self.settings.port, "/healthz")

        return Child(
            part,
            (sys.executable, "-P", "-m", *(module or ("cli", part))),
            ready=serves if part == "api" else None,
            env={**self.settings.as_environment(), "PYTHONUNBUFFERED": "1"},
        )

    def _temporal(self) -> Child:
        child = temporal.server(
            temporal.find_binary(None),
            self.folder,
            port=self.settings.temporal_port,
            ui_port=self.settings.temporal_ui_port,
        )
        more = [
            word
            for key, value in self.dynamic_config.items()
            for word in ("--dynamic-config-value", f"{key}={value}")
        ]
        return replace(child, argv=(*child.argv, *more))

    def _remember(self) -> None:
        """Note everybody who was ever started here, children's children included."""
        for process in self._running.values():
            with suppress(psutil.NoSuchProcess):
                family = psutil.Process(process.pid)
                self._ever |= {family, *family.children(recursive=True)}

    async def _end(self) -> None:
        self._remember()
        for process in reversed(list(self._running.values())):
            if process.returncode is None:
                await end(process, grace=20, hurry=asyncio.Event())
        self._running.clear()
