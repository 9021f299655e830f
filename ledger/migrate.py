"""Migrations: bringing the tables of a ledger to what the code expects.

Decides how Alembic is run: forwards only, in one transaction, by one process at a time; the way
back is a backup. After a migration the derived rows are folded anew. `python -m ledger.migrate
"What changes"` drafts the next migration for a developer to clean up. Must never touch an event.
"""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, make_url, text

from ledger.rebuild import refold
from ledger.registers import metadata
from ledger.session import Ledger

_SCRIPTS: Final = Path(__file__).parent / "migrations"

_LOCK: Final = 0x0DEA1_9ACE
"""The PostgreSQL advisory lock of migrations. A choice: any number that nobody else uses."""


class SchemaDrift(Exception):
    """The tables are not what the code expects.

    Attributes:
        differences: each in words.
    """

    def __init__(self, differences: list[str]) -> None:
        super().__init__("; ".join(differences))
        self.differences = differences


def upgrade(database_url: str) -> None:
    """Bring a ledger to the latest migration; an empty or missing database becomes one.

    Raises:
        ValueError: neither SQLite nor PostgreSQL.
        sqlalchemy.exc.SQLAlchemyError, OSError: the database is away or refuses.
    """
    if (file := _sqlite_file(database_url)) is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
    asyncio.run(_run(database_url, _upgrade))


def check(database_url: str) -> None:
    """Make sure that a ledger is at the latest migration and that the migrations make our tables.

    Of a SQLite file that does not exist yet, only the migrations themselves are checked.

    Raises:
        SchemaDrift: it is not, or they do not.
        ValueError: neither SQLite nor PostgreSQL.
    """
    file = _sqlite_file(database_url)
    if file is None or file.exists():
        asyncio.run(_run(database_url, _check))
        return
    with TemporaryDirectory() as folder:
        fresh = f"sqlite:///{folder}/ledger.db"
        upgrade(fresh)
        asyncio.run(_run(fresh, _check))


def present_migration(connection: Connection) -> str | None:
    """The migration at which a ledger's tables are; None: it has none of ours."""
    return MigrationContext.configure(connection).get_current_revision()


@cache
def needed_migration() -> str | None:
    """The latest one, which the code needs."""
    return ScriptDirectory(_SCRIPTS).get_current_head()


def draft(message: str) -> None:
    """Write the next migration, as far as Alembic can tell what changed."""
    slug = re.sub(r"\W+", "_", message.lower()).strip("_")
    revision = f"{datetime.now(UTC):%Y%m%d}_{slug}"

    def write(connection: Connection) -> None:
        command.revision(_config(connection), message, autogenerate=True, rev_id=revision)

    with TemporaryDirectory() as folder:
        fresh = f"sqlite:///{folder}/ledger.db"
        upgrade(fresh)
        asyncio.run(_run(fresh, write))


async def _run(database_url: str, step: Callable[[Connection], None]) -> None:
    ledger = Ledger.open(database_url)
    try:
        await ledger.write(_locked, step)
    finally:
        await ledger.close()


def _locked(connection: Connection, step: Callable[[Connection], None]) -> None:
    """Two processes that start at once migrate one after the other; SQLite sees to that itself."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    step(connection)


def _upgrade(connection: Connection) -> None:
    """Bring the tables to the latest migration, and what follows from events in step with it."""
    before = present_migration(connection)
    command.upgrade(_config(connection), "head")
    after = present_migration(connection)
    if before is not None and before != after:
        refold(connection)


def _check(connection: Connection) -> None:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    at, head = context.get_current_revision(), needed_migration()
    if at != head:
        raise SchemaDrift([f"the ledger is at migration {at}, the code needs {head}"])
    if differences := compare_metadata(context, metadata):
        raise SchemaDrift([str(difference) for difference in differences])


def _config(connection: Connection) -> Config:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(_SCRIPTS))
    config.set_main_option("file_template", "%%(rev)s")
    return config


def _sqlite_file(database_url: str) -> Path | None:
    """The file of a SQLite database; None of any other."""
    url = make_url(database_url)
    is_file = url.get_backend_name() == "sqlite" and url.database
    return Path(str(url.database)) if is_file else None


if __name__ == "__main__":
    draft(sys.argv[1])
