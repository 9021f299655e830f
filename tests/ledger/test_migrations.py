"""Migrations: they make the tables the code expects, on both databases, from nothing and again."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import text

from ledger import migrate
from ledger.people import list_people
from ledger.session import Ledger
from tests.ledger.rows import run


async def test_a_new_database_becomes_a_ledger(empty_url: str) -> None:
    await asyncio.to_thread(migrate.upgrade, empty_url)
    await asyncio.to_thread(migrate.check, empty_url)
    ledger = Ledger.open(empty_url)
    assert await list_people(ledger) == ()
    await ledger.close()


async def test_upgrading_again_changes_nothing(ledger_url: str) -> None:
    await asyncio.to_thread(migrate.upgrade, ledger_url)
    await asyncio.to_thread(migrate.check, ledger_url)


async def test_two_who_upgrade_at_once_do_not_disturb_each_other(empty_url: str) -> None:
    both = (asyncio.to_thread(migrate.upgrade, empty_url) for _ in range(2))
    await asyncio.gather(*both)
    await asyncio.to_thread(migrate.check, empty_url)


async def test_tables_that_differ_from_the_code_are_named(empty_url: str) -> None:
    await asyncio.to_thread(migrate.upgrade, empty_url)
    ledger = Ledger.open(empty_url)
    await run(ledger, text("ALTER TABLE people ADD COLUMN shoe_size INTEGER"))
    await ledger.close()
    with pytest.raises(migrate.SchemaDrift, match="shoe_size"):
        await asyncio.to_thread(migrate.check, empty_url)


async def test_a_ledger_that_was_never_migrated_is_named(empty_url: str) -> None:
    await asyncio.to_thread(migrate.upgrade, empty_url)
    ledger = Ledger.open(empty_url)
    await run(ledger, text("DELETE FROM alembic_version"))
    await ledger.close()
    with pytest.raises(migrate.SchemaDrift, match="is at migration None"):
        await asyncio.to_thread(migrate.check, empty_url)


def test_checking_a_ledger_that_is_not_there_checks_the_migrations_and_makes_no_file(
    tmp_path: Path,
) -> None:
    migrate.check(f"sqlite:///{tmp_path}/ledger.db")
    assert not list(tmp_path.iterdir())


def test_another_database_is_refused() -> None:
    with pytest.raises(ValueError, match="SQLite or PostgreSQL"):
        migrate.upgrade("mysql://localhost/ledger")
