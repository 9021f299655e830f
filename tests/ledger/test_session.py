"""Transactions: all or nothing, one writer at a time, and instants that come back as they were."""

import asyncio
from datetime import UTC, datetime, timedelta, timezone
from threading import Thread

import pytest
from sqlalchemy import Connection, insert, select

from ledger.heartbeats import beat, live_workers
from ledger.registers import heartbeats
from ledger.session import Ledger
from tests.deals.lives import MONDAY

INSTANTS = [
    MONDAY,
    MONDAY + timedelta(microseconds=1),
    datetime(1970, 1, 1, tzinfo=UTC),
    datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    datetime(1, 1, 1, tzinfo=UTC),
    datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    datetime(2026, 7, 1, 12, 0, tzinfo=timezone(timedelta(hours=5, minutes=45))),
]


def keep(connection: Connection, worker: str, at: datetime) -> None:
    connection.execute(insert(heartbeats), {"worker": worker, "at": at})


async def test_instants_come_back_to_the_microsecond_in_utc(ledger: Ledger) -> None:
    for number, instant in enumerate(INSTANTS):
        await ledger.write(keep, str(number), instant)
    found = [row["at"] for row in await ledger.rows(select(heartbeats.c.at))]
    assert sorted(found) == sorted(INSTANTS)
    assert {instant.utcoffset() for instant in found} == {timedelta(0)}


async def test_instants_sort_in_the_database_as_in_time(ledger: Ledger) -> None:
    for number, instant in enumerate(INSTANTS):
        await ledger.write(keep, str(number), instant)
    statement = select(heartbeats.c.at).order_by(heartbeats.c.at)
    assert [row["at"] for row in await ledger.rows(statement)] == sorted(INSTANTS)


async def test_an_instant_without_a_time_zone_is_refused(ledger: Ledger) -> None:
    with pytest.raises(Exception, match="without a time zone"):
        await ledger.write(keep, "one", datetime(2026, 1, 1))  # noqa: DTZ001 - what is refused


async def test_work_that_raises_leaves_nothing(ledger: Ledger) -> None:
    def half(connection: Connection) -> None:
        keep(connection, "one", MONDAY)
        raise KeyError("the other half")

    with pytest.raises(KeyError):
        await ledger.write(half)
    assert await live_workers(ledger, since=MONDAY) == ()


async def test_text_sorts_by_code_point(ledger: Ledger) -> None:
    words = ["a", "B", "ä", "Z", "中", "-", "_", "é", "e", "🙂"]
    for word in words:
        await beat(ledger, word, at=MONDAY)
    assert list(await live_workers(ledger, since=MONDAY)) == sorted(words)


async def test_many_writers_of_two_processes_all_get_their_turn(
    ledger: Ledger, ledger_url: str
) -> None:
    other = Ledger.open(ledger_url)
    await asyncio.gather(
        *(
            beat(to, f"{name}{n}", at=MONDAY)
            for n in range(20)
            for name, to in zip("ab", (ledger, other), strict=True)
        )
    )
    await other.close()
    assert len(await live_workers(ledger, since=MONDAY)) == 40


async def test_a_cancelled_write_harms_no_later_one(ledger: Ledger) -> None:
    writes = [asyncio.create_task(beat(ledger, str(n), at=MONDAY)) for n in range(10)]
    await asyncio.sleep(0)
    for write in writes:
        write.cancel()
    await asyncio.gather(*writes, return_exceptions=True)
    await beat(ledger, "last", at=MONDAY)
    assert "last" in await live_workers(ledger, since=MONDAY)


async def test_a_reader_of_one_instant_sees_no_later_write(ledger: Ledger, ledger_url: str) -> None:
    async def write_elsewhere() -> None:
        other = Ledger.open(ledger_url)
        await beat(other, "two", at=MONDAY)
        await other.close()

    def count_twice(connection: Connection) -> list[int]:
        counts = [len(connection.execute(select(heartbeats)).all())]
        writer = Thread(target=asyncio.run, args=[write_elsewhere()])
        writer.start()
        writer.join()
        return [*counts, len(connection.execute(select(heartbeats)).all())]

    await beat(ledger, "one", at=MONDAY)
    assert await ledger.read_as_one(count_twice) == [1, 1]
    assert await live_workers(ledger, since=MONDAY) == ("one", "two")


def test_another_database_is_refused() -> None:
    with pytest.raises(ValueError, match="SQLite or PostgreSQL, not on mysql"):
        Ledger.open("mysql://127.0.0.1/ledger")


@pytest.mark.parametrize(
    "url", ["sqlite+aiosqlite:///x.db", "postgresql+asyncpg://h/x", "postgres://h/x"]
)
def test_a_driver_in_the_url_is_passed_over(url: str) -> None:
    assert isinstance(Ledger.open(url), Ledger)
