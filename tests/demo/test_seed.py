"""Filling an installation: complete, also where the engine does not answer at first."""

from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from deals.evolve import fold
from demo import seed
from demo.seed import Begun
from gateway import EngineUnavailable
from ledger import migrate
from ledger.session import Ledger


class Busy:
    """Takes a few deals at each try, then does not answer."""

    def __init__(self) -> None:
        self.running: set[str] = set()
        self.tries = 0

    async def start_many(self, deals: Iterable[Begun]) -> AsyncIterator[object]:
        self.tries += 1
        new = 0
        for _, events in deals:
            deal_id = fold(None, events).id
            if deal_id in self.running:
                yield deal_id
                continue
            new += 1
            if new > 40:
                raise EngineUnavailable("busy")
            self.running.add(deal_id)
            yield deal_id


@pytest.fixture
def url(tmp_path: Path) -> str:
    """An empty ledger."""
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    migrate.upgrade(url)
    return url


@pytest.fixture
async def ledger(url: str) -> AsyncIterator[Ledger]:
    ledger = Ledger.open(url)
    yield ledger
    await ledger.close()


async def test_an_engine_that_is_busy_gets_every_deal_at_last(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seed, "PAUSE_SECONDS", 0)
    engine, now = Busy(), datetime.now(UTC)
    drawn = [one.deal for batch in seed.batches(now.year) for one in seed.draw(batch, now)]

    assert await seed.seed(ledger, engine, now) == len(drawn)

    assert engine.tries > 1
    assert engine.running == {deal.id for deal in drawn if deal.outcome is None}
    assert await seed.seed(ledger, engine, now) == 0
