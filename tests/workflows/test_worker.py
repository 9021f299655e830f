"""The worker as a process: waits, serves, says that it lives, and stops when it is told to."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.request import urlopen

from gateway import Gateway
from ledger.heartbeats import live_workers
from ledger.session import Ledger
from tests.workflows.conftest import free_port, reachable, serving
from tests.workflows.scene import PLAYBOOK, command, eventually, opened, sent
from workflows.became import Applied

PROGRAM = """
import asyncio, settings, worker
asyncio.run(worker.main(settings.Settings()))
"""


@asynccontextmanager
async def a_worker(**settings: object) -> AsyncIterator[asyncio.subprocess.Process]:
    env = os.environ | {f"DEALPACE_{name}": str(value) for name, value in settings.items()}
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", PROGRAM, env=env)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_a_worker_waits_for_the_server_serves_and_stops(
    ledger: Ledger, tmp_path: Path
) -> None:
    port, metrics = free_port(), free_port()
    address = f"127.0.0.1:{port}"

    async def living() -> tuple[str, ...]:
        return await live_workers(ledger, since=datetime.now(UTC) - timedelta(seconds=10))

    async with a_worker(
        DATA_DIR=tmp_path, TEMPORAL_PORT=port, WORKER_METRICS_PORT=metrics
    ) as process:
        await asyncio.sleep(0.5)
        assert await living() == ()
        with serving(port, attributes=False):
            client = await reachable(address)
            await eventually(living, bool)
            gateway = Gateway(
                client, ledger, task_queue="dealpace", update_within=timedelta(seconds=30)
            )
            await gateway.open(PLAYBOOK, opened("D1").outbox)  # its attributes are known by now
            call = command(sent("record_action", action="call"))
            assert isinstance(await gateway.submit("D1", call), Applied)
            page = await asyncio.to_thread(lambda: urlopen(f"http://127.0.0.1:{metrics}/metrics"))
            with page:
                assert b"temporal_workflow_task_execution_latency" in page.read()

            process.terminate()
            await process.wait()


async def test_a_worker_that_waits_stops_at_once(tmp_path: Path) -> None:
    async with a_worker(DATA_DIR=tmp_path, TEMPORAL_PORT=free_port()) as process:
        await asyncio.sleep(1)
        process.terminate()

        await process.wait()
