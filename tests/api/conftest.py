"""The API over ASGI on a real SQLite ledger, with the core behind it and a team of three."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.app import assemble, publish_shipped
from api.backing import Backing
from api.directory import Directory
from api.metrics import Metrics
from api.shelf import Shelf
from ledger import migrate
from ledger.people import Person, put_person
from ledger.session import Ledger
from tests.api.fake_engine import FakeEngine, FakeRounds

TEAM = (
    Person(id="dora", name="Dora Director", role="director"),
    Person(id="max", name="Max Manager", role="manager", manager="dora", team="north"),
    Person(id="ana", name="Ana Rep", role="rep", manager="max", team="north"),
    Person(id="bo", name="Bo Rep", role="rep", manager="max", team="south"),
    Person(id="ola", name="Ola Ops", role="ops"),
)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated and furnished ledger file, to copy."""
    file = tmp_path_factory.mktemp("furnished") / "ledger.db"
    url = f"sqlite:///{file}"
    migrate.upgrade(url)
    asyncio.run(furnish(url))
    return file


async def furnish(url: str) -> None:
    """Put the team and the shipped playbooks into a migrated ledger."""
    ledger = Ledger.open(url)
    try:
        for person in TEAM:
            await put_person(ledger, person)
        await publish_shipped(ledger)
    finally:
        await ledger.close()


@asynccontextmanager
async def backing_on(url: str) -> AsyncIterator[Backing]:
    """A furnished ledger at that URL, and the core behind it."""
    ledger = Ledger.open(url)
    try:
        engine = FakeEngine(ledger)
        yield Backing(ledger, engine, Directory(ledger), Shelf(ledger), Metrics(), FakeRounds())
    finally:
        await ledger.close()


class Application:
    """The API, assembled once; each test opens it on a ledger of its own."""

    def __init__(self) -> None:
        self.url = ""
        self.app = assemble(lambda: backing_on(self.url))

    @asynccontextmanager
    async def on(self, url: str) -> AsyncIterator[Backing]:
        """The API at work on the ledger at that URL."""
        self.url = url
        async with self.app.router.lifespan_context(self.app):
            backing: Backing = self.app.state.backing
            yield backing


@pytest.fixture(scope="session")
def application() -> Application:
    """The assembled API."""
    return Application()


@pytest.fixture
def ledger_url(template: Path, tmp_path: Path) -> str:
    """A ledger of the test's own."""
    file = tmp_path / "ledger.db"
    shutil.copy(template, file)
    return f"sqlite:///{file}"


@dataclass(frozen=True)
class Scene:
    """A client, what stands behind it, and short ways to the usual requests."""

    http: httpx.AsyncClient
    backing: Backing
    engine: FakeEngine

    async def open(self, **changes: Any) -> dict[str, Any]:
        """Open a deal; gives its view."""
        answer = await self.http.post("/v1/deals", json=OPENING | changes)
        assert answer.status_code == 201, answer.text
        view: dict[str, Any] = answer.json()
        return view

    async def post(self, path: str, body: object = None, **headers: str) -> httpx.Response:
        """Post JSON; underscores in header names stand for hyphens."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.http.post(path, json={} if body is None else body, headers=named)

    async def do(
        self, deal_id: str, verb: str, body: object = None, **headers: str
    ) -> httpx.Response:
        """Send a command to a deal."""
        return await self.post(f"/v1/deals/{deal_id}/{verb}", body, **headers)


OPENING: dict[str, Any] = {
    "title": "Two presses",
    "customer": "Acme",
    "owner": "ana",
    "playbook": "equipment-sales",
}


@pytest.fixture
async def scene(application: Application, ledger_url: str) -> AsyncIterator[Scene]:
    """The API at work."""
    async with application.on(ledger_url) as backing:
        assert isinstance(backing.engine, FakeEngine)
        transport = httpx.ASGITransport(app=application.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://api") as http:
            yield Scene(http, backing, backing.engine)


def refused(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The facts of a problem of that status and code."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code), problem
    assert set(problem) == {"type", "title", "status", "code", "detail", "facts"}
    assert problem["status"] == status
    facts: dict[str, Any] = problem["facts"]
    return facts
