"""Servers to run deals on: a real one in memory, and one that skips time."""

import asyncio
import shutil
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest
from temporalio.client import Client
from temporalio.service import RPCError
from temporalio.testing import WorkflowEnvironment

from activities.record import LedgerActivities
from gateway import Gateway
from ledger import migrate
from ledger.playbooks import publish_playbook
from ledger.session import Ledger
from tests.workflows.scene import PLAYBOOK, Office, Stage
from workflows.converter import data_converter
from workflows.search_attributes import KEYS

BIN = Path(sys.executable).parent


@pytest.fixture(scope="session")
def temporal_address() -> Iterator[str]:
    """A real server, in memory, for the whole run."""
    with serving(free_port()) as address:
        asyncio.run(reachable(address))
        yield address


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


@contextmanager
def serving(port: int, *more: str, attributes: bool = True) -> Iterator[str]:
    """A server on that port with more options, reachable soon, for as long as the block lasts."""
    known = [f"{key.name}={key.indexed_value_type.name.title()}" for key in KEYS]
    options = [f"--search-attribute={pair}" for pair in known if attributes]
    command = [str(BIN / "temporal"), "server", "start-dev", "--headless", f"--port={port}"]
    with subprocess.Popen([*command, "--log-level=never", *options, *more]) as server:
        try:
            yield f"127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(10)


async def reachable(address: str) -> Client:
    for _ in range(200):
        try:
            return await Client.connect(address, data_converter=data_converter)
        except (RPCError, RuntimeError):
            await asyncio.sleep(0.05)
    raise TimeoutError(address)


@pytest.fixture
async def real(temporal_address: str) -> AsyncIterator[Stage]:
    """A worker of its own on the real server."""
    client = await reachable(temporal_address)
    async with Stage(client) as stage:
        yield stage


@pytest.fixture
async def env() -> AsyncIterator[WorkflowEnvironment]:
    """A server that skips time."""
    path = str(BIN / "temporal-test-server")
    async with await WorkflowEnvironment.start_time_skipping(
        data_converter=data_converter, test_server_existing_path=path
    ) as env:
        request = AddSearchAttributesRequest(namespace="default")
        for key in KEYS:
            request.search_attributes[key.name] = IndexedValueType.ValueType(key.indexed_value_type)
        await env.client.operator_service.add_search_attributes(request)
        yield env


@pytest.fixture
async def skipping(env: WorkflowEnvironment) -> AsyncIterator[Stage]:
    """A worker on the server that skips time."""
    async with Stage(env.client) as stage:
        yield stage


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger with its tables and the process of the tests, to copy."""
    file = tmp_path_factory.mktemp("migrated") / "ledger.db"
    migrate.upgrade(f"sqlite:///{file}")

    async def publish() -> None:
        ledger = Ledger.open(f"sqlite:///{file}")
        await publish_playbook(ledger, PLAYBOOK, "the tests' own", now=datetime.now(UTC))
        await ledger.close()

    asyncio.run(publish())
    return file


@pytest.fixture
async def ledger(migrated: Path, tmp_path: Path) -> AsyncIterator[Ledger]:
    """A ledger of its own."""
    shutil.copy(migrated, tmp_path / "ledger.db")
    ledger = Ledger.open(f"sqlite:///{tmp_path / 'ledger.db'}")
    yield ledger
    await ledger.close()


@pytest.fixture
async def office(temporal_address: str, ledger: Ledger) -> AsyncIterator[Office]:
    """A gateway, and a worker that writes to the real ledger."""
    client = await reachable(temporal_address)
    async with Stage(client, activities=[LedgerActivities(ledger).record]) as stage:
        gateway = Gateway(
            client, ledger, task_queue=stage.task_queue, update_within=timedelta(seconds=1)
        )
        yield Office(gateway, ledger, stage)
