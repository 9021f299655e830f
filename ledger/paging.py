"""Pages of long lists, each beginning where the one before ended.

Decides what a cursor is: the sort key and the id of the last item, so that pages neither repeat nor
lose an item when rows come and go between them. Rows without a key come last, whichever way the
list is sorted. Must never know a table.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Generic, TypeVar, TypeVarTuple

from sqlalchemy import Column, ColumnElement, Connection, RowMapping, Select, and_, or_

Item = TypeVar("Item")
Selected = TypeVarTuple("Selected")

MAX_PAGE: Final = 500
"""The longest page. A choice: nobody reads more at once, and programs can go on."""

DEFAULT_PAGE: Final = 50
"""The length of a page nobody asked a length for. A choice: a screen or two."""


class BadCursor(Exception):
    """A cursor that this list did not give, or gave for another order."""


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """A part of a list.

    Attributes:
        items: in the order asked for.
        next_cursor: where the next page begins; None after the last.
    """

    items: tuple[Item, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Order:
    """How a list is sorted: by a column, equal ones by id, those without a value last.

    Attributes:
        name: what callers call it; a cursor belongs to it.
        column: the sort key.
        id: a unique column of the same row, which breaks ties.
        descending: whether the highest key comes first.
    """

    name: str
    column: Column[Any]
    id: Column[Any]
    descending: bool = False

    def sorted(self, statement: Select[*Selected]) -> Select[*Selected]:
        """The statement in this order."""
        key = self.column.desc() if self.descending else self.column.asc()
        return statement.order_by(key.nulls_last(), self.id)

    def after(self, cursor: str) -> ColumnElement[bool]:
        """What comes after the item that the cursor names.

        Raises:
            BadCursor: it is not a cursor of this order.
        """
        value, item_id = self._read(cursor)
        if value is None:
            return and_(self.column.is_(None), self.id > item_id)
        beyond = self.column < value if self.descending else self.column > value
        same = and_(self.column == value, self.id > item_id)
        return (
            or_(beyond, same, self.column.is_(None)) if self.column.nullable else or_(beyond, same)
        )

    def cursor(self, row: RowMapping) -> str:
        """The cursor of a row: opaque to those who carry it."""
        value = row[self.column]
        written = value.isoformat() if isinstance(value, datetime) else value
        text = json.dumps([self.name, written, row[self.id]])
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    def _read(self, cursor: str) -> tuple[Any, str]:
        try:
            padded = cursor + "=" * (-len(cursor) % 4)
            name, value, item_id = json.loads(base64.urlsafe_b64decode(padded.encode()))
            if isinstance(value, str) and self.column.type.python_type is datetime:
                value = datetime.fromisoformat(value)
        except (ValueError, TypeError, binascii.Error) as fault:
            raise BadCursor(cursor) from fault
        is_value = value is None or type(value) is self.column.type.python_type
        is_zoned = not isinstance(value, datetime) or value.tzinfo is not None
        if name != self.name or not isinstance(item_id, str) or not (is_value and is_zoned):
            raise BadCursor(cursor)
        return value, item_id


def page(
    connection: Connection,
    statement: Select[*Selected],
    order: Order,
    read: Callable[[RowMapping], Item],
    *,
    cursor: str | None = None,
    limit: int = DEFAULT_PAGE,
) -> Page[Item]:
    """A page of what the statement selects, which has to include the order's columns.

    Args:
        connection: where to read.
        statement: what to list, unordered.
        order: how to sort it.
        read: makes an item of a row.
        cursor: `next_cursor` of the page before; None for the first.
        limit: how many items at most; brought to 1 .. `MAX_PAGE`.

    Raises:
        BadCursor: the cursor is not one of this order.
    """
    length = min(max(limit, 1), MAX_PAGE)
    if cursor is not None:
        statement = statement.where(order.after(cursor))
    found = connection.execute(order.sorted(statement).limit(length + 1))
    rows = found.mappings().all()
    following = order.cursor(rows[length - 1]) if len(rows) > length else None
    return Page(tuple(map(read, rows[:length])), following)
