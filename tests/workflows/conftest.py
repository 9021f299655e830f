"""Servers to run deals on: a real one in memory, and one that skips time."""

import asyncio
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest
from temporalio.client import Client
from temporalio.service import RPCError
from temporalio.testing import WorkflowEnvironment

from tests.workflows.scene import Stage
from workflows.converter import data_converter
from workflows.search_attributes import KEYS

BIN = Path(sys.executable).parent


@pytest.fixture(scope="session")
def temporal_address() -> Iterator[str]:
    """A real server, in memory, for the whole run."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    attributes = [
        f"--search-attribute={key.name}={key.indexed_value_type.name.title()}" for key in KEYS
    ]
    command = [str(BIN / "temporal"), "server", "start-dev", "--headless", f"--port={port}"]
    with subprocess.Popen([*command, "--log-level=never", *attributes]) as server:
        try:
            asyncio.run(reachable(f"127.0.0.1:{port}"))
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
