"""The real logs, imported once for all tests, and what reports say of them."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from deals.events import Event
from deals.playbook import Playbook
from imports.load import find_mapping
from imports.prepare import prepared
from imports.report import ImportReport
from imports.run import Task, run_import
from imports.source import OnDisk
from ledger.migrate import upgrade
from ledger.record import Life, record_many
from ledger.session import Ledger
from reports.ask import scope_of
from reports.catalog import BY_NAME
from reports.copy import Copy
from reports.filters import Filters
from reports.period import window
from tests.imports.conftest import REAL, Live

DATA = REAL.parents[1]
NOW = datetime(2026, 10, 1, tzinfo=UTC)

Row = dict[str, Any]


class Recorder:
    """Open deals are recorded as they would be by their workflows."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def start_many(
        self, deals: Iterable[tuple[Playbook, Sequence[Event]]]
    ) -> AsyncIterator[Live]:
        lives = [Life(events[0].deal_id, events) for _, events in deals]  # type: ignore[union-attr]
        await record_many(self._ledger, lives)
        for life in lives:
            yield Live(life.deal_id, is_new=True)


@dataclass(frozen=True)
class RealLog:
    """A log that was imported.

    Attributes:
        url: of the ledger that holds it.
        said: what the import said.
    """

    url: str
    said: ImportReport
    time_zone: str
    horizon_days: float


@cache
def imported(mapping: str, file: str, time_zone: str, horizon_days: float) -> RealLog:
    """The log, taken over by its shipped mapping; once in a run of the tests."""
    url = f"sqlite:///{mkdtemp(prefix='dealpace-')}/ledger.db"
    with ThreadPoolExecutor(1) as thread:  # whoever asks may run a loop of their own
        thread.submit(upgrade, url).result()
        said = thread.submit(asyncio.run, _import(url, mapping, DATA / file)).result()
    return RealLog(url, said, time_zone, horizon_days)


def bpic() -> RealLog:
    """The loan applications: 150,256 events."""
    return imported("bpic2012", "bpic2012", "Europe/Amsterdam", 30)


def maven() -> RealLog:
    """The opportunities: 8,800 rows."""
    return imported("maven-crm", "maven_crm/sales_pipeline.csv", "UTC", 90)


async def _import(url: str, name: str, file: Path) -> ImportReport:
    async with opened(url) as ledger:
        found = find_mapping(name, files=False)
        mapping, playbook = await prepared(found, ledger, now=NOW, publish=True)
        task = Task(OnDisk(file, mapping.file.name), mapping, playbook, NOW)
        return await run_import(task, ledger=ledger, starter=Recorder(ledger))


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Ledger]:
    """The ledger, for as long as it is used."""
    ledger = Ledger.open(url)
    try:
        yield ledger
    finally:
        await ledger.close()


@dataclass(frozen=True)
class Asked:
    """What is asked of a log: as of when, and of which days."""

    as_of: str
    first_on: date | None
    end_on: date | None


class Questions:
    """Asks reports about a log."""

    def __init__(self, log: RealLog, ledger: Ledger) -> None:
        self._log = log
        self._ledger = ledger
        self._copy = Copy(ledger)

    async def rows(self, report: str, table: str, asked: Asked, **more: Any) -> list[Row]:
        """The rows of one table of a report, as JSON has them."""
        as_of = datetime.fromisoformat(asked.as_of)
        zone, days = self._log.time_zone, self._log.horizon_days
        inside = window(asked.first_on, asked.end_on, time_zone=zone, as_of=as_of)
        filters = Filters(inside, horizon_days=days, **more)
        one = BY_NAME[report]
        scope = await scope_of(self._ledger, self._copy, filters, one, time_zone=zone)
        return [found.row.model_dump(mode="json") for found in one.table(table).rows(scope)]
