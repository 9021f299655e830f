"""Which deals' rows changed lately, so that whoever keeps a copy of them reads no more than that.

Decides how transactions are told apart: PostgreSQL numbers them, SQLite has one writer, who counts.
A reader who knows everything before a turn asks for what came from it on; a transaction that was
under way then is asked for again. Must never know what changed.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from sqlalchemy import Connection, delete, func, insert, literal, select, text
from sqlalchemy.dialects import postgresql, sqlite

from ledger.registers import touched
from ledger.tables import deals

FIRST_TURN: Final = 0
"""Everything came from it on."""


def touch(connection: Connection, deal_ids: Collection[str]) -> None:
    """Note that rows of these deals change in the present transaction."""
    if not deal_ids:
        return
    turn = _own_turn(connection)
    is_postgres = connection.dialect.name == "postgresql"
    adding = postgresql.insert(touched) if is_postgres else sqlite.insert(touched)
    statement = adding.on_conflict_do_update(
        index_elements=[touched.c.deal_id], set_={"turn": adding.excluded.turn}
    )
    connection.execute(statement, [{"deal_id": one, "turn": turn} for one in sorted(deal_ids)])


def touch_all(connection: Connection) -> None:
    """Note that rows of every deal change in the present transaction."""
    turn = _own_turn(connection)
    connection.execute(delete(touched))
    every = select(deals.c.id, literal(turn, touched.c.turn.type))
    connection.execute(insert(touched).from_select(["deal_id", "turn"], every))


def next_turn(connection: Connection) -> int:
    """From which turn on a later reader has to ask: all before it is seen now."""
    if connection.dialect.name == "postgresql":
        oldest = text("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        return int(connection.scalar(oldest) or 0)
    return _latest(connection) + 1


def touched_since(connection: Connection, turn: int) -> list[str]:
    """The deals whose rows changed from that turn on."""
    return list(connection.scalars(select(touched.c.deal_id).where(touched.c.turn >= turn)))


def _own_turn(connection: Connection) -> int:
    if connection.dialect.name == "postgresql":
        return int(connection.scalar(text("SELECT pg_current_xact_id()::text::bigint")) or 0)
    return _latest(connection) + 1


def _latest(connection: Connection) -> int:
    return connection.scalar(select(func.max(touched.c.turn))) or FIRST_TURN
