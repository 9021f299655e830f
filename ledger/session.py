"""Engines and transactions: the only place that begins, commits or rolls back.

Decides how each database is opened and where its work runs. Work on the ledger is a plain function
of a connection; `write` runs it as one transaction, and nobody else may commit. On PostgreSQL it
runs on the event loop, over asyncpg. On SQLite it runs in a thread, whole: an asynchronous driver
changes threads several times for each statement, which doubles the time of a record (measured: 4.5
to 6.4 ms instead of 2.1 to 3.4). Must never know a table.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from typing import Any, Concatenate, Final, ParamSpec, Protocol, Self, TypeVar

from sqlalchemy import URL, Connection, Engine, RowMapping, Select, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

BUSY_SECONDS: Final = 10
"""How long a SQLite writer waits for another process. A choice: longer than the record activity's
5 s, so that a writer gives up because it was told to."""

SQLITE_READERS: Final = 4
"""Threads that read SQLite at the same time. A choice: reads are short, and Python runs one thread
at a time between them."""

CONNECT_SECONDS: Final = 5
"""How long a connection to PostgreSQL may take, and the wait for a free one. A choice: the record
activity's own limit."""

POOL_SIZE: Final = 10
"""PostgreSQL connections a process keeps; as many again under load. A choice: one process has few
statements under way at once, and PostgreSQL allows 100 connections by default."""

_PAUSE_SECONDS: Final = 0.02

_WRITES: Final = "ledger_writes"
_TIME_ZONE: Final = "ledger_time_zone"

Given = ParamSpec("Given")
Result = TypeVar("Result")
Work = Callable[[Connection], Result]


class _Database(Protocol):
    """What the two databases have in common."""

    async def read(self, work: Work[Result], *, snapshot: bool) -> Result:
        """Run work that reads; with `snapshot` all its statements see the same instant."""

    async def write(self, work: Work[Result]) -> Result:
        """Run work as one transaction."""

    async def close(self) -> None:
        """Give every connection back."""


class Ledger:
    """The ledger's database."""

    def __init__(self, database: _Database) -> None:
        self._database = database

    @classmethod
    def open(cls, database_url: str, *, time_zone: str = "UTC") -> Self:
        """The ledger at that URL; connects on first use.

        Args:
            database_url: SQLAlchemy's URL of a SQLite or PostgreSQL database; a driver in it is
                passed over.
            time_zone: IANA name of where people are who name none; work asks `home_of`.

        Raises:
            ValueError: another database.
        """
        url = make_url(database_url)
        match url.get_backend_name():
            case "sqlite":
                return cls(_Sqlite(url, {_TIME_ZONE: time_zone}))
            case "postgresql" | "postgres":
                return cls(_Postgresql(url, {_TIME_ZONE: time_zone}))
            case other:
                raise ValueError(f"the ledger runs on SQLite or PostgreSQL, not on {other}")

    async def read(
        self,
        work: Callable[Concatenate[Connection, Given], Result],
        *args: Given.args,
        **kwargs: Given.kwargs,
    ) -> Result:
        """What work says that reads; it gets a connection and what is given here."""
        return await self._database.read(_with(work, *args, **kwargs), snapshot=False)

    async def read_as_one(
        self,
        work: Callable[Concatenate[Connection, Given], Result],
        *args: Given.args,
        **kwargs: Given.kwargs,
    ) -> Result:
        """Like `read`, and all statements of the work see the same instant."""
        return await self._database.read(_with(work, *args, **kwargs), snapshot=True)

    async def rows(self, statement: Select[*tuple[Any, ...]]) -> Sequence[RowMapping]:
        """What one statement finds."""
        return await self.read(_rows, statement)

    async def write(
        self,
        work: Callable[Concatenate[Connection, Given], Result],
        *args: Given.args,
        **kwargs: Given.kwargs,
    ) -> Result:
        """What work says that writes: one transaction, undone as a whole when it raises.

        Cancelled while it is under way on SQLite, it may still be done to its end.
        """
        return await self._database.write(_with(work, *args, **kwargs))

    async def close(self) -> None:
        """Wait for what is under way and give every connection back."""
        await self._database.close()


def home_of(connection: Connection) -> str:
    """The time zone of people who name none, as an IANA name."""
    home: str = connection.get_execution_options()[_TIME_ZONE]
    return home


def _with(
    work: Callable[Concatenate[Connection, Given], Result],
    *args: Given.args,
    **kwargs: Given.kwargs,
) -> Work[Result]:
    return lambda connection: work(connection, *args, **kwargs)


def _rows(connection: Connection, statement: Select[*tuple[Any, ...]]) -> Sequence[RowMapping]:
    return connection.execute(statement).mappings().all()


class _Sqlite:
    """Readers never wait; writers of one process queue up for one thread, in order."""

    def __init__(self, url: URL, options: Mapping[str, str]) -> None:
        url = url.set(drivername="sqlite+pysqlite")
        self._engine = create_engine(
            url, connect_args={"timeout": BUSY_SECONDS}, execution_options=dict(options)
        )
        event.listen(self._engine, "connect", _open_sqlite)
        event.listen(self._engine, "begin", _begin_sqlite)
        self._writing = self._engine.execution_options(**{_WRITES: True})
        self._readers = ThreadPoolExecutor(SQLITE_READERS, "ledger-reader")
        self._writer = ThreadPoolExecutor(1, "ledger-writer")

    async def read(self, work: Work[Result], *, snapshot: bool) -> Result:
        del snapshot  # a reader of SQLite sees one instant anyway
        return await _in_thread(self._readers, self._engine, work)

    async def write(self, work: Work[Result]) -> Result:
        return await _in_thread(self._writer, self._writing, work)

    async def close(self) -> None:
        for threads in (self._writer, self._readers):
            await asyncio.to_thread(threads.shutdown)
        self._engine.dispose()


async def _in_thread(threads: ThreadPoolExecutor, engine: Engine, work: Work[Result]) -> Result:
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(threads, partial(_as_transaction, engine, work))


def _as_transaction(engine: Engine, work: Work[Result]) -> Result:
    with engine.begin() as connection:
        return work(connection)


def _open_sqlite(dbapi_connection: DBAPIConnection, _record: object) -> None:
    """With WAL readers never wait; with NORMAL a commit survives a kill, not always a power cut."""
    dbapi_connection.isolation_level = None  # the driver begins nothing: `_begin_sqlite` does
    with closing(dbapi_connection.cursor()) as cursor:
        until = time.monotonic() + BUSY_SECONDS
        while not _is_wal(cursor, until):
            time.sleep(_PAUSE_SECONDS)
        for pragma in ("synchronous=NORMAL", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")


def _is_wal(cursor: DBAPICursor, until: float) -> bool:
    """Switch a file to WAL; where two do so at once, SQLite refuses one without letting it wait."""
    try:
        cursor.execute("PRAGMA journal_mode=WAL")
    except sqlite3.OperationalError:
        if time.monotonic() > until:
            raise
        return False
    return True


def _begin_sqlite(connection: Connection) -> None:
    """A writer takes its lock at once: a reader that turns writer is refused instead of waiting.

    The cursor is closed in this thread whatever happens: one that an exception keeps would be freed
    by whoever drops that, who would then wait for the thread that waits for the lock.
    """
    writes = connection.get_execution_options().get(_WRITES)
    begin = "BEGIN IMMEDIATE" if writes else "BEGIN"
    with closing(connection.connection.cursor()) as cursor:
        try:
            cursor.execute(begin)
        except sqlite3.Error as fault:  # nobody translates what an event listener raises
            raise OperationalError(begin, None, fault) from fault


class _Postgresql:
    """Work runs on the event loop; each await of the driver lets others run."""

    def __init__(self, url: URL, options: Mapping[str, str]) -> None:
        self._engine = create_async_engine(
            url.set(drivername="postgresql+asyncpg"),
            execution_options=dict(options),
            pool_size=POOL_SIZE,
            max_overflow=POOL_SIZE,
            pool_timeout=CONNECT_SECONDS,
            pool_pre_ping=True,
            connect_args={
                "timeout": CONNECT_SECONDS,
                "server_settings": {"application_name": "dealpace"},
            },
        )
        self._as_one = self._engine.execution_options(isolation_level="REPEATABLE READ")

    async def read(self, work: Work[Result], *, snapshot: bool) -> Result:
        return await _on_loop(self._as_one if snapshot else self._engine, work)

    async def write(self, work: Work[Result]) -> Result:
        return await _on_loop(self._engine, work)

    async def close(self) -> None:
        await self._engine.dispose()


async def _on_loop(engine: AsyncEngine, work: Work[Result]) -> Result:
    async with engine.begin() as connection:
        return await connection.run_sync(work)
