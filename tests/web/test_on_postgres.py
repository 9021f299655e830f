"""The pages on PostgreSQL, which reads the same statements more strictly."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from api.app import assemble
from ledger.registers import metadata
from tests.api.conftest import backing_on, furnish
from tests.ledger.conftest import on_server, postgres, postgres_ledger
from tests.web.conftest import Site
from tests.web.test_pages import PAGES
from web.site import add_pages

__all__ = ["postgres", "postgres_ledger"]


@pytest.fixture
async def site(postgres_ledger: str) -> AsyncIterator[Site]:
    """The pages on an empty PostgreSQL ledger with the team in it."""
    await on_server(postgres_ledger, f"TRUNCATE {', '.join(metadata.tables)}")
    await furnish(postgres_ledger)
    app = assemble(lambda: backing_on(postgres_ledger))
    add_pages(app)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        engine = app.state.backing.engine
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as http:
            yield Site(http, engine, app.state.backing)


async def test_every_page_is_there(site: Site) -> None:
    deals = [await site.open(customer=f"Customer {n}", amount_minor=n * 100) for n in range(3)]
    await site.engine.pass_time(deals[0]["id"], datetime.now(UTC) + timedelta(days=5))
    await site.engine.pass_time(deals[1]["id"], datetime.now(UTC) + timedelta(days=60))
    for person in ("ana", "max"):
        for path in (*PAGES, *(f"/deals/{deal['id']}" for deal in deals)):
            await site.get(path, person)
    board = await site.get("/board?playbook=equipment-sales&late=1&team=north", "max")
    assert "Customer 0" in board
    assert "1 late" in board
