"""Briefings read and write a real ledger."""

import shutil
from pathlib import Path

import pytest

from tests.ledger.conftest import ledger, sqlite_ledger

__all__ = ["ledger", "sqlite_ledger"]


@pytest.fixture
def ledger_url(sqlite_ledger: Path, tmp_path: Path) -> str:
    """The URL of an empty ledger."""
    shutil.copy(sqlite_ledger, tmp_path / "ledger.db")
    return f"sqlite:///{tmp_path / 'ledger.db'}"
