"""How fast pages come where thousands of deals are open, beside a page that shows nothing.

Every page is asked for in this process, as a browser asks, of a ledger whose open deals the core
decided; right before each the floor is measured: the page of the keys, which reads nothing but who
looks. There is no engine: a deal is told by the ledger, without the query that asks its workflow.
What a page weighs is told without its charts.
"""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, Final

import httpx
from fastapi import FastAPI

from api.app import assemble
from api.backing import Backing
from api.directory import Directory
from api.metrics import Metrics
from api.shelf import Shelf
from benchmarks.report import Report, Table, Target
from benchmarks.scale import Scale
from demo.lives import lives
from demo.seed import hire
from ledger.migrate import upgrade
from ledger.playbooks import publish_playbook
from ledger.record import Life, record_many
from ledger.session import Ledger
from playbooks.load import load_playbook, shipped
from web.reader import PERSON
from web.site import add_pages

NAME: Final = "pages"

_REP, _MANAGER = "lin-yue", "wu-lan"

PAGES: Final = {
    "today": ("/today", _REP, 100),
    "deal": ("/deals/{deal}", _REP, 100),
    "board": ("/board", _MANAGER, 100),
    "escalations": ("/escalations", _MANAGER, 100),
    "reports": ("/reports", _MANAGER, 300),
}
"""By name: the address, who looks, and how many milliseconds half of the answers may take."""

FLOOR: Final = "/keys"

KILOBYTES: Final = 150
"""What the first page may weigh, without charts."""

_BEGAN_DAYS_AGO: Final = (0, 28)
"""Within which most deals are still open. A choice."""

_CHARTS: Final = re.compile(rb'<div class="chart".*?</svg></div></div>', re.DOTALL)
_PER_MS: Final = 1_000


async def run(scale: Scale) -> Report:
    """Measure each page in turn, again and again."""
    with TemporaryDirectory(prefix="dealpace-bench-") as folder:
        url = f"sqlite:///{folder}/ledger.db"
        await asyncio.to_thread(upgrade, url)
        open_deals, deal = await _furnished(url, scale.opened)
        taken: dict[str, list[tuple[float, float]]] = {name: [] for name in PAGES}
        weight: dict[str, int] = {}
        async with _site(url) as http:
            for turn in range(scale.answers + 1):
                for name, (address, person, _) in PAGES.items():
                    floor, _ = await _asked(http, FLOOR, person)
                    took, body = await _asked(http, address.format(deal=deal), person)
                    weight[name] = len(_CHARTS.sub(b"", body))
                    if turn:  # the first reads what is kept from then on
                        taken[name].append((took, floor))
    return Report(NAME, (_table(open_deals, taken, weight),), tuple(_targets(taken, weight)))


async def _furnished(url: str, deals: int) -> tuple[int, str]:
    """Fill a ledger; how many deals are open, and one of them."""
    ledger = Ledger.open(url)
    try:
        now = datetime.now(UTC)
        await hire(ledger)
        text = next(one for one in shipped() if "equipment-sales" in one.name)
        playbook = load_playbook(text, year=now.year).playbook
        await publish_playbook(ledger, playbook, "benchmark", now=now)
        lived = list(lives(7, deals, playbook, now, _BEGAN_DAYS_AGO))
        await record_many(ledger, [Life(one.deal.id, one.events) for one in lived])
    finally:
        await ledger.close()
    still_open = [one.deal.id for one in lived if one.deal.outcome is None]
    return len(still_open), still_open[0]


@asynccontextmanager
async def _site(url: str) -> AsyncIterator[httpx.AsyncClient]:
    app = assemble(lambda: _backing(url))
    add_pages(app)
    async with app.router.lifespan_context(app):
        yield _browser(app)


@asynccontextmanager
async def _backing(url: str) -> AsyncIterator[Backing]:
    engine: Any = _NoEngine()
    nobody: Any = None  # is briefed
    ledger = Ledger.open(url)
    try:
        yield Backing(ledger, engine, Directory(ledger), Shelf(ledger), Metrics(), nobody)
    finally:
        await ledger.close()


class _NoEngine:
    async def view(self, _deal_id: str) -> None:
        """Only the ledger can tell."""


def _browser(app: FastAPI) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=app)
    return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1")


async def _asked(http: httpx.AsyncClient, address: str, person: str) -> tuple[float, bytes]:
    """Milliseconds until the page was there, and the page."""
    began = time.perf_counter()
    answer = await http.get(address, headers={"Cookie": f"{PERSON}={person}"})
    took = (time.perf_counter() - began) * _PER_MS
    answer.raise_for_status()
    return took, answer.content


def _table(
    deals: int, taken: dict[str, list[tuple[float, float]]], weight: dict[str, int]
) -> Table:
    rows = []
    for name, all_ in taken.items():
        middle, floor = (median(one) for one in zip(*all_, strict=True))
        slowest = max(took for took, _ in all_)
        rows.append((name, middle, slowest, middle / floor, weight[name] / _PER_MS))
    columns = ("page", "p50 ms", "slowest ms", "of the floor", "KB without charts")
    return Table(f"{deals:,} open deals on SQLite", columns, tuple(rows))


def _targets(
    taken: dict[str, list[tuple[float, float]]], weight: dict[str, int]
) -> Iterator[Target]:
    for name, (_, _, limit) in PAGES.items():
        middle = median(took for took, _ in taken[name])
        yield Target(f"{name}: p50", middle, "at most", limit, "ms")
    yield Target("today: weight", weight["today"] / _PER_MS, "at most", KILOBYTES, "KB")
