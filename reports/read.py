"""Reads the ledger's derived rows as columns.

Decides which columns of which tables reports know, and how a value becomes a number. Must never
decide what a figure counts.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Connection,
    Select,
    Table,
    cast,
    func,
    select,
    type_coerce,
)

from ledger import tables
from ledger.types import Utc
from reports.columns import BLANK, LONG_AGO, Columns, Rows, Texts

_ROWS_AT_ONCE: Final = 20_000
"""Rows that are read together. A choice: a few MB."""

_DEALS_AT_ONCE: Final = 500
"""Deals that are asked for by id together. A choice, below SQLite's limit on parameters."""

CHILDREN: Final[Mapping[str, tuple[Table, tuple[str, ...]]]] = {
    "visits": (
        tables.stage_visits,
        (
            *("number", "stage", "seq", "entered_at", "heard_at", "ended_at", "end", "ended_seq"),
            "waived",
        ),
    ),
    "owners": (tables.owners, ("seq", "owner", "team", "since")),
    "amounts": (tables.amounts, ("seq", "amount_minor", "since")),
    "facts": (tables.facts, ("seq", "fact", "value", "present", "since")),
    "holds": (tables.holds, ("since", "ended_at")),
    "actions": (
        tables.actions,
        (
            *("seq", "action", "stage", "visit", "occurred_at", "actor", "actor_role", "owner"),
            *("team", "late", "moves", "follow_up", "evidence_n"),
            *("note_letters", "note_length", "note_key"),
        ),
    ),
    "clocks": (
        tables.clocks,
        (
            *("kind", "subject", "visit", "stage", "state", "started_at", "due_at"),
            *("breached_at", "ended_at", "owner", "team"),
        ),
    ),
}
"""What is kept of each table, besides the deal. The order of the rows is that of the first."""

OF_DEALS: Final = (
    *("source", "currency", "playbook_id", "playbook_version"),
    *("opened_at", "seen_at", "heard_at"),
)
"""What is read of each deal, besides its id."""


def read_deals(connection: Connection, columns: Columns, ids: Sequence[str] | None) -> Columns:
    """With these deals, or all, as they are now."""
    wanted = [tables.deals.c[name] for name in ("id", *OF_DEALS)]
    found = _read(connection, wanted, tables.deals.c.id, (tables.deals.c.id,), ids)
    read = dict(zip(OF_DEALS, found[1:], strict=True))
    pins = zip(read.pop("playbook_id"), read.pop("playbook_version"), strict=True)
    book = [columns.books.number(connection, *pin) for pin in pins]
    values = {name: _column(tables.deals.c[name], one, columns.texts) for name, one in read.items()}
    return columns.with_deals(found[0], {**values, "book": np.array(book, np.int32)})


def read_rows(
    connection: Connection, name: str, columns: Columns, ids: Sequence[str] | None
) -> Rows:
    """The rows of one table of these deals, or of all; by place, then oldest first."""
    table, names = CHILDREN[name]
    wanted = [table.c[one] for one in ("deal_id", *names)]
    order = (table.c.deal_id, *(column for column in table.primary_key if column.name != "deal_id"))
    found = _read(connection, wanted, table.c.deal_id, order, ids)
    deal = np.fromiter(map(columns.ids.number, found[0]), np.int64, len(found[0]))
    sorting = np.argsort(deal, kind="stable")
    read = {
        column.name: _column(column, values, columns.texts)[sorting]
        for column, values in zip(wanted[1:], found[1:], strict=True)
    }
    return Rows(deal[sorting], read)


def _read(
    connection: Connection,
    wanted: Sequence[Column[Any]],
    key: Column[Any],
    order: Iterable[Column[Any]],
    ids: Sequence[str] | None,
) -> list[list[Any]]:
    """The values of each column."""
    statement = select(*(_plain(connection, column) for column in wanted)).order_by(*order)
    found: list[list[Any]] = [[] for _ in wanted]
    for one in _statements(statement, key, ids):
        options = {"yield_per": _ROWS_AT_ONCE}
        for some in connection.execute(one, execution_options=options).partitions():
            for values, more in zip(found, zip(*some, strict=True), strict=True):
                values.extend(more)
    return found


def _statements(
    statement: Select[Any], key: Column[Any], ids: Sequence[str] | None
) -> Iterator[Select[Any]]:
    if ids is None:
        yield statement
        return
    ordered = sorted(ids)
    for start in range(0, len(ordered), _DEALS_AT_ONCE):
        yield statement.where(key.in_(ordered[start : start + _DEALS_AT_ONCE]))


def _plain(connection: Connection, column: Column[Any]) -> Any:  # noqa: ANN401 - a column, or what is made of it
    """An instant as a number, as the database keeps it or can make it; all else as it is."""
    if not isinstance(column.type, Utc):
        return column
    if connection.dialect.name == "sqlite":
        return type_coerce(column, BigInteger)
    return cast(func.extract("epoch", column) * 1_000_000, BigInteger)


def _column(column: Column[Any], values: Sequence[Any], texts: Texts) -> NDArray[Any]:
    """The values as numbers: texts by their number, what is not there as `LONG_AGO` or `BLANK`.

    An empty list is not there either.
    """
    if isinstance(column.type, JSON):
        said = (json.dumps(value, sort_keys=True) if value else None for value in values)
        return np.fromiter(map(texts.number, said), np.int32, len(values))
    kind = column.type.python_type
    if kind is str:
        number = texts.number
        return np.fromiter(map(number, values), np.int32, len(values))
    if kind is bool:
        return np.array(values, np.bool_)
    missing = LONG_AGO if isinstance(column.type, Utc) else BLANK
    whole = (missing if value is None else value for value in values)
    return np.fromiter(whole, np.int64, len(values))
