"""Changes to derived rows: collected, merged, and written in bulk.

Decides how many small changes become few statements. Must never know what an event means; `project`
does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Executable,
    RowMapping,
    Table,
    bindparam,
    case,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from ledger.tables import FIRST

Row = dict[str, Any]
Key = tuple[Any, ...]

_KEY, _NEW = "key_", "new_"
"""Prefixes of an update's parameters: those that name the row, those that change it."""


class Put(NamedTuple):
    """A whole row, in place of the one with its key."""

    table: Table
    row: Row


class Patch(NamedTuple):
    """Some columns of a row that is there."""

    table: Table
    key: Key
    values: Row


Change = Put | Patch


class Rows:
    """Puts and patches merged: at most one of either per row.

    Attributes:
        puts: whole rows by table and key, in the order they came.
        patches: changed columns of rows that no put of this collection holds.
    """

    def __init__(self, changes: Iterable[Change] = ()) -> None:
        self.puts: dict[Table, dict[Key, Row]] = {}
        self.patches: dict[Table, dict[Key, Row]] = {}
        self.add(changes)

    def add(self, changes: Iterable[Change]) -> None:
        """Merge further changes, which come after those already here."""
        for change in changes:
            if isinstance(change, Put):
                key = key_of(change.table, change.row)
                self.patches.get(change.table, {}).pop(key, None)
                self.puts.setdefault(change.table, {})[key] = change.row
            else:
                self._patch(change)

    def _patch(self, patch: Patch) -> None:
        whole = self.puts.get(patch.table, {}).get(patch.key)
        into = (
            whole
            if whole is not None
            else self.patches.setdefault(patch.table, {}).setdefault(patch.key, {})
        )
        into |= {
            name: value
            for name, value in patch.values.items()
            if not _kept(patch.table, name, into)
        }

    def write(self, connection: Connection) -> None:
        """Write every change, a statement for each table and set of columns."""
        for table, rows in self.puts.items():
            connection.execute(_upsert(table, connection.dialect.name), list(rows.values()))
        for table, patches in self.patches.items():
            for names, some in _by_columns(patches).items():
                connection.execute(_update(table, names), some)


def key_of(table: Table, row: Mapping[str, Any] | RowMapping) -> Key:
    """The values of the primary key, in its order."""
    return tuple(row[column.name] for column in table.primary_key)


def _kept(table: Table, name: str, row: Row) -> bool:
    """Whether the column already has the value that stays."""
    decisive = table.c[name].info.get(FIRST)
    return decisive is not None and row.get(decisive) is not None


def _by_columns(patches: dict[Key, Row]) -> dict[tuple[str, ...], list[Row]]:
    """Patches of the same columns together, as parameters."""
    grouped: dict[tuple[str, ...], list[Row]] = {}
    for key, values in patches.items():
        parameters = {f"{_KEY}{place}": value for place, value in enumerate(key)}
        parameters |= {f"{_NEW}{name}": value for name, value in values.items()}
        grouped.setdefault(tuple(sorted(values)), []).append(parameters)
    return grouped


@lru_cache
def _upsert(table: Table, dialect: str) -> Executable:
    """Insert whole rows, or replace those of the same key."""
    insert = postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
    keys = list(table.primary_key)
    others = {
        column.name: insert.excluded[column.name] for column in table.c if not column.primary_key
    }
    return insert.on_conflict_do_update(index_elements=keys, set_=others)


@lru_cache
def _update(table: Table, names: tuple[str, ...]) -> Executable:
    """Change these columns of one row."""
    statement = update(table)
    for place, column in enumerate(table.primary_key):
        statement = statement.where(column == bindparam(f"{_KEY}{place}"))
    return statement.values({name: _new_value(table, name) for name in names})


def _new_value(table: Table, name: str) -> ColumnElement[Any]:
    given = bindparam(f"{_NEW}{name}", type_=table.c[name].type)
    decisive = table.c[name].info.get(FIRST)
    return (
        given
        if decisive is None
        else case((table.c[decisive].is_(None), given), else_=table.c[name])
    )
