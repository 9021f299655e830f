"""A running installation for all tests that leave it whole, and its people at work."""

from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from ledger.session import Ledger
from tests.system.callers import hire
from tests.system.installation import Installation, settings_for


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def installation(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Installation]:
    """One for all: whoever breaks it mends it, and what a failed test left broken is mended."""
    settings = settings_for(tmp_path_factory.mktemp("installation"))
    async with Installation(settings) as installation:
        async with installation.http() as http:
            await hire(http)
        yield installation


@pytest_asyncio.fixture(loop_scope="session")
async def http(installation: Installation) -> AsyncIterator[httpx.AsyncClient]:
    """A client of its API; every part serves."""
    await installation.mend()
    async with installation.http() as http:
        yield http


@pytest_asyncio.fixture(loop_scope="session")
async def ledger(installation: Installation) -> AsyncIterator[Ledger]:
    """Its ledger."""
    opened = Ledger.open(installation.settings.database_url)
    yield opened
    await opened.close()
