"""Rebuilding: every derived row thrown away and folded anew from the events.

Decides that nobody records meanwhile; readers of PostgreSQL see the old rows until it is done. The
rows come out as they were, or they were wrong: that is the law this module rests on. Must never
touch an event.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from sqlalchemy import Connection, Table, delete, func, select, text

from ledger.project import project
from ledger.rows import Rows
from ledger.session import Ledger
from ledger.tables import DERIVED, events
from ledger.timeline import lives
from ledger.touched import touch_all

DEALS_AT_ONCE: Final = 500
"""How many deals' rows are written together. A choice: some thousand rows of each table."""

Progress = Callable[[int, int], None]
"""Told how many events are folded, of how many."""


async def rebuild(ledger: Ledger, progress: Progress | None = None) -> dict[str, int]:
    """Make every derived row anew, in one transaction: all of it, or the old rows stay.

    Args:
        ledger: the ledger to rebuild.
        progress: called now and then, of SQLite from another thread.

    Returns:
        How many rows each derived table has now, by its name.
    """
    return await ledger.write(refold, progress)


def refold(connection: Connection, progress: Progress | None = None) -> dict[str, int]:
    """The same, within a transaction that somebody else began."""
    if connection.dialect.name == "postgresql":  # SQLite has one writer anyway
        connection.execute(text("LOCK TABLE deal_states IN EXCLUSIVE MODE"))
    for table in DERIVED:
        connection.execute(delete(table))
    total = _count(connection, events)
    for rows, folded in _folded(connection):
        rows.write(connection)
        if progress:
            progress(folded, total)
    touch_all(connection)
    return {table.name: _count(connection, table) for table in DERIVED}


def _folded(connection: Connection) -> Iterator[tuple[Rows, int]]:
    """The rows of some deals at a time, and how many events are folded so far."""
    rows, in_rows, folded = Rows(), 0, 0
    for _, life in lives(connection):
        _, changes = project(None, life)
        rows.add(changes)
        in_rows, folded = in_rows + 1, folded + len(life)
        if in_rows == DEALS_AT_ONCE:
            yield rows, folded
            rows, in_rows = Rows(), 0
    yield rows, folded


def _count(connection: Connection, table: Table) -> int:
    return connection.scalar(select(func.count()).select_from(table)) or 0
