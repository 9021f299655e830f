"""The status page: what is missing, what to do, and that it answers whatever is away."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text, update
from temporalio.client import Client

from api.app import assemble
from ledger import migrate
from ledger.calendars import RecalendarRun, begin_recalendar
from ledger.heartbeats import beat
from ledger.imports import Import, save_import
from ledger.letters import Letter, put_letter
from ledger.preferences import Channel, Preferences, put_notifications
from ledger.registers import deliveries
from ledger.session import Ledger
from tests.api.conftest import backing_on
from tests.web.conftest import Site, as_
from web.site import add_pages
from workflows.condition import EngineCondition, Queue, Watch

WELL = EngineCondition(
    server_version="1.32.0",
    open=7,
    troubled=0,
    failed=0,
    queues=(Queue("dealpace", ("7@host",), ("b1",), 0, timedelta()),),
)
NOW = datetime.now(UTC)


@dataclass
class Seen:
    """What a look at the engine finds."""

    found: EngineCondition | None

    async def look(self, *, now: datetime) -> EngineCondition | None:  # noqa: ARG002 - always
        return self.found


async def at(site: Site, found: EngineCondition | None = WELL, **asked: str) -> str:
    """The page, where a look finds that."""
    transport: Any = site.http._transport  # noqa: SLF001 - the application is nowhere else
    app: FastAPI = transport.app
    app.state.backing = replace(app.state.backing, watch=Seen(found))
    app.state.temporal_ui = "http://127.0.0.1:8233/namespaces/default/workflows/"
    return await site.get("/status", asked.pop("person", "ola"), **asked)


@pytest.fixture
async def ledger(ledger_url: str) -> Any:  # noqa: ANN401 - a fixture that yields
    ledger = Ledger.open(ledger_url)
    await beat(ledger, "host:7", at=NOW)
    yield ledger
    await ledger.close()


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("person", ["ana", "ola", ""])
async def test_all_is_well(site: Site, ledger: Ledger, person: str, language: str) -> None:
    await site.open()
    await beat(ledger, "host:7", at=datetime.now(UTC))
    page = await at(site, person=person, language=language)
    assert ("Everything works." if language == "en" else "一切正常。") in page
    for said in ("host:7", "SQLite 3.", "1.32.0", "equipment-sales 1", migrate.needed_migration()):
        assert str(said) in page
    assert "query=ExecutionStatus%20%3D%20%22Failed%22" in page
    assert "workflows/deal-D" in page


Doing = Callable[[Ledger], Any]


async def silent(ledger: Ledger) -> None:
    await beat(ledger, "host:7", at=NOW - timedelta(minutes=1))


async def outdated(ledger: Ledger) -> None:
    await ledger.write(lambda connection: connection.execute(
        text("UPDATE alembic_version SET version_num = '20261123_initial'")
    ))  # fmt: skip


async def without_tables(ledger: Ledger) -> None:
    await ledger.write(lambda connection: connection.execute(text("DROP TABLE alembic_version")))


async def imported_in_vain(ledger: Ledger) -> None:
    run = Import("I1", "failed", "csv", "crm.csv", "d", {}, {}, NOW, "no column of that name")
    await save_import(ledger, run)


async def letter(ledger: Ledger, **values: Any) -> None:
    """A letter to Ana on one channel, and what became of it."""
    channel = Channel("C1", "json://host/secret-token", "json://host/***")
    await put_notifications(ledger, "ana", Preferences(), [channel])
    written = Letter("ana", "test", "k1", "en", "Hello", "Hello")
    await ledger.write(put_letter, written, NOW - timedelta(minutes=20))
    await ledger.write(lambda connection: connection.execute(update(deliveries).values(values)))


async def undelivered(ledger: Ledger) -> None:
    await letter(ledger, status="failed", why="404 from the host")


async def unsent(ledger: Ledger) -> None:
    await letter(ledger, attempts=3)


@pytest.mark.parametrize(
    ("doing", "said", "remedy"),
    [
        (silent, "No worker is alive. The last one was heard of today", "Start “dealpace worker”"),
        (outdated, "The tables are at 20261123_initial", "Run “dealpace migrate”"),
        (without_tables, "The tables are at none", "Run “dealpace migrate”"),
        (imported_in_vain, "The import of crm.csv failed.", "import it again"),
        (undelivered, "1 letter to Ana Rep did not go out on json://host/***.", "under People"),
        (unsent, "1 letter waits, the oldest since", "log of the worker"),
    ],
)
async def test_each_fault_of_the_ledger_is_told_with_its_remedy(
    site: Site, ledger: Ledger, doing: Doing, said: str, remedy: str
) -> None:
    await doing(ledger)
    if doing is not silent:
        await beat(ledger, "host:7", at=datetime.now(UTC))
    page = await at(site)
    assert "1 thing needs you" in page
    assert said in page
    assert remedy in page
    assert "secret-token" not in page


async def test_what_is_counted_anew_is_under_way(site: Site, ledger: Ledger) -> None:
    run = RecalendarRun("R1", "running", None, None, "ana", "leave of ana", "ola", {}, NOW)
    await begin_recalendar(ledger, run)
    assert "Counted anew: leave of ana" in await at(site)


async def test_whose_letters_fail_is_for_ops(site: Site, ledger: Ledger) -> None:
    await undelivered(ledger)
    page = await at(site, person="bo")
    assert "1 letter did not go out." in page
    for hidden in ("Ana Rep", "json://host", "404 from the host"):
        assert hidden not in page


@pytest.mark.parametrize(
    ("found", "said", "remedy"),
    [
        (None, "The Temporal server does not answer.", "DEALPACE_TEMPORAL_ADDRESS"),
        (replace(WELL, troubled=2), "2 workflows wait: our code fails.", "Deploy the mend"),
        (replace(WELL, failed=1), "1 workflow has ended by a fault.", "dealpace audit"),
        (
            replace(WELL, queues=(replace(WELL.queues[0], workers=()),)),
            "No worker takes from the queue dealpace.",
            "Start “dealpace worker”",
        ),
        (
            replace(WELL, queues=(replace(WELL.queues[0], waits=timedelta(minutes=1)),)),
            "Work waits in the queue dealpace.",
            "Start one more",
        ),
    ],
)
async def test_each_fault_of_the_engine_is_told_with_its_remedy(
    site: Site, ledger: Ledger, found: EngineCondition | None, said: str, remedy: str
) -> None:
    await beat(ledger, "host:7", at=datetime.now(UTC))
    page = await at(site, found)
    assert "1 thing needs you" in page
    assert said in page
    assert remedy in page


async def test_what_is_not_known_is_not_made_up(site: Site, ledger: Ledger) -> None:
    await beat(ledger, "host:7", at=datetime.now(UTC))
    page = await at(
        site, replace(WELL, troubled=None, queues=(replace(WELL.queues[0], waiting=None),))
    )
    assert "not known" in page
    assert "what waits is not known" in page
    assert "Everything works." in page


@pytest.mark.parametrize(
    "url", ["sqlite:////nowhere/at/all.db", "postgresql://a:b@127.0.0.1:1/ledger"]
)
async def test_the_page_is_there_while_everything_is_away(url: str) -> None:
    app = assemble(lambda: backing_on(url))
    add_pages(app)
    async with app.router.lifespan_context(app):
        away = await Client.connect("127.0.0.1:1", lazy=True)
        app.state.backing = replace(app.state.backing, watch=Watch(away, ("dealpace",)))
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as http:
            begun = time.monotonic()
            answer = await http.get("/status", headers=as_("ola"))
            took = time.monotonic() - begun
    assert answer.status_code == 200
    assert "The database does not answer." in answer.text
    assert "The Temporal server does not answer." in answer.text
    assert took < 2
