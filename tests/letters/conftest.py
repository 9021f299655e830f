"""A ledger that knows a team of four, one of whom reads Chinese, and the process of the tests."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ledger import migrate
from ledger.people import Person, put_person
from ledger.playbooks import publish_playbook
from ledger.session import Ledger
from tests.deals.lives import MONDAY
from tests.letters.team import BOOK, TEAM


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated ledger file with the team and the process, to copy."""
    file = tmp_path_factory.mktemp("letters") / "ledger.db"
    migrate.upgrade(f"sqlite:///{file}")
    asyncio.run(furnish(f"sqlite:///{file}", TEAM))
    return file


async def furnish(url: str, team: tuple[Person, ...]) -> None:
    """Put people and the process into a migrated ledger."""
    ledger = Ledger.open(url)
    for person in team:
        await put_person(ledger, person)
    await publish_playbook(ledger, BOOK, "the tests' own", now=MONDAY)
    await ledger.close()


@pytest.fixture
async def ledger(furnished: Path, tmp_path: Path) -> AsyncIterator[Ledger]:
    """A ledger of the test's own."""
    shutil.copy(furnished, tmp_path / "ledger.db")
    opened = Ledger.open(f"sqlite:///{tmp_path / 'ledger.db'}")
    yield opened
    await opened.close()
