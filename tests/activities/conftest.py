"""Two ledgers: that of the tests of letters, and an empty one."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ledger.session import Ledger
from tests.ledger.conftest import sqlite_ledger
from tests.letters.conftest import furnished, ledger

__all__ = ["furnished", "ledger", "sqlite_ledger"]


@pytest.fixture
async def empty(sqlite_ledger: Path, tmp_path: Path) -> AsyncIterator[Ledger]:
    """A ledger that knows nobody."""
    shutil.copy(sqlite_ledger, tmp_path / "empty.db")
    opened = Ledger.open(f"sqlite:///{tmp_path / 'empty.db'}")
    yield opened
    await opened.close()
