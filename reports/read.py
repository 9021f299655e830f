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
    "pins": (tables.pins, ("seq", "playbook_id", "playbook_version", "until")),
    "amounts": (tables.amounts, ("seq", "amount_minor", "since")),
    "facts": (tables.facts, ("seq", "fact", "value", "present", "since")),
    "holds": (tables.holds, ("since", "ended_at")),
    "actions": (
        tables.actions,
        (
            *("seq", "action", "stage", "visit", "occurred_at", "actor", "actor_role", "team"),
            *("follow_up", "evidence_n", "note_letters", "note_length", "note_key"),
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
    read = [_of_deals(connection, columns, some) for some in ([()] * len(wanted), *found)]
    names = [deal for some, _ in read for deal in some]
    values = {one: np.concatenate([some[one] for _, some in read]) for one in read[0][1]}
    return columns.with_deals(names, values)


def _of_deals(
    connection: Connection, columns: Columns, found: Sequence[Sequence[Any]]
) -> tuple[Sequence[str], dict[str, NDArray[Any]]]:
    """The ids of some deals, and their columns."""
    of = dict(zip(OF_DEALS, found[1:], strict=True))
    pins = zip(of.pop("playbook_id"), of.pop("playbook_version"), strict=True)
    books = [columns.books.number(connection, *pin) for pin in pins]
    values = {one: _column(tables.deals.c[one], of[one], columns.texts) for one in of}
    return found[0], values | {"book": np.array(books, np.int32)}


def read_rows(
    connection: Connection, name: str, columns: Columns, ids: Sequence[str] | None
) -> Rows:
    """The rows of one table of these deals, or of all; by place, then oldest first."""
    table, names = CHILDREN[name]
    wanted = [table.c[one] for one in ("deal_id", *names)]
    order = (table.c.deal_id, *(column for column in table.primary_key if column.name != "deal_id"))
    read: list[list[NDArray[Any]]] = [[_none(columns, column) for column in wanted]]
    for found in _read(connection, wanted, table.c.deal_id, order, ids):
        deal = np.fromiter(map(columns.ids.number, found[0]), np.int64, len(found[0]))
        rest = zip(wanted[1:], found[1:], strict=True)
        read.append([deal, *(_column(column, of, columns.texts) for column, of in rest)])
    whole = [np.concatenate(some) for some in zip(*read, strict=True)]
    sorting = np.argsort(whole[0], kind="stable")
    values = {one: of[sorting] for one, of in zip(names, whole[1:], strict=True)}
    if name == "pins":
        values["book"] = _books(connection, columns, values)
    return Rows(whole[0][sorting].astype(np.int64), values)


def _books(
    connection: Connection, columns: Columns, values: Mapping[str, NDArray[Any]]
) -> NDArray[np.int32]:
    """The playbooks by number that deals went by before."""
    pins = zip(values["playbook_id"], values["playbook_version"], strict=True)
    text = columns.texts.texts
    books = [columns.books.number(connection, text[one], int(version)) for one, version in pins]
    return np.array(books, np.int32)


def _none(columns: Columns, column: Column[Any]) -> NDArray[Any]:
    """A column of nothing."""
    return np.zeros(0, np.int64) if column.name == "deal_id" else _column(column, (), columns.texts)


def _read(
    connection: Connection,
    wanted: Sequence[Column[Any]],
    key: Column[Any],
    order: Iterable[Column[Any]],
    ids: Sequence[str] | None,
) -> Iterator[list[tuple[Any, ...]]]:
    """The values of each column, for some rows at a time."""
    statement = select(*(_plain(connection, column) for column in wanted)).order_by(*order)
    for one in _statements(statement, key, ids):
        options = {"yield_per": _ROWS_AT_ONCE}
        for some in connection.execute(one, execution_options=options).partitions():
            yield list(zip(*some, strict=True))


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
