"""What stands in the tables, to compare."""

from typing import Any

from sqlalchemy import Executable, Table, delete, select

from ledger.session import Ledger
from ledger.tables import DERIVED, events

Row = dict[str, Any]


async def rows_of(ledger: Ledger, table: Table, **wanted: object) -> list[Row]:
    """The rows of a table with these values, by key."""
    statement = select(table).filter_by(**wanted).order_by(*table.primary_key)
    return [dict(row) for row in await ledger.rows(statement)]


async def derived_rows(ledger: Ledger) -> dict[str, list[Row]]:
    """Every derived row, by table."""
    return {table.name: await rows_of(ledger, table) for table in DERIVED}


async def wipe(ledger: Ledger) -> None:
    """Forget every deal."""
    for table in (*DERIVED, events):
        await run(ledger, delete(table))


async def run(ledger: Ledger, statement: Executable) -> None:
    """Do to the tables what nobody may."""
    await ledger.write(lambda connection: connection.execute(statement))
