"""Exports read a real ledger, on both databases."""

from tests.ledger.conftest import ledger, ledger_url, postgres, postgres_ledger, sqlite_ledger

__all__ = ["ledger", "ledger_url", "postgres", "postgres_ledger", "sqlite_ledger"]
