"""Column types that mean the same on SQLite and PostgreSQL.

Decides how instants and text are stored. Must never know a table.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import TIMESTAMP, BigInteger, Dialect, Text
from sqlalchemy.types import TypeDecorator, TypeEngine

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)

NUL: Final = "\x00"
"""The one character PostgreSQL cannot store."""

REPLACEMENT: Final = "\ufffd"
"""What stands in its place. Source: Unicode, the replacement character."""


class Utc(TypeDecorator[datetime]):
    """An aware instant, given back in UTC.

    PostgreSQL keeps `timestamptz`, SQLite whole microseconds since 1970: they sort, and their
    differences are exact.
    """

    impl = TIMESTAMP(timezone=True)
    cache_ok = True
    python_type = datetime

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Whole numbers on SQLite, `timestamptz` elsewhere."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(BigInteger())
        return dialect.type_descriptor(TIMESTAMP(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | int | None:
        """The instant as the database keeps it.

        Raises:
            ValueError: the instant is naive.
        """
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"an instant without a time zone: {value!r}")
        return (value - _EPOCH) // _MICROSECOND if dialect.name == "sqlite" else value

    def process_result_value(
        self, value: datetime | int | None, dialect: Dialect
    ) -> datetime | None:
        """The instant, aware, in UTC."""
        del dialect  # what came says itself how it was kept
        if value is None:
            return None
        if isinstance(value, int):
            return _EPOCH + value * _MICROSECOND
        if value.tzinfo is None:  # asyncpg says so of the first and the last instant there are
            return value.replace(tzinfo=UTC)
        return value.astimezone(UTC)


class Words(TypeDecorator[str]):
    """Text of any length, sorted by code point on both databases; no text is refused."""

    impl = Text
    cache_ok = True
    python_type = str

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """On PostgreSQL the collation that SQLite has anyway."""
        collation = "C" if dialect.name == "postgresql" else None
        return dialect.type_descriptor(Text(collation=collation))

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """The text without what PostgreSQL cannot hold; the same on both, so that both agree."""
        del dialect
        return value.replace(NUL, REPLACEMENT) if value and NUL in value else value


class Document(Words):
    """A JSON document, as text: models write and read themselves, so nothing is encoded twice.

    SQL that looks inside casts it (`data::json ->> 'stage'`, `json_extract(data, '$.stage')`).
    """

    cache_ok = True
