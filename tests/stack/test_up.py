"""`dealpace up` as a person uses it: real Temporal server, worker and API, on one data folder."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from stack.child import answers_well
from stack.folder import DataFolder
from stack.running import began

ROOT = Path(__file__).parents[2]
NAMES = ("PORT", "TEMPORAL_PORT", "TEMPORAL_UI_PORT", "WORKER_METRICS_PORT")

Started = asyncio.subprocess.Process

pytestmark = pytest.mark.timeout(300)  # a whole product starts four times


@pytest.fixture
def environment(folder: DataFolder, free_port: Callable[[], int]) -> Mapping[str, str]:
    clean = {name: value for name, value in os.environ.items() if "DEALPACE_" not in name}
    ports = {f"DEALPACE_{name}": str(free_port()) for name in NAMES}
    return {**clean, **ports, "DEALPACE_DATA_DIR": str(folder.path)}


@asynccontextmanager
async def up(environment: Mapping[str, str]) -> AsyncIterator[Started]:
    """A running `dealpace up`; leaving the block is the Ctrl-C, and it must go well."""
    process = await start(environment)
    try:
        await told(process, "Dealpace is ready")
        yield process
        for _ in range(2):  # as when the terminal and a parent process both say it
            process.send_signal(signal.SIGINT)
        said, complaints = await process.communicate()
        assert (process.returncode, complaints) == (0, b"")
        assert said.endswith(b"Stopping ...\n")  # and nobody had to be killed
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


async def start(environment: Mapping[str, str], *command: str) -> Started:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "cli", *(command or ("up",))),
        env=environment,
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def told(process: Started, words: str) -> str:
    """Reads what the person is told up to a line with these words."""
    assert process.stdout is not None
    assert process.stderr is not None
    while line := (await process.stdout.readline()).decode():
        if words in line:
            return line
    raise AssertionError((await process.stderr.read()).decode())


async def eventually(happens: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(60):
        while not await happens():  # noqa: ASYNC110 - what is waited for is in another process
            await asyncio.sleep(0.05)


async def test_it_comes_up_keeps_up_goes_down_and_comes_up_again_on_the_same_data(
    folder: DataFolder, environment: Mapping[str, str]
) -> None:
    port = int(environment["DEALPACE_PORT"])

    async def ready() -> bool:
        return await answers_well("127.0.0.1", port, "/readyz")

    async with up(environment) as first:
        assert await ready()

        second = await start(environment)
        said, complaint = await second.communicate()
        assert (second.returncode, said) == (2, b"")
        assert f"is in use by process {first.pid};" in complaint.decode()

        children = {child["name"]: child["pid"] for child in json.loads(folder.running.read_text())}
        assert children.keys() == {"temporal", "worker", "api"}
        for name, pid in children.items():
            os.kill(pid, signal.SIGKILL)
            line = await told(first, f"{name} died (SIGKILL), starting it again in 0.2 s")
            assert str(folder.log_of(name)) in line
            await eventually(ready)

        audit = await start(environment, "audit", "--json")
        assert await audit.communicate() == (b'{"differences": []}\n', b"")
        assert audit.returncode == 0

    assert not folder.running.exists()
    assert not await ready()

    async with up(environment):
        assert await ready()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ties a child to its parent")
async def test_a_killed_up_leaves_nobody_behind_and_the_next_one_starts(
    folder: DataFolder, environment: Mapping[str, str]
) -> None:
    process = await start(environment)
    await told(process, "Dealpace is ready")
    children = [child["pid"] for child in json.loads(folder.running.read_text())]
    process.kill()
    await process.communicate()

    async def all_gone() -> bool:
        return all(began(pid) is None for pid in children)

    await eventually(all_gone)
    async with up(environment):
        pass
