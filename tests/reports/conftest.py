"""Reports read a real ledger, on both databases; and real logs, where they are at hand."""

import pytest

from tests.imports.conftest import REAL
from tests.ledger.conftest import ledger, ledger_url, postgres, postgres_ledger, sqlite_ledger

DATA = REAL.parents[1]
"""The real data, which is not part of this project."""

__all__ = ["ledger", "ledger_url", "postgres", "postgres_ledger", "sqlite_ledger"]

collect_ignore = [] if DATA.exists() else ["test_real_logs.py", "test_second_count.py"]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name what this machine cannot run; nothing of ours is missing for it."""
    if not DATA.exists():
        left = " and ".join(f"tests/reports/{name}" for name in collect_ignore)
        terminalreporter.write_line(f"not run: {left}, their data is not here")
