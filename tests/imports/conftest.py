"""A real ledger for each test, and somebody who makes deals live without an engine."""

import shutil
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from deals.deal import Deal
from deals.events import Event
from deals.evolve import fold
from deals.playbook import Playbook
from ledger import migrate
from ledger.session import Ledger

REAL = Path(__file__).parents[3] / "shared" / "data" / "maven_crm" / "sales_pipeline.csv"
"""The real opportunities, which are not part of this project."""

collect_ignore = [] if REAL.exists() else ["test_maven.py"]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name what this machine cannot run; nothing of ours is missing for it."""
    if not REAL.exists():
        terminalreporter.write_line("not run: tests/imports/test_maven.py, its data is not here")


class Live(NamedTuple):
    """What the starter tells of a deal."""

    deal_id: str
    is_new: bool


class EngineLostError(Exception):
    """The engine went away."""


class Lives:
    """Makes deals live in memory; the engine can be told to go away after some of them."""

    def __init__(self) -> None:
        self.deals: dict[str, Deal] = {}
        self.left: int | None = None

    async def start_many(
        self, deals: Iterable[tuple[Playbook, Sequence[Event]]]
    ) -> AsyncIterator[Live]:
        for _, events in deals:
            if self.left is not None:
                if self.left == 0:
                    raise EngineLostError
                self.left -= 1
            deal = fold(None, events)
            is_new = deal.id not in self.deals
            self.deals.setdefault(deal.id, deal)
            yield Live(deal.id, is_new)


@pytest.fixture
def lives() -> Lives:
    return Lives()


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty ledger's file, to copy."""
    file = tmp_path_factory.mktemp("migrated") / "ledger.db"
    migrate.upgrade(f"sqlite:///{file}")
    return file


@pytest.fixture
async def ledger(migrated: Path, tmp_path: Path) -> AsyncIterator[Ledger]:
    """An empty ledger on SQLite."""
    file = tmp_path / "ledger.db"
    shutil.copy(migrated, file)
    ledger = Ledger.open(f"sqlite:///{file}")
    yield ledger
    await ledger.close()


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str, str | bytes], Path]:
    """Writes a file into a folder of the test's own."""

    def write(name: str, content: str | bytes) -> Path:
        file = tmp_path / name
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return file

    return write
